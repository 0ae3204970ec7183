// The frame of every page: where one is, the sections, the palette, uploads, and whether the server can be reached.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import {
  BookOpen,
  Boxes,
  ChevronsUpDown,
  Gauge,
  HeartPulse,
  Images,
  Inbox,
  KeyRound,
  LibraryBig,
  LogOut,
  Monitor,
  Moon,
  ScrollText,
  Search,
  Settings,
  Sun,
  Trash2,
  UserRound,
  Users,
  Webhook,
  WifiOff,
} from "lucide-react";
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { notificationsQuery } from "../api/reviews.ts";
import { ActionMenu, Button } from "../parts/controls.tsx";
import { notifyProblem } from "../parts/toasts.tsx";
import { signOut } from "../session.ts";
import { applyTheme, type Theme, theme } from "../theme.ts";
import { words } from "../words.ts";
import {
  closedBecause,
  openAccounts,
  rememberWorkspace,
  runsAccount,
  runsWorkspace,
  useHere,
  workspacesOf,
} from "../workspaces.ts";
import { useChanges } from "./changes.ts";
import { DownloadPanel } from "./download-panel.tsx";
import css from "./shell.module.css";
import transfers from "./transfers.module.css";
import { UploadPanel } from "./upload-panel.tsx";

const Closed = lazy(() => import("./closed.tsx"));
const Palette = lazy(() => import("./palette.tsx"));

export function Shell() {
  const { account } = useHere();
  if (!closedBecause(account)) return <Frame />;
  return (
    <Suspense>
      <Closed />
    </Suspense>
  );
}

function Frame() {
  const here = useHere();
  const [palette, setPalette] = useState(false);
  useChanges(here.place);
  useEffect(() => rememberWorkspace(here.workspace.id), [here.workspace.id]);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette(true);
      }
    };
    window.addEventListener("keydown", open);
    return () => window.removeEventListener("keydown", open);
  }, []);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#content">
        {words.skip}
      </a>
      <Top openPalette={() => setPalette(true)} />
      <Sections workspaceId={here.workspace.id} />
      <main className={css.main} id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <div className={transfers.transfers}>
        <DownloadPanel />
        <UploadPanel />
      </div>
      <Offline />
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Top({ openPalette }: { openPalette: () => void }) {
  const { session, account, workspace } = useHere();
  const navigate = useNavigate();
  return (
    <header className={css.top}>
      <Link to="/w/$workspaceId/browse" params={{ workspaceId: workspace.id }} className={css.brand}>
        <img src="/console/icon.svg" alt="" />
        <span>{words.product}</span>
      </Link>
      <ActionMenu
        label={words.nav.workspace}
        actions={[
          ...workspacesOf(session).map((one) => ({
            id: one.workspace.id,
            label: `${one.account.name} / ${one.workspace.name}`,
            chosen: one.workspace.id === workspace.id,
            onAction: () =>
              navigate({
                to: "/w/$workspaceId/browse",
                params: { workspaceId: one.workspace.id },
                search: {},
              }),
          })),
          {
            id: "all",
            label: words.nav.allWorkspaces,
            icon: <Boxes size={16} aria-hidden />,
            onAction: () =>
              navigate({ to: "/w/$workspaceId/workspaces", params: { workspaceId: workspace.id } }),
          },
        ]}
      >
        <Button look="quiet">
          <span className={css.where}>
            <small>{account.name} / </small>
            {workspace.name}
          </span>
          <ChevronsUpDown size={14} aria-hidden />
        </Button>
      </ActionMenu>
      <span className={css.gap} />
      <Button onPress={openPalette}>
        <Search size={15} aria-hidden />
        {words.nav.palette}
        <kbd>Ctrl K</kbd>
      </Button>
      <You />
    </header>
  );
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function You() {
  const { session, workspace } = useHere();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Theme>(theme);
  const initials = session.user.name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join("")
    .toUpperCase();
  return (
    <ActionMenu
      label={words.nav.account}
      actions={[
        {
          id: "me",
          label: words.nav.me,
          icon: <UserRound size={16} aria-hidden />,
          onAction: () => navigate({ to: "/w/$workspaceId/me", params: { workspaceId: workspace.id } }),
        },
        ...(["system", "light", "dark"] as const).map((one) => {
          const Icon = THEME_ICONS[one];
          return {
            id: one,
            label: `${words.nav.theme}: ${words.nav.themes[one]}`,
            icon: <Icon size={16} aria-hidden />,
            chosen: chosen === one,
            onAction: () => {
              applyTheme(one);
              setChosen(one);
            },
          };
        }),
        {
          id: "out",
          label: words.nav.signOut,
          icon: <LogOut size={16} aria-hidden />,
          onAction: () => void signOut().catch(notifyProblem),
        },
      ]}
    >
      <Button look="quiet" aria-label={`${words.nav.account}: ${session.user.name}`}>
        <span className={css.avatar} aria-hidden>
          {initials}
        </span>
      </Button>
    </ActionMenu>
  );
}

function Sections({ workspaceId }: { workspaceId: string }) {
  const { session, account, workspace } = useHere();
  const waiting = useQuery(notificationsQuery(openAccounts(session), true)).data?.length ?? 0;
  const sections = [
    { to: "/w/$workspaceId/browse", icon: Images, label: words.nav.assets },
    { to: "/w/$workspaceId/libraries", icon: LibraryBig, label: words.nav.libraries },
    { to: "/w/$workspaceId/for-me", icon: Inbox, label: words.inbox.title, count: waiting },
    { to: "/w/$workspaceId/trash", icon: Trash2, label: words.nav.trash },
    { to: "/w/$workspaceId/keys", icon: KeyRound, label: words.nav.keys },
    { to: "/w/$workspaceId/members", icon: Users, label: words.nav.members },
    ...(runsAccount(account) || runsWorkspace(workspace)
      ? ([{ to: "/w/$workspaceId/workspaces", icon: Boxes, label: words.nav.workspaces }] as const)
      : []),
    ...(runsWorkspace(workspace)
      ? ([{ to: "/w/$workspaceId/webhooks", icon: Webhook, label: words.webhooks.title }] as const)
      : []),
    ...(runsAccount(account)
      ? ([
          { to: "/w/$workspaceId/audit", icon: ScrollText, label: words.audit.title },
          { to: "/w/$workspaceId/plan", icon: Gauge, label: words.plan.title },
          { to: "/w/$workspaceId/health", icon: HeartPulse, label: words.health.title },
        ] as const)
      : []),
    ...(runsAccount(account) || runsWorkspace(workspace)
      ? ([{ to: "/w/$workspaceId/settings", icon: Settings, label: words.nav.settings }] as const)
      : []),
  ] as const;
  return (
    <nav className={css.nav} aria-label={words.nav.label}>
      {sections.map(({ to, icon: Icon, label, ...more }) => (
        <Link
          key={to}
          to={to}
          params={{ workspaceId }}
          activeOptions={{ includeSearch: false }}
          className={css.link}
          title={label}
        >
          <Icon size={17} aria-hidden />
          <span>{label}</span>
          {"count" in more && more.count > 0 && (
            <b className={css.count} role="img" aria-label={words.inbox.count(more.count)}>
              {more.count}
            </b>
          )}
        </Link>
      ))}
      <div className={css.gap} />
      <a className={css.link} href="/docs" title={words.nav.docs}>
        <BookOpen size={17} aria-hidden />
        <span>{words.nav.docs}</span>
      </a>
    </nav>
  );
}

function Offline() {
  const online = useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
  if (online) return null;
  return (
    <div className={css.offline} role="status">
      <WifiOff size={16} aria-hidden />
      {words.problems.offline}
    </div>
  );
}
