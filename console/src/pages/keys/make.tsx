// Making a key: what for, which role, how narrow, for how long.
import { type FormEvent, useState } from "react";
import { createKey, type KeyRole, type Scope } from "../../api/keys.ts";
import { Button, Checkbox, Choose, Dialog, DialogEnd, Field } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
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
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const key = await createKey(place, {
        name: name.trim(),
        roles: rolesOf(role),
        // A person's roles are those in a workspace, so their keys are too.
        workspace_ids: [workspace.id],
        ...(narrow ? { scopes } : {}),
        ...(life === "never"
          ? {}
          : { expires_at: new Date(Date.now() + Number(life) * DAY_MS).toISOString() }),
      });
      onMade({ name: key.name, key: key.key, secret: key.secret });
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  const toggle = (scope: Scope) =>
    setScopes((before) =>
      before.includes(scope) ? before.filter((one) => one !== scope) : [...before, scope],
    );
  return (
    <Dialog title={words.keys.make} open onClose={onClose} wide>
      <form className={css.stack} onSubmit={submit}>
        {problem && <Problem>{problem}</Problem>}
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
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button
            look="primary"
            type="submit"
            isDisabled={busy || !name.trim() || (narrow && scopes.length === 0)}
          >
            {words.keys.make}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
