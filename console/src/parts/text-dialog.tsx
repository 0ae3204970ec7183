// A dialog that asks for one line of text.
import { useState } from "react";
import { Field } from "./controls.tsx";
import { FormDialog } from "./form-dialog.tsx";

export function TextDialog({
  title,
  label,
  hint,
  start,
  submit,
  onSubmit,
  onClose,
}: {
  title: string;
  label: string;
  hint?: string;
  start: string;
  submit: string;
  onSubmit: (text: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const [text, setText] = useState(start);
  return (
    <FormDialog
      title={title}
      submit={submit}
      ready={text.trim() !== ""}
      onSubmit={() => onSubmit(text.trim())}
      onClose={onClose}
    >
      <Field label={label} hint={hint} value={text} onChange={setText} autoFocus isRequired />
    </FormDialog>
  );
}
