// The names of people, by their ids.
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { membersQuery } from "./api/workspace.ts";
import { personName } from "./format.ts";
import { useHere } from "./workspaces.ts";

/** Undefined for who is no member any more, and until the members are known. `wanted`: whether to ask for them. */
export function useNameOf(wanted = true): (id: string) => string | undefined {
  const { place } = useHere();
  const members = useQuery({ ...membersQuery(place), enabled: wanted }).data;
  return useCallback(
    (id: string) => {
      const found = members?.find((member) => member.user.id === id);
      return found && personName(found.user);
    },
    [members],
  );
}
