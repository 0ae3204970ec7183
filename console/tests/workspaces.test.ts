// Workspaces: made and switched to, named, pictured, moved to the trash and brought back; and who is offered what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { png } from "./files.ts";
import { allTestsSignedIn, joinedPage, page } from "./signed-in.ts";

allTestsSignedIn();

const section = (name: string) =>
  page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name });
const row = (name: string) => page.getByRole("table", { name: "Workspaces" }).getByRole("row", { name });
const picture = { name: "tide.png", mimeType: "image/png", buffer: png(8, 8, () => [40, 90, 120, 255]) };

async function make(name: string) {
  await section("Workspaces").click();
  await page.getByRole("button", { name: "Make a workspace" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: "Make a workspace" }).click();
  await page.getByRole("banner").getByRole("button", { name }).waitFor();
}

async function act(name: string, action: string) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
  return page.getByRole("dialog");
}

test("workspace that is made is switched to at once and is empty", async () => {
  await make("Tide Pools");

  await page.getByRole("heading", { name: "Nothing in here yet" }).waitFor();
  await section("Workspaces").click();
  await row("Tide Pools").getByText("open now").waitFor();
  await row("Tide Pools").getByText("Administrator").waitFor();
});

test("workspace gets a name with a way back, and a picture that can be taken away", async () => {
  await section("Workspaces").click();
  const dialog = await act("Tide Pools", "Rename or give a picture");
  await dialog.getByLabel("Name").fill("é".repeat(200));
  await dialog.getByText(/At most 255 bytes/).waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Save" }).isEnabled(), false);
  await dialog.getByLabel("Name").fill("Rock Pools");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row("Rock Pools").waitFor();
  await page.getByRole("banner").getByRole("button", { name: "Rock Pools" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await row("Tide Pools").waitFor();

  await act("Tide Pools", "Rename or give a picture");
  const input = dialog.locator("input[type=file]");
  await input.setInputFiles({ name: "a.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") });
  await dialog.getByRole("alert").getByText("This is no PNG").waitFor();
  await input.setInputFiles(picture);
  await dialog.locator("img").waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await row("Tide Pools").locator("img").waitFor();

  await act("Tide Pools", "Rename or give a picture");
  await dialog.getByRole("button", { name: "Take it away" }).click();
  await dialog.locator("img").waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await row("Tide Pools").locator("img").waitFor({ state: "detached" });
});

test("open workspace goes to the trash, says until when, and comes back by undo and from below", async () => {
  await section("Workspaces").click();
  let dialog = await act("Tide Pools", "Move to the trash");
  await dialog.getByText("30 days").waitFor();
  await dialog.getByRole("button", { name: "Move to the trash" }).click();
  await page.getByText(/Tide Pools is in the trash until/).waitFor();
  await row("Tide Pools").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row("Tide Pools").waitFor();

  dialog = await act("Tide Pools", "Move to the trash");
  await dialog.getByRole("button", { name: "Move to the trash" }).click();
  const trash = page.getByRole("table", { name: "In the trash" });
  await trash.getByText("in 30 days").waitFor();
  await trash.getByRole("button", { name: "Bring back: Tide Pools" }).click();
  await row("Tide Pools").waitFor();
  await trash.waitFor({ state: "detached" });

  dialog = await act("Tide Pools", "Move to the trash");
  await dialog.getByRole("button", { name: "Move to the trash" }).click();
  await trash.getByRole("button", { name: "Delete for good: Tide Pools" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete for good" }).click();
  await trash.waitFor({ state: "detached" });
  assert.equal(await row("Tide Pools").count(), 0);
});

test("who has no workspace left brings one back, or makes one", async () => {
  await section("Workspaces").click();
  const name = (await page.getByRole("table", { name: "Workspaces" }).getByRole("link").textContent()) ?? "";
  const dialog = await act(name, "Move to the trash");
  await dialog.getByRole("button", { name: "Move to the trash" }).click();

  await page.getByRole("heading", { name: "No workspace is open to you yet" }).waitFor();
  await page.getByRole("button", { name: /^Make a workspace/ }).waitFor();
  await page.getByRole("button", { name: `Bring back: ${name}` }).click();
  await page.getByRole("link", { name }).click();
  await page.getByRole("option").first().waitFor();
});

test("viewer sees where they may go and is offered nothing else", async () => {
  const theirs = await joinedPage("Robin Heron", "viewer");
  await theirs.getByRole("banner").getByRole("button").first().click();
  await theirs.getByRole("menuitem", { name: "All workspaces" }).click();
  await theirs.getByRole("table", { name: "Workspaces" }).getByText("Viewer").waitFor();

  assert.equal(await theirs.getByRole("button", { name: "Make a workspace" }).count(), 0);
  assert.equal(await theirs.getByRole("button", { name: /^Actions for/ }).count(), 0);
  const sections = theirs.getByRole("navigation", { name: "Sections" });
  assert.equal(await sections.getByRole("link", { name: "Workspaces" }).count(), 0);
  assert.equal(await sections.getByRole("link", { name: "Settings" }).count(), 0);
});
