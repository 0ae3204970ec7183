// The trash of a workspace: who may look, who brings things back, and who ends them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { allTestsSignedIn, page, pageOf } from "./signed-in.ts";
import { callApi, putAsset } from "./studio.ts";

const VIEWER = "Robin Heron";
const ARTIST = "Kit Wade";
allTestsSignedIn({ others: { [VIEWER]: "viewer", [ARTIST]: "manage_art" } });

const table = (on: Page) => on.getByRole("table", { name: "Trash" });
const row = (on: Page, name: string) => table(on).getByRole("row", { name: new RegExp(name) });

async function look(on: Page) {
  await on.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Trash" }).click();
  await on.getByRole("heading", { level: 1, name: "Trash" }).waitFor();
}

async function trash(name: string) {
  const { id } = await putAsset(page, "/Wreck/", name, Buffer.from(name));
  await callApi(page, "DELETE", "/workspaces/assets", { data: { ids: [id] } });
}

test("what goes to the trash says for how long it is kept there", async () => {
  await putAsset(page, "/Wreck/", "mast.txt", Buffer.from("mast"));
  await page.goto(`${page.url().split("?")[0]}?folder=/Wreck/`);
  await page.getByRole("option", { name: /mast/ }).click();
  await page.keyboard.press("Delete");

  await page.getByText("1 asset moved to the trash, for 30 days").waitFor();
  await look(page);
  await page.getByText("What was deleted waits here for 30 days, then goes for good.").waitFor();
  await row(page, "mast").getByText("in 30 days").waitFor();
});

test("viewer sees what is in the trash, is told what to do, and is offered nothing", async () => {
  const theirs = pageOf(VIEWER);
  await look(theirs);
  await row(theirs, "mast").getByText("/Wreck/").waitFor();

  await theirs.getByText("To restore something, one needs the role Artist").waitFor();
  assert.equal(await theirs.getByRole("main").getByRole("button").count(), 0);
});

test("artist brings back what somebody else deleted, and is not offered to end it", async () => {
  const theirs = pageOf(ARTIST);
  await look(theirs);
  await row(theirs, "mast").waitFor();
  assert.equal(await theirs.getByRole("button", { name: /Delete for good|Empty the trash/ }).count(), 0);
  await theirs.getByRole("button", { name: "Restore: mast" }).click();

  await theirs.getByText("mast.txt is back").waitFor();
  await theirs.getByRole("heading", { name: "The trash is empty" }).waitFor();
  await page.getByRole("heading", { name: "The trash is empty" }).waitFor();
});

test("administrator ends one thing, and then all, after being asked", async () => {
  for (const name of ["keel.txt", "oar.txt", "sail.txt"]) await trash(name);
  await look(page);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Delete for good: oar.txt" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "oar").waitFor();
  await page.getByRole("button", { name: "Delete for good: oar.txt" }).click();
  await dialog.getByRole("heading", { name: "Delete oar.txt for good?" }).waitFor();
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await row(page, "oar").waitFor({ state: "detached" });
  assert.equal(await row(page, "keel").count(), 1);

  await page.getByRole("button", { name: "Empty the trash" }).click();
  await dialog.getByRole("button", { name: "Empty the trash" }).click();
  await page.getByRole("heading", { name: "The trash is empty" }).waitFor();
  assert.deepEqual(await callApi(page, "GET", "/workspaces/trash"), []);
});

test("what can't be brought back says what is in the way, and what to do", async () => {
  await trash("bell.txt");
  await putAsset(page, "/Wreck/", "bell.txt", Buffer.from("another"));
  await page.getByRole("button", { name: "Restore: bell.txt" }).click();

  await page.getByText("Choose another name, or rename what has it.").waitFor();
  await row(page, "bell").waitFor();
});

test("a trash of many is shown page by page", async () => {
  await callApi(page, "DELETE", "/workspaces/trash");
  const found: { id: string }[] = [];
  for (let at = 0; at < 210; at += 1) {
    found.push(await putAsset(page, "/Planks/", `${at}.txt`, Buffer.from("plank")));
  }
  await callApi(page, "DELETE", "/workspaces/assets", { data: { ids: found.map(({ id }) => id) } });
  await look(page);
  await page.getByRole("button", { name: "Show more" }).waitFor();
  assert.equal(await table(page).getByRole("row").count(), 1 + 200);

  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
  assert.equal(await table(page).getByRole("row").count(), 1 + found.length);
});
