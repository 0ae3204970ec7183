// The account and its workspaces as things of their own: made, named, pictured, in the trash and out of it.
import { queryOptions } from "@tanstack/react-query";
import { queries } from "../queries.ts";
import { sessionQuery } from "../session.ts";
import { ApiProblem, api, type Place, problemOf, type Schemas, send, take } from "./client.ts";

export type WorkspaceDetail = Schemas["Workspace"];
export type Trashed = Schemas["TrashedWorkspace"];

/** A name or a picture to be; a picture that is `null` is taken away, one left out stays. */
export type Identity = { name?: string; picture?: File | null };

const at = (accountId: string) => ({ header: { "x-account-id": accountId } });

export const workspacesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["workspaces", accountId],
    queryFn: () => take(api.GET("/accounts/workspaces", { params: at(accountId) })),
  });

export const accountQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["account", accountId],
    queryFn: async () => {
      const found = await take(api.GET("/accounts", { params: at(accountId) }));
      // The one that was asked for comes first.
      const [account] = found;
      if (!account) throw new ApiProblem(404, "account", "");
      return account;
    },
  });

export const trashedQuery = (accountId: string) =>
  queryOptions({
    queryKey: ["workspaces", accountId, "trash"],
    queryFn: () => take(api.GET("/accounts/trash", { params: at(accountId) })),
  });

/** The session names the workspaces too. */
export const readWorkspacesAgain = (accountId: string) =>
  Promise.all([
    queries.invalidateQueries({ queryKey: sessionQuery.queryKey, exact: true }),
    queries.invalidateQueries({ queryKey: ["workspaces", accountId] }),
    queries.invalidateQueries({ queryKey: ["account", accountId] }),
  ]);

/** A body with a picture is a form; one without is JSON, which alone says that a picture is to be taken away. */
function bodyOf({ name, picture }: Identity) {
  if (!picture) return { name, ...(picture === null ? { thumbnail_file_id: null } : {}) };
  const form = new FormData();
  if (name !== undefined) form.set("name", name);
  form.set("file", picture);
  return form as never;
}

export const makeWorkspace = (accountId: string, identity: Identity) =>
  take(api.POST("/workspaces", { params: at(accountId), body: bodyOf(identity) as { name: string } }));

export const changeWorkspace = (place: Place, identity: Identity) =>
  take(api.PUT("/workspaces", { params: { header: place }, body: bodyOf(identity) }));

export const changeAccount = (accountId: string, identity: Identity) =>
  take(api.PUT("/accounts", { params: at(accountId), body: bodyOf(identity) }));

export const closeAccount = (accountId: string) => take(api.DELETE("/accounts", { params: at(accountId) }));

export const trashWorkspace = (place: Place) =>
  take(api.DELETE("/workspaces", { params: { header: place } }));

const trashed = (one: Trashed) => ({ ...at(one.account_id), path: { workspace_id: one.id } });

export const restoreWorkspace = (one: Trashed) =>
  take(api.POST("/accounts/trash/{workspace_id}/restore", { params: trashed(one) }));

export const purgeWorkspace = (one: Trashed) =>
  take(api.DELETE("/accounts/trash/{workspace_id}", { params: trashed(one) }));

/** A picture that was uploaded, by its id: it never changes. No SVG, whatever the server calls it. */
export const uploadedPictureQuery = (header: Record<string, string>, path: string, id: string | null) =>
  queryOptions({
    queryKey: ["uploaded picture", id],
    queryFn: async ({ signal }) => {
      const response = await send(path, { headers: header, signal });
      if (!response.ok) throw problemOf(response.status, undefined);
      const blob = await response.blob();
      return /^image\/(png|jpeg|webp|gif)/.test(blob.type) ? blob : null;
    },
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
