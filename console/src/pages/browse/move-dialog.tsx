// Moving assets to another folder, with a notice that takes it back. What can't be moved is told by name, and stays where it is.
import { useState } from "react";
import { type Asset, changeAsset } from "../../api/assets.ts";
import { ApiProblem, type Place } from "../../api/client.ts";
import { forEach } from "../../each.ts";
import { Button, Dialog, DialogEnd } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { arrange } from "../../words/arrange.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./dialogs.module.css";
import { FolderPicker } from "./folder-picker.tsx";
import { readAgain } from "./trash-with-undo.ts";

export default function MoveDialog({ assets, onClose }: { assets: Asset[]; onClose: () => void }) {
  const { place } = useHere();
  // As they were when the dialog opened: what is moved may no longer be selected.
  const [moving, setMoving] = useState(assets);
  const [folder, setFolder] = useState(moving[0]?.file_location ?? "/");
  const [busy, setBusy] = useState(false);
  const [left, setLeft] = useState<string[]>([]);
  const [tried, setTried] = useState(0);
  const already = moving.every((asset) => asset.file_location === folder);
  const move = async () => {
    if (busy || already) return;
    setBusy(true);
    const failed = await moveAssets(place, moving, folder);
    setBusy(false);
    if (failed.length === 0) return onClose();
    setLeft(failed.map(({ line }) => line));
    setTried(moving.length);
    setMoving(failed.map(({ asset }) => asset));
  };
  return (
    <Dialog title={arrange.moveTitle(moving.map((asset) => asset.name))} open onClose={onClose} wide>
      {left.length > 0 ? (
        <>
          <Problem>{arrange.notMoved(left.length, tried)}</Problem>
          <ul className={css.failures}>
            {left.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <DialogEnd>
            <Button onPress={() => setLeft([])}>{arrange.elsewhere}</Button>
            <Button look="primary" onPress={onClose} autoFocus>
              {words.actions.close}
            </Button>
          </DialogEnd>
        </>
      ) : (
        <>
          <FolderPicker value={folder} onChange={setFolder} onSubmit={() => void move()} />
          <DialogEnd>
            <span className={css.target}>{arrange.to(folder)}</span>
            <Button onPress={onClose}>{words.actions.cancel}</Button>
            <Button look="primary" isDisabled={busy || already} onPress={() => void move()}>
              {arrange.here}
            </Button>
          </DialogEnd>
        </>
      )}
    </Dialog>
  );
}

/** Answers those that could not be moved, each with a line that says why. */
async function moveAssets(
  place: Place,
  assets: Asset[],
  folder: string,
): Promise<{ asset: Asset; line: string }[]> {
  const going = assets.filter((asset) => asset.file_location !== folder);
  const { done, failed } = await forEach(going, (asset) =>
    changeAsset(place, asset.id, { file_location: folder }),
  );
  const back = async () => {
    const again = await forEach(done, (asset) =>
      changeAsset(place, asset.id, { file_location: asset.file_location }),
    );
    for (const { problem } of again.failed) notifyProblem(problem);
    if (again.done.length > 0) notify(arrange.movedBack(again.done.length));
    await readAgain(place);
  };
  await readAgain(place);
  if (done.length > 0) {
    notify(
      arrange.moved(
        done.map((asset) => asset.name),
        folder,
      ),
      () => void back(),
    );
  }
  return failed.map(({ one, problem }) => ({
    asset: one,
    line:
      problem instanceof ApiProblem && problem.code === "name_taken"
        ? arrange.taken(one.name, folder)
        : arrange.failed(one.name, (problem as Error).message),
  }));
}
