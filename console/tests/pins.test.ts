// Comments that are pinned to a picture, a moment or a model, and what two people see of each other's.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { glb, wav } from "./files.ts";
import { context, eachTestSignedIn, errors, page, studio } from "./signed-in.ts";
import { openPage } from "./studio.ts";

eachTestSignedIn({ webgl: true });

async function look(name: string) {
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
  await page.goto(`${page.url().split("?")[0]}?q=${name}`);
  const option = page.getByRole("option", { name: new RegExp(name) });
  await option.waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await option.dblclick();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

async function upload(name: string, buffer: Buffer) {
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
  const mimeType = "application/octet-stream";
  await page.getByTestId("upload-files").first().setInputFiles({ name, mimeType, buffer });
  await page.getByRole("region", { name: "Uploads" }).getByRole("link", { name: "Open" }).waitFor();
}

async function say(label: string, words: string, send: string) {
  await page.getByLabel(label, { exact: true }).fill(words);
  await page.getByRole("button", { name: send, exact: true }).click();
}

const pin = (on: Page, number: number) => on.locator(`button[aria-label="Pin ${number}"]`);

test("comment drawn on a picture is seen by another at once, answered, resolved and reopened", async () => {
  await look("foreshore_dusk.png");
  await page.getByRole("img", { name: "Picture of foreshore_dusk.png" }).waitFor();
  const elsewhere = await studio.browser.newContext({ storageState: await context.storageState() });
  const other = await openPage(elsewhere, errors);
  await other.goto(page.url());
  await other.getByText("No comments yet. Say what you see.").waitFor();

  await page.getByRole("button", { name: "Draw an arrow" }).click();
  const sheet = await page.getByTestId("annotations").boundingBox();
  assert.ok(sheet);
  await page.mouse.move(sheet.x + 80, sheet.y + 80);
  await page.mouse.down();
  await page.mouse.move(sheet.x + 200, sheet.y + 160, { steps: 10 });
  await page.mouse.up();
  assert.deepEqual(await page.getByTestId("annotations").boundingBox(), sheet);
  await page.getByText("Your comment will be pinned to the picture.").waitFor();
  await say("Comment", "Warmer here.", "Send");
  await pin(page, 1).waitFor();

  await pin(other, 1).click();
  await other.locator("path[data-shape=arrow]").waitFor({ state: "attached" });
  assert.match(other.url(), /comment=/);
  await page.getByRole("button", { name: "Reply" }).click();
  await say("Your reply", "As at sunset?", "Send the reply");
  await other.getByText("As at sunset?").waitFor();
  await other.getByRole("button", { name: "Resolve", exact: true }).click();
  await page.getByText("Warmer here.").waitFor({ state: "detached" });
  await pin(page, 1).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Resolved/ }).click();
  await page.getByText("Warmer here.").waitFor();
  await page.getByRole("button", { name: "Reopen" }).click();
  await pin(page, 1).waitFor();
  await elsewhere.close();
});

test("comment pinned to a model brings back its camera", async () => {
  // A browser without a graphics card takes its time over the first picture.
  page.setDefaultTimeout(120_000);
  await upload("buoy.glb", glb([0.9, 0.3, 0.1]));
  await look("buoy.glb");
  const canvas = page.locator("canvas[data-loaded=true]");
  await canvas.waitFor();
  await page.getByRole("button", { name: "Pin a comment" }).click();
  await canvas.click();
  await page.getByTestId("draft-pin").waitFor();
  await say("Comment", "This plank is loose.", "Send");
  await pin(page, 1).waitFor();
  const placed = await pin(page, 1).boundingBox();

  await page.getByRole("group", { name: /^Model/ }).focus();
  for (let turns = 0; turns < 5; turns += 1) await page.keyboard.press("ArrowRight");
  await page.waitForFunction(
    (left) => document.querySelector('button[aria-label="Pin 1"]')?.getBoundingClientRect().left !== left,
    placed?.x,
  );
  await page.getByRole("listitem").getByRole("button", { name: "Pin 1" }).click();

  await page.waitForFunction(
    (left) =>
      Math.abs(
        (document.querySelector('button[aria-label="Pin 1"]')?.getBoundingClientRect().left ?? 0) - left,
      ) < 2,
    placed?.x ?? 0,
  );
});

test("comment pinned to a moment of a sound goes back to it", async () => {
  await upload("gulls.wav", wav(2));
  await look("gulls.wav");
  const time = page.getByRole("slider", { name: "Time", exact: true });
  await page.getByText(/\/ 0:02\.0/).waitFor();
  await time.fill("1.5");
  await page.getByText("0:01.5 / 0:02.0").waitFor();
  await page.getByRole("button", { name: "Pin this moment" }).click();
  await say("Comment", "A click here.", "Send");
  await pin(page, 1).waitFor();
  await time.fill("0.2");
  await page.getByText("0:00.2 / 0:02.0").waitFor();

  await pin(page, 1).click();

  await page.getByText("0:01.5 / 0:02.0").waitFor();
});

test("note of a version is changed, and what is around the asset is read when it is opened", async () => {
  await look("bricks_basecolor.png");

  await page.getByRole("button", { name: "Note of version 1" }).click();
  await page.getByRole("textbox", { name: "Note of version 1" }).fill("Mortar lighter.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Mortar lighter.").waitFor();
  await page.getByText("History", { exact: true }).click();

  await page.getByText("Version updated").first().waitFor();
});
