// Settings of the account and of a workspace: name and picture, asset statuses, what programs keep, closing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { png } from "./files.ts";
import { allTestsSignedIn, joinedPage, page } from "./signed-in.ts";

allTestsSignedIn({ begin: () => page.getByRole("link", { name: "Settings" }).click() });

const part = (name: string) => page.getByRole("region", { name });
const where = () => page.getByRole("banner").getByRole("button").first();

test("names and pictures of the workspace and the account are changed and seen at once", async () => {
  for (const [title, name] of [
    ["This workspace", "High Tide"],
    ["The account", "Heron Studio"],
  ] as const) {
    const own = part(title);
    assert.equal(await own.getByRole("button", { name: "Save" }).isEnabled(), false);
    await own.getByLabel("Name").fill(name);
    await own.locator("input[type=file]").setInputFiles({
      name: "emblem.png",
      mimeType: "image/png",
      buffer: png(8, 8, () => [200, 90, 40, 255]),
    });
    await own.getByRole("button", { name: "Save" }).click();
    await where().getByText(name).waitFor();
  }

  await page.reload();
  for (const title of ["This workspace", "The account"]) await part(title).locator("img").waitFor();
  assert.match((await where().textContent()) ?? "", /Heron Studio \/ High Tide/);
});

test("file that is no picture is refused before it is sent, and one that only says so by the server", async () => {
  const own = part("This workspace");
  const input = own.locator("input[type=file]");
  await input.setInputFiles({
    name: "large.png",
    mimeType: "image/png",
    buffer: Buffer.alloc(10 * 1024 * 1024 + 1),
  });
  await own
    .getByRole("alert")
    .getByText(/at most 10 MiB are taken/)
    .waitFor();
  await input.setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await own.getByRole("button", { name: "Save" }).click();

  await own.getByRole("alert").waitFor();
  await page.reload();
  await own.locator("img").waitFor();
});

test("status is made, put first, changed with a way back and deleted, and one that is used is not", async () => {
  const own = part("This workspace");
  const table = own.getByRole("table", { name: "Asset statuses" });
  await table.waitFor();
  await own.getByRole("button", { name: "Make a status" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Needs UVs");
  await dialog.getByLabel("Colour", { exact: true }).fill("#ff8800");
  await dialog.getByRole("button", { name: "Make a status" }).click();
  await table.getByRole("row").last().getByText("Needs UVs").waitFor();

  const up = table.getByRole("button", { name: "Move Needs UVs up" });
  for (let rows = (await table.getByRole("row").count()) - 1; rows > 1; rows -= 1) {
    await up.click();
    await table
      .getByRole("row")
      .nth(rows - 1)
      .getByText("Needs UVs")
      .waitFor();
  }
  assert.equal(await up.isEnabled(), false);

  await table.getByRole("button", { name: "Change: Needs UVs" }).click();
  await dialog.getByLabel("Name").fill("Needs unwrapping");
  await dialog.getByRole("button", { name: "Change" }).click();
  await table.getByText("Needs unwrapping").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await table.getByText("Needs UVs").waitFor();
  await table.getByRole("button", { name: "Delete: Needs UVs" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await table.getByText("Needs UVs").waitFor({ state: "detached" });

  await page.getByRole("link", { name: "Assets" }).click();
  await page.getByRole("option").first().dblclick();
  await page.getByRole("region", { name: "Reviews" }).waitFor();
  await page.getByRole("button", { name: /Status/ }).click();
  await page.getByRole("option", { name: "In Review" }).click();
  await page.getByRole("button", { name: /In Review.*Status|Status.*In Review/ }).waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  await table.getByRole("button", { name: "Delete: In Review" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("what programs keep is made, changed with a way back, and only if it is JSON", async () => {
  for (const title of ["This workspace", "The account"]) {
    const own = part(title);
    await own.getByRole("button", { name: "Make a setting" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("viewer.background");
    await dialog.getByLabel("Value, as JSON").fill("{ dark");
    await dialog.getByText(/This is no JSON/).waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Make a setting" }).isEnabled(), false);
    await dialog.getByLabel("Value, as JSON").fill(`"${"x".repeat(16 * 1024)}"`);
    await dialog.getByText(/at most 16 KiB are kept/).waitFor();
    await dialog.getByLabel("Value, as JSON").fill('{"dark": true}');
    await dialog.getByRole("button", { name: "Make a setting" }).click();
    const row = own.getByRole("row", { name: /viewer\.background/ });
    await row.getByText('{"dark":true}').waitFor();

    await row.getByRole("button", { name: "Change: viewer.background" }).click();
    await dialog.getByLabel("Value, as JSON").fill("[1, 2]");
    await dialog.getByRole("button", { name: "Change" }).click();
    await row.getByText("[1,2]").waitFor();
    await page.getByRole("button", { name: "Undo" }).first().click();
    await row.getByText('{"dark":true}').waitFor();
  }
});

test("account is closed by typing its name, and says to everybody that it is", async () => {
  const theirs = await joinedPage("Robin Heron", "viewer");

  await page.getByRole("button", { name: "Close the account" }).click();
  const dialog = page.getByRole("dialog");
  const close = dialog.getByRole("button", { name: "Close the account" });
  await dialog.getByLabel("Type Heron Studio to close it").fill("Heron");
  assert.equal(await close.isEnabled(), false);
  await dialog.getByLabel("Type Heron Studio to close it").fill("Heron Studio");
  await close.click();
  await page.getByRole("heading", { name: "Heron Studio is closed" }).waitFor();
  await page.getByText("mudlark account resume").waitFor();

  await theirs.reload();
  await theirs.getByRole("heading", { name: "Heron Studio is closed" }).waitFor();
  await theirs.getByRole("button", { name: "Sign out" }).click();
  await theirs.getByRole("heading", { name: "Sign in" }).waitFor();
});
