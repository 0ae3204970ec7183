// Moving assets to the trash, with a notice that takes it back.
import { type Asset, restoreAssets, trashAssets } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { daysInTrash } from "../../api/workspace.ts";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";

/** Settles in any case: a refusal is told in a notice. The answer says whether they are in the trash. */
export async function moveToTrash(place: Place, assets: Asset[]): Promise<boolean> {
  const ids = assets.map((asset) => asset.id);
  const undo = async () => {
    try {
      await restoreAssets(place, ids);
      notify(words.browse.restored(ids.length));
    } catch (problem) {
      notifyProblem(problem);
    }
    await readAgain(place);
  };
  try {
    await trashAssets(place, ids);
    notify(words.browse.trashed(ids.length, await daysInTrash(place)), () => void undo());
    await readAgain(place);
    return true;
  } catch (problem) {
    notifyProblem(problem);
    return false;
  }
}

export async function readAgain(place: Place): Promise<void> {
  const id = place["x-workspace-id"];
  await Promise.all(
    ["assets", "folders", "trash", "tags"].map((kind) => queries.invalidateQueries({ queryKey: [kind, id] })),
  );
}
