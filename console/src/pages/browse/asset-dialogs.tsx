// Renaming one asset, tagging several.
import { type Asset, renameAsset, tagAsset } from "../../api/assets.ts";
import { TextDialog } from "../../parts/text-dialog.tsx";
import { notify } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { readAgain } from "./trash-with-undo.ts";

export function RenameDialog({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const { place } = useHere();
  return (
    <TextDialog
      title={words.browse.renameTitle}
      label={words.browse.columns.name}
      start={asset.name}
      submit={words.actions.rename}
      onClose={onClose}
      onSubmit={async (name) => {
        const before = asset.name;
        await renameAsset(place, asset.id, name);
        await readAgain(place);
        notify(words.browse.renamed(name), () => {
          void renameAsset(place, asset.id, before).finally(() => readAgain(place));
        });
      }}
    />
  );
}

export function TagDialog({ assets, onClose }: { assets: Asset[]; onClose: () => void }) {
  const { place } = useHere();
  return (
    <TextDialog
      title={words.browse.tagTitle(assets.length)}
      label={words.browse.tagField}
      hint={words.browse.tagHint}
      start=""
      submit={words.actions.tag}
      onClose={onClose}
      onSubmit={async (text) => {
        const tags = text
          .split(",")
          .map((tag) => tag.trim())
          .filter(Boolean);
        await Promise.all(assets.map((asset) => tagAsset(place, asset.id, tags)));
        await readAgain(place);
        notify(words.browse.tagged(assets.length));
      }}
    />
  );
}
