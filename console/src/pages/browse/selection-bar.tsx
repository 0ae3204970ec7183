// What can be done with the selected assets.
import { Download, Pencil, Tag, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { type Asset, downloadAssets } from "../../api/assets.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { RenameDialog, TagDialog } from "./asset-dialogs.tsx";
import css from "./browse.module.css";
import type { Selection } from "./selection.ts";
import { moveToTrash } from "./trash-with-undo.ts";

export function SelectionBar({ selection }: { selection: Selection }) {
  const { place } = useHere();
  const { chosen, clear } = selection;
  const [open, setOpen] = useState<"rename" | "tag">();
  const [only] = chosen;
  useEffect(() => {
    const remove = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element && event.target.closest("input, textarea, [role=dialog]");
      if (inField || chosen.length === 0) return;
      if (event.key === "Delete") void moveToTrash(place, chosen).then(clear);
      else if (event.key === "F2" && chosen.length === 1) setOpen("rename");
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", remove);
    return () => window.removeEventListener("keydown", remove);
  }, [chosen, place, clear]);
  if (chosen.length === 0 || !only) return null;
  return (
    <div className={css.chosen} role="toolbar" aria-label={words.browse.selected(chosen.length)}>
      <strong>{words.browse.selected(chosen.length)}</strong>
      <Button look="quiet" onPress={() => download(chosen)}>
        <Download size={16} aria-hidden />
        <span className={css.words}>{words.actions.download}</span>
      </Button>
      {chosen.length === 1 && (
        <Button look="quiet" onPress={() => setOpen("rename")}>
          <Pencil size={16} aria-hidden />
          {words.actions.rename}
        </Button>
      )}
      <Button look="quiet" onPress={() => setOpen("tag")}>
        <Tag size={16} aria-hidden />
        {words.actions.tag}
      </Button>
      <Button look="quiet" onPress={() => void moveToTrash(place, chosen).then(clear)}>
        <Trash2 size={16} aria-hidden />
        {words.actions.trash}
      </Button>
      <IconButton label={words.browse.deselect} onPress={clear}>
        <X size={16} aria-hidden />
      </IconButton>
      {open === "rename" && <RenameDialog asset={only} onClose={() => setOpen(undefined)} />}
      {open === "tag" && <TagDialog assets={chosen} onClose={() => setOpen(undefined)} />}
    </div>
  );

  function download(assets: Asset[]) {
    if (assets.length > 1) notify(words.browse.preparing);
    downloadAssets(place, assets).catch(notifyProblem);
  }
}
