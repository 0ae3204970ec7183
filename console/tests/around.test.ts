// What stands around an asset: files that hang on it, and files that it names and that are not there.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { eachTestSignedIn, errors, page, studio } from "./signed-in.ts";
import { callApi, inviteByApi, joinAs, openPage, putAsset } from "./studio.ts";

eachTestSignedIn({ browsing: true });

const mimeType = "application/octet-stream";

async function look(name: string) {
  await page.goto(`${page.url().split("?")[0]}?q=${name}`);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.getByRole("option", { name: new RegExp(name) }).dblclick();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

const attachment = (on: Page, name: string) => on.getByRole("listitem").filter({ hasText: name });

test("file is attached with its progress shown, downloaded as it was, and deleted when one is sure", async () => {
  await look("foreshore_dusk.png");
  await page.getByText("Attachments", { exact: true }).click();
  await page.getByText("No attachments. Drag files here, or choose them.").waitFor();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/attachments", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });

  const brief = Buffer.from("Warmer, and with gulls.");
  await page.getByTestId("attach-files").setInputFiles({ name: "brief.txt", mimeType, buffer: brief });
  await page.getByRole("progressbar", { name: "Progress of brief.txt" }).waitFor();
  letGo();
  const line = attachment(page, "brief.txt").filter({ hasText: "23 B" });
  await line.waitFor();
  await line.getByText("artist").waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download brief.txt" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "brief.txt");
  assert.deepEqual(await readFile(await download.path()), brief);

  await page.getByRole("button", { name: "Delete brief.txt" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await line.waitFor();
  await page.getByRole("button", { name: "Delete brief.txt" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No attachments. Drag files here, or choose them.").waitFor();
});

test("file is attached by dropping it, and refused with a reason", async () => {
  await look("bricks_basecolor.png");
  await page.getByText("Attachments", { exact: true }).click();
  const room = page.getByText("No attachments. Drag files here, or choose them.");
  await room.waitFor();
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["a photograph"], "wall.jpg"));
    return data;
  });
  await room.dispatchEvent("dragover", { dataTransfer: dropped });
  await page.getByText("Drop to attach").waitFor();
  await room.dispatchEvent("drop", { dataTransfer: dropped });
  await attachment(page, "wall.jpg").filter({ hasText: "12 B" }).waitFor();

  await page.route("**/attachments", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ status: 413, json: { code: "too_large", message: "The body is too large." } })
      : route.continue(),
  );
  await page
    .getByTestId("attach-files")
    .setInputFiles({ name: "film.mov", mimeType, buffer: Buffer.from("long") });
  const uploads = page.getByRole("region", { name: "Uploads" });
  await uploads.getByText("The body is too large.").waitFor();
  await page.unroute("**/attachments");
  await uploads.getByRole("button", { name: "Retry" }).click();
  await attachment(page, "film.mov").filter({ hasText: "4 B" }).waitFor();
});

test("viewer attaches too, and deletes nobody else's", async () => {
  await look("bricks_basecolor.png");
  const address = page.url();
  await page.getByText("Attachments", { exact: true }).click();
  await page
    .getByTestId("attach-files")
    .setInputFiles({ name: "owner.txt", mimeType, buffer: Buffer.from("mine") });
  await page.getByRole("button", { name: "Delete owner.txt" }).waitFor();
  const token = await inviteByApi(page, { email: "vera@mudlark.example", workspaceRole: "viewer" });
  const elsewhere = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const other = await openPage(elsewhere, errors);
  await joinAs(other, studio, token, "Vera");

  await other.goto(address);
  await other.getByText("Attachments", { exact: true }).click();
  await other.getByRole("button", { name: "Download owner.txt" }).waitFor();
  await other
    .getByTestId("attach-files")
    .setInputFiles({ name: "vera.txt", mimeType, buffer: Buffer.from("hers") });

  await other.getByRole("button", { name: "Delete vera.txt" }).waitFor();
  assert.equal(await other.getByRole("button", { name: "Delete owner.txt" }).count(), 0);
  // Whoever has the page open sees it come.
  await attachment(page, "vera.txt").filter({ hasText: "Vera" }).waitFor();
  await elsewhere.close();
});

test("texture and model lead to each other once the server has seen them", async () => {
  const model = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    buffers: [
      {
        byteLength: 36,
        uri: `data:;base64,${Buffer.from(new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]).buffer).toString("base64")}`,
      },
    ],
    bufferViews: [{ buffer: 0, byteLength: 36 }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [1, 1, 0] },
    ],
    images: [{ uri: "bricks_basecolor.png" }],
    textures: [{ source: 0 }],
    materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } } }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, material: 0 }] }],
  };
  const [texture] = await callApi(page, "GET", "/workspaces/assets/search?query=bricks_basecolor.png");
  await putAsset(page, texture.file_location, "wall.gltf", Buffer.from(JSON.stringify(model)));
  // What somebody looks at is seen before what else waits; the page hears of it.
  await look("wall.gltf");
  await page.getByText("Made with", { exact: true }).click();
  await page.getByRole("link", { name: "bricks_basecolor.png" }).click({ timeout: 120_000 });
  await page.getByRole("heading", { level: 1, name: "bricks_basecolor.png" }).waitFor();
  await page.getByText("Where it is used", { exact: true }).click();
  await page.getByRole("link", { name: "wall.gltf" }).click();
  await page.getByRole("heading", { level: 1, name: "wall.gltf" }).waitFor();
});

test("model's missing files are named, each with a way to look for it", async () => {
  // As the server tells it of a model whose textures are not there; when it has looked is not waited for.
  await page.route(/\/workspaces\/assets\/[0-9a-f-]{36}$/, async (route) => {
    const answer = await route.fetch();
    const asset = await answer.json();
    asset.currentVersion.facts = {
      format: "obj",
      size: [2, 2.25, 2],
      missing: ["textures\\hull.png", ...Array.from({ length: 25 }, (_, at) => `plank_${at}.tga`)],
    };
    await route.fulfill({ response: answer, json: asset });
  });
  await look("bricks_basecolor.png");

  await page.getByRole("heading", { name: "26 missing files" }).waitFor();
  await page.getByText("and 6 more").waitFor();
  await page.getByText("2 × 2.3 × 2", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Look for textures\\hull.png" }).click();

  await page.getByText("Nothing matches").waitFor();
  assert.match(page.url(), /q=hull\.png/);
});
