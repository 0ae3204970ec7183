// The bar of what can be done with the selected assets.
import { X } from "lucide-react";
import { Button, IconButton } from "../../parts/controls.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { MoreActions, useAssetActions } from "./asset-actions.tsx";
import type { Opened } from "./asset-dialog.tsx";
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
  const { place } = useHere();
  const { chosen, clear } = selection;
  const title = words.browse.selected(chosen.length);
  const onTrash = () => void moveToTrash(place, chosen).then(clear);
  const { often, seldom } = useAssetActions(chosen, { title, library, onOpen, onTrash });
  return (
    <div className={css.chosen} role="toolbar" aria-label={title}>
      <strong>{title}</strong>
      {often.map(({ id, label, icon, onAction }) => (
        <Button key={id} look="quiet" onPress={onAction}>
          {icon}
          <span className={id === "download" ? css.words : undefined}>{label}</span>
        </Button>
      ))}
      <MoreActions actions={seldom} />
      <IconButton label={words.browse.deselect} onPress={clear}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}
