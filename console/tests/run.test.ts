// Running an account: inviting people, the audit log, storage as a picture, health.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allTestsSignedIn, errors, page, studio } from "./signed-in.ts";
import { joinAs, openPage } from "./studio.ts";

allTestsSignedIn();

const section = (name: string) =>
  page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name });

test("person who is invited joins by the link that is shown once", async () => {
  await section("Members").click();
  await page.getByRole("button", { name: "Invite people" }).click();
  await page.getByLabel("E-mail addresses").fill("wren@mudlark.example");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = (await page.getByTestId("shown-once").textContent()) ?? "";
  await page.getByRole("button", { name: "I have passed it on" }).click();
  await page.getByRole("table", { name: "Invites" }).getByText("wren@mudlark.example").waitFor();

  const theirs = await openPage(await studio.browser.newContext(), errors);
  await joinAs(theirs, studio, decodeURIComponent(new URL(link).hash.slice(1)), "Wren Marsh");
  await page.reload();
  await page.getByRole("table", { name: "Members" }).getByText("Wren Marsh").waitFor();
});

test("audit log is narrowed by an address that can be sent to somebody", async () => {
  await section("Audit log").click();
  const table = page.getByRole("table", { name: "Audit log" });
  await table.waitFor();
  await page.goto(`${page.url().split("?")[0]}?action=invite.created`);
  await table.getByText("invite.created").first().waitFor();
  assert.equal(await table.getByText("invite.accepted").count(), 0);
});

test("audit log shows what one person has done", async () => {
  await section("Members").click();
  await section("Audit log").click();
  const table = page.getByRole("table", { name: "Audit log" });
  await table.getByText("key.created").first().waitFor();
  await page.getByRole("button", { name: /Person/ }).click();
  await page.getByRole("option", { name: "Wren Marsh" }).click();
  await page.waitForURL(/person=/);
  await table.getByText("session.created").first().waitFor();
  assert.equal(await table.getByText("key.created").count(), 0);
});

test("jobs are narrowed to those that were given up, of which there are none", async () => {
  await section("Health").click();
  await page.getByRole("heading", { name: "Jobs" }).first().waitFor();
  await page.getByRole("button", { name: /Show/ }).click();
  await page.getByRole("option", { name: "Given up" }).click();
  await page.getByText("Nothing waits, and nothing was given up.").waitFor();
});

test("storage is a picture whose tiles open folders, and the server tells its health", async () => {
  await section("Plan and storage").click();
  await page.getByRole("link", { name: /^Concepts/ }).click();
  await page.waitForURL(/folder=/);
  await page.getByRole("link", { name: "Table" }).click();
  await page.getByRole("table", { name: "Storage by folder" }).waitFor();
  await section("Health").click();
  await page.getByText("The server can work").waitFor();
  await page.getByText(/^\d+\.\d+\.\d+$/).waitFor();
});
