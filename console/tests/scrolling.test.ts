// Many assets: what is asked for while somebody moves past them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { png } from "./files.ts";
import { eachTestSignedIn, page } from "./signed-in.ts";
import { looked, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

/** Assets that fill several windows, beside the first. */
const MANY = 300;

const option = (name: RegExp) => page.getByRole("option", { name });

const search = (url: URL) => url.pathname === "/workspaces/assets/search";

test("pictures that are scrolled past are not asked for, and the first page is no longer than the window", async () => {
  const picture = png(64, 48, (x, y) => [x * 4, y * 5, 90, 255]);
  await putAsset(page, "/Wall/", "stone_000.png", picture);
  await page.goto(`${page.url().split("?")[0]}?folder=${encodeURIComponent("/Wall/")}`);
  await option(/stone_000/)
    .locator("img")
    .waitFor({ timeout: 120_000 });
  for (let at = 1; at < MANY; at += 20) {
    const names = Array.from({ length: 20 }, (_, next) => `stone_${String(at + next).padStart(3, "0")}.png`);
    await Promise.all(names.map((name) => putAsset(page, "/Wall/", name, picture)));
  }
  const pictures = new Set<string>();
  const pages: number[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith("/thumbnail")) pictures.add(url.pathname);
    // What was there before may still have asked for something.
    if (request.isNavigationRequest()) pages.length = 0;
    const limit = Number(url.searchParams.get("limit"));
    if (search(url) && limit > 1) pages.push(limit);
  });
  await page.reload();
  await option(/stone/).first().locator("img").waitFor();
  const list = page.getByRole("listbox", { name: "Assets" });
  await list.hover();
  // To the end, which is farther down with each page that comes.
  const last = page.getByRole("option").and(page.locator(`[aria-posinset="${MANY + 1}"]`));
  while ((await last.count()) === 0) {
    await list.evaluate((one) => one.scrollTo({ top: one.scrollHeight }));
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await last.locator("img").waitFor();
  const before = pictures.size;

  // In the page, and with each frame: however busy the machine, that is faster than one can look.
  await list.evaluate(async (one) => {
    while (one.scrollTop > 0) {
      one.scrollBy({ top: -700 });
      await new Promise(requestAnimationFrame);
    }
  });
  await option(/stone/).first().locator("img").waitFor();

  assert.ok(pages[0] && pages[0] < 200 && pages.includes(200), String(pages));
  assert.ok(before < 200, `${before} pictures of ${MANY} before all were passed`);
  assert.ok(pictures.size - before < 30, `${pictures.size - before} pictures more`);
});

test("a page that can't be read is told, not asked for again and again, and read once somebody asks", async () => {
  await Promise.all(
    Array.from({ length: 90 }, (_, at) =>
      putAsset(page, "/Rows/", `row_${at}.txt`, Buffer.from(`row ${at}`)),
    ),
  );
  // Every change has the page read again, and so what failed: there are none afterwards.
  await looked(page);
  let failed = 0;
  const next = (url: URL) => search(url) && url.searchParams.has("cursor");
  await page.route(next, (route) => {
    failed += 1;
    return route.fulfill({ status: 503, json: { code: "unavailable", message: "The database is away." } });
  });
  await page.goto(`${page.url().split("?")[0]}?folder=${encodeURIComponent("/Rows/")}`);
  const list = page.getByRole("listbox", { name: "Assets" });
  await list.hover();
  await page.mouse.wheel(0, 2_000);
  const told = page.getByRole("alert").filter({ hasText: "The database is away." });
  await told.waitFor();
  // What would ask again does so with what is drawn.
  for (let frames = 0; frames < 30; frames += 1)
    await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(failed, 1);

  await page.unroute(next);
  await told.getByRole("button", { name: "Try again" }).click();
  const last = page.getByRole("option").and(page.locator('[aria-posinset="90"]'));
  while ((await last.count()) === 0) await page.mouse.wheel(0, 700);
  assert.equal(await told.count(), 0);
});
