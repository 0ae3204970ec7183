// The caller's favorites. The API lists them whole and searches none of them: order and filters are made here.
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { forEach } from "../each.ts";
import { notifyProblem } from "../parts/toasts.tsx";
import { queries } from "../queries.ts";
import type { Asset, Filters } from "./assets.ts";
import { api, nextCursor, type Place, take } from "./client.ts";

const keyOf = (place: Place) => ["favorites", place["x-workspace-id"]];

/** All of them, page by page. */
export async function readFavorites(place: Place, signal?: AbortSignal): Promise<Asset[]> {
  const assets: Asset[] = [];
  let cursor: string | undefined;
  do {
    const { data, error, response } = await api.GET("/workspaces/assets/favorites", {
      params: { header: place, query: { cursor } },
      signal,
    });
    assets.push(...(await take(Promise.resolve({ data, error, response }))));
    cursor = nextCursor(response);
  } while (cursor);
  queries.setQueryData(
    keyOf(place),
    assets.map((asset) => asset.id),
  );
  return assets;
}

export const favoriteIdsQuery = (place: Place) =>
  queryOptions({
    queryKey: keyOf(place),
    queryFn: async ({ signal }) => (await readFavorites(place, signal)).map((asset) => asset.id),
    // Only who is signed in changes them.
    staleTime: 5 * 60_000,
  });

export function useFavorites(place: Place): ReadonlySet<string> {
  const { data } = useQuery(favoriteIdsQuery(place));
  return useMemo(() => new Set(data), [data]);
}

/** Shown at once; taken back where the server refuses. */
export async function markFavorites(place: Place, ids: string[], favorite: boolean): Promise<void> {
  const key = keyOf(place);
  const changed = new Set(ids);
  await queries.cancelQueries({ queryKey: key });
  queries.setQueryData<string[]>(key, (before = []) => [
    ...before.filter((id) => !changed.has(id)),
    ...(favorite ? ids : []),
  ]);
  const { failed } = await forEach(ids, (id) => {
    const params = { header: place, path: { asset_id: id } };
    return favorite
      ? take(api.POST("/workspaces/assets/{asset_id}/favorites", { params }))
      : take(api.DELETE("/workspaces/assets/{asset_id}/favorites", { params }));
  });
  const [first] = failed;
  if (first) {
    notifyProblem(first.problem);
    await queries.invalidateQueries({ queryKey: key });
  }
  const [kind, workspace] = ["assets", place["x-workspace-id"]];
  await queries.invalidateQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] === kind && queryKey[1] === workspace && Boolean((queryKey[3] as Filters)?.favorites),
  });
}
