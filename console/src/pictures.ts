// Pictures of versions, as addresses that an <img> takes. They need the account's headers, so they are fetched; what has a
// picture's own id never changes, and the browser's cache keeps it.
import { useEffect, useState } from "react";
import type { Asset } from "./api/assets.ts";
import { type Place, send } from "./api/client.ts";
import { afterPaint, inNextFrame } from "./frames.ts";

export type Picture = { state: "loading" | "none" } | { state: "there"; url: string };
type Version = Asset["currentVersion"];

/** As many pictures as a large screen's grid shows several times over. */
const KEPT = 600;
/** More at once would only wait for each other: a browser has six connections to a server, and others need some as well. */
const AT_ONCE = 4;

const kept = new Map<string, string>();
/** Those of the newest frame come first, in their order: they are what is on the screen now. */
const waiting: { frame: number; go: (() => void)[] }[] = [];
let frame = 0;
let running = 0;

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>(wait);
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    const newest = waiting.at(-1);
    newest?.go.shift()?.();
    if (newest?.go.length === 0) waiting.pop();
  }
}

function wait(go: () => void) {
  const newest = waiting.at(-1);
  if (newest?.frame === frame) newest.go.push(go);
  else waiting.push({ frame, go: [go] });
}

const holds = new Set<symbol>();
const held: (() => void)[] = [];

/**
 * From now on no picture is asked for, until what this answers is called: what is on the screen is about to go, and whatever
 * takes its place needs the browser for itself. What is still there afterwards is asked for then.
 */
export function holdPictures(): () => void {
  const hold = Symbol();
  holds.add(hold);
  return () => {
    holds.delete(hold);
    if (holds.size === 0) for (const go of held.splice(0)) go();
  };
}

const pictureId = (version: Version) => version.thumbnail_file_id ?? version.preview_id;

function addressOf(version: Version, size: number): string | undefined {
  const id = pictureId(version);
  if (!id) return undefined;
  return `/workspaces/assets/${version.asset_id}/versions/${version.id}/thumbnail?size=${size}&picture_id=${id}`;
}

async function load(place: Place, address: string, signal: AbortSignal): Promise<string | undefined> {
  // Names are seen sooner if no picture is asked for meanwhile.
  frame = await afterPaint();
  while (holds.size > 0) await new Promise<void>((resolve) => held.push(resolve));
  if (signal.aborted) return undefined;
  return turn(async () => {
    if (signal.aborted) return undefined;
    const response = await send(address, { headers: place, signal });
    if (!response.ok) return undefined;
    const blob = await response.blob();
    // Only what a browser draws as a picture and never runs.
    if (!/^image\/(png|jpeg|webp|gif|avif)/.test(blob.type)) return undefined;
    const url = URL.createObjectURL(blob);
    kept.set(address, url);
    for (const [old, oldUrl] of kept) {
      if (kept.size <= KEPT) break;
      kept.delete(old);
      URL.revokeObjectURL(oldUrl);
    }
    return url;
  });
}

/** Versions whose picture was asked for before there was one: then the server looks at them before others. */
const nudged = new Set<string>();

function nudge(place: Place, version: Version) {
  if (nudged.has(version.id)) return;
  nudged.add(version.id);
  const address = `/workspaces/assets/${version.asset_id}/versions/${version.id}/thumbnail?size=128`;
  // What it answers is of no use: the feed tells when the picture is there.
  send(address, { headers: place })
    .then((response) => response.body?.cancel())
    .catch(() => undefined);
}

/** Has the server look at a version before others, where it has not yet: for the one that somebody has opened. */
export function useSoonSeen(place: Place, version: Version) {
  const unseen = !pictureId(version) && !version.facts;
  useEffect(() => {
    if (unseen) nudge(place, version);
  }, [unseen, place, version]);
}

/** The picture of a version, `size` pixels on its longer side or a little more. */
export function usePicture(place: Place, version: Version, size: number): Picture {
  const address = addressOf(version, size);
  const [found, setFound] = useState<{ address: string; picture: Picture }>();
  const url = address ? kept.get(address) : undefined;
  useEffect(() => {
    if (!address || kept.has(address)) return;
    const stop = new AbortController();
    load(place, address, stop.signal)
      .catch(() => undefined)
      .then((url) =>
        // All that come between two frames are drawn at once.
        inNextFrame(() => {
          if (stop.signal.aborted) return;
          setFound({ address, picture: url ? { state: "there", url } : { state: "none" } });
        }),
      );
    return () => stop.abort();
  }, [place, address]);
  if (!address) return { state: version.facts ? "none" : "loading" };
  if (url) return { state: "there", url };
  return found?.address === address ? found.picture : { state: "loading" };
}
