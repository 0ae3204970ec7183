// Downloads: the bytes of one file or of a ZIP file, with progress, handed to the browser once they are whole. A page can't
// have the browser fetch them by itself: the API wants headers. Live as long as the page.
import { ApiProblem, bytesOf } from "./api/client.ts";
import { transferList } from "./transfers.ts";
import { words } from "./words.ts";

export type Order = {
  /** What the browser saves it as. */
  name: string;
  /** How many bytes will come, as far as one knows. */
  size: number;
  ask: (signal: AbortSignal) => Promise<Response>;
};

export type Download = Order & {
  id: number;
  state: "running" | "failed";
  /** Bytes so far; nothing until it has taken so long that somebody may want to know. */
  received?: number;
  problem?: string;
};

/** How often one is told how far it is; what takes less time is not worth a word. */
const TELL_MS = 250;
/** As many bytes are a blob, which the browser may move from memory to the disk. */
const BLOB_BYTES = 8 * 1024 * 1024;

const downloads = transferList<Download>();
const { change } = downloads;
const stops = new Map<number, AbortController>();

/** Begins at once. What goes wrong is told where downloads are shown. */
export function startDownload(order: Order): void {
  for (const added of downloads.add([{ ...order, state: "running" }])) void run(added);
}

export function retryDownload(download: Download): void {
  change(download.id, { state: "running", received: 0, problem: undefined });
  void run(download);
}

/** One that runs is stopped; nothing of it is saved. */
export function dropDownload(id: number): void {
  stops.get(id)?.abort();
  downloads.keep((one) => one.id !== id);
}

export const useDownloads = downloads.use;

async function run({ id, name, ask }: Download) {
  const stop = new AbortController();
  stops.set(id, stop);
  let received = 0;
  // By the clock and not by what comes: where nothing comes any more, that is seen too.
  const telling = window.setInterval(() => change(id, { received }), TELL_MS);
  try {
    const response = await ask(stop.signal);
    const bytes = await collect(response, (length) => {
      received += length;
    });
    saveFile(bytes, name);
    downloads.keep((one) => one.id !== id);
  } catch (problem) {
    // The stream tells no more than that it has ended too soon.
    const told = problem instanceof ApiProblem ? problem.message : words.downloads.brokeOff;
    // One that was dropped is in the list no more.
    change(id, { state: "failed", problem: told });
  } finally {
    window.clearInterval(telling);
    stops.delete(id);
  }
}

async function collect(response: Response, onBytes: (length: number) => void): Promise<Blob> {
  const whole: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let waiting = 0;
  const toBlob = () => {
    whole.push(new Blob(chunks));
    chunks = [];
    waiting = 0;
  };
  for await (const chunk of bytesOf(response)) {
    chunks.push(chunk);
    waiting += chunk.length;
    onBytes(chunk.length);
    if (waiting >= BLOB_BYTES) toBlob();
  }
  toBlob();
  return new Blob(whole, { type: response.headers.get("content-type") ?? "" });
}

/** Has the browser save bytes under a name. */
export function saveFile(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(bytes);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of the bytes once the click is handled; a minute is plenty for that.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
