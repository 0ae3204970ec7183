// Locking assets: why, and for how long. Who holds one already is named.
import { type FormEvent, useState } from "react";
import type { Asset } from "../../api/assets.ts";
import { lockAsset } from "../../api/locks.ts";
import { forEach } from "../../each.ts";
import { momentText } from "../../format.ts";
import { Button, Choose, Dialog, DialogEnd, Field } from "../../parts/controls.tsx";
import { Problem } from "../../parts/states.tsx";
import { notify } from "../../parts/toasts.tsx";
import { lockWords } from "../../words/locks.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import shared from "./browse.module.css";
import css from "./dialogs.module.css";
import { handBack } from "./locks.ts";
import { readAgain } from "./trash-with-undo.ts";

const A_WORKING_DAY = "28800";

export default function LockDialog({ assets, onClose }: { assets: Asset[]; onClose: () => void }) {
  const { place } = useHere();
  const [locking] = useState(assets);
  const [reason, setReason] = useState("");
  const [lease, setLease] = useState(A_WORKING_DAY);
  const [busy, setBusy] = useState(false);
  const [failures, setFailures] = useState<string[]>([]);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const locked: Asset[] = [];
    const { failed } = await forEach(locking, async (asset) => {
      const lock = { reason: reason.trim() || null, lease_seconds: Number(lease) };
      locked.push(await lockAsset(place, asset.id, lock));
    });
    await readAgain(place);
    const [first] = locked;
    if (first?.lock) {
      notify(
        lockWords.locked(
          locked.map((asset) => asset.name),
          momentText(first.lock.expires_at),
        ),
        () => void handBack(place, locked),
      );
    }
    if (failed.length === 0) return onClose();
    setFailures(failed.map(({ one, problem }) => lockWords.failed(one.name, (problem as Error).message)));
    setBusy(false);
  };
  return (
    <Dialog title={lockWords.title(locking.map((asset) => asset.name))} open onClose={onClose}>
      {failures.length > 0 ? (
        <>
          <Problem>{lockWords.notLocked(failures.length, locking.length)}</Problem>
          <ul className={css.failures}>
            {failures.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <DialogEnd>
            <Button look="primary" onPress={onClose} autoFocus>
              {words.actions.close}
            </Button>
          </DialogEnd>
        </>
      ) : (
        <form className={css.form} onSubmit={(event) => void send(event)}>
          <p className={shared.soft}>{lockWords.lead}</p>
          <Field
            label={lockWords.reason}
            hint={lockWords.reasonHint}
            value={reason}
            onChange={setReason}
            autoFocus
            maxLength={250}
          />
          <Choose
            label={lockWords.lease}
            value={lease}
            choices={Object.entries(lockWords.leases).map(([id, label]) => ({ id, label }))}
            onChange={setLease}
          />
          <DialogEnd>
            <Button onPress={onClose}>{words.actions.cancel}</Button>
            <Button look="primary" type="submit" isDisabled={busy}>
              {lockWords.lock}
            </Button>
          </DialogEnd>
        </form>
      )}
    </Dialog>
  );
}
