// What the page will ask for, asked for before it is drawn: the server answers meanwhile.
import { searchQuery } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { favoriteIdsQuery } from "../../api/favorites.ts";
import { foldersQuery, statusesQuery } from "../../api/workspace.ts";
import { queries } from "../../queries.ts";
import type { BrowseSearch } from "../../routes.tsx";
import { filtersOf } from "./filters-of.ts";

/** What fails is told by the page, which asks for it again. */
export function readAhead(place: Place, search: BrowseSearch): void {
  void queries.prefetchInfiniteQuery(searchQuery(place, filtersOf(search)));
  void queries.prefetchQuery(foldersQuery(place));
  void queries.prefetchQuery(statusesQuery(place));
  void queries.prefetchQuery(favoriteIdsQuery(place));
}
