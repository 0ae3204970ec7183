// Where one is, how much there is, and which filters hold, each with a way to drop it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { ApiProblem } from "../../api/client.ts";
import { libraryQuery } from "../../api/libraries.ts";
import { statusesQuery } from "../../api/workspace.ts";
import { dayText } from "../../format.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { useNameOf } from "../../people.ts";
import type { BrowseSearch } from "../../routes.tsx";
import { browseWords } from "../../words/browse.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./where.module.css";

const isGone = (problem: unknown) => problem instanceof ApiProblem && problem.status === 404;

/** As far as the server counts. */
export const COUNTED = 10_000;

const LISTS = ["type", "tag", "status", "by", "review", "fact"] as const;
type Lists = (typeof LISTS)[number];

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
  const { place, workspace } = useHere();
  const library = useQuery({
    ...libraryQuery(place, search.library ?? ""),
    enabled: Boolean(search.library),
  });
  const statuses = useQuery(statusesQuery(place)).data ?? [];
  const names = (search.folder ?? "/").split("/").filter(Boolean);
  const title =
    search.only === "favorites"
      ? browseWords.favorites
      : search.library
        ? isGone(library.error)
          ? browseWords.libraryGone
          : (library.data?.name ?? "…")
        : (names.at(-1) ?? words.browse.all);
  const nameOf = useNameOf(Boolean(search.by));
  const labelOf = (list: Lists, value: string) => {
    if (list === "status") return statuses.find((one) => one.id === value)?.name ?? value;
    if (list === "by") return nameOf(value) ?? value;
    if (list === "review") return browseWords.reviews[value] ?? value;
    return value;
  };
  const { from, until, locked } = search;
  const chips = [
    ...LISTS.flatMap((list) =>
      (search[list] ?? []).map((value) => ({
        key: `${list}:${value}`,
        label: labelOf(list, value),
        drop: () => {
          const left = (search[list] ?? []).filter((one) => one !== value);
          onChange({ [list]: left.length > 0 ? left : undefined });
        },
      })),
    ),
    ...[
      from && { key: "from", label: browseWords.changedFrom(dayText(from)) },
      until && { key: "until", label: browseWords.changedUntil(dayText(until)) },
      locked && { key: "locked", label: browseWords.locked[locked] },
    ].flatMap((chip) => (chip ? [{ ...chip, drop: () => onChange({ [chip.key]: undefined }) }] : [])),
  ];
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
        {search.library && (
          <span>
            <Link to="/w/$workspaceId/libraries" params={{ workspaceId: workspace.id }}>
              {words.nav.libraries}
            </Link>{" "}
            /
          </span>
        )}
        <h1>{title}</h1>
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
