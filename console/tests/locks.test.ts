// Locks: two people at once, one of whom holds what the other wants to change.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { allTestsSignedIn, page, pageOf } from "./signed-in.ts";
import { callApi, putAsset } from "./studio.ts";

const KIT = "Kit Wade";
/** An administrator of the workspace, and an artist in it. */
let boss: Page;
let artist: Page;
allTestsSignedIn({
  others: { [KIT]: "manage_art" },
  begin: () => {
    boss = page;
    artist = pageOf(KIT);
  },
});

async function look(page: Page, folder: string) {
  await page.goto(`${page.url().replace(/\/w\/([^/]+).*/, "/w/$1/browse")}?folder=${folder}`);
  await page.getByRole("option").first().waitFor();
}

async function more(page: Page, action: string) {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

const option = (page: Page, name: string | RegExp) => page.getByRole("option", { name });

test("lock is seen by others at once, keeps them out by name, and an administrator releases it", async () => {
  await putAsset(boss, "/Locks/", "figurehead.txt", Buffer.from("figurehead"));
  await look(boss, "/Locks/");
  await look(artist, "/Locks/");
  await option(artist, /figurehead/).click();
  await more(artist, "Lock");
  await artist.getByLabel("Why").fill("Carving the left hand");
  await artist.getByRole("dialog").getByRole("button", { name: "Lock" }).click();
  await option(artist, /Locked by you until/).waitFor();

  await option(boss, /figurehead.*Locked by Kit Wade until/).click();
  await boss.keyboard.press("F2");
  await boss.getByRole("textbox", { name: "Name" }).fill("stern.txt");
  await boss.keyboard.press("Enter");
  const refusal = await boss.getByRole("dialog").getByText("is locked by Kit Wade until").textContent();
  assert.doesNotMatch(refusal ?? "", /T\d\d:/);
  await boss.getByRole("button", { name: "Cancel" }).click();
  await boss.getByRole("dialog").waitFor({ state: "detached" });
  await option(boss, /figurehead/).click();
  await more(boss, "Lock");
  await boss.getByRole("dialog").getByRole("button", { name: "Lock" }).click();
  await boss.getByRole("dialog").getByText("It could not be locked:").waitFor();
  await boss.getByRole("dialog").getByText("is locked by Kit Wade until").waitFor();
  await boss.getByRole("button", { name: "Close" }).click();

  await option(boss, /figurehead/).dblclick();
  const state = boss.getByRole("region", { name: "Lock" });
  await state.getByText("Locked by Kit Wade until").waitFor();
  await state.getByText("“Carving the left hand”").waitFor();
  await state.getByRole("button", { name: "Release their lock" }).click();
  await boss.getByRole("heading", { name: "Release the lock of Kit Wade?" }).waitFor();
  await boss.getByRole("dialog").getByRole("button", { name: "Release their lock" }).click();

  await state.waitFor({ state: "detached" });
  await option(artist, /Locked by you/).waitFor({ state: "detached" });
  await option(artist, /figurehead/).waitFor();
});

test("holder keeps a lock longer and hands it back, and nobody but an administrator is offered to release another's", async () => {
  const asset = await putAsset(boss, "/Oars/", "oar.txt", Buffer.from("oar"));
  const taken = await putAsset(boss, "/Oars/", "rudder.txt", Buffer.from("rudder"));
  await callApi(boss, "POST", `/workspaces/assets/${taken.id}/lock`, { data: {} });
  await look(artist, "/Oars/");
  await option(artist, /rudder.*Locked by/).dblclick();
  const state = artist.getByRole("region", { name: "Lock" });
  await state.getByText(/^Locked by .* until/).waitFor();
  assert.equal(await state.getByRole("button").count(), 0);

  await callApi(artist, "POST", `/workspaces/assets/${asset.id}/lock`, { data: { lease_seconds: 60 } });
  await look(artist, "/Oars/");
  await option(artist, /oar.*Locked by you/).dblclick();
  const before = await state.getByText("Locked by you until").textContent();
  await state.getByRole("button", { name: "Keep it longer" }).click();
  await artist.getByText("The lock is yours until").waitFor();
  await artist.waitForFunction(
    (text) => ![...document.querySelectorAll("p")].some((p) => p.textContent === text),
    before,
  );
  await state.getByRole("button", { name: "Hand back" }).click();
  await state.waitFor({ state: "detached" });
  assert.equal((await callApi(artist, "GET", `/workspaces/assets/${asset.id}`)).lock, null);
});

test("lock that ran out is no longer shown without anybody doing anything", async () => {
  const asset = await putAsset(boss, "/Sand/", "glass.txt", Buffer.from("glass"));
  await callApi(artist, "POST", `/workspaces/assets/${asset.id}/lock`, { data: { lease_seconds: 8 } });
  await boss.goto(boss.url().replace(/\/w\/([^/]+).*/, `/w/$1/assets/${asset.id}`));
  const state = boss.getByRole("region", { name: "Lock" });
  await state.getByText("Locked by Kit Wade until").waitFor();

  await state.waitFor({ state: "detached" });
});

test("lock is taken back by the notice that tells of it", async () => {
  await putAsset(artist, "/Nets/", "net_a.txt", Buffer.from("a"));
  await putAsset(artist, "/Nets/", "net_b.txt", Buffer.from("b"));
  await look(artist, "/Nets/");
  await artist.getByRole("listbox", { name: "Assets" }).focus();
  await artist.keyboard.press("Control+a");

  await more(artist, "Lock");
  await artist.getByRole("dialog").getByRole("button", { name: "Lock" }).click();
  await artist.getByText("2 assets locked for you until").waitFor();
  await option(artist, /net_b.*Locked by you/).waitFor();
  await artist.getByRole("button", { name: "Undo" }).click();

  await artist.getByText("2 assets are open to all again").waitFor();
  await option(artist, /net_b.*Locked by you/).waitFor({ state: "detached" });
});
