// Nothing that `axe` finds on any page, light or dark.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { choosePassword, openPage, openStudio, type Studio } from "./studio.ts";

let studio: Studio;

before(async () => {
  studio = await openStudio();
});

after(() => studio?.close());

/** All rules, or those of `rules` alone; on the whole page, or in `part` of it. */
async function findings(page: Page, where: string, rules?: string[], part?: string): Promise<string[]> {
  const axe = part ? new AxeBuilder({ page }).include(part) : new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations.map(
    ({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
  );
}

test("pages have nothing that axe finds in light and in dark", async () => {
  const context = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const errors: string[] = [];
  const page = await openPage(context, errors);
  const found: string[] = [];
  for (const path of ["/console/sign-in", "/console/welcome#token", "/console/join#token"]) {
    await page.goto(studio.url + path);
    await page.getByRole("button").first().waitFor();
    found.push(...(await findings(page, path)));
  }

  await choosePassword(page, studio);
  const home = new URL(page.url()).pathname.replace("/browse", "");
  await page.getByRole("option").first().dblclick();
  await page.waitForURL(/\/assets\//);
  const asset = new URL(page.url()).pathname.replace(home, "");
  for (const path of [
    "/browse",
    "/browse?view=list",
    "/browse?q=nothing-of-this",
    "/browse?only=favorites",
    "/libraries",
    asset,
    "/trash",
    "/keys",
    "/for-me",
    "/members",
    "/webhooks",
    "/workspaces",
    "/settings",
    "/audit",
    "/plan",
    "/health",
    "/me",
  ]) {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(studio.url + home + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("load");
    found.push(...(await findings(page, path)));
    // In the dark only the colours are others.
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    found.push(...(await findings(page, `${path}, dark`, ["color-contrast"])));
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(`${studio.url}${home}/keys`);
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("dialog").waitFor();
  found.push(...(await findings(page, "making a key")));

  await page.goto(`${studio.url}${home}/browse`);
  await page.getByRole("option").first().click();
  const panes = {
    Move: "Find a folder",
    Filter: "Until",
  };
  for (const [button, field] of Object.entries(panes)) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.getByRole("dialog").getByLabel(field).waitFor();
    // A popover's own frame lies outside the page's landmarks, whatever is in it.
    found.push(...(await findings(page, button, undefined, "[role=dialog]")));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  for (const [action, field] of Object.entries({ "Add to a library": "Library", Lock: "Why" })) {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: action }).click();
    await page.getByRole("dialog").getByLabel(field, { exact: true }).waitFor();
    found.push(...(await findings(page, action)));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }

  assert.deepEqual(found, []);
  assert.deepEqual(errors, []);
  await context.close();
});
