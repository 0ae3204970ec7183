// A dialog that asks for something and does it: closed when it is done, and says beside the fields why it is not.
import { type FormEvent, type ReactNode, useState } from "react";
import { words } from "../words.ts";
import { Button, Dialog, DialogEnd } from "./controls.tsx";
import css from "./form-dialog.module.css";
import { Problem } from "./states.tsx";

export function FormDialog({
  title,
  lead,
  submit,
  submitting = submit,
  ready = true,
  danger,
  careful,
  wide,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  lead?: string;
  /** What the button that does it says. */
  submit: string;
  /** … and says while it does. */
  submitting?: string;
  /** Whether what was filled in is enough. */
  ready?: boolean;
  danger?: boolean;
  /** Cancel comes first: Enter alone does nothing. */
  careful?: boolean;
  wide?: boolean;
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    // A form that the dialog is opened from is not sent with it.
    event.stopPropagation();
    setBusy(true);
    setProblem("");
    try {
      await onSubmit();
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} open onClose={onClose} wide={wide}>
      <form className={css.form} onSubmit={send}>
        {lead && <p>{lead}</p>}
        {problem && <Problem>{problem}</Problem>}
        {children}
        <DialogEnd>
          <Button onPress={onClose} autoFocus={careful}>
            {words.actions.cancel}
          </Button>
          <Button look={danger ? "danger" : "primary"} type="submit" isDisabled={busy || !ready}>
            {busy ? submitting : submit}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
