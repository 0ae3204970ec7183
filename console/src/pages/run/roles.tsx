// The roles of one person, in the account and in the open workspace.
import { useState } from "react";
import type { Schemas } from "../../api/client.ts";
import { workspaceMembersQuery } from "../../api/reviews.ts";
import { changeAccountRole, changeWorkspaceRole, type Member, removeFromWorkspace } from "../../api/run.ts";
import { membersQuery } from "../../api/workspace.ts";
import { personName } from "../../format.ts";
import { Button, Choose, Dialog, DialogEnd } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { notify } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";

export const ACCOUNT_ROLES = ["member", "admin", "owner"] as const;
export const WORKSPACE_ROLES = ["viewer", "review", "manage_art", "admin"] as const;
const OUTSIDE = "outside";

export function RolesDialog({
  member,
  inside,
  onClose,
}: {
  member: Member;
  inside: string[];
  onClose: () => void;
}) {
  const { place } = useHere();
  // The strongest of several is shown; only what is changed is sent.
  const accountBefore = ACCOUNT_ROLES.findLast((role) => member.roles.includes(role)) ?? "member";
  const workspaceBefore = WORKSPACE_ROLES.findLast((role) => inside.includes(role)) ?? OUTSIDE;
  const [account, setAccount] = useState<string>(accountBefore);
  const [workspace, setWorkspace] = useState<string>(workspaceBefore);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      if (account !== accountBefore) {
        await changeAccountRole(place, member.user_id, account as Schemas["AccountRole"]);
      }
      if (workspace !== workspaceBefore) {
        await (workspace === OUTSIDE
          ? removeFromWorkspace(place, member.user_id)
          : changeWorkspaceRole(place, member.user_id, workspace as Schemas["WorkspaceRole"]));
      }
      notify(words.people.changed);
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
    await queries.invalidateQueries({ queryKey: membersQuery(place).queryKey });
    await queries.invalidateQueries({ queryKey: workspaceMembersQuery(place).queryKey });
  };
  return (
    <Dialog title={words.people.rolesTitle(personName(member.user))} open onClose={onClose}>
      <div className={css.stack}>
        {problem && <Problem>{problem}</Problem>}
        <Choose
          label={words.people.accountRole}
          value={account}
          choices={ACCOUNT_ROLES.map((id) => ({ id, label: words.people.accountRoles[id] ?? id }))}
          onChange={setAccount}
        />
        <Choose
          label={words.people.workspaceRole}
          value={workspace}
          choices={[
            { id: OUTSIDE, label: words.people.notHere },
            ...WORKSPACE_ROLES.map((id) => ({ id, label: words.people.workspaceRoles[id] ?? id })),
          ]}
          onChange={setWorkspace}
        />
      </div>
      <DialogEnd>
        <Button onPress={onClose}>{words.actions.cancel}</Button>
        <Button look="primary" isDisabled={busy} onPress={() => void save()}>
          {words.actions.save}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}
