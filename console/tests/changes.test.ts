// What others change: the page reads it again, and not more often than a part of the time, however much goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eachTestSignedIn, page } from "./signed-in.ts";
import { putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

const isFeed = (url: string) => url.includes("/workspaces/changes");
const isSearch = (url: string) => url.includes("/workspaces/assets/search");

test("page reads again what a change touches, and rests three times as long as that took", async () => {
  await page.clock.install();
  const follows = page.waitForRequest((request) => /changes\?.*wait=/.test(request.url()));
  await page.reload();
  await follows;
  await page.clock.pauseAt(Date.now() + 60_000);

  // Reading again takes a second, by the page's own clock.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route(
    (url) => isSearch(url.href),
    async (route) => {
      await held;
      await route.continue();
    },
  );
  const reads = page.waitForRequest((request) => isSearch(request.url()));
  await putAsset(page, "/", "first.txt", Buffer.from("first"));
  await reads;
  await page.clock.runFor(1000);
  const read = page.waitForResponse((response) => isSearch(response.url()));
  letGo();
  await (await read).finished();

  let asked = 0;
  page.on("request", (request) => {
    if (isFeed(request.url())) asked += 1;
  });
  await putAsset(page, "/", "second.txt", Buffer.from("second"));
  await page.clock.runFor(2900);
  // Whatever the page has asked for before this is known once this is.
  await page.evaluate(() => fetch("/health/live").then((answer) => answer.text()));
  assert.equal(asked, 0);

  const asks = page.waitForRequest((request) => isFeed(request.url()));
  await page.clock.runFor(200);
  await asks;
  await page.clock.resume();
  await page.getByRole("option", { name: /^second/ }).waitFor();
});

test("a page that nobody looks at holds no connection, and shows what has changed once somebody does", async () => {
  const turn = (isHidden: boolean) =>
    page.evaluate((isHidden) => {
      // Each page of a browser that is driven counts as looked at.
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const waits = (url: string) => /changes\?.*wait=/.test(url);
  // What is asked for after this comes from the new page.
  await page.reload({ waitUntil: "commit" });
  await page.waitForRequest((request) => waits(request.url()));

  const letGo = page.waitForEvent("requestfailed", (request) => waits(request.url()));
  await turn(true);
  await letGo;
  let asked = 0;
  page.on("request", (request) => {
    if (isFeed(request.url())) asked += 1;
  });
  await putAsset(page, "/", "meanwhile.txt", Buffer.from("meanwhile"));
  // Whatever the page has asked for before this is known once this is.
  await page.evaluate(() => fetch("/health/live").then((answer) => answer.text()));
  assert.equal(asked, 0);

  await turn(false);
  await page.getByRole("option", { name: /^meanwhile/ }).waitFor();
});
