// Making a folder, renaming it, and moving it into another.
import { useState } from "react";
import { createFolder, foldersQuery } from "../../api/workspace.ts";
import { Button, Dialog, DialogEnd } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { TextDialog } from "../../parts/text-dialog.tsx";
import { queries } from "../../queries.ts";
import { arrange } from "../../words/arrange.ts";
import { folderWords } from "../../words/folders.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./dialogs.module.css";
import { type Folder, parentOf, useFolderActions } from "./folder-actions.ts";
import { FolderPicker } from "./folder-picker.tsx";

export default function FolderDialog({
  what,
  folder,
  onClose,
}: {
  what: "rename" | "move";
  folder: Folder;
  onClose: () => void;
}) {
  const { rename } = useFolderActions();
  if (what === "move") return <MoveFolder folder={folder} onClose={onClose} />;
  return (
    <TextDialog
      title={folderWords.renameTitle(folder.name)}
      label={folderWords.name}
      start={folder.name}
      submit={words.actions.rename}
      onSubmit={(name) => rename(folder, name)}
      onClose={onClose}
    />
  );
}

function MoveFolder({ folder, onClose }: { folder: Folder; onClose: () => void }) {
  const { move } = useFolderActions();
  const before = parentOf(folder.path);
  const [to, setTo] = useState(before);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async () => {
    if (busy || to === before) return;
    setBusy(true);
    try {
      await move(folder, to);
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={folderWords.moveTitle(folder.name)} open onClose={onClose} wide>
      <FolderPicker
        value={to}
        without={folder.path}
        onChange={(path) => {
          setTo(path);
          setProblem("");
        }}
        onSubmit={() => void send()}
      />
      {problem && <Problem>{problem}</Problem>}
      <DialogEnd>
        <span className={css.target}>{arrange.to(to)}</span>
        <Button onPress={onClose}>{words.actions.cancel}</Button>
        <Button look="primary" isDisabled={busy || to === before} onPress={() => void send()}>
          {arrange.here}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}

export function NewFolder({
  parent,
  onClose,
  onMade,
}: {
  parent: string;
  onClose: () => void;
  onMade: (path: string) => void;
}) {
  const { place } = useHere();
  return (
    <TextDialog
      title={words.browse.newFolder}
      label={words.browse.folderName}
      hint={words.browse.newFolderIn(parent)}
      start=""
      submit={words.browse.create}
      onClose={onClose}
      onSubmit={async (name) => {
        await createFolder(place, `${parent}${name}/`);
        await queries.invalidateQueries({ queryKey: foldersQuery(place).queryKey });
        onMade(`${parent}${name}/`);
      }}
    />
  );
}
