// Browsing: going through assets by keyboard.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { openPage, openStudio, type Studio, signedInContext } from "./studio.ts";

let studio: Studio;
let context: BrowserContext;
let page: Page;
let errors: string[];

before(async () => {
  studio = await openStudio();
  context = await signedInContext(studio);
});

after(() => studio?.close());

beforeEach(async () => {
  errors = [];
  page = await openPage(context, errors);
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
});

afterEach(async () => {
  await page.close();
  assert.deepEqual(errors, []);
});

test("key pressed before an asset is there leads to its neighbour", async () => {
  await page.getByRole("listbox", { name: "Assets" }).focus();
  const second = (await page.getByRole("option").nth(1).getAttribute("aria-label"))?.split(",")[0] ?? "";
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/workspaces\/assets\/[0-9a-f-]{36}$/, async (route) => {
    await held;
    await route.continue();
  });

  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/\/assets\//);
  release();

  await page.getByRole("heading", { level: 1, name: second }).waitFor();
  await page.getByRole("button", { name: "Previous asset" }).and(page.locator(":enabled")).waitFor();
});
