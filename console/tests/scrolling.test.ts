// Many assets: what is asked for while somebody moves past them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { png } from "./files.ts";
import { eachTestSignedIn, page } from "./signed-in.ts";
import { putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

/** Assets that fill several windows. */
const MANY = 300;

const option = (name: RegExp) => page.getByRole("option", { name });

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
    const limit = Number(url.searchParams.get("limit"));
    if (url.pathname === "/workspaces/assets/search" && limit > 1) pages.push(limit);
  });
  await page.reload();
  await option(/stone/).first().locator("img").waitFor();
  const list = page.getByRole("listbox", { name: "Assets" });
  await list.hover();
  const before = pictures.size;

  // Until the end, which is farther down with each page that comes.
  const atEnd = () => list.evaluate((one) => one.scrollTop + one.clientHeight > one.scrollHeight - 2);
  const last = page.getByRole("option").and(page.locator(`[aria-posinset="${MANY + 1}"]`));
  while (!((await atEnd()) && (await last.count()))) await page.mouse.wheel(0, 700);
  await last.locator("img").waitFor();

  assert.ok(pages[0] && pages[0] < 200 && pages.includes(200), String(pages));
  assert.ok(pictures.size - before < 80, `${pictures.size - before} pictures of ${MANY}`);
});
