// Favorites and libraries: collections of assets across folders, one's own and everybody's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eachTestSignedIn, page } from "./signed-in.ts";
import { openFolder, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

const option = (name: string | RegExp) => page.getByRole("option", { name });
const place = (name: string) => page.getByRole("treegrid", { name: "Folders" }).getByRole("row", { name });
const put = (folder: string, name: string) => putAsset(page, folder, name, Buffer.from(folder + name));

test("favorites are chosen by key, star and button, found in a place of their own, and dropped there", async () => {
  await place("Favorites").click();
  await page.getByRole("heading", { name: "No favorites yet" }).waitFor();
  await put("/Shells/", "cockle.txt");
  await put("/Shells/", "whelk.txt");
  await put("/Stones/", "flint.txt");
  await openFolder(page, "/Shells/");

  await page.getByRole("listbox", { name: "Assets" }).focus();
  await page.keyboard.press("f");
  await option(/whelk.*favorite/).waitFor();
  await option(/cockle/).hover();
  await option(/cockle/)
    .getByTitle("Add to favorites")
    .click();
  await option(/cockle.*favorite/).waitFor();
  await openFolder(page, "/Stones/");
  await option(/flint/).dblclick();
  await page.getByRole("heading", { level: 1, name: "flint.txt" }).waitFor();
  await page.getByRole("button", { name: "Favorite", exact: true, pressed: false }).click();
  await page.getByRole("button", { name: "Favorite", exact: true, pressed: true }).waitFor();
  await page.getByRole("link", { name: "Back to the assets" }).click();

  await place("Favorites").click();
  await page.getByText("3 assets", { exact: true }).waitFor();
  await page.reload();
  await option(/flint/).waitFor();
  await page.getByRole("searchbox", { name: "Search assets" }).fill("shells");
  await page.getByText("2 assets", { exact: true }).waitFor();
  await option(/flint/).waitFor({ state: "detached" });
  await option(/cockle/).dblclick();
  await page.getByRole("heading", { level: 1, name: "cockle.txt" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("heading", { level: 1, name: "whelk.txt" }).waitFor();
  await page.getByRole("link", { name: "Back to the assets" }).click();
  await option(/whelk/).click();
  await page.keyboard.press("f");

  await option(/whelk/).waitFor({ state: "detached" });
  await page.getByText("1 asset", { exact: true }).waitFor();
});

test("library is made from selected assets, opened, emptied with a way back, renamed and deleted", async () => {
  await put("/Reeds/", "reed_a.txt");
  await put("/Reeds/", "reed_b.txt");
  await put("/Mud/", "mud.txt");
  await page.getByRole("link", { name: "Libraries", exact: true }).click();
  await page.getByRole("heading", { name: "No libraries yet" }).waitFor();
  await page.goBack();
  await openFolder(page, "/Reeds/");
  await page.getByRole("listbox", { name: "Assets" }).focus();
  await page.keyboard.press("Control+a");

  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Add to a library" }).click();
  await page.getByLabel("Library", { exact: true }).fill("Banks");
  await page.getByRole("dialog").getByRole("option", { name: "Make “Banks”" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("2 assets added to Banks").waitFor();
  await openFolder(page, "/Mud/");
  await option(/mud/).click();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Add to a library" }).click();
  await page.getByRole("dialog").getByRole("option", { name: "Banks" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
  await page.getByText("one asset added to Banks").waitFor();

  await page.getByRole("link", { name: "Libraries", exact: true }).click();
  const cards = page.getByRole("list", { name: "Libraries" });
  await cards.getByText("3 assets").waitFor();
  await cards.getByRole("link", { name: "Banks" }).click();
  await page.getByRole("heading", { level: 1, name: "Banks" }).waitFor();
  await option(/mud/).waitFor();
  assert.equal(await page.getByRole("option").count(), 3);
  // What is not in the library is not found in it.
  await put("/Mud/", "mudskipper.txt");
  await page.getByRole("searchbox", { name: "Search assets" }).fill("mud");
  await page.getByText("1 asset", { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Search assets" }).fill("");
  await page.getByText("3 assets", { exact: true }).waitFor();
  await option(/reed_a/).click();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Remove from this library" }).click();
  await option(/reed_a/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).first().click();
  await option(/reed_a/).waitFor();

  await page.getByRole("main").getByRole("link", { name: "Libraries" }).click();
  await page.getByRole("button", { name: "Actions for the library Banks" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("River banks");
  await page.keyboard.press("Enter");
  await cards.getByRole("link", { name: "River banks" }).waitFor();
  await page.getByRole("button", { name: "Actions for the library River banks" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No libraries yet" }).waitFor();

  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "A library that is gone" }).waitFor();
});
