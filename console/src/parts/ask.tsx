// Asks before what can't be undone.
import { useState } from "react";
import { words } from "../words.ts";
import { Button, Dialog, DialogEnd } from "./controls.tsx";
import { Problem } from "./states.tsx";

export function Ask({
  title,
  lead,
  yes,
  danger = true,
  onYes,
  onClose,
}: {
  title: string;
  lead: string;
  yes: string;
  danger?: boolean;
  onYes: () => Promise<unknown>;
  onClose: () => void;
}) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      await onYes();
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} open onClose={onClose}>
      <p>{lead}</p>
      {problem && <Problem>{problem}</Problem>}
      <DialogEnd>
        <Button onPress={onClose} autoFocus>
          {words.actions.cancel}
        </Button>
        <Button look={danger ? "danger" : "primary"} isDisabled={busy} onPress={() => void act()}>
          {yes}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}
