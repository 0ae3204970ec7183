// What can be done with a folder of the tree.
import { FolderInput, FolderPlus, Pencil, Trash2 } from "lucide-react";
import { useRef } from "react";
import * as Aria from "react-aria-components";
import { controls } from "../../parts/controls.tsx";
import { folderWords } from "../../words/folders.ts";

export type FolderAction = "new" | "rename" | "move" | "trash";

const ACTIONS = [
  { id: "new", label: folderWords.newInside, icon: FolderPlus },
  { id: "rename", label: folderWords.rename, icon: Pencil },
  { id: "move", label: folderWords.move, icon: FolderInput },
  { id: "trash", label: folderWords.trash, icon: Trash2 },
] as const;

/** One menu for all folders: a tree may have thousands of them. `at`: the button that it belongs to. */
export default function FolderMenu({
  name,
  at,
  onAction,
  onClose,
}: {
  name: string;
  at: Element;
  onAction: (action: FolderAction) => void;
  onClose: () => void;
}) {
  const trigger = useRef<Element>(at);
  trigger.current = at;
  return (
    <Aria.Popover
      className={controls.popover}
      placement="bottom start"
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && onClose()}
    >
      <Aria.Menu
        aria-label={folderWords.actions(name)}
        className={controls.list}
        autoFocus="first"
        onClose={onClose}
        onAction={(key) => onAction(key as FolderAction)}
      >
        {ACTIONS.map(({ id, label, icon: Icon }) => (
          <Aria.MenuItem key={id} id={id} textValue={label} className={controls.item}>
            <Icon size={16} aria-hidden />
            <span>{label}</span>
          </Aria.MenuItem>
        ))}
      </Aria.Menu>
    </Aria.Popover>
  );
}
