// The account's API keys.
import { queryOptions } from "@tanstack/react-query";
import { api, type Place, type Schemas, take } from "./client.ts";
import { accountOf } from "./workspace.ts";

export type ApiKey = Schemas["ApiKey"];
export type CreatedKey = Schemas["CreatedApiKey"];
export type Scope = Schemas["Scope"];
export type KeyRole = Schemas["KeyRole"];

export const keysQuery = (place: Place) =>
  queryOptions({
    queryKey: ["keys", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/api-keys", { params: { header: accountOf(place) } })),
  });

export const createKey = (place: Place, key: Schemas["NewKeyInput"]) =>
  take(api.POST("/accounts/api-keys", { params: { header: accountOf(place) }, body: key }));

export const rotateKey = (place: Place, id: string, overlapSeconds: number) =>
  take(
    api.POST("/accounts/api-keys/{key_id}/rotate", {
      params: { header: accountOf(place), path: { key_id: id } },
      body: { overlap_seconds: overlapSeconds },
    }),
  );

export const revokeKey = (place: Place, id: string) =>
  take(
    api.DELETE("/accounts/api-keys/{key_id}", {
      params: { header: accountOf(place), path: { key_id: id } },
    }),
  );
