// What can be done with the selected assets.
import { Download, FolderInput, Pencil, Tag, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { type Asset, downloadAssets } from "../../api/assets.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import { AssetDialog, type Opened } from "./asset-dialog.tsx";
import css from "./browse.module.css";
import type { Selection } from "./selection.ts";
import { moveToTrash } from "./trash-with-undo.ts";

export function SelectionBar({ selection }: { selection: Selection }) {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const { chosen, clear } = selection;
  const [opened, setOpened] = useState<Opened>();
  useEffect(() => {
    const act = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element &&
        event.target.closest("input, textarea, [role=dialog], [role=menu], [role=treegrid]");
      const other = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey;
      if (inField || other || chosen.length === 0 || !mayChange) return;
      if (event.key === "Delete") void moveToTrash(place, chosen).then(clear);
      else if (event.key === "F2" && chosen.length === 1) setOpened({ what: "rename", assets: chosen });
      else if (event.key.toLowerCase() === "m") setOpened({ what: "move", assets: chosen });
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", act);
    return () => window.removeEventListener("keydown", act);
  }, [chosen, place, clear, mayChange]);
  const open = (what: Opened["what"]) => setOpened({ what, assets: chosen });
  const close = () => {
    setOpened(undefined);
    // The bar may be gone with what was selected; the keys go on in the assets.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) {
        document.querySelector<HTMLElement>("[role=listbox]")?.focus();
      }
    });
  };
  return (
    <>
      {chosen.length > 0 && (
        <div className={css.chosen} role="toolbar" aria-label={words.browse.selected(chosen.length)}>
          <strong>{words.browse.selected(chosen.length)}</strong>
          <Button look="quiet" onPress={() => download(chosen)}>
            <Download size={16} aria-hidden />
            <span className={css.words}>{words.actions.download}</span>
          </Button>
          {mayChange && (
            <>
              {chosen.length === 1 && (
                <Button look="quiet" onPress={() => open("rename")}>
                  <Pencil size={16} aria-hidden />
                  {words.actions.rename}
                </Button>
              )}
              <Button look="quiet" onPress={() => open("tag")}>
                <Tag size={16} aria-hidden />
                {words.actions.tag}
              </Button>
              <Button look="quiet" onPress={() => open("move")}>
                <FolderInput size={16} aria-hidden />
                {words.actions.move}
              </Button>
              <Button look="quiet" onPress={() => void moveToTrash(place, chosen).then(clear)}>
                <Trash2 size={16} aria-hidden />
                {words.actions.trash}
              </Button>
            </>
          )}
          <IconButton label={words.browse.deselect} onPress={clear}>
            <X size={16} aria-hidden />
          </IconButton>
        </div>
      )}
      <AssetDialog opened={opened} onClose={close} />
    </>
  );

  function download(assets: Asset[]) {
    if (assets.length > 1) notify(words.browse.preparing);
    downloadAssets(place, assets).catch(notifyProblem);
  }
}
