// Reviews, requests for them, and what the caller is told of.
import { queryOptions } from "@tanstack/react-query";
import { queries } from "../queries.ts";
import { api, type Place, type Schemas, take } from "./client.ts";

export type Review = Schemas["Review"];
export type ReviewRequest = Schemas["ReviewRequest"];
export type ReviewStatus = Schemas["ReviewStatus"];
export type Notification = Schemas["Notification"];
export type Task = Schemas["Task"];

const of = (place: Place, id: string) => ({ header: place, path: { asset_id: id } });

export const reviewsQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "one", id, "reviews"],
    queryFn: () => take(api.GET("/workspaces/assets/{asset_id}/reviews", { params: of(place, id) })),
  });

export const reviewRequestsQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "one", id, "review requests"],
    queryFn: () => take(api.GET("/workspaces/assets/{asset_id}/reviewRequests", { params: of(place, id) })),
  });

export const askForReview = (place: Place, id: string, request: Schemas["NewReviewRequestInput"]) =>
  take(api.POST("/workspaces/assets/{asset_id}/reviewRequests", { params: of(place, id), body: request }));

export const withdrawRequest = (place: Place, id: string, request: string) =>
  take(
    api.DELETE("/workspaces/assets/{asset_id}/reviewRequests/{review_request_id}", {
      params: { header: place, path: { asset_id: id, review_request_id: request } },
    }),
  );

export const writeReview = (place: Place, id: string, review: Schemas["NewReviewInput"]) =>
  take(api.POST("/workspaces/assets/{asset_id}/reviews", { params: of(place, id), body: review }));

export const changeReview = (place: Place, id: string, review: string, status: ReviewStatus) =>
  take(
    api.PUT("/workspaces/assets/{asset_id}/reviews/{review_id}", {
      params: { header: place, path: { asset_id: id, review_id: review } },
      body: { status },
    }),
  );

/** What happens in the workspaces that are not open comes by no feed. */
const LOOKED_FOR_MS = 60_000;

/** What somebody is told of in every workspace of these accounts, the newest first. */
export const notificationsQuery = (accounts: string[], unread: boolean) =>
  queryOptions({
    queryKey: ["inbox", "notifications", accounts, unread],
    queryFn: async () => {
      const query = unread ? { unread: true } : {};
      const found = await Promise.all(
        accounts.map((id) =>
          take(api.GET("/accounts/notifications", { params: { header: { "x-account-id": id }, query } })),
        ),
      );
      return found.flat().sort((one, other) => other.created_at.localeCompare(one.created_at));
    },
    refetchInterval: LOOKED_FOR_MS,
  });

export const markRead = ({ account_id, id }: Notification, read: boolean) =>
  take(
    api.PATCH("/accounts/notifications/{notification_id}", {
      params: { header: { "x-account-id": account_id }, path: { notification_id: id } },
      body: { read },
    }),
  );

export const tasksQuery = (place: Place, userId: string) =>
  queryOptions({
    queryKey: ["inbox", place["x-workspace-id"], "tasks", userId],
    queryFn: () =>
      take(api.GET("/workspaces/tasks", { params: { header: place, query: { assignee_id: userId } } })),
  });

export const finishTask = (place: Place, id: string) =>
  take(
    api.PATCH("/workspaces/tasks/{task_id}", {
      params: { header: place, path: { task_id: id } },
      body: { status: "Completed" },
    }),
  );

export const workspaceMembersQuery = (place: Place) =>
  queryOptions({
    queryKey: ["workspace members", place["x-workspace-id"]],
    queryFn: () => take(api.GET("/workspaces/members", { params: { header: place } })),
  });

export const readInboxAgain = () => queries.invalidateQueries({ queryKey: ["inbox"] });
