// Inviting people: with which roles, and into which workspaces.
import { useState } from "react";
import { invite, invitesQuery } from "../../api/run.ts";
import { Checkbox, Choose, Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import type { Shown } from "../../parts/shown-once.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import { linksOf } from "./invites.tsx";
import { ACCOUNT_ROLES, WORKSPACE_ROLES } from "./roles.tsx";

type AccountRole = (typeof ACCOUNT_ROLES)[number];
type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

/** An invite's roles are one list, in which `admin` is a role of the account and of the workspaces alike. */
const WITH: Record<AccountRole, readonly WorkspaceRole[]> = {
  member: WORKSPACE_ROLES.filter((role) => role !== "admin"),
  admin: ["admin"],
  owner: WORKSPACE_ROLES.filter((role) => role !== "admin"),
};

export function InviteDialog({ onClose, onMade }: { onClose: () => void; onMade: (shown: Shown) => void }) {
  const { place, account, workspace } = useHere();
  const [emails, setEmails] = useState("");
  const [accountRole, setAccountRole] = useState<AccountRole>("member");
  const [chosenRole, setChosenRole] = useState<WorkspaceRole>("viewer");
  const [into, setInto] = useState<string[]>([workspace.id]);
  const addresses = emails.split(/[\s,;]+/).filter(Boolean);
  const possible = WITH[accountRole];
  const workspaceRole = possible.includes(chosenRole) ? chosenRole : (possible[0] ?? "viewer");
  const send = async () => {
    const roles = into.length > 0 ? [accountRole, workspaceRole] : [accountRole];
    const made = await invite(
      place,
      addresses.map((email) => ({ email, roles: [...new Set(roles)], workspace_ids: into })),
    );
    await queries.invalidateQueries({ queryKey: invitesQuery(place).queryKey });
    onMade(linksOf(made));
  };
  return (
    <FormDialog
      title={words.people.invite}
      lead={words.people.inviteLead}
      submit={words.people.send}
      ready={addresses.length > 0}
      onSubmit={send}
      onClose={onClose}
    >
      <Field
        label={words.people.emails}
        hint={words.people.emailsHint}
        value={emails}
        onChange={setEmails}
        long
        isRequired
        autoFocus
      />
      <div className={css.pair}>
        <Choose
          label={words.people.accountRole}
          value={accountRole}
          choices={ACCOUNT_ROLES.map((id) => ({ id, label: words.people.accountRoles[id] ?? id }))}
          onChange={(id) => setAccountRole(id as AccountRole)}
        />
        <Choose
          label={account.workspaces.length > 1 ? words.people.workspacesRole : words.people.workspaceRole}
          value={workspaceRole}
          choices={possible.map((id) => ({ id, label: words.people.workspaceRoles[id] ?? id }))}
          onChange={(id) => setChosenRole(id as WorkspaceRole)}
        />
      </div>
      <p className={css.soft}>{words.people.adminOfBoth}</p>
      {account.workspaces.length > 1 && (
        <fieldset className={css.group}>
          <legend>{words.people.into}</legend>
          <div className={css.scopes}>
            {account.workspaces.map((one) => (
              <Checkbox
                key={one.id}
                isSelected={into.includes(one.id)}
                onChange={(on) => setInto(on ? [...into, one.id] : into.filter((id) => id !== one.id))}
              >
                {one.name}
              </Checkbox>
            ))}
          </div>
        </fieldset>
      )}
    </FormDialog>
  );
}
