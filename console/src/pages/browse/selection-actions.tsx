// The bar of what can be done with the selected assets.
import { Download, FolderInput, Pencil, Tag, Trash2, X } from "lucide-react";
import { type Asset, downloadAssets } from "../../api/assets.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import type { Opened } from "./asset-dialog.tsx";
import { MoreActions } from "./more-actions.tsx";
import css from "./selection.module.css";
import type { Selection } from "./selection.ts";
import { moveToTrash } from "./trash-with-undo.ts";

export default function SelectionActions({
  selection,
  library,
  onOpen,
}: {
  selection: Selection;
  library?: string;
  onOpen: (what: Opened["what"]) => void;
}) {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const { chosen, clear } = selection;
  const download = (assets: Asset[]) => {
    if (assets.length > 1) notify(words.browse.preparing);
    downloadAssets(place, assets).catch(notifyProblem);
  };
  return (
    <div className={css.chosen} role="toolbar" aria-label={words.browse.selected(chosen.length)}>
      <strong>{words.browse.selected(chosen.length)}</strong>
      <Button look="quiet" onPress={() => download(chosen)}>
        <Download size={16} aria-hidden />
        <span className={css.words}>{words.actions.download}</span>
      </Button>
      {mayChange && (
        <>
          {chosen.length === 1 && (
            <Button look="quiet" onPress={() => onOpen("rename")}>
              <Pencil size={16} aria-hidden />
              {words.actions.rename}
            </Button>
          )}
          <Button look="quiet" onPress={() => onOpen("tag")}>
            <Tag size={16} aria-hidden />
            {words.actions.tag}
          </Button>
          <Button look="quiet" onPress={() => onOpen("move")}>
            <FolderInput size={16} aria-hidden />
            {words.actions.move}
          </Button>
          <Button look="quiet" onPress={() => void moveToTrash(place, chosen).then(clear)}>
            <Trash2 size={16} aria-hidden />
            {words.actions.trash}
          </Button>
        </>
      )}
      <MoreActions assets={chosen} library={library} onOpen={onOpen} />
      <IconButton label={words.browse.deselect} onPress={clear}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}
