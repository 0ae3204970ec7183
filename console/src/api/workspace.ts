// What belongs to a workspace as a whole: folders, tags, statuses, trash, changes.
import { queryOptions } from "@tanstack/react-query";
import { api, type Place, type Schemas, take } from "./client.ts";

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

export const trashQuery = (place: Place) =>
  queryOptions({
    queryKey: ["trash", place["x-workspace-id"]],
    queryFn: () => take(api.GET("/workspaces/trash", { params: { header: place } })),
  });

export const restoreFromTrash = (place: Place, id: string) =>
  take(
    api.POST("/workspaces/trash/{trash_id}/restore", { params: { header: place, path: { trash_id: id } } }),
  );

export const membersQuery = (place: Place) =>
  queryOptions({
    queryKey: ["members", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/members", { params: { header: accountOf(place) } })),
  });

/** The header of requests that are about the account alone. */
export const accountOf = (place: Place) => ({ "x-account-id": place["x-account-id"] });
