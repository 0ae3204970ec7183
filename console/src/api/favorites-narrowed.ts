// Order and filters of favorites, which the API lists whole.
import { extensionOf } from "../format.ts";
import type { Asset, Filters } from "./assets.ts";

/** What is left of the assets, in order. Words are looked for in names, descriptions, folders and tags. */
export function narrow(assets: Asset[], filters: Filters): Asset[] {
  const asked = plain(filters.query).split(/\s+/).filter(Boolean);
  const found = assets.filter((asset) => {
    const text = plain(
      [
        asset.name,
        asset.file_name,
        asset.description,
        asset.file_location,
        ...asset.tags.map((tag) => tag.name),
      ].join("\n"),
    );
    return (
      asset.file_location.startsWith(filters.folder) &&
      asked.every((word) => text.includes(word)) &&
      oneOf(filters.extensions, extensionOf(asset.file_name)) &&
      filters.tags.every((name) => asset.tags.some((tag) => tag.name === name)) &&
      oneOf(filters.statuses, asset.status_id) &&
      oneOf(filters.people, asset.created_by_user_id) &&
      (filters.locked === undefined || filters.locked === Boolean(asset.lock)) &&
      (!filters.after || asset.updated_at > filters.after) &&
      (!filters.before || asset.updated_at < filters.before) &&
      filters.facts.every((fact) => holds(fact, asset.currentVersion.facts as Record<string, unknown> | null))
    );
  });
  const descending = filters.sort.startsWith("-");
  const by = filters.sort.replace("-", "");
  const order = (a: Asset, b: Asset) => {
    if (by === "size") return a.currentVersion.size - b.currentVersion.size;
    if (by === "name") return a.name.localeCompare(b.name, "en", { sensitivity: "base" });
    if (by === "updated_at") return a.updated_at.localeCompare(b.updated_at);
    return a.created_at.localeCompare(b.created_at);
  };
  return found.sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

const plain = (text: string) => text.normalize("NFKC").toLowerCase();

const oneOf = (wanted: string[] | undefined, value: string | null) =>
  !wanted || wanted.length === 0 || (value !== null && wanted.includes(value));

/** `width>=2048`, of a file whose facts are these. */
function holds(fact: string, facts: Record<string, unknown> | null): boolean {
  const [, name = "", compare, wanted = ""] = /^(\w+)(=|!=|<=?|>=?)(.+)$/.exec(fact) ?? [];
  const value = facts?.[name];
  if (value === undefined || value === null) return false;
  const number = Number(wanted);
  switch (compare) {
    case "=":
      return plain(String(value)) === plain(wanted);
    case "!=":
      return plain(String(value)) !== plain(wanted);
    case "<":
      return Number(value) < number;
    case "<=":
      return Number(value) <= number;
    case ">":
      return Number(value) > number;
    default:
      return Number(value) >= number;
  }
}
