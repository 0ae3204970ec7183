// What can be done with the selected assets: by key here, by buttons in a bar that is loaded a moment later.
import { lazy, Suspense, useEffect, useState } from "react";
import { markFavorites, useFavorites } from "../../api/favorites.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import { AssetDialog, type Opened } from "./asset-dialog.tsx";
import type { Selection } from "./selection.ts";
import { moveToTrash } from "./trash-with-undo.ts";

const loadActions = () => import("./selection-actions.tsx");
const SelectionActions = lazy(loadActions);

export function SelectionBar({ selection, library }: { selection: Selection; library?: string }) {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const { active, chosen, clear, places } = selection;
  const favorites = useFavorites(place);
  const [opened, setOpened] = useState<Opened>();
  useEffect(() => {
    const act = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element &&
        event.target.closest("input, textarea, [role=dialog], [role=menu], [role=treegrid]");
      const other = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey;
      if (inField || other) return;
      const at =
        chosen.length > 0 ? chosen.map((asset) => asset.id) : active && places.has(active) ? [active] : [];
      if (event.key.toLowerCase() === "f" && at.length > 0) {
        void markFavorites(place, at, !at.every((id) => favorites.has(id)));
        event.preventDefault();
        return;
      }
      if (chosen.length === 0 || !mayChange) return;
      if (event.key === "Delete") void moveToTrash(place, chosen).then(clear);
      else if (event.key === "F2" && chosen.length === 1) setOpened({ what: "rename", assets: chosen });
      else if (event.key.toLowerCase() === "m") setOpened({ what: "move", assets: chosen });
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", act);
    return () => window.removeEventListener("keydown", act);
  }, [chosen, active, place, clear, mayChange, favorites, places]);
  // There before somebody selects anything, but after the pictures.
  useEffect(() => {
    const soon = setTimeout(() => void loadActions(), 1_500);
    return () => clearTimeout(soon);
  }, []);
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
        <Suspense>
          <SelectionActions selection={selection} library={library} onOpen={open} />
        </Suspense>
      )}
      <AssetDialog opened={opened} onClose={close} />
    </>
  );
}
