// What the address says is to be shown, as the API's search takes it.
import type { Filters } from "../../api/assets.ts";
import type { BrowseSearch } from "../../routes.tsx";

export const DEFAULT_SORT = "-created_at";

/** The words as typed, so that the answer is there with the last key. */
export const filtersOf = (search: BrowseSearch): Filters => ({
  folder: search.folder ?? "/",
  query: (search.q ?? "").trim(),
  sort: search.sort ?? DEFAULT_SORT,
  extensions: search.type ?? [],
  tags: search.tag ?? [],
  statuses: search.status ?? [],
  facts: search.fact ?? [],
});

export const isFiltered = (search: BrowseSearch): boolean =>
  Boolean(search.q || search.type || search.tag || search.status || search.fact);
