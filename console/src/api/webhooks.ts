// Webhooks of a workspace, and what became of their messages.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { queries } from "../queries.ts";
import { api, nextCursor, type Place, type Schemas, take } from "./client.ts";

export type Webhook = Schemas["Webhook"];
export type Delivery = Schemas["WebhookDelivery"];
export type DeliveryState = Schemas["WebhookDeliveryState"];

const key = (place: Place) => ["webhooks", place["x-workspace-id"]];
const at = (place: Place, id: string) => ({ header: place, path: { webhook_id: id } });

export const webhooksQuery = (place: Place) =>
  queryOptions({
    queryKey: key(place),
    queryFn: () => take(api.GET("/workspaces/webhooks", { params: { header: place } })),
  });

export const readWebhooksAgain = (place: Place) => queries.invalidateQueries({ queryKey: key(place) });

export const makeWebhook = (place: Place, body: Schemas["NewWebhookInput"]) =>
  take(api.POST("/workspaces/webhooks", { params: { header: place }, body }));

export const changeWebhook = (place: Place, id: string, body: Schemas["WebhookPatch"]) =>
  take(api.PATCH("/workspaces/webhooks/{webhook_id}", { params: at(place, id), body }));

export const deleteWebhook = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/webhooks/{webhook_id}", { params: at(place, id) }));

export const testWebhook = (place: Place, id: string) =>
  take(api.POST("/workspaces/webhooks/{webhook_id}/test", { params: at(place, id) }));

/** A day in which messages are signed with both. *Units*: seconds. */
const OVERLAP = 86_400;

export const rotateWebhook = (place: Place, id: string) =>
  take(
    api.POST("/workspaces/webhooks/{webhook_id}/rotate", {
      params: at(place, id),
      body: { overlap_seconds: OVERLAP },
    }),
  );

/** Sends again what was given up, from a moment on. */
export const replayWebhook = (place: Place, id: string, since?: string) =>
  take(
    api.POST("/workspaces/webhooks/{webhook_id}/replay", {
      params: at(place, id),
      body: since ? { since } : {},
    }),
  );

export const deliveriesQuery = (place: Place, id: string, state?: DeliveryState) =>
  infiniteQueryOptions({
    queryKey: [...key(place), id, "deliveries", state],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const { data, error, response } = await api.GET("/workspaces/webhooks/{webhook_id}/deliveries", {
        params: { ...at(place, id), query: { state, limit: 50, cursor: pageParam } },
        signal,
      });
      return {
        deliveries: await take(Promise.resolve({ data, error, response })),
        next: nextCursor(response),
      };
    },
    getNextPageParam: (page) => page.next,
    // What waits is tried while one looks.
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.deliveries.some((one) => one.state === "pending"))
        ? 2_000
        : false,
  });

export const deliveryQuery = (place: Place, id: string, delivery: string) =>
  queryOptions({
    queryKey: [...key(place), id, "deliveries", "one", delivery],
    queryFn: () =>
      take(
        api.GET("/workspaces/webhooks/{webhook_id}/deliveries/{delivery_id}", {
          params: { header: place, path: { webhook_id: id, delivery_id: delivery } },
        }),
      ),
  });

export const replayDelivery = (place: Place, id: string, delivery: string) =>
  take(
    api.POST("/workspaces/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", {
      params: { header: place, path: { webhook_id: id, delivery_id: delivery } },
    }),
  );
