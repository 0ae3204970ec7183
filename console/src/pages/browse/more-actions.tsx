// What is done with assets more seldom, behind one button.
import { BookMinus, Ellipsis, LibraryBig, Lock, LockOpen, Star } from "lucide-react";
import type { Asset } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { markFavorites, useFavorites } from "../../api/favorites.ts";
import { addToLibrary, readLibrariesAgain, takeFromLibrary } from "../../api/libraries.ts";
import { type Action, ActionMenu, IconButton } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { browseWords } from "../../words/browse.ts";
import { lockWords } from "../../words/locks.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import type { Opened } from "./asset-dialog.tsx";
import { handBack, lockOf } from "./locks.ts";

export function MoreActions({
  assets,
  library,
  onOpen,
}: {
  assets: Asset[];
  /** The library in which they are looked at. */
  library?: string;
  onOpen: (what: Opened["what"]) => void;
}) {
  const { place, session, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const mine = assets.filter((asset) => lockOf(asset)?.user_id === session.user.id);
  const favorites = useFavorites(place);
  const allStarred = assets.every((asset) => favorites.has(asset.id));
  const actions: Action[] = [
    {
      id: "star",
      label: allStarred ? browseWords.unstar : browseWords.star,
      icon: <Star size={16} aria-hidden />,
      onAction: () =>
        void markFavorites(
          place,
          assets.map((asset) => asset.id),
          !allStarred,
        ),
    },
  ];
  if (mayChange) {
    actions.push({
      id: "library",
      label: browseWords.addToLibrary,
      icon: <LibraryBig size={16} aria-hidden />,
      onAction: () => onOpen("library"),
    });
  }
  if (mayChange && library) {
    actions.push({
      id: "take",
      label: browseWords.removeFromLibrary,
      icon: <BookMinus size={16} aria-hidden />,
      onAction: () => void takeOut(place, library, assets),
    });
  }
  if (mayChange && mine.length < assets.length) {
    actions.push({
      id: "lock",
      label: lockWords.lock,
      icon: <Lock size={16} aria-hidden />,
      onAction: () => onOpen("lock"),
    });
  }
  if (mayChange && mine.length > 0) {
    actions.push({
      id: "unlock",
      label: lockWords.unlock,
      icon: <LockOpen size={16} aria-hidden />,
      onAction: () => void handBack(place, mine),
    });
  }
  return (
    <ActionMenu label={words.actions.more} actions={actions}>
      <IconButton label={words.actions.more}>
        <Ellipsis size={16} aria-hidden />
      </IconButton>
    </ActionMenu>
  );
}

async function takeOut(place: Place, library: string, assets: Asset[]): Promise<void> {
  const ids = assets.map((asset) => asset.id);
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
