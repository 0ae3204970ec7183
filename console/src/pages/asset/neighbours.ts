// The assets before and after the one that is looked at, in the search that one came from, and the keys that lead there.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { searchQuery } from "../../api/assets.ts";
import { useHere } from "../../workspaces.ts";
import { filtersOf } from "../browse/filters-of.ts";

const route = getRouteApi("/signed-in/w/$workspaceId/assets/$assetId");

export type Neighbours = { previous?: string; next?: string; go: (assetId: string | undefined) => void };

/**
 * Works before the asset itself has been read, and a key that is pressed before its neighbours are known is kept until they
 * are: who goes through assets quickly loses none.
 */
export function useNeighbours(id: string): Neighbours {
  const { place, workspace } = useHere();
  const search = route.useSearch();
  const navigate = useNavigate();
  const found = useInfiniteQuery(searchQuery(place, filtersOf(search)));
  const assets = found.data?.pages.flatMap((page) => page.assets) ?? [];
  const at = assets.findIndex((asset) => asset.id === id);
  const known = at >= 0;
  const previous = assets[at - 1]?.id;
  const next = known ? assets[at + 1]?.id : undefined;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = found;
  const nearEnd = known && at + 2 >= assets.length;
  // A page that failed would fail again at once, and again: the next asset that is gone to asks for it anew.
  const wantsMore = nearEnd && hasNextPage && !isFetchingNextPage;
  const goesOn = wantsMore && !isFetchNextPageError;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each asset, and not with each failure.
  useEffect(() => {
    if (wantsMore) void fetchNextPage();
  }, [id, goesOn, fetchNextPage]);

  const go = useCallback(
    (assetId: string | undefined) => {
      if (!assetId) return;
      void navigate({
        to: "/w/$workspaceId/assets/$assetId",
        params: { workspaceId: workspace.id, assetId },
        search: (before) => ({
          ...before,
          version: undefined,
          compare: undefined,
          mode: undefined,
          comment: undefined,
        }),
        replace: true,
      });
    },
    [navigate, workspace.id],
  );
  const [wish, setWish] = useState<{ from: string; key: string }>();
  useEffect(() => {
    const move = (event: KeyboardEvent) => {
      const busy =
        event.target instanceof Element &&
        event.target.closest("input, textarea, [role=dialog], [role=menu]");
      if (busy || event.defaultPrevented) return;
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") setWish({ from: id, key: event.key });
    };
    window.addEventListener("keydown", move);
    return () => window.removeEventListener("keydown", move);
  }, [id]);
  useEffect(() => {
    if (!wish) return;
    if (wish.from === id && !known) return;
    setWish(undefined);
    if (wish.from === id) go(wish.key === "ArrowLeft" ? previous : next);
  }, [wish, id, known, previous, next, go]);
  return { previous, next, go };
}
