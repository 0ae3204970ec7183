// The end of an account, for its owners; asked for by typing its name.
import { useState } from "react";
import { closeAccount, readWorkspacesAgain } from "../../api/workspaces.ts";
import { Button, Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { settingWords } from "../../words/workspaces.ts";
import { useHere } from "../../workspaces.ts";
import css from "./settings.module.css";

export function Close() {
  const { account } = useHere();
  const [isOpen, setIsOpen] = useState(false);
  const [typed, setTyped] = useState("");
  return (
    <div className={css.close}>
      <p>{settingWords.closeLead}</p>
      <Button
        onPress={() => {
          setTyped("");
          setIsOpen(true);
        }}
      >
        {settingWords.close}
      </Button>
      {isOpen && (
        <FormDialog
          title={settingWords.closeTitle(account.name)}
          lead={settingWords.closeLead}
          submit={settingWords.close}
          ready={typed.trim() === account.name}
          danger
          onSubmit={async () => {
            await closeAccount(account.id);
            await readWorkspacesAgain(account.id);
          }}
          onClose={() => setIsOpen(false)}
        >
          <Field
            label={settingWords.closeType(account.name)}
            value={typed}
            onChange={setTyped}
            isRequired
            autoFocus
          />
        </FormDialog>
      )}
    </div>
  );
}
