// Browsing: moving assets, folders and what is done with them, filters, and going through assets by keyboard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eachTestSignedIn, errors, page, studio } from "./signed-in.ts";
import { callApi, inviteByApi, joinAs, openFolder, openPage, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

/** *Units*: milliseconds. Longer than the keys must rest until words are in the address. */
const RESTED_MS = 400;

const option = (name: string | RegExp) => page.getByRole("option", { name });
const folder = (name: string) =>
  page.getByRole("treegrid", { name: "Folders", exact: true }).getByRole("row", { name, exact: true });
const dialog = () => page.getByRole("dialog");

const put = (path: string, name: string) => putAsset(page, path, name, Buffer.from(path + name));

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

test("selected assets are moved by keyboard alone and undo takes them back", async () => {
  await put("/Landing/Crates/", "crate_a.txt");
  await put("/Landing/Crates/", "crate_b.txt");
  await put("/Landing/Barrels/", "barrel.txt");
  await openFolder(page, "/Landing/Crates/");
  await option(/crate_b/).waitFor();
  await page.getByRole("listbox", { name: "Assets" }).focus();

  await page.keyboard.press("Control+a");
  await page.keyboard.press("m");
  await page.getByRole("heading", { name: "Move 2 assets" }).waitFor();
  await page.getByLabel("Find a folder").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("barr");
  await page.getByText("To /Landing/Barrels/").waitFor();
  assert.deepEqual(await dialog().getByRole("row").allTextContents(), ["All assets", "Landing", "Barrels"]);
  await page.keyboard.press("Enter");
  await dialog().waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Nothing in here yet" }).waitFor();

  await page.getByRole("button", { name: "Undo" }).click();
  await option(/crate_a/).waitFor();
  await option(/crate_b/).waitFor();
});

test("folder made while moving takes what is moved", async () => {
  await put("/Quay/", "rope.txt");
  await openFolder(page, "/Quay/");
  await option(/rope/).click();

  await page.getByRole("button", { name: "Move", exact: true }).click();
  await dialog().getByRole("button", { name: "New folder" }).click();
  await dialog().getByRole("textbox", { name: "New folder in /Quay/" }).fill("Coils");
  await page.keyboard.press("Enter");
  await page.getByText("To /Quay/Coils/").waitFor();
  await dialog().getByRole("button", { name: "Move here" }).click();
  await dialog().waitFor({ state: "detached" });

  await openFolder(page, "/Quay/Coils/");
  await option(/rope/).waitFor();
});

test("name that is taken where something is moved is told and the others are moved", async () => {
  await put("/Mast/", "knot.txt");
  await put("/Mast/", "sail.txt");
  await put("/Hold/", "knot.txt");
  await openFolder(page, "/Mast/");
  await option(/knot/).click();
  await option(/sail/).click({ modifiers: ["Control"] });

  await page.getByRole("button", { name: "Move", exact: true }).click();
  await page.getByLabel("Find a folder").fill("hold");
  await dialog().getByRole("button", { name: "Move here" }).click();

  await dialog().getByText("1 of 2 assets could not be moved:").waitFor();
  await dialog().getByText("knot.txt: another asset in /Hold/ has this name.").waitFor();
  await dialog().getByRole("button", { name: "Close" }).click();
  await option(/sail/).waitFor({ state: "detached" });
  await option(/knot/).waitFor();
});

test("renamed folder takes what is in it and who looks into it along", async () => {
  await put("/Wharf/Deep/", "pile.txt");
  await openFolder(page, "/Wharf/Deep/");
  await folder("Wharf").getByRole("button", { name: "Actions for the folder Wharf" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await dialog().getByRole("textbox", { name: "Name" }).fill("Pier");
  await page.keyboard.press("Enter");

  await page.waitForURL(/folder=%2FPier%2FDeep%2F/);
  await option(/pile/).waitFor();
  await folder("Pier").waitFor();

  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForURL(/folder=%2FWharf%2FDeep%2F/);
  await folder("Wharf").waitFor();
});

test("folder is moved and a folder of its name in the way is told", async () => {
  await put("/Anchors/Old/", "a.txt");
  await put("/Chains/Old/", "b.txt");
  await put("/Ropes/", "c.txt");
  await openFolder(page, "/Anchors/Old/");
  await folder("Old").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Move", exact: true }).click();
  await page.getByLabel("Find a folder").fill("chains");
  await dialog().getByRole("button", { name: "Move here" }).click();
  await dialog().getByText("There is a folder Old in /Chains/ already.").waitFor();

  await page.getByLabel("Find a folder").fill("ropes");
  await page.keyboard.press("Enter");

  await page.waitForURL(/folder=%2FRopes%2FOld%2F/);
  await option(/a\.txt/).waitFor();
});

test("folder is trashed by keyboard and undo brings it back with what was in it", async () => {
  await put("/Driftwood/", "branch.txt");
  await openFolder(page, "/Driftwood/");
  await folder("Driftwood").focus();

  await page.keyboard.press("Delete");
  await page.getByText("Driftwood and 1 asset in it moved to the trash").waitFor();
  await folder("Driftwood").waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1, name: "All assets" }).waitFor();

  await page.getByRole("button", { name: "Undo" }).click();
  await folder("Driftwood").click();
  await option(/branch/).waitFor();
});

test("filters by person, days, lock and review are in the address and narrow what is shown", async () => {
  const artist = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const theirs = await openPage(artist, errors);
  const token = await inviteByApi(page, { email: "kit@mudlark.example", workspaceRole: "manage_art" });
  await joinAs(theirs, studio, token, "Kit Wade");
  await putAsset(theirs, "/Kit/", "gull.txt", Buffer.from("gull"));
  const locked = await putAsset(theirs, "/Kit/", "heron.txt", Buffer.from("heron"));
  await callApi(theirs, "POST", `/workspaces/assets/${locked.id}/lock`, { data: {} });

  await page.reload();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("checkbox", { name: "Kit Wade" }).check({ force: true });
  await page.getByText("2 assets", { exact: true }).waitFor();
  assert.match(page.url(), /by=/);
  await page.getByRole("checkbox", { name: "Locked", exact: true }).check({ force: true });
  await page.getByText("1 asset", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await option(/heron/).waitFor();
  await page.getByRole("button", { name: "Remove: Locked" }).click();
  await option(/gull/).waitFor();

  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Until", { exact: true }).fill("2020-02-20");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await page.getByText("changed until Feb 20, 2020").waitFor();
  await page.getByRole("button", { name: "Remove: changed until Feb 20, 2020" }).click();
  await option(/gull/).waitFor();
  await page.goto(`${page.url()}&review=rejected`);
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await artist.close();
});

test("words narrow with each key and are in the address once the keys rest", async () => {
  await put("/Whole/", "cockle.txt");
  await put("/Whole/", "whelk.txt");
  await put("/Broken/", "shard.txt");
  await openFolder(page, "/Whole/");
  const field = page.getByRole("searchbox", { name: "Search assets" });
  const words = () => new URL(page.url()).searchParams.get("q");

  await field.pressSequentially("cock");
  await option(/whelk/).waitFor({ state: "detached" });
  await page.waitForURL(({ searchParams }) => searchParams.get("q") === "cock");
  await page.goBack();
  await page.goForward();
  await option(/cockle/).waitFor();
  assert.equal(await field.inputValue(), "cock");

  // What is chosen before the keys rest takes the words along; another folder does not.
  await field.press("End");
  await field.pressSequentially("le");
  await page.getByRole("button", { name: "List", exact: true }).click();
  await page.waitForURL(({ searchParams }) => searchParams.get("q") === "cockle");
  await field.press("End");
  await field.pressSequentially("s and more");
  await folder("Broken").click();
  await option(/shard/).waitFor();
  await new Promise((resolve) => setTimeout(resolve, 2 * RESTED_MS));
  assert.deepEqual([words(), await field.inputValue()], [null, ""]);
});

test("viewer is offered nothing that changes art", async () => {
  const stranger = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const theirs = await openPage(stranger, errors);
  const token = await inviteByApi(page, { email: "vera@mudlark.example", workspaceRole: "viewer" });
  await joinAs(theirs, studio, token, "Vera Look");

  await theirs.getByRole("option").first().click();
  await theirs.getByRole("toolbar").getByRole("button", { name: "Download" }).waitFor();
  for (const name of ["Move", "Rename", "Tag", "Move to trash", "Upload", "New folder"]) {
    assert.equal(await theirs.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  assert.equal(await theirs.getByRole("button", { name: /^Actions for the folder/ }).count(), 0);
  await theirs.keyboard.press("Delete");
  await theirs.getByRole("button", { name: "More" }).click();
  await theirs.getByRole("menuitem", { name: "Add to favorites" }).waitFor();
  assert.equal(await theirs.getByRole("menuitem").count(), 1);
  await stranger.close();
});
