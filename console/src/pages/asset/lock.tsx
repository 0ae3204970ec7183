// Who holds the asset's lock, until when and why; and handing it back, keeping it longer, or releasing somebody else's.
import { Lock } from "lucide-react";
import { useEffect, useState } from "react";
import type { Asset } from "../../api/assets.ts";
import { lockAsset } from "../../api/locks.ts";
import { momentText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button } from "../../parts/controls.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { useNameOf } from "../../people.ts";
import { lockWords } from "../../words/locks.ts";
import { runsWorkspace, useHere } from "../../workspaces.ts";
import { handBack, lockOf, lockText } from "../browse/locks.ts";
import { readAgain } from "../browse/trash-with-undo.ts";
import css from "./lock.module.css";

/** Nothing where nobody holds it. */
export function LockState({ asset }: { asset: Asset }) {
  const { place, session, workspace } = useHere();
  const lock = lockOf(asset);
  const nameOf = useNameOf(Boolean(lock));
  const [asking, setAsking] = useState(false);
  const [, setEnded] = useState(0);
  const ends = lock?.expires_at;
  // The server tells nobody when a lease runs out: the page knows by itself.
  useEffect(() => {
    if (!ends) return;
    const timer = setTimeout(() => setEnded((count) => count + 1), Date.parse(ends) - Date.now() + 500);
    return () => clearTimeout(timer);
  }, [ends]);
  if (!lock) return null;
  const mine = lock.user_id === session.user.id;
  const renew = async () => {
    try {
      const { lock: longer } = await lockAsset(place, asset.id, { reason: lock.reason }, lock.fence);
      if (longer) notify(lockWords.renewed(momentText(longer.expires_at)));
    } catch (problem) {
      notifyProblem(problem);
    }
    await readAgain(place);
  };
  return (
    <section className={css.lock} data-mine={mine} aria-label={lockWords.lock}>
      <Lock size={16} aria-hidden />
      <div className={css.grow}>
        <p className={css.who}>{lockText(lock, session.user.id, nameOf)}</p>
        {lock.reason && <p className={css.why}>{lockWords.why(lock.reason)}</p>}
        {mine && (
          <div className={css.acts}>
            <Button onPress={() => void handBack(place, [asset])}>{lockWords.handBack}</Button>
            <Button look="quiet" onPress={() => void renew()}>
              {lockWords.renew}
            </Button>
          </div>
        )}
        {!mine && runsWorkspace(workspace) && (
          <div className={css.acts}>
            <Button onPress={() => setAsking(true)}>{lockWords.force}</Button>
          </div>
        )}
      </div>
      {asking && (
        <Ask
          title={lockWords.forceTitle(nameOf(lock.user_id) ?? lockWords.somebody)}
          lead={lockWords.forceLead}
          yes={lockWords.force}
          onYes={() => handBack(place, [asset], true)}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
