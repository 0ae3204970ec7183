// What files of tests begin with that look at the console as its person: one studio a file, and no test goes by whose page
// told of an error. These are of the file that is running: each file is a process of its own.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import {
  choosePassword,
  inviteByApi,
  joinAs,
  openPage,
  openStudio,
  type Studio,
  signedInContext,
} from "./studio.ts";

export let studio: Studio;
export let context: BrowserContext;
export let page: Page;
/** What the page has told of since the test began. */
export let errors: string[];

const viewport = { width: 1440, height: 900 };

/** Called once in a file: a page for each test. `webgl`: the browser draws models. `browsing`: each page begins with the assets. */
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

/**
 * Called once in a file whose tests go on from each other: one page, at the assets, for all of them. `others`: people who are in
 * the workspace too, by what they are called, with their roles; see `pageOf`. `begin`: what all tests of the file begin with;
 * a hook of its own would not wait for this one.
 */
export function allTestsSignedIn({
  others = {} as Record<string, Role>,
  flags = [] as string[],
  begin = (): unknown => undefined,
} = {}) {
  before(async () => {
    errors = [];
    studio = await openStudio({ flags });
    context = await studio.browser.newContext({ viewport });
    page = await openPage(context, errors);
    await choosePassword(page, studio);
    for (const [name, role] of Object.entries(others)) people.set(name, await joinedPage(name, role));
    await begin();
  });
  after(async () => {
    await studio?.close();
    assert.deepEqual(errors, []);
  });
}

type Role = Parameters<typeof inviteByApi>[1]["workspaceRole"];
const people = new Map<string, Page>();

/** The page of one of the others. */
export function pageOf(name: string): Page {
  const found = people.get(name);
  if (!found) throw new Error(`${name} is not among the others`);
  return found;
}

/** “Kit Wade” has the address `kit@mudlark.example`. */
export const emailOf = (name: string) => `${name.split(" ")[0]?.toLowerCase()}@mudlark.example`;

/** Somebody whom the console's person invites, in a browser of their own, at the assets. */
export async function joinedPage(name: string, workspaceRole: Role): Promise<Page> {
  const theirs = await openPage(await studio.browser.newContext({ viewport }), errors);
  await joinAs(theirs, studio, await inviteByApi(page, { email: emailOf(name), workspaceRole }), name);
  return theirs;
}
