// Where one is, how much there is, and which filters hold, each with a way to drop it.
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { statusesQuery } from "../../api/workspace.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import type { BrowseSearch } from "../../routes.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./browse.module.css";

/** As far as the server counts. */
const COUNTED = 10_000;

export function Where({
  search,
  total,
  onChange,
  onOpenFolder,
}: {
  search: BrowseSearch;
  total: number | undefined;
  onChange: (part: Partial<BrowseSearch>) => void;
  onOpenFolder: (path: string) => void;
}) {
  const { place } = useHere();
  const statuses = useQuery(statusesQuery(place)).data ?? [];
  const names = (search.folder ?? "/").split("/").filter(Boolean);
  const last = names.at(-1);
  const chips = (["type", "tag", "status", "fact"] as const).flatMap((list) =>
    (search[list] ?? []).map((value) => ({
      key: `${list}:${value}`,
      label: list === "status" ? (statuses.find((one) => one.id === value)?.name ?? value) : value,
      drop: () => {
        const left = (search[list] ?? []).filter((one) => one !== value);
        onChange({ [list]: left.length > 0 ? left : undefined });
      },
    })),
  );
  return (
    <div className={css.under}>
      <div className={css.crumbs}>
        {names.slice(0, -1).map((name, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path has its names in this order.
          <span key={index}>
            <Button look="quiet" onPress={() => onOpenFolder(`/${names.slice(0, index + 1).join("/")}/`)}>
              {name}
            </Button>{" "}
            /
          </span>
        ))}
        <h1>{last ?? words.browse.all}</h1>
      </div>
      <span className={css.count} role="status">
        {total === undefined ? "" : words.browse.count(total, total >= COUNTED)}
      </span>
      {chips.map((chip) => (
        <span key={chip.key} className={css.chip}>
          {chip.label}
          <IconButton label={`${words.actions.remove}: ${chip.label}`} onPress={chip.drop}>
            <X size={13} aria-hidden />
          </IconButton>
        </span>
      ))}
    </div>
  );
}
