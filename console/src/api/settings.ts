// The statuses of a workspace's assets, and what programs keep beside an account or a workspace.
import { queryOptions } from "@tanstack/react-query";
import { queries } from "../queries.ts";
import { api, type Place, type Schemas, take } from "./client.ts";
import { accountOf, statusesQuery } from "./workspace.ts";

export type Setting = Schemas["Setting"];
export type Status = Schemas["AssetStatus"];

/** Whose settings: the account's, or the open workspace's. */
export type Owner = "account" | "workspace";

export const settingsQuery = (place: Place, owner: Owner) =>
  queryOptions({
    queryKey: ["settings", owner, owner === "account" ? place["x-account-id"] : place["x-workspace-id"]],
    queryFn: () =>
      owner === "account"
        ? take(api.GET("/accounts/settings", { params: { header: accountOf(place) } }))
        : take(api.GET("/workspaces/settings", { params: { header: place } })),
  });

export async function putSetting(place: Place, owner: Owner, id: string, body: Schemas["SettingInput"]) {
  const path = { setting_id: id };
  await (owner === "account"
    ? take(api.PUT("/accounts/settings/{setting_id}", { params: { header: accountOf(place), path }, body }))
    : take(api.PUT("/workspaces/settings/{setting_id}", { params: { header: place, path }, body })));
  await queries.invalidateQueries({ queryKey: settingsQuery(place, owner).queryKey });
}

const at = (place: Place, id: string) => ({ header: place, path: { status_id: id } });

export const makeStatus = (place: Place, body: Schemas["NewStatusInput"]) =>
  take(api.POST("/workspaces/assetStatuses", { params: { header: place }, body }));

export const changeStatus = (place: Place, id: string, body: Schemas["StatusPatch"]) =>
  take(api.PATCH("/workspaces/assetStatuses/{status_id}", { params: at(place, id), body }));

export const deleteStatus = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/assetStatuses/{status_id}", { params: at(place, id) }));

export const readStatusesAgain = (place: Place) =>
  queries.invalidateQueries({ queryKey: statusesQuery(place).queryKey });
