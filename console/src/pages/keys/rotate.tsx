// A new secret for a key, while the old one lives on for a while.
import { type FormEvent, useState } from "react";
import { type ApiKey, rotateKey } from "../../api/keys.ts";
import { Button, Choose, Dialog, DialogEnd } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import type { NewSecret } from "./secret.tsx";

/** *Units*: seconds. */
const A_DAY_S = "86400";

export function RotateKey({
  apiKey,
  onClose,
  onMade,
}: {
  apiKey: ApiKey;
  onClose: () => void;
  onMade: (secret: NewSecret) => void;
}) {
  const { place } = useHere();
  const [overlap, setOverlap] = useState(A_DAY_S);
  const [problem, setProblem] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const rotated = await rotateKey(place, apiKey.id, Number(overlap));
      onMade({ name: apiKey.name, key: rotated.key, secret: rotated.secret });
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };
  return (
    <Dialog title={words.keys.rotateTitle(apiKey.name)} open onClose={onClose}>
      <form className={css.stack} onSubmit={submit}>
        <p>{words.keys.rotateLead}</p>
        {problem && <Problem>{problem}</Problem>}
        <Choose
          label={words.keys.overlap}
          value={overlap}
          choices={Object.entries(words.keys.overlaps)
            .sort(([one], [other]) => Number(one) - Number(other))
            .map(([id, label]) => ({ id, label }))}
          onChange={setOverlap}
        />
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button look="primary" type="submit">
            {words.keys.rotate}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
