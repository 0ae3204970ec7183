// The command palette: what is done with assets by keys alone, where one selects them and where one looks at one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eachTestSignedIn, joinedPage, page } from "./signed-in.ts";
import { callApi, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

const FIELD = "Search for assets, pages and actions";

/** Opens the palette, types an entry's name, which brings it first, and runs it. */
async function run(what: string, on = page) {
  await on.keyboard.press("Control+k");
  await on.getByLabel(FIELD).and(on.locator(":focus")).waitFor();
  await on.keyboard.type(what);
  const entry = on.getByRole("menuitem", { name: what, exact: true });
  await entry.and(on.locator("[data-focused]")).waitFor();
  await on.keyboard.press("Enter");
  await on.getByLabel(FIELD).waitFor({ state: "detached" });
}

async function openFolder(path: string) {
  await page.goto(`${page.url().split("?")[0]}?folder=${encodeURIComponent(path)}`);
  await page.getByRole("option").first().waitFor();
}

const assetsIn = (path: string) =>
  callApi(page, "GET", `/workspaces/assets/search?file_location=${encodeURIComponent(path)}`) as Promise<
    { id: string; name: string; lock: object | null; tags?: { name: string }[] }[]
  >;

test("selected assets are renamed, tagged, locked, moved and trashed by the palette, and brought back", async () => {
  await putAsset(page, "/Rigging/", "mast.txt", Buffer.from("mast"));
  await putAsset(page, "/Rigging/", "yard.txt", Buffer.from("yard"));
  await callApi(page, "POST", "/workspaces/folders", { data: { path: "/Spars/" } });
  await openFolder("/Rigging/");
  await page.getByRole("listbox", { name: "Assets" }).focus();

  await page.keyboard.press("Home");
  await page.keyboard.press(" ");
  await page.getByText("1 selected", { exact: true }).waitFor();
  await run("Rename");
  await page.getByRole("dialog").getByRole("textbox").and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("topmast.txt");
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: /^topmast\.txt/ }).waitFor();

  await page.getByRole("listbox", { name: "Assets" }).focus();
  await page.keyboard.press("Control+a");
  await page.getByText("2 selected", { exact: true }).waitFor();
  await run("Tag");
  await page.getByRole("dialog").getByRole("textbox").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("timber");
  await page.keyboard.press("Enter");
  await page.getByText("2 assets tagged").waitFor();

  await run("Lock");
  await page.getByRole("dialog").getByRole("button", { name: "Lock" }).press("Enter");
  await page.getByText("2 assets locked for you until").waitFor();
  await page
    .getByRole("option", { name: /Locked by you/ })
    .nth(1)
    .waitFor();
  await run("Hand back the lock");
  await page
    .getByRole("option", { name: /Locked by you/ })
    .first()
    .waitFor({ state: "detached" });

  await run("Move");
  await page.getByLabel("Find a folder").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("spars");
  await page.getByText("To /Spars/").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await openFolder("/Spars/");
  await page.getByRole("option", { name: /^topmast\.txt/ }).waitFor();
  await page.getByRole("listbox", { name: "Assets" }).focus();
  await page.keyboard.press("Control+a");
  await page.getByText("2 selected", { exact: true }).waitFor();

  await run("Move to trash");
  await page.getByRole("option").first().waitFor({ state: "detached" });
  await run("Trash");
  await page.getByRole("heading", { level: 1, name: "Trash" }).waitFor();
  await page.getByRole("cell", { name: "topmast.txt", exact: true }).waitFor();
  await run("Restore: topmast.txt");
  await page.getByRole("cell", { name: "topmast.txt", exact: true }).waitFor({ state: "detached" });
  const [left, ...others] = await assetsIn("/Spars/");
  assert.deepEqual([left?.name, left?.lock, others], ["topmast.txt", null, []]);
});

test("asset that one looks at is told by its name, and what a viewer may not is not offered", async () => {
  await putAsset(page, "/Galley/", "ladle.txt", Buffer.from("ladle"));
  const theirs = await joinedPage("Kit Wade", "viewer");
  for (const [on, offered] of [
    [page, ["Download", "Rename", "Tag", "Move", "Move to trash"]],
    [theirs, ["Download"]],
  ] as const) {
    await on.goto(`${on.url().split("?")[0]}?folder=${encodeURIComponent("/Galley/")}`);
    await on.getByRole("option", { name: /^ladle/ }).dblclick();
    await on.getByRole("heading", { level: 1, name: "ladle.txt" }).waitFor();
    await on.keyboard.press("Control+k");
    const group = on.getByRole("group", { name: "ladle.txt" });
    await group.waitFor();
    const items = await group.getByRole("menuitem").allTextContents();
    assert.deepEqual(items.slice(0, items.indexOf("Add to favorites")), offered);
    await on.keyboard.press("Escape");
  }
  await theirs.context().close();
});
