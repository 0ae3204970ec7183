// The console's addresses. Every state that one may want to send to somebody is in them.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { AuditFilters } from "./api/run.ts";
import type { DeliveryState } from "./api/webhooks.ts";
import { Crash, Missing } from "./parts/crash.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { queries } from "./queries.ts";
import { sessionQuery } from "./session.ts";
import { findWorkspace, lastWorkspace, placeOf, workspacesOf } from "./workspaces.ts";

const rootRoute = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  errorComponent: Crash,
  notFoundComponent: Missing,
});

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);
const texts = (value: unknown): string[] | undefined => {
  const found = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string" && one);
  return found.length > 0 ? (found as string[]) : undefined;
};

const day = (value: unknown) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;

const deliveryState = (value: unknown): DeliveryState | undefined =>
  value === "pending" || value === "delivered" || value === "failed" ? value : undefined;

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { to?: string; problem?: string } => ({
    to: text(search.to),
    problem: text(search.problem),
  }),
  component: lazyRouteComponent(() => import("./pages/sign-in.tsx"), "SignInPage"),
});

const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./pages/one-time.tsx"), "WelcomePage"),
});

const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("./pages/one-time.tsx"), "ResetPage"),
});

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/join",
  component: lazyRouteComponent(() => import("./pages/one-time.tsx"), "JoinPage"),
});

const loadGuard = () => import("./shell/guard.tsx");
const loadShell = () => import("./shell/shell.tsx");
const loadBrowse = () => import("./pages/browse/page.tsx");

/** Loads what most pages need, and where one mostly begins, while the session is still asked for. */
export function loadAhead(path: string): void {
  if (!/^\/console\/($|w\/)/.test(path)) return;
  const ahead = [loadGuard(), loadShell(), ...(/\/(browse)?$/.test(path) ? [loadBrowse()] : [])];
  // What can't be loaded is told by the page that needs it.
  Promise.all(ahead).catch(() => undefined);
}

/** All below needs somebody signed in; the address asked for is kept for afterwards. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    const session = await queries.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: "/sign-in", search: { to: location.href } });
    return { session };
  },
  component: lazyRouteComponent(loadGuard, "Guard"),
});

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: ({ context }) => {
    const open = workspacesOf(context.session);
    const found = open.find(({ workspace }) => workspace.id === lastWorkspace()) ?? open[0];
    if (found && (open.length === 1 || lastWorkspace())) {
      throw redirect({ to: "/w/$workspaceId/browse", params: { workspaceId: found.workspace.id } });
    }
    throw redirect({ to: "/choose" });
  },
});

const chooseRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/choose",
  component: lazyRouteComponent(() => import("./pages/choose.tsx"), "ChoosePage"),
});

const shellRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/w/$workspaceId",
  component: lazyRouteComponent(loadShell, "Shell"),
});

export type BrowseSearch = {
  folder?: string;
  q?: string;
  sort?: string;
  view?: "list";
  type?: string[];
  tag?: string[];
  status?: string[];
  fact?: string[];
  /** Ids of those who made them. */
  by?: string[];
  /** Days, as `2026-11-22`: last changed on it or after, on it or before. */
  from?: string;
  until?: string;
  locked?: "yes" | "no";
  review?: string[];
  /** A library's id. */
  library?: string;
  only?: "favorites";
};

export const readBrowseSearch = (search: Record<string, unknown>): BrowseSearch => ({
  folder: text(search.folder),
  // A word that is a number comes as one.
  q: text(search.q) ?? (typeof search.q === "number" ? String(search.q) : undefined),
  sort: text(search.sort),
  view: search.view === "list" ? "list" : undefined,
  type: texts(search.type),
  tag: texts(search.tag),
  status: texts(search.status),
  fact: texts(search.fact),
  by: texts(search.by),
  from: day(search.from),
  until: day(search.until),
  locked: search.locked === "yes" || search.locked === "no" ? search.locked : undefined,
  review: texts(search.review),
  library: text(search.library),
  only: search.only === "favorites" ? "favorites" : undefined,
});

/** How an asset is looked at: which version, and against which other. */
export type AssetSearch = BrowseSearch & {
  version?: string;
  compare?: string;
  mode?: string;
  comment?: string;
};

const readAssetSearch = (search: Record<string, unknown>): AssetSearch => ({
  ...readBrowseSearch(search),
  version: text(search.version),
  compare: text(search.compare),
  mode: text(search.mode),
  comment: text(search.comment),
});

const browseRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/browse",
  validateSearch: readBrowseSearch,
  beforeLoad: ({ context, params, search }) => {
    const found = findWorkspace(context.session, params.workspaceId);
    // Nobody waits for it: a page that can't be loaded says so itself.
    if (found)
      loadBrowse().then(
        (page) => page.readAhead(placeOf(found), search),
        () => undefined,
      );
  },
  component: lazyRouteComponent(loadBrowse, "BrowsePage"),
});

const assetRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/assets/$assetId",
  validateSearch: readAssetSearch,
  component: lazyRouteComponent(() => import("./pages/asset/page.tsx"), "AssetPage"),
});

const librariesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/libraries",
  component: lazyRouteComponent(() => import("./pages/libraries/page.tsx"), "LibrariesPage"),
});

const trashRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/trash",
  component: lazyRouteComponent(() => import("./pages/trash.tsx"), "TrashPage"),
});

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/keys",
  component: lazyRouteComponent(() => import("./pages/keys/page.tsx"), "KeysPage"),
});

const membersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/members",
  component: lazyRouteComponent(() => import("./pages/members.tsx"), "MembersPage"),
});

const workspacesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/workspaces",
  component: lazyRouteComponent(() => import("./pages/workspaces/page.tsx"), "WorkspacesPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/page.tsx"), "SettingsPage"),
});

const forMeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/for-me",
  validateSearch: (search): { show?: "all" } => ({ show: search.show === "all" ? "all" : undefined }),
  component: lazyRouteComponent(() => import("./pages/for-me.tsx"), "ForMePage"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/audit",
  validateSearch: (search): AuditFilters => ({
    action: text(search.action),
    outcome: search.outcome === "allowed" || search.outcome === "refused" ? search.outcome : undefined,
    key: text(search.key),
    person: text(search.person),
    since: day(search.since),
    until: day(search.until),
  }),
  component: lazyRouteComponent(() => import("./pages/audit.tsx"), "AuditPage"),
});

const planRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/plan",
  validateSearch: (search): { folder?: string; as?: "table" } => ({
    folder: text(search.folder),
    as: search.as === "table" ? "table" : undefined,
  }),
  component: lazyRouteComponent(() => import("./pages/plan.tsx"), "PlanPage"),
});

const healthRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/health",
  component: lazyRouteComponent(() => import("./pages/health.tsx"), "HealthPage"),
});

const webhooksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/webhooks",
  validateSearch: (search): { webhook?: string; state?: DeliveryState } => ({
    webhook: text(search.webhook),
    state: deliveryState(search.state),
  }),
  component: lazyRouteComponent(() => import("./pages/webhooks/page.tsx"), "WebhooksPage"),
});

const meRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/me",
  component: lazyRouteComponent(() => import("./pages/me.tsx"), "MePage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  welcomeRoute,
  resetRoute,
  joinRoute,
  signedInRoute.addChildren([
    homeRoute,
    chooseRoute,
    shellRoute.addChildren([
      browseRoute,
      assetRoute,
      librariesRoute,
      forMeRoute,
      trashRoute,
      keysRoute,
      membersRoute,
      workspacesRoute,
      settingsRoute,
      auditRoute,
      planRoute,
      healthRoute,
      webhooksRoute,
      meRoute,
    ]),
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: "/console",
  defaultPreload: "intent",
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: Missing,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
