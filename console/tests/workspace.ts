// A workspace with as many assets as one wants: small files in archives, which the server unpacks. A third are pictures and
// a few are models; all are of so few contents that the server looks at each once.
import { crc32 } from "node:zlib";
import type { Page } from "playwright-core";
import { glb, png } from "./files.ts";
import { callApi, putAsset } from "./studio.ts";

const EACH = 1_000;
const AT_ONCE = 2;

/** A ZIP file of entries that are stored as they are. */
function zip(files: { name: string; bytes: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), bytes]);
    const entry = Buffer.concat([
      Buffer.from("PK\x01\x02\x14\x00"),
      common,
      Buffer.alloc(14),
      Buffer.from(name),
    ]);
    entry.writeUInt32LE(at, 42);
    parts.push(head);
    list.push(entry);
    at += head.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

const CONTENTS = 24;
const CRATES = 12;

/** Rings of two colours: no two pictures are alike, and none is decoded for nothing. */
const pictures = Array.from({ length: CONTENTS }, (_, at) =>
  png(512, 384, (x, y) => {
    const ring = Math.floor(Math.hypot(x - 256, y - 192) / (6 + at)) % 2;
    return ring ? [(at * 40) % 256, (y >> 3) << 3, 120, 255] : [230, (at * 25) % 256, (x >> 4) << 4, 255];
  }),
);
const models = Array.from({ length: CRATES }, (_, at) => glb([at / CRATES, 0.4, 1 - at / CRATES]));

/** The file at a place: `stone_000000.png`, `brick_000001.dat`, `crate_000002.glb` and so on. */
function fileAt(at: number): { name: string; bytes: Buffer } {
  const number = String(at).padStart(6, "0");
  if (at % 50 === 2)
    return { name: `crate_${number}.glb`, bytes: models[((at / 50) % CRATES) | 0] as Buffer };
  if (at % 3 === 0) return { name: `stone_${number}.png`, bytes: pictures[(at / 3) % CONTENTS] as Buffer };
  return { name: `brick_${number}.dat`, bytes: Buffer.from(`brick ${at % CONTENTS}`) };
}

/** Brings `count` assets into the workspace that the page is in. `tell`: how many there are by now. */
export async function fill(page: Page, count: number, tell: (made: number) => void) {
  await lookAtContents(page);
  const workspace = /\/w\/([^/]+)/.exec(page.url())?.[1] ?? "";
  const origin = new URL(page.url()).origin;
  const session = await (await page.request.get(`${origin}/session`)).json();
  const headers = {
    "x-account-id": session.accounts[0].id,
    "x-workspace-id": workspace,
    "x-csrf-token": session.csrf_token,
    origin,
    "content-type": "application/zip",
  };
  // A console that is open reads its grid again at every change.
  await page.goto("about:blank");
  let next = 0;
  let made = 0;
  const work = async () => {
    for (let from = next; from < count; from = next) {
      next += EACH;
      const files = Array.from({ length: Math.min(EACH, count - from) }, (_, at) => fileAt(from + at));
      const answer = await page.request.post(
        `${origin}/workspaces/import?file_location=/wall/${String(from / EACH).padStart(3, "0")}`,
        { headers, data: zip(files), timeout: 0 },
      );
      if (!answer.ok()) throw new Error(await answer.text());
      const lines = (await answer.text()).trim().split("\n");
      if (lines.length < files.length) throw new Error(lines.at(-1));
      made += files.length;
      tell(made);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Each content once, and until it has its picture: what comes later has it at once. */
async function lookAtContents(page: Page) {
  const named = [
    ...pictures.map((bytes, at) => ({ name: `first_${at}.png`, bytes })),
    ...models.map((bytes, at) => ({ name: `first_${at}.glb`, bytes })),
  ];
  for (const { name, bytes } of named) await putAsset(page, "/first/", name, bytes);
  const unseen = async () => {
    const found = await callApi(page, "GET", "/workspaces/assets/search?file_location=/first/&limit=200");
    return found.filter(
      (asset: { currentVersion: { preview_id: string | null } }) => !asset.currentVersion.preview_id,
    ).length;
  };
  const end = performance.now() + 300_000;
  while ((await unseen()) > 0) {
    if (performance.now() > end) throw new Error(`${await unseen()} pictures are still missing`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
