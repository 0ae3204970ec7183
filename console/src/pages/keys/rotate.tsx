// A new secret for a key, while the old one lives on for a while.
import { useState } from "react";
import { type ApiKey, rotateKey } from "../../api/keys.ts";
import { Choose } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
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
  const rotate = async () => {
    const rotated = await rotateKey(place, apiKey.id, Number(overlap));
    onMade({ name: apiKey.name, key: rotated.key, secret: rotated.secret });
  };
  return (
    <FormDialog
      title={words.keys.rotateTitle(apiKey.name)}
      lead={words.keys.rotateLead}
      submit={words.keys.rotate}
      onSubmit={rotate}
      onClose={onClose}
    >
      <Choose
        label={words.keys.overlap}
        value={overlap}
        choices={Object.entries(words.keys.overlaps)
          .sort(([one], [other]) => Number(one) - Number(other))
          .map(([id, label]) => ({ id, label }))}
        onChange={setOverlap}
      />
    </FormDialog>
  );
}
