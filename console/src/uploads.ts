// Uploads: each file in the API's three steps, a few at once, with progress. Lives as long as the page.
import { ApiProblem, api, newIdempotencyKey, type Place, problemOf, take } from "./api/client.ts";
import { queries } from "./queries.ts";
import { csrfToken, sessionEnded } from "./session.ts";
import { transferList } from "./transfers.ts";
import { words } from "./words.ts";

export type Upload = {
  id: number;
  place: Place;
  file: File;
  folder: string;
  state: "waiting" | "running" | "done" | "failed";
  /** How much is there, 0 to 1. */
  progress: number;
  problem?: string;
  /** The asset that came of it, or that it is attached to. */
  assetId?: string;
  /** It is attached to the asset, and becomes none of its own. */
  attached?: boolean;
};

const AT_ONCE = 3;

const uploads = transferList<Upload>();
const { change } = uploads;
let paused = false;
const stops = new Map<number, () => void>();

/** Puts files into the queue. `path` is the folder below `folder` that a file of a dragged folder was in. */
export const addUploads = (place: Place, folder: string, files: { file: File; path: string }[]) =>
  queue(files.map(({ file, path }) => ({ place, file, folder: `${folder}${path}` })));

/** Puts files into the queue that are to hang on an asset. */
export const addAttachments = (place: Place, assetId: string, files: File[]) =>
  queue(files.map((file) => ({ place, file, folder: "/", assetId, attached: true })));

function queue(files: Omit<Upload, "id" | "state" | "progress">[]) {
  uploads.add(files.map((file) => ({ ...file, state: "waiting", progress: 0 })));
  startNext();
}

export function retryUpload(id: number) {
  change(id, { state: "waiting", progress: 0, problem: undefined });
  startNext();
}

/** Running ones are stopped and start again when it goes on. */
export function pauseUploads(pause: boolean) {
  paused = pause;
  if (pause) for (const stop of stops.values()) stop();
  uploads.touch();
  if (!pause) startNext();
}

export function clearUploads() {
  uploads.keep((one) => one.state === "running" || one.state === "waiting");
}

function startNext() {
  if (paused) return;
  let running = uploads.all().filter((one) => one.state === "running").length;
  for (const upload of uploads.all()) {
    if (running >= AT_ONCE) return;
    if (upload.state === "waiting") {
      running += 1;
      change(upload.id, { state: "running" });
      void run(upload);
    }
  }
}

async function run(upload: Upload) {
  const { id } = upload;
  try {
    await (upload.attached ? attach(upload) : create(upload));
  } catch (problem) {
    if (paused && problem instanceof ApiProblem && problem.code === "stopped") {
      change(id, { state: "waiting", progress: 0 });
    } else {
      change(id, { state: "failed", problem: (problem as Error).message });
    }
  } finally {
    stops.delete(id);
    startNext();
  }
}

async function create({ id, place, file, folder }: Upload) {
  const signed = await take(
    api.POST("/workspaces/assets/upload", {
      params: { header: place },
      // The page's policy lets it speak to its own server alone, and no bucket need know of browsers.
      body: { name: file.name, size_bytes: file.size, through_server: true },
    }),
  );
  await transfer(id, "PUT", signed.signed_url, file).catch((problem) => {
    // A browser sends again by itself what got no answer, though it may have arrived.
    if (!(problem instanceof ApiProblem && problem.code === "upload_already_received")) throw problem;
  });
  const asset = await take(
    api.POST("/workspaces/assets/upload/assets", {
      params: { header: place },
      body: { temp_file_key: signed.key, file_location: folder, original_file_name: file.name },
    }),
  );
  change(id, { state: "done", progress: 1, assetId: asset.id });
  void queries.invalidateQueries({ queryKey: ["assets", place["x-workspace-id"], "search"] });
  void queries.invalidateQueries({ queryKey: ["folders", place["x-workspace-id"]] });
}

async function attach({ id, place, file, assetId }: Upload) {
  const form = new FormData();
  form.append("file", file);
  const address = `/workspaces/assets/${assetId}/attachments`;
  const once = { "x-csrf-token": csrfToken() ?? "", "idempotency-key": newIdempotencyKey() };
  await transfer(id, "POST", address, form, { ...place, ...once });
  change(id, { state: "done", progress: 1 });
  void queries.invalidateQueries({ queryKey: ["assets", place["x-workspace-id"], "one", assetId] });
}

/** The bytes, by XMLHttpRequest: `fetch` tells nothing of what was sent. */
function transfer(
  id: number,
  method: "PUT" | "POST",
  address: string,
  body: File | FormData,
  headers: Record<string, string> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) change(id, { progress: event.loaded / event.total });
    };
    request.onload = () => {
      if (request.status === 401) sessionEnded();
      if (request.status < 300) resolve();
      else reject(problemOf(request.status, jsonOf(request.responseText)));
    };
    request.onerror = () => reject(new ApiProblem(0, "unreachable", words.problems.unreachable));
    request.onabort = () => reject(new ApiProblem(0, "stopped", words.uploads.cancelled));
    stops.set(id, () => request.abort());
    request.send(body);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const useUploads = (): { uploads: readonly Upload[]; paused: boolean } => ({
  uploads: uploads.use(),
  paused,
});

/** The files of a drop, those of whole folders with the folder's path. */
export async function filesOfDrop(data: DataTransfer): Promise<{ file: File; path: string }[]> {
  // The entries must be taken before anything is awaited: the drop's data is gone then.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: { file: File; path: string }[] = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

async function collect(entry: FileSystemEntry, path: string, found: { file: File; path: string }[]) {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives a hundred at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const one of some) await collect(one, `${path}${entry.name}/`, found);
  }
}

/** The files of `<input webkitdirectory>`, or of a plain one. */
export const filesOfInput = (files: FileList) =>
  [...files].map((file) => {
    const parts = file.webkitRelativePath.split("/");
    return { file, path: parts.length > 1 ? `${parts.slice(0, -1).join("/")}/` : "" };
  });
