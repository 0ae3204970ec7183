// What the address says is to be shown, as the API's search takes it.
import type { Filters } from "../../api/assets.ts";
import type { ReviewStatus } from "../../api/reviews.ts";
import type { BrowseSearch } from "../../routes.tsx";

export const DEFAULT_SORT = "-created_at";

const REVIEWS: ReviewStatus[] = ["pending", "approved", "rejected"];

/** The words as typed, so that the answer is there with the last key. */
export const filtersOf = (search: BrowseSearch): Filters => ({
  folder: search.folder ?? "/",
  query: (search.q ?? "").trim(),
  sort: search.sort ?? DEFAULT_SORT,
  extensions: search.type ?? [],
  tags: search.tag ?? [],
  statuses: search.status ?? [],
  facts: search.fact ?? [],
  people: search.by,
  after: search.from && startOf(search.from, 0),
  before: search.until && startOf(search.until, 1),
  locked: search.locked && search.locked === "yes",
  reviews: search.review && REVIEWS.filter((one) => search.review?.includes(one)),
  library: search.library,
  favorites: search.only === "favorites",
});

/** Midnight before the day, as it is where the browser is, or so many days later. */
function startOf(day: string, later: number): string | undefined {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const moment = new Date(year, month - 1, date + later);
  // One before it, since the API's bounds are not part of what they bound.
  return new Date(moment.getTime() - (later === 0 ? 1 : 0)).toISOString();
}

export const NO_FILTERS = {
  q: undefined,
  type: undefined,
  tag: undefined,
  status: undefined,
  fact: undefined,
  by: undefined,
  from: undefined,
  until: undefined,
  locked: undefined,
  review: undefined,
} satisfies Partial<BrowseSearch>;

export const isFiltered = (search: BrowseSearch): boolean =>
  (Object.keys(NO_FILTERS) as (keyof typeof NO_FILTERS)[]).some((name) => search[name] !== undefined);
