// What files of tests begin with that look at the console as its person: one studio a file, a page for each test, and no
// test goes by whose page told of an error. These are of the file that is running: each file is a process of its own.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { openPage, openStudio, type Studio, signedInContext } from "./studio.ts";

export let studio: Studio;
export let context: BrowserContext;
export let page: Page;
/** What the page has told of since the test began. */
export let errors: string[];

/** Called once in a file. `webgl`: the browser draws models. `browsing`: each page begins with the assets. */
export function eachTestSignedIn({ webgl = false, browsing = false } = {}) {
  before(async () => {
    studio = await openStudio({ webgl });
    context = await signedInContext(studio);
  });
  after(() => studio?.close());
  beforeEach(async () => {
    errors = [];
    page = await openPage(context, errors);
    if (!browsing) return;
    await page.goto(`${studio.url}/console/`);
    await page.getByRole("listbox", { name: "Assets" }).waitFor();
  });
  afterEach(async () => {
    await page.close();
    assert.deepEqual(errors, []);
  });
}
