// Another plan: what it says before, and what everybody is told where the new one lets nobody in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allTestsSignedIn, joinedPage, page, studio } from "./signed-in.ts";
import { callApi } from "./studio.ts";

allTestsSignedIn();

async function choosePlan(name: string) {
  await page.getByRole("button", { name: /Plan$/ }).click();
  await page.getByRole("option", { name }).click();
  return page.getByRole("dialog");
}

test("storage of very many folders asks for some of them and shows the others as one tile", async () => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/folders\/stats/.test(request.url())) asked.push(request.url());
  });
  const home = new URL(page.url()).pathname.replace("/browse", "");
  for (let one = 10; one < 72; one += 1) {
    await callApi(page, "POST", "/workspaces/folders", { data: { path: `/Many/f${one}/` } });
  }
  for (const folder of ["/Many/f10/", "/Many/f71/"]) {
    await page.goto(`${studio.url}${home}/browse?folder=${folder}`);
    const buffer = Buffer.alloc(1000, folder);
    const name = `${folder.slice(6, 9)}.bin`;
    await page
      .getByTestId("upload-files")
      .first()
      .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await page.getByRole("option", { name }).waitFor();
  }

  await page.goto(`${studio.url}${home}/plan?folder=/Many/`);
  await page.getByRole("link", { name: /^f10/ }).waitFor();
  await page.getByText("Files directly in here, and 2 further folders").waitFor();
  // Those of the folder itself and of sixty in it.
  assert.equal(asked.length, 61);
});

test("plan is changed by its owner, and one without API access only after it has said what that means", async () => {
  const theirs = await joinedPage("Robin Heron", "viewer");

  await page.getByRole("link", { name: "Plan and storage" }).click();
  let dialog = await choosePlan("Enterprise");
  await dialog.getByText("It counts from the next request on").waitFor();
  await dialog.getByRole("button", { name: "Change the plan" }).click();
  await page.getByRole("button", { name: "Enterprise Plan" }).waitFor();

  dialog = await choosePlan("Team");
  await dialog.getByText("nobody gets in, you neither").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Enterprise Plan" }).waitFor();
  dialog = await choosePlan("Team");
  await dialog.getByRole("button", { name: "Change the plan" }).click();
  await page.getByRole("heading", { name: "Mudlark Demo Studio is on a plan without API access" }).waitFor();
  await page.getByText("mudlark account set-plan").waitFor();

  await theirs.reload();
  await theirs.getByRole("heading", { name: /is on a plan without API access/ }).waitFor();
  assert.equal(await theirs.getByRole("navigation", { name: "Sections" }).count(), 0);
});
