// Uploads of whole folders, paused and gone on with, and the connection that goes and comes back.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { png } from "./files.ts";
import { openLine } from "./line.ts";
import { callApi, openPage, openStudio, type Studio, signedInContext } from "./studio.ts";

let studio: Studio;
let context: BrowserContext;
let page: Page;
let folder: string;
let errors: string[];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mudlark-upload-"));
  mkdirSync(join(folder, "Kit", "Ropes"), { recursive: true });
  writeFileSync(
    join(folder, "Kit", "anchor.png"),
    png(4, 4, () => [1, 2, 3, 255]),
  );
  writeFileSync(
    join(folder, "Kit", "Ropes", "knot.png"),
    png(4, 4, () => [4, 5, 6, 255]),
  );
  studio = await openStudio();
  context = await signedInContext(studio);
});

after(async () => {
  await studio?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  errors = [];
  page = await openPage(context, errors);
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
});

afterEach(async () => {
  await context.setOffline(false);
  await page.close();
  assert.deepEqual(errors, []);
});

const uploads = () => page.getByRole("region", { name: "Uploads" });
const option = (name: RegExp) => page.getByRole("option", { name });
/** What no preview is made of, and no two are equal. */
const file = (name: string, size: number) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.alloc(size, name),
});

/** The page anew, over a line to the server. */
async function openOverLine() {
  const line = await openLine(new URL(studio.url));
  await page.goto(page.url().replace(studio.url, line.url));
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
  return line;
}

for (const [what, request] of [
  ["its bytes", "PUT "],
  ["making an asset of them", "POST /workspaces/assets/upload/assets"],
] as const) {
  test(`file is there once, though the answer to ${what} was lost on the way`, async () => {
    const line = await openOverLine();
    const name = `lost_${request.trim().length}.bin`;
    line.loseAnswerTo(request);
    await page
      .getByTestId("upload-files")
      .first()
      .setInputFiles([file(name, 1000)]);

    await uploads().getByText("1 file uploaded").waitFor();
    await option(new RegExp(name)).waitFor();
    assert.equal(await option(new RegExp(name)).count(), 1);
    line.close();
  });
}

test("folder that is uploaded is there with the folders in it", async () => {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByRole("menuitem", { name: "A folder" }).click();
  await (await chooser).setFiles(join(folder, "Kit"));

  await uploads().getByText("2 files uploaded").waitFor();
  await page.getByRole("row", { name: "Kit" }).click();
  await page.getByRole("heading", { name: "Kit" }).waitFor();
  await option(/anchor\.png/).waitFor();
  await page.getByRole("row", { name: "Ropes" }).click();
  await option(/knot\.png/).waitFor();
});

test("files and whole folders that are dragged in are there where they were dropped, the file beside the folders", async () => {
  await page.getByRole("row", { name: "Audio" }).click();
  await page.getByRole("heading", { level: 1, name: "Audio" }).waitFor();
  writeFileSync(join(folder, "bell.bin"), "ding");
  const list = await page.getByRole("listbox", { name: "Assets" }).boundingBox();
  assert.ok(list);
  const mouse = await context.newCDPSession(page);
  const drag = (type: "dragEnter" | "dragOver" | "drop") =>
    mouse.send("Input.dispatchDragEvent", {
      type,
      x: list.x + list.width / 2,
      y: list.y + list.height / 2,
      data: { items: [], files: [join(folder, "Kit"), join(folder, "bell.bin")], dragOperationsMask: 1 },
    });
  await drag("dragEnter");
  await drag("dragOver");
  await page.getByText("Drop to upload to /Audio/").waitFor();
  await drag("drop");

  await uploads().getByText("3 files uploaded").waitFor();
  await option(/bell\.bin/).waitFor();
  await page.getByRole("row", { name: "Kit" }).last().waitFor();
  const found = await callApi(page, "GET", "/workspaces/assets/search?file_location=/Audio/&recursive=true");
  const places = (found as { file_location: string; file_name: string }[])
    .map(({ file_location, file_name }) => file_location + file_name)
    .filter((place) => !place.endsWith(".wav"));
  assert.deepEqual(places.sort(), ["/Audio/Kit/Ropes/knot.png", "/Audio/Kit/anchor.png", "/Audio/bell.bin"]);
});

test("upload that is paused waits, and is whole when it has gone on", async () => {
  const network = await context.newCDPSession(page);
  const throttle = (uploadThroughput: number) =>
    network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await network.send("Network.enable");
  await throttle(100_000);
  const bytes = file("slow.bin", 3_000_000);
  await page.getByTestId("upload-files").first().setInputFiles(bytes);
  await uploads().getByRole("progressbar", { name: "Progress of slow.bin" }).waitFor();
  await uploads().getByRole("button", { name: "Pause" }).click();
  await uploads().getByText("Waiting").waitFor();
  assert.equal(await uploads().getByRole("progressbar").count(), 0);

  await throttle(-1);
  await uploads().getByRole("button", { name: "Resume" }).click();
  await uploads().getByText("1 file uploaded").waitFor();
  await option(/slow\.bin/).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("toolbar").getByRole("button", { name: "Download" }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await saved).createReadStream()) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).equals(bytes.buffer));
});

test("page that is closed asks first as long as an upload is under way", async () => {
  const line = await openOverLine();
  line.holdAfter(0);
  await page.getByTestId("upload-files").first().setInputFiles(file("staying.bin", 1000));
  await uploads().getByText("Uploading 1 file").waitFor();
  // A browser asks for nobody who has done nothing on the page.
  await page.getByRole("searchbox", { name: "Search assets" }).click();
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  line.release();

  await uploads().getByText("1 file uploaded").waitFor();
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
  line.close();
});

test("connection that is gone is told, and what failed and what others did is there when it is back", async () => {
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await page.getByTestId("upload-files").first().setInputFiles(file("tide.bin", 1000));
  await uploads().getByText("1 file failed").waitFor();
  await uploads().getByText("The server can't be reached").waitFor();

  // Somebody elsewhere, whose connection holds.
  const elsewhere = await studio.browser.newContext({ storageState: await context.storageState() });
  const other = await openPage(elsewhere, errors);
  await other.goto(page.url());
  await other.getByTestId("upload-files").first().setInputFiles(file("gull.bin", 1000));
  await other.getByRole("option", { name: /gull\.bin/ }).waitFor();
  assert.equal(await option(/gull\.bin/).count(), 0);

  await context.setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  await option(/gull\.bin/).waitFor();
  await uploads().getByRole("button", { name: "Retry" }).click();
  await option(/tide\.bin/).waitFor();
  await elsewhere.close();
});
