// Assets: search, one, its versions and comments, and what changes them.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { startDownload } from "../downloads.ts";
import { api, nextCursor, type Place, type Schemas, send, take } from "./client.ts";
import { readFavorites } from "./favorites.ts";

export type Asset = Schemas["Asset"];
export type Version = Schemas["Version"];

export type Filters = {
  folder: string;
  query: string;
  sort: string;
  extensions: string[];
  tags: string[];
  statuses: string[];
  facts: string[];
  /** Ids of those who made them. */
  people?: string[];
  /** Last changed after and before these moments. */
  after?: string;
  before?: string;
  locked?: boolean;
  reviews?: Schemas["ReviewStatus"][];
  /** Of this library. */
  library?: string;
  /** Of the caller's favorites. */
  favorites?: boolean;
};

/** Whether less is asked for than all that lies in a folder. */
const isNarrowed = ({
  query,
  extensions,
  tags,
  statuses,
  facts,
  people,
  after,
  before,
  locked,
  reviews,
  library,
}: Filters) =>
  [extensions, tags, statuses, facts, people ?? [], reviews ?? []].some((list) => list.length > 0) ||
  Boolean(query || after || before || library) ||
  locked !== undefined;

/** Large enough that scrolling seldom waits, small enough that the first rows are there at once. */
const PAGE = 200;
/** About what the smallest tiles fill the window with: less to read before the first ones are painted. */
const firstPage = () => Math.min(PAGE, Math.ceil((window.innerWidth * window.innerHeight) / (200 * 210)) + 8);

/** The assets of a search, page by page. Without words or filters: those of the folder alone. */
export const searchQuery = (place: Place, filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["assets", place["x-workspace-id"], "search", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      if (filters.favorites) {
        const { narrow } = await import("./favorites-narrowed.ts");
        const found = narrow(await readFavorites(place, signal), filters);
        return { assets: found, next: undefined, total: found.length };
      }
      const { data, error, response } = await api.GET("/workspaces/assets/search", {
        params: {
          header: place,
          query: {
            file_location: filters.folder,
            recursive: isNarrowed(filters) || filters.folder === "/",
            query: filters.query || undefined,
            sort: filters.sort,
            extension: filters.extensions,
            tags: filters.tags,
            status_id: filters.statuses,
            facts: filters.facts,
            created_by_user_id: filters.people,
            updated_after: filters.after,
            updated_before: filters.before,
            locked: filters.locked,
            reviewStatus: filters.reviews,
            library_id: filters.library ? [filters.library] : undefined,
            limit: pageParam === undefined ? firstPage() : PAGE,
            cursor: pageParam,
          },
        },
        signal,
      });
      const assets = await take(Promise.resolve({ data, error, response }));
      // The same version comes twice, under two names; kept once.
      for (const asset of assets) asset.version = asset.currentVersion;
      return {
        assets,
        next: nextCursor(response),
        total: Number(response.headers.get("x-total-count") ?? 0),
      };
    },
    getNextPageParam: (page) => page.next,
    gcTime: 5 * 60_000,
    placeholderData: (before) => before,
    // Comparing every page with what it was takes longer than a frame where there are many.
    structuralSharing: false,
  });

export const assetQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "one", id],
    queryFn: ({ signal }) =>
      take(
        api.GET("/workspaces/assets/{asset_id}", {
          params: { header: place, path: { asset_id: id } },
          signal,
        }),
      ),
  });

export const versionsQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "one", id, "versions"],
    queryFn: () =>
      take(
        api.GET("/workspaces/assets/{asset_id}/versions", {
          params: { header: place, path: { asset_id: id } },
        }),
      ),
  });

export const commentsQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "one", id, "comments"],
    queryFn: () =>
      take(
        api.GET("/workspaces/assets/{asset_id}/comments", {
          params: { header: place, path: { asset_id: id } },
        }),
      ),
  });

export type NewComment = {
  content: string;
  asset_version_id: string;
  parent_id?: string;
  viewer_metadata?: object;
};

export const writeComment = (place: Place, id: string, comment: NewComment) =>
  take(
    api.POST("/workspaces/assets/{asset_id}/comments", {
      params: { header: place, path: { asset_id: id } },
      body: comment as Schemas["NewCommentInput"],
    }),
  );

export const renameAsset = (place: Place, id: string, name: string) =>
  take(
    api.PATCH("/workspaces/assets/{asset_id}/rename", {
      params: { header: place, path: { asset_id: id } },
      body: { name },
    }),
  );

export const changeAsset = (place: Place, id: string, patch: Schemas["AssetPatch"]) =>
  take(
    api.PATCH("/workspaces/assets/{asset_id}", {
      params: { header: place, path: { asset_id: id } },
      body: patch,
    }),
  );

export const tagAsset = (place: Place, id: string, tags: string[]) =>
  take(
    api.POST("/workspaces/assets/{asset_id}/tags", {
      params: { header: place, path: { asset_id: id } },
      body: { tags },
    }),
  );

export const untagAsset = (place: Place, id: string, tag: string) =>
  take(
    api.DELETE("/workspaces/assets/{asset_id}/tags/{tag_id}", {
      params: { header: place, path: { asset_id: id, tag_id: tag } },
    }),
  );

export const trashAssets = (place: Place, ids: string[]) =>
  take(api.DELETE("/workspaces/assets", { params: { header: place }, body: { ids } }));

export const restoreAssets = (place: Place, ids: string[]) =>
  Promise.all(
    ids.map((id) =>
      take(
        api.PATCH("/workspaces/assets/{asset_id}/restore", {
          params: { header: place, path: { asset_id: id } },
        }),
      ),
    ),
  );

/** The file of one asset, or a ZIP file of several. */
export function downloadAssets(place: Place, assets: Asset[]): void {
  const [only] = assets;
  if (!only) return;
  const size = assets.reduce((sum, asset) => sum + asset.currentVersion.size, 0);
  const file = (signal: AbortSignal) =>
    send(`/workspaces/assets/${only.id}/download?redirect=false`, { headers: place, signal });
  const zip = (signal: AbortSignal) =>
    send("/workspaces/assets/download", {
      method: "POST",
      headers: { ...place, "content-type": "application/json" },
      body: JSON.stringify({ ids: assets.map((asset) => asset.id) }),
      signal,
    });
  startDownload(
    assets.length === 1 ? { name: only.file_name, size, ask: file } : { name: "mudlark.zip", size, ask: zip },
  );
}
