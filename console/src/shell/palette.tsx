// The command palette: pages, actions and assets by a few letters. Opened by Ctrl K or ⌘ K.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Boxes,
  File,
  Gauge,
  HeartPulse,
  Images,
  Inbox,
  KeyRound,
  LibraryBig,
  LogOut,
  Moon,
  ScrollText,
  Search,
  Settings,
  Sun,
  Trash2,
  UserRound,
  Users,
  Webhook,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import * as Aria from "react-aria-components";
import { searchQuery } from "../api/assets.ts";
import { controls } from "../parts/controls.tsx";
import { Problem } from "../parts/states.tsx";
import { notifyProblem } from "../parts/toasts.tsx";
import { signOut } from "../session.ts";
import { applyTheme } from "../theme.ts";
import { words } from "../words.ts";
import { runsAccount, runsWorkspace, useHere } from "../workspaces.ts";
import { allOffers } from "./offers.ts";
import css from "./palette.module.css";

type Entry = { id: string; label: string; where?: string; icon: ReactNode; run: () => void };

const SHOWN_ASSETS = 8;
/** Of what a page offers: more is found by its letters. */
const SHOWN_OFFERS = 12;

export default function Palette({ onClose }: { onClose: () => void }) {
  const { place, account, workspace } = useHere();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  // Of the page that it was opened over, which doesn't change meanwhile.
  const [offers] = useState(allOffers);
  const found = useInfiniteQuery({
    ...searchQuery(place, {
      folder: "/",
      query: typed.trim(),
      sort: "-updated_at",
      extensions: [],
      tags: [],
      statuses: [],
      facts: [],
    }),
    enabled: typed.trim() !== "",
    placeholderData: keepPreviousData,
  });
  const params = { workspaceId: workspace.id };
  const all = (entry: Entry) => entry.label.toLowerCase().includes(typed.trim().toLowerCase());
  const go = (
    id: string,
    label: string,
    icon: ReactNode,
    to:
      | "browse"
      | "libraries"
      | "for-me"
      | "trash"
      | "keys"
      | "members"
      | "workspaces"
      | "webhooks"
      | "audit"
      | "plan"
      | "health"
      | "settings"
      | "me",
  ) => ({
    id,
    label,
    icon,
    run: () => void navigate({ to: `/w/$workspaceId/${to}`, params }),
  });
  const pages: Entry[] = [
    go("browse", words.nav.assets, <Images size={16} />, "browse"),
    go("libraries", words.nav.libraries, <LibraryBig size={16} />, "libraries"),
    go("for-me", words.inbox.title, <Inbox size={16} />, "for-me"),
    go("trash", words.nav.trash, <Trash2 size={16} />, "trash"),
    go("keys", words.nav.keys, <KeyRound size={16} />, "keys"),
    go("members", words.nav.members, <Users size={16} />, "members"),
    go("workspaces", words.nav.workspaces, <Boxes size={16} />, "workspaces"),
    ...(runsWorkspace(workspace)
      ? [go("webhooks", words.webhooks.title, <Webhook size={16} />, "webhooks")]
      : []),
    ...(runsAccount(account)
      ? [
          go("audit", words.audit.title, <ScrollText size={16} />, "audit"),
          go("plan", words.plan.title, <Gauge size={16} />, "plan"),
          go("health", words.health.title, <HeartPulse size={16} />, "health"),
        ]
      : []),
    ...(runsAccount(account) || runsWorkspace(workspace)
      ? [go("settings", words.nav.settings, <Settings size={16} />, "settings")]
      : []),
    go("me", words.nav.me, <UserRound size={16} />, "me"),
  ].filter(all);
  const actions: Entry[] = [
    {
      id: "light",
      label: `${words.nav.theme}: ${words.nav.themes.light}`,
      icon: <Sun size={16} />,
      run: () => applyTheme("light"),
    },
    {
      id: "dark",
      label: `${words.nav.theme}: ${words.nav.themes.dark}`,
      icon: <Moon size={16} />,
      run: () => applyTheme("dark"),
    },
    {
      id: "out",
      label: words.nav.signOut,
      icon: <LogOut size={16} />,
      run: () => void signOut().catch(notifyProblem),
    },
  ].filter(all);
  const assets: Entry[] = (typed.trim() ? (found.data?.pages[0]?.assets ?? []) : [])
    .slice(0, SHOWN_ASSETS)
    .map((asset) => ({
      id: asset.id,
      label: asset.name,
      where: asset.file_location,
      icon: <File size={16} />,
      run: () =>
        void navigate({
          to: "/w/$workspaceId/assets/$assetId",
          params: { ...params, assetId: asset.id },
          search: {},
        }),
    }));
  const offered = offers.map(({ title, actions }) => ({
    id: `offered ${title}`,
    title,
    entries: actions
      .map(({ id, label, icon, onAction }): Entry => ({ id: `offered ${id}`, label, icon, run: onAction }))
      .filter(all)
      .slice(0, SHOWN_OFFERS),
  }));
  const sections = [
    ...offered,
    { id: "assets", title: words.palette.assets, entries: assets },
    { id: "pages", title: words.palette.pages, entries: pages },
    { id: "actions", title: words.palette.actions, entries: actions },
  ].filter((section) => section.entries.length > 0);
  const run = (id: Aria.Key) => {
    onClose();
    sections
      .flatMap((section) => section.entries)
      .find((entry) => entry.id === id)
      ?.run();
  };
  return (
    <Aria.ModalOverlay
      className={controls.overlay}
      data-high
      isOpen
      isDismissable
      onOpenChange={(open) => !open && onClose()}
    >
      <Aria.Modal className={controls.modal} data-wide>
        <Aria.Dialog className={css.palette} aria-label={words.palette.title}>
          <Aria.Autocomplete inputValue={typed} onInputChange={setTyped}>
            <Aria.SearchField className={css.search} aria-label={words.palette.field} autoFocus>
              <Search size={18} aria-hidden />
              <Aria.Input placeholder={words.palette.field} />
            </Aria.SearchField>
            {found.isError && <Problem>{found.error.message}</Problem>}
            <Aria.Menu
              className={css.results}
              aria-label={words.palette.title}
              onAction={run}
              renderEmptyState={() => <div className={css.none}>{words.palette.empty}</div>}
            >
              {sections.map((section) => (
                <Aria.MenuSection key={section.id} id={section.id}>
                  <Aria.Header className={css.heading}>{section.title}</Aria.Header>
                  {section.entries.map((entry) => (
                    <Aria.MenuItem
                      key={entry.id}
                      id={entry.id}
                      textValue={entry.label}
                      className={controls.item}
                    >
                      {entry.icon}
                      <Aria.Text slot="label">{entry.label}</Aria.Text>
                      {entry.where && <span className={css.where}>{entry.where}</span>}
                    </Aria.MenuItem>
                  ))}
                </Aria.MenuSection>
              ))}
            </Aria.Menu>
          </Aria.Autocomplete>
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}
