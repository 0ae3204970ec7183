// People of an account: other roles, a password link, invites sent again and withdrawn, and their end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allTestsSignedIn, errors, page, pageOf, studio } from "./signed-in.ts";
import { acceptInvite, callApi, inviteByApi, openPage } from "./studio.ts";

const WREN = "Wren Marsh";
allTestsSignedIn({
  others: { [WREN]: "viewer" },
  begin: () => page.getByRole("link", { name: "Members" }).click(),
});

const row = () => page.getByRole("table", { name: "Members" }).getByRole("row", { name: /Wren Marsh/ });

async function act(action: string) {
  await page.getByRole("button", { name: "Actions for Wren Marsh" }).click();
  await page.getByRole("menuitem", { name: action }).click();
  return page.getByRole("dialog");
}

async function choose(label: string, option: string) {
  await page.getByRole("dialog").getByRole("button", { name: label }).click();
  await page.getByRole("option", { name: option }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Takes the link that is shown once. */
async function shownLink(): Promise<string> {
  const link = (await page.getByTestId("shown-once").textContent()) ?? "";
  await page.getByRole("button", { name: "I have passed it on" }).click();
  return link;
}

test("roles that are changed hold at the next click of whose they are", async () => {
  await row().getByText("Viewer").waitFor();
  await act("Change roles");
  await choose("In this workspace", "Artist");
  await row().getByText("Artist").waitFor();
  await act("Change roles");
  await choose("In the account", "Administrator");
  await row().getByText("Administrator").waitFor();

  await pageOf(WREN).reload();
  await pageOf(WREN).getByRole("link", { name: "Audit log" }).click();
  await pageOf(WREN).getByRole("table", { name: "Audit log" }).waitFor();

  await act("Change roles");
  await choose("In the account", "Member");
  await row().getByText("Member").waitFor();
  await act("Change roles");
  await choose("In this workspace", "Not in this workspace");
  await row().getByText("Not in this workspace").waitFor();
  await pageOf(WREN).goto(`${studio.url}/console/`);
  await pageOf(WREN).getByRole("heading", { name: "No workspace is open to you yet" }).waitFor();
  assert.equal(
    await pageOf(WREN)
      .getByRole("button", { name: /^Make a workspace/ })
      .count(),
    0,
  );
});

test("role that one may not give is refused in the dialog, and nothing is changed", async () => {
  await page.getByRole("button", { name: /^Actions for .*Artist/ }).click();
  await page.getByRole("menuitem", { name: "Change roles" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "In the account" }).click();
  await page.getByRole("option", { name: "Member" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();

  // An account keeps an owner.
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page
    .getByRole("table", { name: "Members" })
    .getByRole("row", { name: /· you/ })
    .getByText("Owner")
    .waitFor();
});

test("password link is shown once, sets a password, and ends the sessions before it", async () => {
  await act("Make a password link");
  const link = await shownLink();
  assert.match(link, /\/console\/reset#/);

  const tablet = await openPage(await studio.browser.newContext(), errors);
  await tablet.goto(link);
  await tablet.getByLabel("Password", { exact: true }).fill("another lantern on the bank");
  await tablet.getByLabel("The same once more").fill("another lantern on the bench");
  await tablet.getByRole("button", { name: "Set the password" }).click();
  await tablet.getByRole("alert").getByText("The two are not the same.").waitFor();
  await tablet.getByLabel("The same once more").fill("another lantern on the bank");
  await tablet.getByRole("button", { name: "Set the password" }).click();
  await tablet.getByRole("heading", { name: "No workspace is open to you yet" }).waitFor();
  await pageOf(WREN).reload();
  await pageOf(WREN).getByRole("heading", { name: "Sign in" }).waitFor();
  await tablet.goto(link);
  await tablet.getByLabel("Password", { exact: true }).fill("a third lantern on the bank");
  await tablet.getByLabel("The same once more").fill("a third lantern on the bank");
  await tablet.getByRole("button", { name: "Set the password" }).click();
  await tablet.getByRole("alert").waitFor();
});

test("invite that is sent again has another link, the first is good for nothing, and a withdrawn one neither", async () => {
  const first = await inviteByApi(page, { email: "tern@mudlark.example", workspaceRole: "viewer" });
  await page.reload();
  const invites = page.getByRole("table", { name: "Invites" });
  await invites.getByRole("button", { name: "Send again: tern@mudlark.example" }).click();
  const second = await shownLink();
  assert.ok(!second.includes(first));

  const stranger = await openPage(await studio.browser.newContext(), errors);
  const join = async (link: string) => {
    await stranger.goto("about:blank");
    await stranger.goto(link);
    await stranger.getByLabel("Your name").fill("Tern");
    await stranger.getByLabel("Password", { exact: true }).fill("a tern on the river bank");
    await stranger.getByLabel("The same once more").fill("a tern on the river bank");
    await stranger.getByRole("button", { name: "Join" }).click();
  };
  await join(`${studio.url}/console/join#${first}`);
  await stranger.getByRole("alert").waitFor();
  await invites.getByRole("button", { name: "Withdraw: tern@mudlark.example" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await invites.getByText("tern@mudlark.example").waitFor({ state: "detached" });
  await join(second);
  await stranger.getByRole("alert").waitFor();
});

test("one invite lets somebody into several workspaces, and an administrator of the account into them as one", async () => {
  await callApi(page, "POST", "/workspaces", { data: { name: "Rock Pools" } });
  await page.reload();
  await page.getByRole("button", { name: "Invite people" }).click();
  const dialog = page.getByRole("dialog");
  const choose = async (label: string, option: string) => {
    await dialog.getByRole("button", { name: label }).click();
    await page.getByRole("option", { name: option }).click();
  };
  await dialog.getByLabel("E-mail addresses").fill("una@mudlark.example");
  await choose("In the account", "Administrator");
  await dialog.getByRole("button", { name: "Administrator In the workspaces" }).waitFor();
  await choose("In the account", "Member");
  await choose("In the workspaces", "Artist");
  await dialog.getByRole("checkbox", { name: "Rock Pools" }).check({ force: true });
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await shownLink();

  const una = await openPage(await studio.browser.newContext(), errors);
  await acceptInvite(una, studio, decodeURIComponent(new URL(link).hash.slice(1)), "Una Holm");
  await una.getByRole("link", { name: "Rock Pools" }).waitFor();
  const { accounts } = await (await una.request.get(`${studio.url}/session`)).json();
  const workspaces = accounts[0].workspaces as { name: string; roles: string[] }[];
  assert.equal(workspaces.length, 2);
  for (const { roles } of workspaces) assert.deepEqual(roles, ["manage_art"]);
});

test("member who is removed is gone from the list and gets in nowhere", async () => {
  const dialog = await act("Remove from the account");
  await dialog.getByRole("button", { name: "Remove from the account" }).click();
  await row().waitFor({ state: "detached" });

  await pageOf(WREN).goto(`${studio.url}/console/`);
  await pageOf(WREN).getByLabel("E-mail").fill("wren@mudlark.example");
  await pageOf(WREN).getByLabel("Password").fill("another lantern on the bank");
  await pageOf(WREN).getByRole("button", { name: "Sign in" }).click();
  await pageOf(WREN).getByRole("heading", { name: "No workspace is open to you yet" }).waitFor();
});
