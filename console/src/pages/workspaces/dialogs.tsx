// Making a workspace, and giving one another name or picture.
import { useState } from "react";
import type { Place } from "../../api/client.ts";
import {
  changeWorkspace,
  makeWorkspace,
  readWorkspacesAgain,
  type WorkspaceDetail,
} from "../../api/workspaces.ts";
import { Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { notify } from "../../parts/toasts.tsx";
import { workspaceWords } from "../../words/workspaces.ts";
import { words } from "../../words.ts";
import { PictureField } from "./picture.tsx";

const LONGEST_NAME = 255;

/** What is wrong with a name, in words; nothing where it may be taken. *Units*: the server counts bytes. */
export const nameProblem = (name: string): string =>
  new TextEncoder().encode(name.trim()).length > LONGEST_NAME ? workspaceWords.tooLong : "";

export const placeOf = (workspace: { id: string; account_id: string }): Place => ({
  "x-account-id": workspace.account_id,
  "x-workspace-id": workspace.id,
});

export function MakeWorkspace({
  accountId,
  onClose,
  onMade,
}: {
  accountId: string;
  onClose: () => void;
  onMade: (workspace: WorkspaceDetail) => void;
}) {
  const [name, setName] = useState("");
  const [picture, setPicture] = useState<File | null>();
  const wrong = nameProblem(name);
  return (
    <FormDialog
      title={workspaceWords.make}
      lead={workspaceWords.makeLead}
      submit={workspaceWords.make}
      ready={name.trim() !== "" && !wrong}
      onSubmit={async () => {
        const made = await makeWorkspace(accountId, { name: name.trim(), picture });
        await readWorkspacesAgain(accountId);
        notify(workspaceWords.made(made.name));
        onMade(made);
      }}
      onClose={onClose}
    >
      <Field label={workspaceWords.name} error={wrong} value={name} onChange={setName} isRequired autoFocus />
      <PictureField
        of={{ name, defaultAvatar: 1, thumbnail_file_id: null }}
        header={{}}
        path=""
        value={picture}
        onChange={setPicture}
      />
    </FormDialog>
  );
}

export function EditWorkspace({ workspace, onClose }: { workspace: WorkspaceDetail; onClose: () => void }) {
  const [name, setName] = useState(workspace.name);
  const [picture, setPicture] = useState<File | null>();
  const place = placeOf(workspace);
  const wrong = nameProblem(name);
  const save = async () => {
    const saved = await changeWorkspace(place, { name: name.trim(), picture });
    await readWorkspacesAgain(workspace.account_id);
    // A picture that was replaced is gone on the server too: only a name has a way back.
    const undo =
      picture === undefined && saved.name !== workspace.name
        ? () =>
            void changeWorkspace(place, { name: workspace.name }).finally(() =>
              readWorkspacesAgain(workspace.account_id),
            )
        : undefined;
    notify(workspaceWords.saved(saved.name), undo);
  };
  return (
    <FormDialog
      title={workspaceWords.editTitle(workspace.name)}
      submit={words.actions.save}
      ready={name.trim() !== "" && !wrong}
      onSubmit={save}
      onClose={onClose}
    >
      <Field label={workspaceWords.name} error={wrong} value={name} onChange={setName} isRequired autoFocus />
      <PictureField
        of={workspace}
        header={place}
        path="/workspaces/thumbnail"
        value={picture}
        onChange={setPicture}
      />
    </FormDialog>
  );
}
