// The people of the account.
import { useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { membersQuery } from "../api/workspace.ts";
import { momentText, personName, sinceText } from "../format.ts";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { words } from "../words.ts";
import { useHere } from "../workspaces.ts";
import css from "./plain.module.css";

export function MembersPage() {
  const { place } = useHere();
  const members = useQuery(membersQuery(place));
  // Keys are users of their own, without an address; they have a page of their own too.
  const people = members.data?.filter((member) => member.user.email) ?? [];
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.members.title}</h1>
          <p className={css.lead}>{words.members.lead}</p>
        </div>
      </div>
      {members.isPending && <Bone width="100%" height={160} />}
      {members.isError && <Failed problem={members.error} onRetry={() => void members.refetch()} />}
      {members.data && people.length === 0 && (
        <Empty icon={Users} title={words.members.empty} hint={words.members.emptyHint} />
      )}
      {people.length > 0 && (
        <Table columns={words.members.columns}>
          {people.map((member) => (
            <tr key={member.user_id}>
              <td className={css.strong}>{personName(member.user)}</td>
              <td className={css.soft}>{member.user.email}</td>
              <td className={css.soft}>{member.roles.join(", ")}</td>
              <td className={css.soft} title={momentText(member.created_at)}>
                {sinceText(member.created_at)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
