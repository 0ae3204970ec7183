// What can be done with one or more assets: in the bar of what is selected, on an asset's page, and in the command palette.
import {
  BookMinus,
  Download,
  Ellipsis,
  FolderInput,
  LibraryBig,
  Lock,
  LockOpen,
  Pencil,
  Star,
  Tag,
  Trash2,
} from "lucide-react";
import { type Asset, downloadAssets } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { markFavorites, useFavorites } from "../../api/favorites.ts";
import { addToLibrary, readLibrariesAgain, takeFromLibrary } from "../../api/libraries.ts";
import { type Action, ActionMenu, IconButton } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { useOffers } from "../../shell/offers.ts";
import { browseWords } from "../../words/browse.ts";
import { lockWords } from "../../words/locks.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import type { Opened } from "./asset-dialog.tsx";
import { handBack, lockOf } from "./locks.ts";

/** What is done often, each with a button of its own, and what is done more seldom, behind one. */
export type AssetActions = { often: Action[]; seldom: Action[] };

/**
 * `title`: what the palette calls them. `library`: the one in which they are looked at. `onOpen`: asks what a dialog asks.
 * `onTrash`: moves them to the trash, and leads away from where they were.
 */
export function useAssetActions(
  assets: Asset[],
  {
    title,
    library,
    onOpen,
    onTrash,
  }: { title: string; library?: string; onOpen: (what: Opened["what"]) => void; onTrash: () => void },
): AssetActions {
  const { place, session, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const mine = assets.filter((asset) => lockOf(asset)?.user_id === session.user.id);
  const favorites = useFavorites(place);
  const ids = assets.map((asset) => asset.id);
  const allStarred = ids.every((id) => favorites.has(id));

  const often: Action[] = [
    {
      id: "download",
      label: words.actions.download,
      icon: <Download size={16} aria-hidden />,
      onAction: () => downloadAssets(place, assets),
    },
  ];
  const seldom: Action[] = [
    {
      id: "star",
      label: allStarred ? browseWords.unstar : browseWords.star,
      icon: <Star size={16} aria-hidden />,
      onAction: () => void markFavorites(place, ids, !allStarred),
    },
  ];
  const ask = (what: Opened["what"], label: string, Icon: typeof Pencil): Action => ({
    id: what,
    label,
    icon: <Icon size={16} aria-hidden />,
    onAction: () => onOpen(what),
  });
  if (mayChange) {
    if (assets.length === 1) often.push(ask("rename", words.actions.rename, Pencil));
    often.push(ask("tag", words.actions.tag, Tag), ask("move", words.actions.move, FolderInput), {
      id: "trash",
      label: words.actions.trash,
      icon: <Trash2 size={16} aria-hidden />,
      onAction: onTrash,
    });
    seldom.push(ask("library", browseWords.addToLibrary, LibraryBig));
    if (library) {
      seldom.push({
        id: "take",
        label: browseWords.removeFromLibrary,
        icon: <BookMinus size={16} aria-hidden />,
        onAction: () => void takeOut(place, library, ids),
      });
    }
    if (mine.length < assets.length) seldom.push(ask("lock", lockWords.lock, Lock));
    if (mine.length > 0) {
      seldom.push({
        id: "unlock",
        label: lockWords.unlock,
        icon: <LockOpen size={16} aria-hidden />,
        onAction: () => void handBack(place, mine),
      });
    }
  }
  useOffers(title, [...often, ...seldom]);
  return { often, seldom };
}

/** What is done more seldom, behind one button. */
export const MoreActions = ({ actions }: { actions: Action[] }) => (
  <ActionMenu label={words.actions.more} actions={actions}>
    <IconButton label={words.actions.more}>
      <Ellipsis size={16} aria-hidden />
    </IconButton>
  </ActionMenu>
);

async function takeOut(place: Place, library: string, ids: string[]): Promise<void> {
  const back = () => {
    addToLibrary(place, library, ids)
      .catch(notifyProblem)
      .finally(() => readLibrariesAgain(place));
  };
  try {
    await takeFromLibrary(place, library, ids);
    notify(browseWords.takenOut(ids.length), back);
  } catch (problem) {
    notifyProblem(problem);
  }
  await readLibrariesAgain(place);
}
