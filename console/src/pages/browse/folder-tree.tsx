// The workspace's folders as a tree; the open one is selected.
import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Folder, FolderPlus, Images } from "lucide-react";
import { useMemo, useState } from "react";
import * as Aria from "react-aria-components";
import { createFolder, type FolderNode, foldersQuery } from "../../api/workspace.ts";
import { Button, Dialog, DialogEnd, Field, IconButton } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./browse.module.css";

export function FolderTree({ folder, onOpen }: { folder: string; onOpen: (path: string) => void }) {
  const { place } = useHere();
  const { data: root, isPending, isError, error } = useQuery(foldersQuery(place));
  const [making, setMaking] = useState(false);
  // Those above the open one are open, whatever else somebody opened.
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const expanded = useMemo(() => new Set([...opened, ...pathsAbove(folder)]), [opened, folder]);
  return (
    <aside className={css.side} aria-label={words.browse.folders}>
      <div className={css.sideHead}>
        <h2>{words.browse.folders}</h2>
        <IconButton label={words.browse.newFolder} onPress={() => setMaking(true)}>
          <FolderPlus size={16} aria-hidden />
        </IconButton>
      </div>
      {isPending && <Bone width="90%" height={120} />}
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
              <span className={css.folderLine}>
                <span className={css.chevron} />
                <Images size={15} aria-hidden />
                <span>{words.browse.all}</span>
              </span>
            </Aria.TreeItemContent>
          </Aria.TreeItem>
          {root.folders.map((node) => folderItem(node))}
        </Aria.Tree>
      )}
      <NewFolder open={making} parent={folder} onClose={() => setMaking(false)} onMade={onOpen} />
    </aside>
  );
}

function folderItem(node: FolderNode) {
  return (
    <Aria.TreeItem key={node.id} id={node.path} textValue={node.name} className={css.folder}>
      <Aria.TreeItemContent>
        {({ hasChildItems }) => (
          <span className={css.folderLine}>
            {hasChildItems ? (
              <Aria.Button slot="chevron" className={css.chevron}>
                <ChevronRight size={14} aria-hidden />
              </Aria.Button>
            ) : (
              <span className={css.chevron} />
            )}
            <Folder size={15} aria-hidden />
            <span title={node.name}>{node.name}</span>
          </span>
        )}
      </Aria.TreeItemContent>
      {node.folders.map((child) => folderItem(child))}
    </Aria.TreeItem>
  );
}

function pathsAbove(folder: string): string[] {
  const names = folder.split("/").filter(Boolean);
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}/`);
}

function NewFolder({
  open,
  parent,
  onClose,
  onMade,
}: {
  open: boolean;
  parent: string;
  onClose: () => void;
  onMade: (path: string) => void;
}) {
  const { place } = useHere();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState("");
  const make = async () => {
    try {
      await createFolder(place, `${parent}${name.trim()}/`);
      await queries.invalidateQueries({ queryKey: foldersQuery(place).queryKey });
      onMade(`${parent}${name.trim()}/`);
      setName("");
      setProblem("");
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };
  return (
    <Dialog title={words.browse.newFolder} open={open} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field
          label={words.browse.folderName}
          hint={words.browse.newFolderIn(parent)}
          value={name}
          onChange={setName}
          error={problem}
          isRequired
          autoFocus
        />
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button look="primary" type="submit" isDisabled={!name.trim()}>
            {words.browse.create}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
