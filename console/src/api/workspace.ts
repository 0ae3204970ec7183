// What belongs to a workspace as a whole: folders, tags, statuses, trash, changes.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, nextCursor, type Place, type Schemas, take } from "./client.ts";

export type FolderNode = Schemas["Folder"] & { folders: FolderNode[] };

export const foldersQuery = (place: Place) =>
  queryOptions({
    queryKey: ["folders", place["x-workspace-id"]],
    queryFn: async () =>
      (await take(
        api.GET("/workspaces/folders/hierarchy", { params: { header: place } }),
      )) as unknown as FolderNode,
  });

export const createFolder = (place: Place, path: string) =>
  take(api.POST("/workspaces/folders", { params: { header: place }, body: { path } as never }));

export const tagsQuery = (place: Place) =>
  queryOptions({
    queryKey: ["tags", place["x-workspace-id"]],
    queryFn: () => take(api.GET("/workspaces/tags", { params: { header: place } })),
  });

export const statusesQuery = (place: Place) =>
  queryOptions({
    queryKey: ["statuses", place["x-workspace-id"]],
    queryFn: () => take(api.GET("/workspaces/assetStatuses", { params: { header: place } })),
  });

const TRASH_PAGE = 200;

export const trashQuery = (place: Place) =>
  infiniteQueryOptions({
    queryKey: ["trash", place["x-workspace-id"]],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const answer = await api.GET("/workspaces/trash", {
        params: { header: place, query: { limit: TRASH_PAGE, cursor: pageParam } },
      });
      return { entries: await take(Promise.resolve(answer)), next: nextCursor(answer.response) };
    },
    getNextPageParam: (page) => page.next,
  });

export const restoreFromTrash = (place: Place, id: string) =>
  take(
    api.POST("/workspaces/trash/{trash_id}/restore", { params: { header: place, path: { trash_id: id } } }),
  );

const DAY_MS = 86_400_000;

/** For how long the server keeps what is in a trash, told by what is in it. *Units*: whole days. */
export const daysKept = ({ deleted_at, expires_at }: { deleted_at: string; expires_at: string }): number =>
  Math.round((Date.parse(expires_at) - Date.parse(deleted_at)) / DAY_MS);

/** The same of what was just put into the workspace's; nothing where the server does not say. */
export async function daysInTrash(place: Place): Promise<number | undefined> {
  const { data } = await api
    .GET("/workspaces/trash", { params: { header: place, query: { limit: 1 } } })
    .catch(() => ({ data: undefined }));
  const [entry] = data ?? [];
  return entry && daysKept(entry);
}

export const purgeEntry = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/trash/{trash_id}", { params: { header: place, path: { trash_id: id } } }));

export const purgeTrash = (place: Place) =>
  take(api.DELETE("/workspaces/trash", { params: { header: place } }));

export const membersQuery = (place: Place) =>
  queryOptions({
    queryKey: ["members", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/members", { params: { header: accountOf(place) } })),
  });

/** The header of requests that are about the account alone. */
export const accountOf = (place: Place) => ({ "x-account-id": place["x-account-id"] });
