// Making a key: what for, which role, how narrow, for how long.
import { useState } from "react";
import { createKey, type KeyRole, type Scope } from "../../api/keys.ts";
import { Checkbox, Choose, Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import type { NewSecret } from "./secret.tsx";

const SCOPES = Object.keys(words.scopes) as Scope[];
/** The least first. */
const ROLES: KeyRole[] = ["viewer", "review", "manage_art", "admin", "owner"];
const DAY_MS = 86_400_000;

/** A workspace's role alone is none in the account. */
const rolesOf = (role: KeyRole): KeyRole[] => (["owner", "admin"].includes(role) ? [role] : ["member", role]);

export function MakeKey({ onClose, onMade }: { onClose: () => void; onMade: (secret: NewSecret) => void }) {
  const { place, workspace } = useHere();
  const [name, setName] = useState("");
  const [role, setRole] = useState<KeyRole>("viewer");
  const [life, setLife] = useState("90");
  const [narrow, setNarrow] = useState(false);
  const [scopes, setScopes] = useState<Scope[]>(["assets:read", "assets:download", "folders:read"]);
  const make = async () => {
    const key = await createKey(place, {
      name: name.trim(),
      roles: rolesOf(role),
      // A person's roles are those in a workspace, so their keys are too.
      workspace_ids: [workspace.id],
      ...(narrow ? { scopes } : {}),
      ...(life === "never" ? {} : { expires_at: new Date(Date.now() + Number(life) * DAY_MS).toISOString() }),
    });
    onMade({ name: key.name, key: key.key, secret: key.secret });
  };
  const toggle = (scope: Scope) =>
    setScopes((before) =>
      before.includes(scope) ? before.filter((one) => one !== scope) : [...before, scope],
    );
  return (
    <FormDialog
      title={words.keys.make}
      submit={words.keys.make}
      ready={name.trim() !== "" && (!narrow || scopes.length > 0)}
      onSubmit={make}
      onClose={onClose}
      wide
    >
      <Field
        label={words.keys.name}
        hint={words.keys.nameHint}
        value={name}
        onChange={setName}
        isRequired
        autoFocus
      />
      <div className={css.pair}>
        <Choose
          label={words.keys.role}
          value={role}
          choices={ROLES.map((id) => ({
            id,
            label: words.keys.roles[id]?.[0] ?? id,
            hint: words.keys.roles[id]?.[1],
          }))}
          onChange={(id) => setRole(id as KeyRole)}
        />
        <Choose
          label={words.keys.ends}
          value={life}
          choices={["30", "90", "365", "never"].map((id) => ({ id, label: words.keys.lives[id] ?? id }))}
          onChange={setLife}
        />
      </div>
      <fieldset className={css.group}>
        <legend>{words.keys.scopes}</legend>
        <Checkbox isSelected={narrow} onChange={setNarrow}>
          {words.keys.someScopes}
        </Checkbox>
        {narrow && (
          <div className={css.scopes}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope} isSelected={scopes.includes(scope)} onChange={() => toggle(scope)}>
                {words.scopes[scope]}
              </Checkbox>
            ))}
          </div>
        )}
      </fieldset>
    </FormDialog>
  );
}
