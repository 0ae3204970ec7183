// Pins by keyboard alone, and by fingers: what a mouse does, without one.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CDPSession, Page } from "playwright-core";
import { glb } from "./files.ts";
import { context, eachTestSignedIn, errors, page, studio } from "./signed-in.ts";
import { openPage } from "./studio.ts";

eachTestSignedIn({ webgl: true });

async function look(on: Page, name: string) {
  await on.goto(`${studio.url}/console/`);
  await on.getByRole("listbox", { name: "Assets" }).waitFor();
  await on.goto(`${on.url().split("?")[0]}?q=${name}`);
  await on.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await on.getByRole("option", { name: new RegExp(name) }).dblclick();
  await on.getByRole("heading", { level: 1, name }).waitFor();
}

const focused = (on: Page, selector: string) =>
  on.waitForFunction((selector) => document.activeElement?.matches(selector), selector);
const picture = (on: Page, name: string) => on.getByRole("img", { name: `Picture of ${name}` });

/** Where something's pointed end is, as parts of the picture. */
async function placeOf(on: Page, mark: string, name: string) {
  const [at, frame] = await Promise.all([on.locator(mark).boundingBox(), picture(on, name).boundingBox()]);
  assert.ok(at && frame);
  return [(at.x + 2 - frame.x) / frame.width, (at.y + 26 - frame.y) / frame.height] as const;
}

test("pin is set on a picture, written to and read by keys alone", async () => {
  const name = "foreshore_dusk.png";
  await look(page, name);
  await picture(page, name).waitFor();
  const before = page.url();
  await page.getByRole("button", { name: "Pin a comment" }).focus();

  await page.keyboard.press("Enter");
  const cross = page.getByRole("application", { name: /^Pin a comment: arrow keys/ });
  await cross.getByText("50 % across, 50 % down.").waitFor({ state: "attached" });
  await focused(page, "[role=application]");
  const frame = await picture(page, name).boundingBox();
  for (let times = 0; times < 10; times += 1) await page.keyboard.press("ArrowRight");
  for (let times = 0; times < 5; times += 1) await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+ArrowLeft");
  assert.deepEqual(await picture(page, name).boundingBox(), frame, "the picture stays where it is");
  assert.equal(page.url(), before, "and no other asset is opened");
  await page.keyboard.press("Enter");
  await page.getByText("Your comment will be pinned to the picture.").waitFor();
  await focused(page, "textarea");
  await page.keyboard.type("The lamp is out.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");

  const pin = page.getByRole("button", { name: "Pin 1" }).first();
  await pin.waitFor();
  const [x, y] = await placeOf(page, 'button[aria-label="Pin 1"]', name);
  const { width = 1, height = 1 } = frame ?? {};
  assert.ok(Math.abs(x - 0.5 - 119 / width) < 3 / width, `120 pixels less about one to the right: ${x}`);
  assert.ok(Math.abs(y - 0.5 + 60 / height) < 3 / height, `60 pixels up: ${y}`);
  assert.equal(await pin.getAttribute("aria-description"), "The lamp is out.");
  await pin.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/comment=/);
});

test("arrow is drawn by keys, and Escape leads back", async () => {
  await look(page, "bricks_basecolor.png");
  await picture(page, "bricks_basecolor.png").waitFor();
  await page.getByRole("button", { name: "Draw an arrow" }).focus();
  await page.keyboard.press("Space");
  await focused(page, "[role=application]");

  await page.keyboard.press("Enter");
  await page.getByText("Begun. Move on, and press Enter to end.").waitFor({ state: "attached" });
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await page.locator("path[data-shape=arrow]").waitFor({ state: "attached" });
  await focused(page, "textarea");

  await page.getByRole("button", { name: "Draw a box" }).focus();
  await page.keyboard.press("Enter");
  await focused(page, "[role=application]");
  await page.keyboard.press("Escape");
  await focused(page, "[aria-label='Draw a box']");
  assert.equal(await page.getByTestId("cross").count(), 0);
});

test("pin is set on a model by keys", async () => {
  // A browser without a graphics card takes its time over the first picture.
  page.setDefaultTimeout(120_000);
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
  const mimeType = "application/octet-stream";
  const buffer = glb([0.2, 0.5, 0.9]);
  await page.getByTestId("upload-files").first().setInputFiles({ name: "float.glb", mimeType, buffer });
  await page.getByRole("option", { name: /float\.glb/ }).waitFor();
  await look(page, "float.glb");
  await page.locator("canvas[data-loaded=true]").waitFor();
  await page.getByRole("button", { name: "Pin a comment" }).focus();
  await page.keyboard.press("Enter");
  await focused(page, "[role=application]");

  for (let times = 0; times < 40; times += 1) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.getByText("Nothing of the model is there.").waitFor({ state: "attached" });
  for (let times = 0; times < 40; times += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");

  await page.getByText("Your comment will be pinned to the model.").waitFor();
  await page.getByTestId("draft-pin").waitFor();
  await focused(page, "textarea");
});

/** Fingers on the screen, where they are now. */
const touch = (
  cdp: CDPSession,
  type: "touchStart" | "touchMove" | "touchEnd",
  ...points: [number, number][]
) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });

const percent = async (on: Page) =>
  Number.parseInt((await on.locator("output").first().textContent()) ?? "", 10);

test("picture is moved by one finger, enlarged by two, and pinned by a tap", async () => {
  const name = "foreshore_dusk.png";
  const touched = await studio.browser.newContext({
    storageState: await context.storageState(),
    viewport: { width: 1024, height: 768 },
    hasTouch: true,
  });
  const tablet = await openPage(touched, errors);
  await tablet.goto(`${studio.url}/console/`);
  await tablet.getByRole("listbox", { name: "Assets" }).waitFor();
  await tablet.goto(`${tablet.url().split("?")[0]}?q=${name}`);
  await tablet.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await tablet.getByRole("option", { name: new RegExp(name) }).tap();
  await picture(tablet, name).waitFor();
  const cdp = await touched.newCDPSession(tablet);
  const frame = await picture(tablet, name).boundingBox();
  assert.ok(frame);
  const [cx, cy] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  const fitted = await percent(tablet);

  await touch(cdp, "touchStart", [cx - 50, cy], [cx + 50, cy]);
  for (const away of [60, 70, 80, 90, 100]) await touch(cdp, "touchMove", [cx - away, cy], [cx + away, cy]);
  await touch(cdp, "touchEnd");
  await tablet.waitForFunction(
    (fitted) => Number.parseInt(document.querySelector("output")?.textContent ?? "", 10) > fitted * 1.8,
    fitted,
  );
  const enlarged = await percent(tablet);
  assert.ok(Math.abs(enlarged / fitted - 2) < 0.1, `twice as large: ${fitted} to ${enlarged}`);
  const large = await picture(tablet, name).boundingBox();
  assert.ok(large);
  assert.ok(Math.abs(large.x + large.width / 2 - cx) < 3, "about the middle between the fingers");

  await touch(cdp, "touchStart", [cx, cy]);
  for (const by of [10, 20, 30, 40]) await touch(cdp, "touchMove", [cx + by, cy + by / 2]);
  await touch(cdp, "touchEnd");
  const moved = await picture(tablet, name).boundingBox();
  assert.ok(moved);
  assert.ok(Math.abs(moved.x - large.x - 40) < 2 && Math.abs(moved.y - large.y - 20) < 2);

  await tablet.getByRole("button", { name: "Pin a comment" }).tap();
  // Two fingers still enlarge it, and set no pin.
  await touch(cdp, "touchStart", [cx - 50, cy], [cx + 50, cy]);
  await touch(cdp, "touchMove", [cx - 60, cy], [cx + 60, cy]);
  await touch(cdp, "touchEnd");
  await tablet.waitForFunction(
    (before) => Number.parseInt(document.querySelector("output")?.textContent ?? "", 10) > before,
    enlarged,
  );
  assert.equal(await tablet.getByTestId("draft-pin").count(), 0);
  await tablet.touchscreen.tap(cx + 20, cy + 30);
  await tablet.getByText("Your comment will be pinned to the picture.").waitFor();
  const pinned = await tablet.getByTestId("draft-pin").boundingBox();
  assert.ok(pinned);
  assert.ok(Math.abs(pinned.x + 2 - cx - 20) < 2 && Math.abs(pinned.y + 26 - cy - 30) < 2);
  await touched.close();
});
