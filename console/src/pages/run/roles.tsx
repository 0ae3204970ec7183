// The roles of one person, in the account and in the open workspace.
import { useState } from "react";
import type { Schemas } from "../../api/client.ts";
import { workspaceMembersQuery } from "../../api/reviews.ts";
import { changeAccountRole, changeWorkspaceRole, type Member, removeFromWorkspace } from "../../api/run.ts";
import { membersQuery } from "../../api/workspace.ts";
import { personName } from "../../format.ts";
import { Choose } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { notify } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";

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
  const save = async () => {
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
    } finally {
      // The first may be changed where the second is refused.
      await queries.invalidateQueries({ queryKey: membersQuery(place).queryKey });
      await queries.invalidateQueries({ queryKey: workspaceMembersQuery(place).queryKey });
    }
  };
  return (
    <FormDialog
      title={words.people.rolesTitle(personName(member.user))}
      submit={words.actions.save}
      onSubmit={save}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
