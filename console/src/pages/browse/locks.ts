// Locks as people read them, and taking and handing them back with notices.
import type { Asset } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { type Lock, unlockAsset } from "../../api/locks.ts";
import { forEach } from "../../each.ts";
import { momentText, shortMomentText } from "../../format.ts";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { lockWords } from "../../words/locks.ts";
import { readAgain } from "./trash-with-undo.ts";

/** The lock that holds now: what was read may have ended since. */
export const lockOf = (asset: Asset, now = Date.now()): Lock | undefined =>
  asset.lock && Date.parse(asset.lock.expires_at) > now ? asset.lock : undefined;

export function lockText(lock: Lock, me: string, nameOf: (id: string) => string | undefined): string {
  const until = momentText(lock.expires_at);
  if (lock.user_id === me) return lockWords.byYou(until);
  return lockWords.by(nameOf(lock.user_id) ?? lockWords.somebody, until);
}

/** The same where there is little room. */
export const shortLockText = (lock: Lock, me: string, nameOf: (id: string) => string | undefined): string =>
  lockWords.short(
    lock.user_id === me ? lockWords.you : (nameOf(lock.user_id) ?? lockWords.somebody),
    shortMomentText(lock.expires_at),
  );

/** Each with the fence of the lock that is shown: one taken since then stays. Settles in any case. */
export async function handBack(place: Place, assets: Asset[], force = false): Promise<void> {
  const { done, failed } = await forEach(assets, (asset) =>
    asset.lock ? unlockAsset(place, asset.id, asset.lock.fence, force) : Promise.resolve(),
  );
  for (const { problem } of failed) notifyProblem(problem);
  if (done.length > 0) notify(lockWords.released(done.map((asset) => asset.name)));
  await readAgain(place);
}
