// A new installation: the first owner, and the first things they do.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, openStudio, PASSWORD, type Studio } from "./studio.ts";

let studio: Studio;
const errors: string[] = [];

before(async () => {
  studio = await openStudio({ isNew: true });
});

after(async () => {
  await studio?.close();
  assert.deepEqual(errors, []);
});

test("first owner is made by the link alone, once, and begins in a workspace of their own", async () => {
  const page = await openPage(await studio.browser.newContext(), errors);
  await page.goto(`${studio.url}/console/welcome`);
  await page.getByRole("alert").getByText("This address lacks its one-time token").waitFor();

  await page.goto(studio.link);
  await page.getByLabel("Your studio's name").waitFor();
  assert.equal(new URL(page.url()).hash, "");
  const make = page.getByRole("button", { name: "Make the owner" });
  await page.getByLabel("Your studio's name").fill("Low Tide Games");
  await page.getByLabel("Your name").fill("Mira Holm");
  await page.getByLabel("E-mail").fill("mira@studio.example");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByLabel("The same once more").fill("short");
  await make.click();
  await page.getByRole("alert").getByText("At least 12 characters.").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same once more").fill(PASSWORD);
  await make.click();

  await page.getByRole("button", { name: "Make a workspace · Low Tide Games" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Robot Game");
  await page.getByRole("dialog").getByRole("button", { name: "Make a workspace" }).click();
  await page.getByRole("button", { name: "You: Mira Holm" }).waitFor();
  await page.getByRole("banner").getByText("Low Tide Games").waitFor();
  await page.getByRole("heading", { name: "Nothing in here yet" }).waitFor();

  const late = await openPage(await studio.browser.newContext(), errors);
  await late.goto(studio.link);
  await late.getByLabel("Your studio's name").fill("High Tide Games");
  await late.getByLabel("Your name").fill("Una");
  await late.getByLabel("E-mail").fill("una@studio.example");
  await late.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await late.getByLabel("The same once more").fill(PASSWORD);
  await late.getByRole("button", { name: "Make the owner" }).click();
  await late.getByRole("alert").waitFor();
});
