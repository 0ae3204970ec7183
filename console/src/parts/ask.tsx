// Asks before what can't be undone.
import { FormDialog } from "./form-dialog.tsx";

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
  return (
    <FormDialog
      title={title}
      lead={lead}
      submit={yes}
      danger={danger}
      careful
      onSubmit={onYes}
      onClose={onClose}
    />
  );
}
