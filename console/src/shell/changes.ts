// Follows what others change in the workspace, and has the pages read again what that touches.
import { useEffect } from "react";
import { api, type Place, type Schemas } from "../api/client.ts";
import { queries } from "../queries.ts";

/** *Units*: seconds. The server holds an answer back so long where nothing happens. */
const HELD_BACK_S = 50;
const AFTER_A_FAILURE_MS = 10_000;
/** Reading again what a change touches takes this part of the time at most, however much goes on in the workspace. */
const SHARE = 1 / 4;
const LONGEST_REST_MS = 20_000;

export function useChanges(place: Place) {
  useEffect(() => {
    const stop = new AbortController();
    void follow(place, stop.signal);
    return () => stop.abort();
  }, [place]);
}

async function follow(place: Place, signal: AbortSignal) {
  let since: number | undefined;
  while (!signal.aborted) {
    try {
      since = since === undefined ? await newest(place, signal) : await whileShown(place, since, signal);
    } catch {
      if (!signal.aborted) await pause(AFTER_A_FAILURE_MS, signal);
    }
  }
}

/** A browser has six connections to a server for all of its tabs: those that nobody looks at must not hold them. */
async function whileShown(place: Place, since: number, signal: AbortSignal): Promise<number> {
  await shown(signal);
  const hidden = new AbortController();
  const { signal: noMore } = hidden;
  document.addEventListener("visibilitychange", () => hidden.abort(), { signal: noMore });
  try {
    return await next(place, since, AbortSignal.any([signal, noMore]));
  } catch (problem) {
    if (noMore.aborted) return since;
    throw problem;
  } finally {
    hidden.abort();
  }
}

/** Until somebody looks at the page. */
function shown(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => resolve();
    // Whether it is shown or hidden turns with each such event.
    document.addEventListener("visibilitychange", go, { once: true, signal });
    signal.addEventListener("abort", go);
  });
}

/** The place in the feed that is now: what the pages show is newer than all before it. */
async function newest(place: Place, signal: AbortSignal): Promise<number> {
  const { data, response } = await api.GET("/workspaces/assets/search", {
    params: { header: place, query: { sort: "-updated_at", file_location: "/", recursive: true, limit: 1 } },
    signal,
  });
  if (!response.ok) throw new Error(response.statusText);
  const since = Math.max(data?.[0]?.sequence ?? 0, data?.[0]?.currentVersion.sequence ?? 0);
  return drain(place, since, signal);
}

/** Reads on to the end without a word to the pages. */
async function drain(place: Place, from: number, signal: AbortSignal): Promise<number> {
  for (let since = from; ; ) {
    const { data } = await api.GET("/workspaces/changes", {
      params: { header: place, query: { since, limit: 1000 } },
      signal,
    });
    const last = lastOf(data);
    if (last === undefined) return since;
    since = last;
  }
}

async function next(place: Place, since: number, signal: AbortSignal): Promise<number> {
  const { data, response } = await api.GET("/workspaces/changes", {
    params: { header: place, query: { since, wait: HELD_BACK_S } },
    signal,
  });
  if (!response.ok || !data) throw new Error(response.statusText);
  const last = lastOf(data);
  if (last === undefined) return since;
  const began = performance.now();
  await readAgain(place);
  const rest = (performance.now() - began) * (1 / SHARE - 1);
  await pause(Math.min(rest, LONGEST_REST_MS), signal);
  return last;
}

/** Has whatever is shown of the workspace read again, and waits until it is. */
async function readAgain(place: Place) {
  const kinds = ["assets", "folders", "libraries", "tags", "trash"];
  const keys = [...kinds.map((kind) => [kind, place["x-workspace-id"]]), ["inbox"]];
  await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** The largest number of an answer; the document has a stream's text as the other kind of answer. */
function lastOf(data: string | Schemas["WorkspaceChange"][] | undefined): number | undefined {
  return Array.isArray(data) ? data.at(-1)?.sequence : undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    // The connection that is back is used at once.
    window.addEventListener("online", go);
    signal.addEventListener("abort", go);
  });
}
