// The name and the picture of a workspace or an account.
import { type FormEvent, useState } from "react";
import type { Identity } from "../../api/workspaces.ts";
import { Button, Field } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { notify } from "../../parts/toasts.tsx";
import { settingWords, workspaceWords } from "../../words/workspaces.ts";
import { words } from "../../words.ts";
import { nameProblem } from "../workspaces/dialogs.tsx";
import { PictureField } from "../workspaces/picture.tsx";
import css from "./settings.module.css";

export function IdentityForm({
  of,
  header,
  path,
  onSave,
}: {
  of: { name: string; defaultAvatar: number; thumbnail_file_id: string | null };
  header: Record<string, string>;
  path: string;
  onSave: (identity: Identity) => Promise<void>;
}) {
  const [name, setName] = useState(of.name);
  const [picture, setPicture] = useState<File | null>();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const wrong = nameProblem(name);
  const isChanged = name.trim() !== of.name || picture !== undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await onSave({ name: name.trim(), picture });
      setPicture(undefined);
      notify(settingWords.identitySaved);
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
    setBusy(false);
  };
  return (
    <form className={css.form} onSubmit={submit}>
      {problem && <Problem>{problem}</Problem>}
      <PictureField of={of} header={header} path={path} value={picture} onChange={setPicture} />
      <div className={css.name}>
        <Field label={workspaceWords.name} error={wrong} value={name} onChange={setName} isRequired />
      </div>
      <div>
        <Button
          look="primary"
          type="submit"
          isDisabled={busy || !isChanged || name.trim() === "" || wrong !== ""}
        >
          {words.actions.save}
        </Button>
      </div>
    </form>
  );
}
