// Downloads: one file or many, how far they are, and what happens when they are stopped or break off.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, beforeEach, test } from "node:test";
import { unzipSync } from "fflate";
import type { Download } from "playwright-core";
import { type Line, openLine } from "./line.ts";
import { eachTestSignedIn, page, studio } from "./signed-in.ts";
import { openFolder, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

const LARGE = Buffer.alloc(3_000_000, "tide and mud ");

const option = (name: string) => page.getByRole("option", { name: new RegExp(`^${name}`) });
const downloads = () => page.getByRole("region", { name: "Downloads" });
const start = () => page.getByRole("toolbar").getByRole("button", { name: "Download" }).click();

let line: Line | undefined;
let saved: Download[];

after(() => line?.close());

beforeEach(() => {
  saved = [];
  page.on("download", (download) => saved.push(download));
});

/** Begins to download the large file over a line that holds it when a third is there. */
async function startLarge(folder: string): Promise<Line> {
  line ??= await openLine(new URL(studio.url));
  await putAsset(page, folder, "large.bin", LARGE);
  await page.goto(page.url().replace(studio.url, line.url));
  await openFolder(page, folder);
  await option("large").click();
  line.holdAfter(LARGE.length / 3);
  await start();
  await downloads().getByText("of 3 MB").waitFor();
  return line;
}

test("several assets are downloaded as one ZIP file with each of them in it", async () => {
  const contents = new Map(["anchor", "buoy", "cable"].map((name) => [`${name}.txt`, `what is in ${name}`]));
  for (const [name, content] of contents) await putAsset(page, "/Gear/", name, Buffer.from(content));
  await openFolder(page, "/Gear/");
  await option("anchor").click();
  await page.keyboard.press("Control+a");

  const [download] = await Promise.all([page.waitForEvent("download"), start()]);

  assert.equal(download.suggestedFilename(), "mudlark.zip");
  const files = Object.entries(unzipSync(await readFile(await download.path())));
  const found = files.map(
    ([path, bytes]) => [path.split("/").at(-1), Buffer.from(bytes).toString()] as const,
  );
  assert.deepEqual(new Map(found.sort()), contents);
});

test("download that takes long shows how far it is until it is whole", async () => {
  const line = await startLarge("/Slow/");
  const bar = downloads().getByRole("progressbar", { name: "Progress of the download of large.bin" });
  // Once all that the line lets through is there, no more comes.
  while (Number(await bar.getAttribute("value")) < 0.3)
    await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.ok(Number(await bar.getAttribute("value")) < 0.6);
  line.release();

  await downloads().waitFor({ state: "detached" });
  assert.equal(saved[0]?.suggestedFilename(), "large.bin");
  assert.deepEqual(await readFile((await saved[0]?.path()) ?? ""), LARGE);
});

test("download that is cancelled is not saved", async () => {
  const line = await startLarge("/Stopped/");
  await downloads().getByRole("button", { name: "Cancel the download of large.bin" }).click();
  await downloads().waitFor({ state: "detached" });
  line.release();
  await putAsset(page, "/Stopped/", "small.txt", Buffer.from("small"));
  await option("small").click();
  await Promise.all([page.waitForEvent("download"), start()]);

  assert.deepEqual(
    saved.map((download) => download.suggestedFilename()),
    ["small.txt"],
  );
});

test("download that breaks off is told, not saved, and whole when it is tried again", async () => {
  const line = await startLarge("/Broken/");
  line.cut();
  await downloads().getByText("1 download failed").waitFor();
  await downloads().getByText("It broke off before it was whole").waitFor();
  assert.equal(saved.length, 0);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    downloads().getByRole("button", { name: "Retry" }).click(),
  ]);
  await downloads().waitFor({ state: "detached" });
  assert.deepEqual(await readFile(await download.path()), LARGE);
});
