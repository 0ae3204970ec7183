// What runs an account: its people and invites, the audit trail, webhooks, the plan and how full it is.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, nextCursor, type Place, type Schemas, take } from "./client.ts";
import { accountOf } from "./workspace.ts";

export type Invite = Schemas["AccountInvite"];
export type Member = Schemas["AccountMember"];
export type AuditEntry = Schemas["AuditEntry"];

const account = (place: Place) => ({ header: accountOf(place) });

export const invitesQuery = (place: Place) =>
  queryOptions({
    queryKey: ["invites", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/invites", { params: account(place) })),
  });

export const invite = (place: Place, invites: Schemas["InviteInput"][]) =>
  take(api.POST("/accounts/invites", { params: account(place), body: invites }));

export const resendInvite = (place: Place, id: string) =>
  take(
    api.POST("/accounts/invites/{invite_id}/resend", {
      params: { ...account(place), path: { invite_id: id } },
    }),
  );

export const withdrawInvite = (place: Place, id: string) =>
  take(
    api.DELETE("/accounts/invites/{invite_id}", { params: { ...account(place), path: { invite_id: id } } }),
  );

export const changeAccountRole = (place: Place, id: string, role: Schemas["AccountRole"]) =>
  take(
    api.PUT("/accounts/members/{member_id}", {
      params: { ...account(place), path: { member_id: id } },
      body: { roles: [role] },
    }),
  );

export const removeMember = (place: Place, id: string) =>
  take(
    api.DELETE("/accounts/members/{member_id}", { params: { ...account(place), path: { member_id: id } } }),
  );

export const passwordLink = (place: Place, id: string) =>
  take(
    api.POST("/accounts/members/{member_id}/password-link", {
      params: { ...account(place), path: { member_id: id } },
    }),
  );

export const changeWorkspaceRole = (place: Place, id: string, role: Schemas["WorkspaceRole"]) =>
  take(
    api.POST("/workspaces/members/{user_id}", {
      params: { header: place, path: { user_id: id } },
      body: { roles: [role] },
    }),
  );

export const removeFromWorkspace = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/members/{user_id}", { params: { header: place, path: { user_id: id } } }));

export type AuditFilters = {
  action?: string;
  outcome?: "allowed" | "refused";
  key?: string;
  /** A user's id. */
  person?: string;
  since?: string;
  until?: string;
};

const AUDIT_PAGE = 200;

export const auditQuery = (place: Place, filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ["audit", place["x-account-id"], filters],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const answer = await api.GET("/accounts/audit", {
        params: {
          ...account(place),
          query: {
            action: filters.action as Schemas["AuditAction"] | undefined,
            outcome: filters.outcome,
            key: filters.key,
            user_id: filters.person,
            since: momentOf(filters.since),
            until: momentOf(filters.until),
            limit: AUDIT_PAGE,
            cursor: pageParam,
          },
        },
      });
      return { entries: await take(Promise.resolve(answer)), next: nextCursor(answer.response) };
    },
    getNextPageParam: (page) => page.next,
  });

/** A day of the page's calendar as the moment that it begins. */
const momentOf = (day: string | undefined) => (day ? new Date(`${day}T00:00`).toISOString() : undefined);

export const limitsQuery = (place: Place) =>
  queryOptions({
    queryKey: ["limits", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/limits", { params: account(place) })),
  });

export const tiersQuery = (place: Place) =>
  queryOptions({
    queryKey: ["tiers", place["x-account-id"]],
    queryFn: () => take(api.GET("/accounts/tiers", { params: account(place) })),
  });

export const changePlan = (place: Place, tier: Schemas["Plan"]) =>
  take(api.PUT("/accounts/subscriptions", { params: account(place), body: { tier } }));

/** Not read again with every change in the workspace: a page asks this of many folders. */
export const folderStatsQuery = (place: Place, folder: string) =>
  queryOptions({
    queryKey: ["folder stats", place["x-workspace-id"], folder],
    queryFn: () =>
      take(api.GET("/workspaces/folders/stats", { params: { header: place, query: { folder } } })),
    staleTime: 5_000,
  });

export const readyQuery = queryOptions({
  queryKey: ["ready"],
  queryFn: async () => {
    const begun = performance.now();
    const ready = await take(api.GET("/health/ready"));
    return { ...ready, took: Math.round(performance.now() - begun) };
  },
  refetchInterval: 15_000,
});

export type Job = Schemas["Job"];
export type JobState = Schemas["JobState"];

const JOBS_PAGE = 50;

/** Changes by itself while one looks. */
export const jobsQuery = (place: Place, state: JobState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["jobs", place["x-account-id"], state],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const answer = await api.GET("/accounts/jobs", {
        params: { ...account(place), query: { state, limit: JOBS_PAGE, cursor: pageParam } },
      });
      return { jobs: await take(Promise.resolve(answer)), next: nextCursor(answer.response) };
    },
    getNextPageParam: (page) => page.next,
    refetchInterval: 5_000,
  });

export const retryJob = (place: Place, id: string) =>
  take(api.POST("/accounts/jobs/{job_id}/retry", { params: { ...account(place), path: { job_id: id } } }));
