// Says how much compressed script the first page loads, and fails above the bound. Run at the end of `npm run build`.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BOUND_KB = 250;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** The file of an entry and of all that it imports before it runs. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (chunk && !seen.has(chunk.file)) {
    seen.add(chunk.file);
    for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  }
  return seen;
}

const weigh = (files) =>
  [...files]
    .filter((file) => file.endsWith(".js"))
    .reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 6 }).length, 0) / 1000;

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const first = weigh(filesOf(entry));
// Signed in, the first page is the one that browses, in its frame.
const page = Object.keys(manifest).find((name) => manifest[name].name === "first-page");
if (!page) throw new Error("there is no file of the first page");
const shown = weigh(filesOf(page, filesOf(entry)));
console.log(
  `compressed script: ${first.toFixed(1)} kB before anything, ${shown.toFixed(1)} kB with the page that browses (at most ${BOUND_KB})`,
);
if (shown > BOUND_KB) {
  console.error(
    `error: the first page loads more than ${BOUND_KB} kB of compressed script; load parts of it later (React.lazy)`,
  );
  process.exit(1);
}
