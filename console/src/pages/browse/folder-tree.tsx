// The workspace's folders as a tree; the open one is selected.
import { useQuery } from "@tanstack/react-query";
import { Ellipsis, FolderPlus, Images, Star } from "lucide-react";
import {
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  memo,
  Suspense,
  type SyntheticEvent,
  useDeferredValue,
  useMemo,
  useState,
} from "react";
import * as Aria from "react-aria-components";
import { type FolderNode, foldersQuery } from "../../api/workspace.ts";
import { IconButton } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { browseWords } from "../../words/browse.ts";
import { folderWords } from "../../words/folders.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import { useFolderActions } from "./folder-actions.ts";
import { FolderLine, pathsAbove } from "./folder-line.tsx";
import type { FolderAction } from "./folder-menu.tsx";
import css from "./folders.module.css";

/** The key of the row that is no folder; the paths of folders begin with a slash. */
export const FAVORITES = "favorites";
/** No row of the tree: what is shown lies in a library. */
export const IN_LIBRARY = "library";

const FolderMenu = lazy(() => import("./folder-menu.tsx"));
const FolderDialog = lazy(() => import("./folder-dialogs.tsx"));
const NewFolder = lazy(() =>
  import("./folder-dialogs.tsx").then(({ NewFolder }) => ({ default: NewFolder })),
);

// Not drawn anew with each key of a search.
export const FolderTree = memo(function FolderTree({
  folder,
  onOpen,
}: {
  folder: string;
  onOpen: (path: string) => void;
}) {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const { data, isError, error } = useQuery(foldersQuery(place));
  // Of many folders it takes long to draw: the assets go before.
  const root = useDeferredValue(data, undefined);
  const [newIn, setNewIn] = useState<string>();
  const [menu, setMenu] = useState<{ node: FolderNode; at: Element }>();
  const [dialog, setDialog] = useState<{ what: "rename" | "move"; node: FolderNode }>();
  const { trash } = useFolderActions();
  // Those above the open one are open, whatever else somebody opened.
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const expanded = useMemo(() => new Set([...opened, ...pathsAbove(folder)]), [opened, folder]);
  const act = (action: FolderAction, node: FolderNode) => {
    setMenu(undefined);
    if (action === "new") setNewIn(node.path);
    else if (action === "trash") void trash(node);
    else setDialog({ what: action, node });
  };
  /** The folder of the row that an event is about. */
  const rowOf = (event: SyntheticEvent) => {
    // What happens in a dialog of this tree comes by here as well.
    const own = event.target instanceof Element && event.currentTarget.contains(event.target);
    const row = own ? (event.target as Element).closest<HTMLElement>("[role=row]") : null;
    const node = row && root && mayChange ? findNode(root, row.dataset.key ?? "/") : undefined;
    return row && node && { row, node };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const action = event.key === "F2" ? "rename" : event.key === "Delete" ? "trash" : undefined;
    const found = action && rowOf(event);
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    act(action, found.node);
  };
  const onContextMenu = (event: MouseEvent) => {
    const found = rowOf(event);
    if (!found) return;
    event.preventDefault();
    setMenu({ node: found.node, at: found.row });
  };
  return (
    <aside
      className={css.side}
      aria-label={words.browse.folders}
      onKeyDownCapture={onKeyDown}
      onContextMenu={onContextMenu}
    >
      <div className={css.sideHead}>
        <h2>{words.browse.folders}</h2>
        {mayChange && (
          <IconButton
            label={words.browse.newFolder}
            onPress={() => setNewIn(folder.startsWith("/") ? folder : "/")}
          >
            <FolderPlus size={16} aria-hidden />
          </IconButton>
        )}
      </div>
      {!root && !isError && <Bone width="90%" height={120} />}
      {isError && <Problem>{error.message}</Problem>}
      {root && (
        <Aria.Tree
          aria-label={words.browse.folders}
          className={css.tree}
          selectionMode="single"
          selectionBehavior="replace"
          disallowEmptySelection
          selectedKeys={[folder]}
          onSelectionChange={(keys) => {
            const [key] = keys === "all" ? [] : [...keys];
            if (key === undefined || key === folder) return;
            setOpened(new Set([...opened, String(key)]));
            onOpen(String(key));
          }}
          expandedKeys={expanded}
          onExpandedChange={(keys) => setOpened(new Set([...keys].map(String)))}
        >
          <Aria.TreeItem id="/" textValue={words.browse.all} className={css.folder}>
            <Aria.TreeItemContent>
              <FolderLine name={words.browse.all} icon={Images} />
            </Aria.TreeItemContent>
          </Aria.TreeItem>
          <Aria.TreeItem id={FAVORITES} textValue={browseWords.favorites} className={css.folder}>
            <Aria.TreeItemContent>
              <FolderLine name={browseWords.favorites} icon={Star} />
            </Aria.TreeItemContent>
          </Aria.TreeItem>
          {root.folders.map((node) =>
            folderItem(node, mayChange ? (at) => setMenu({ node: at.node, at: at.button }) : undefined),
          )}
        </Aria.Tree>
      )}
      <Suspense>
        {newIn !== undefined && (
          <NewFolder parent={newIn} onClose={() => setNewIn(undefined)} onMade={onOpen} />
        )}
        {menu && (
          <FolderMenu
            name={menu.node.name}
            at={menu.at}
            onAction={(action) => act(action, menu.node)}
            onClose={() => setMenu(undefined)}
          />
        )}
        {dialog && (
          <FolderDialog what={dialog.what} folder={dialog.node} onClose={() => setDialog(undefined)} />
        )}
      </Suspense>
    </aside>
  );
});

function folderItem(node: FolderNode, onMore?: (at: { node: FolderNode; button: Element }) => void) {
  return (
    <Aria.TreeItem key={node.path} id={node.path} textValue={node.name} className={css.folder}>
      <Aria.TreeItemContent>
        <FolderLine name={node.name} hasFolders={node.folders.length > 0}>
          {onMore && (
            <Aria.Button
              className={css.folderMore}
              aria-label={folderWords.actions(node.name)}
              aria-haspopup="menu"
              onPress={(event) => onMore({ node, button: event.target })}
            >
              <Ellipsis size={15} aria-hidden />
            </Aria.Button>
          )}
        </FolderLine>
      </Aria.TreeItemContent>
      {node.folders.map((child) => folderItem(child, onMore))}
    </Aria.TreeItem>
  );
}

/** Not the root: nothing is done with that. */
function findNode(root: FolderNode, path: string): FolderNode | undefined {
  const next = root.folders.find((node) => path.startsWith(node.path));
  return next?.path === path ? next : next && findNode(next, path);
}
