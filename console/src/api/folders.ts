// What is done with folders.
import { api, type Place, type Schemas, take } from "./client.ts";

export const changeFolder = (place: Place, id: string, patch: Schemas["FolderPatch"]) =>
  take(
    api.PUT("/workspaces/folders/{folder_id}", {
      params: { header: place, path: { folder_id: id } },
      body: patch,
    }),
  );

export const trashFolder = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/folders/{folder_id}", { params: { header: place, path: { folder_id: id } } }));

export const folderStats = (place: Place, path: string) =>
  take(api.GET("/workspaces/folders/stats", { params: { header: place, query: { folder: path } } }));
