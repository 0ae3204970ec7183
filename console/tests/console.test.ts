// The console in a real browser, against the real program: each test is something that somebody does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, eachTestSignedIn, errors, page, studio } from "./signed-in.ts";
import { openPage, signIn } from "./studio.ts";

eachTestSignedIn();

/** A PNG of one pixel, and something that makes it another file each time. */
const png = (mark: string) =>
  Buffer.concat([
    Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
      "base64",
    ),
    Buffer.from(mark),
  ]);

const option = (name: string | RegExp) => page.getByRole("option", { name });

async function open() {
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
}

/** By the API itself, so that a test of another thing need not click for it. */
async function upload(name: string) {
  await open();
  await page
    .getByTestId("upload-files")
    .first()
    .setInputFiles({ name, mimeType: "image/png", buffer: png(name) });
  await option(new RegExp(name)).waitFor();
}

test("wrong password is refused and the right one leads where one wanted to go", async () => {
  const stranger = await studio.browser.newContext();
  const gate = await openPage(stranger, errors);
  await open();
  const keys = new URL(page.url()).pathname.replace("/browse", "/keys");

  await gate.goto(studio.url + keys);
  await gate.getByLabel("E-mail").fill("artist@mudlark.example");
  await gate.getByLabel("Password").fill("not the password");
  await gate.getByRole("button", { name: "Sign in" }).click();
  await gate.getByRole("alert").waitFor();
  await signIn(gate, studio, keys);

  await gate.getByRole("heading", { name: "API keys" }).waitFor();
  await stranger.close();
});

test("folder that is opened shows its assets and their pictures and can be linked to", async () => {
  await open();

  await page.getByRole("row", { name: "Concepts" }).click();
  await page.getByRole("row", { name: "Robot", exact: true }).click();
  await page.getByRole("heading", { name: "Robot" }).waitFor();
  await option(/robot_front\.png/)
    .locator("img")
    .waitFor();

  assert.match(page.url(), /folder=/);
  await page.reload();
  await option(/robot_front\.png/).waitFor();
  assert.equal(await page.getByRole("option").count(), 3);
});

test("search narrows with every key and says when nothing matches", async () => {
  await open();

  const field = page.getByRole("searchbox", { name: "Search assets" });
  await field.pressSequentially("foreshore");
  await option(/treasure_found/).waitFor({ state: "detached" });
  await option(/foreshore_dusk/).waitFor();
  await field.fill("no such thing at all");

  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
});

test("uploaded file is there with its preview", async () => {
  await upload("harbour.png");

  // The demo's own art is still being looked at: the file that is opened goes before it, but not before what has begun.
  await page.getByRole("region", { name: "Uploads" }).getByRole("link", { name: "Open" }).click();
  await page.getByRole("img", { name: "Picture of harbour.png" }).waitFor({ timeout: 120_000 });
  await page.getByRole("link", { name: "Back to the assets" }).click();

  await option(/harbour\.png/)
    .locator("img")
    .waitFor();
});

test("renamed asset has its new name and undo gives the old one back", async () => {
  await upload("before.png");

  await option(/before\.png/).click();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("afterwards.png");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await option(/afterwards\.png/).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();

  await option(/before\.png/).waitFor();
});

test("trashed asset is gone and undo brings it back", async () => {
  await upload("driftwood.png");

  await option(/driftwood\.png/).click();
  await page.getByRole("button", { name: "Move to trash" }).click();
  await option(/driftwood\.png/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();

  await option(/driftwood\.png/).waitFor();
});

test("tag and comment on an asset are seen on its page", async () => {
  await upload("tagged.png");
  await option(/tagged\.png/).dblclick();
  // Until then the page before is still there, with a button of that name.
  await page.getByRole("heading", { level: 1, name: "tagged.png" }).waitFor();

  await page.getByRole("button", { name: "Tag", exact: true }).click();
  await page.getByLabel("Tags, with commas between").fill("river, dusk");
  await page.getByRole("dialog").getByRole("button", { name: "Tag" }).click();
  await page.getByRole("button", { name: "Remove the tag dusk" }).waitFor();
  await page.getByLabel("Comment", { exact: true }).fill("Lower the horizon.");
  await page.getByRole("button", { name: "Send" }).click();

  await page.getByText("Lower the horizon.", { exact: true }).waitFor();
  // The feed may tell of it before the answer is there.
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "");
});

test("change by somebody else is seen without loading again", async () => {
  await open();
  const other = await openPage(context, errors);
  await other.goto(page.url());

  await other
    .getByTestId("upload-files")
    .first()
    .setInputFiles({ name: "tide.png", mimeType: "image/png", buffer: png("tide") });

  await option(/tide\.png/).waitFor();
  await other.close();
});

test("key that was made lets a script in until it is revoked", async () => {
  await open();
  await page.getByRole("link", { name: "API keys" }).click();

  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Build server");
  await page.getByRole("dialog").getByRole("button", { name: "Make a key" }).click();
  const key = await page.getByTestId("new-key").textContent();
  const secret = (await page.getByTestId("new-secret").textContent()) ?? "";
  await page.getByRole("button", { name: "Environment" }).click();
  const lines = await page.locator("pre").textContent();
  const account = /MUDLARK_ACCOUNT_ID=(\S+)/.exec(lines ?? "")?.[1];
  const token = () =>
    fetch(`${studio.url}/auth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ account_id: account, key, secret }),
    });
  assert.equal((await token()).status, 200);
  await page.getByRole("button", { name: "I have kept it" }).click();
  assert.equal(await page.getByText(secret).count(), 0);

  await page.getByRole("button", { name: "Revoke: Build server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  assert.equal((await token()).status, 401);
});

test("session that is signed out from elsewhere asks to sign in at its next click", async () => {
  const elsewhere = await studio.browser.newContext();
  const tablet = await openPage(elsewhere, errors);
  await signIn(tablet, studio);
  await tablet.getByRole("listbox", { name: "Assets" }).waitFor();
  await open();
  await page.goto(page.url().replace("/browse", "/me"));

  await page.getByText("This one").waitFor();
  // Those of the tests before are there too.
  const signOut = page.getByRole("button", { name: "Sign out", exact: true });
  for (let left = await signOut.count(); left > 0; left -= 1) {
    await signOut.first().click();
    await signOut.nth(left - 1).waitFor({ state: "detached" });
  }

  await tablet.getByRole("link", { name: "Trash" }).click();
  await tablet.getByRole("heading", { name: "Sign in" }).waitFor();
  await elsewhere.close();
});

test("whole journey goes by keyboard alone", async () => {
  await open();

  await page.keyboard.press("Control+k");
  await page.getByLabel("Search for assets, pages and actions").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("robot_front");
  await page.getByRole("menuitem", { name: /robot_front\.png/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "robot_front.png" }).waitFor();
  await page.goBack();
  await page.getByRole("listbox", { name: "Assets" }).focus();
  await page.keyboard.press("End");
  await page.keyboard.press(" ");
  await page.getByText("1 selected", { exact: true }).waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Escape");
  await page.getByRole("toolbar").waitFor({ state: "detached" });
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");

  await page.waitForURL(/\/assets\//);
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: "Previous asset" }).and(page.locator(":enabled")).waitFor();
});
