// Looking at art: models, sounds, channels, two versions side by side; in a browser that draws WebGL in software.
import assert from "node:assert/strict";
import { test } from "node:test";
import { glb, mtl, obj, png, wav } from "./files.ts";
import { eachTestSignedIn, page } from "./signed-in.ts";

eachTestSignedIn({ webgl: true, browsing: true });

const option = (name: string) => page.getByRole("option", { name: new RegExp(name) });

async function upload(...files: { name: string; buffer: Buffer }[]) {
  const mimeType = "application/octet-stream";
  await page
    .getByTestId("upload-files")
    .first()
    .setInputFiles(files.map((file) => ({ ...file, mimeType })));
  for (const { name } of files) await option(name).waitFor();
}

async function look(name: string) {
  await option(name).dblclick();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** The colour in the middle of what is drawn. */
const middle = (selector: string) =>
  page.locator(selector).evaluate((canvas) => {
    const drawn = canvas as HTMLCanvasElement;
    const copy = document.createElement("canvas");
    copy.width = drawn.width;
    copy.height = drawn.height;
    const pen = copy.getContext("2d");
    pen?.drawImage(drawn, 0, 0);
    return [...(pen?.getImageData(drawn.width / 2, drawn.height / 2, 1, 1).data ?? [])];
  });

const CANVAS = "canvas[data-loaded=true]";

test("model is turned, shaded, animated, by mouse and by keys", async () => {
  await upload({ name: "cube.glb", buffer: glb([0.9, 0.05, 0.05]) });
  await look("cube.glb");
  await page.locator(CANVAS).waitFor();
  await page.getByText("12 triangles · 1 material").waitFor();

  await page.waitForFunction(() => document.querySelector("canvas")?.dataset.drawn);
  const [red = 0, green = 0] = await middle(CANVAS);
  assert.ok(red > green + 40, `it is red: ${red}, ${green}`);
  await page.getByRole("button", { name: /Shading/ }).click();
  await page.getByRole("option", { name: "Clay" }).click();
  await page.waitForFunction(
    () => {
      const drawn = document.querySelector("canvas");
      const copy = document.createElement("canvas");
      copy.width = 1;
      copy.height = 1;
      const pen = copy.getContext("2d");
      if (!drawn || !pen) return false;
      pen.drawImage(drawn, drawn.width / 2, drawn.height / 2, 1, 1, 0, 0, 1, 1);
      const [r = 0, g = 0] = pen.getImageData(0, 0, 1, 1).data;
      return r > 0 && Math.abs(r - g) < 20;
    },
    undefined,
    { polling: 50 },
  );
  await page.getByRole("button", { name: "Wireframe" }).click();
  await page.getByRole("button", { name: "Grid" }).click();

  await page.getByRole("button", { name: /Animation/ }).click();
  await page.getByRole("option", { name: "Rise" }).click();
  await page.getByText("0.0 / 2.0 s").waitFor();
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => {
    const time = document.querySelector<HTMLInputElement>("input[aria-label=Time]");
    return Number(time?.value) > 0.1;
  });
  await page.getByRole("button", { name: "Pause" }).click();

  const model = page.getByRole("group", { name: /^Model/ });
  await model.focus();
  for (const key of ["ArrowLeft", "ArrowUp", "+", "-", "0"]) await page.keyboard.press(key);
});

test("model finds its material and texture beside it and says what is missing", async () => {
  const green = png(4, 4, () => [10, 200, 30, 255]);
  await upload(
    { name: "crate.png", buffer: green },
    { name: "crate.mtl", buffer: mtl },
    { name: "crate.obj", buffer: obj },
  );
  await look("crate.obj");

  await page.getByText("Not found beside it: lost.png").waitFor();
  await page.locator(CANVAS).waitFor();
  await page.waitForFunction(() => document.querySelector("canvas")?.dataset.drawn);
  const [red = 0, seen = 0] = await middle(CANVAS);
  assert.ok(seen > red + 30, `it is green: ${red}, ${seen}`);
});

test("damaged model shows the server's picture and says why", async () => {
  await upload({ name: "broken.glb", buffer: glb([1, 1, 1]).subarray(0, 200) });
  await look("broken.glb");

  await page.getByText("The model can't be shown here").waitFor();
});

test("sound is played from where its waveform is pressed", async () => {
  await upload({ name: "tone.wav", buffer: wav(2) });
  await look("tone.wav");
  const player = page.getByRole("group", { name: "Sound" });
  await player.getByText("0:00.0 / 0:02.0").waitFor();

  await player.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.2);
  await player.getByRole("button", { name: "Pause" }).click();
  await player.focus();
  await page.keyboard.press("Home");
  await player.getByText("0:00.0 / 0:02.0").waitFor();
  const wave = player.locator("img");
  // Its picture waits behind those of the sample art.
  await wave.waitFor({ timeout: 120_000 });
  const box = await wave.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await player.getByText("0:01.0 / 0:02.0").waitFor();
});

test("single channels are shown, and the values under the pointer", async () => {
  await upload({ name: "masks.png", buffer: png(32, 32, (x) => [x * 8, 128, 255 - x * 8, 255]) });
  await look("masks.png");
  const picture = page.getByRole("img", { name: "Picture of masks.png" });
  await picture.waitFor();

  const box = await picture.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width / 2, box.y + 5);
  await page.mouse.move(box.x + (box.width * 16.5) / 32, box.y + 5);
  await page.getByText("16, 0 · 128 128 127 255").waitFor();
  await page.getByRole("button", { name: "Green", exact: true }).click();
  await page.locator("img[data-channel=g][src^=blob]").waitFor();
  await page.mouse.move(box.x + (box.width * 20.5) / 32, box.y + 5);
  await page.getByText("20, 0 · 160 128 95 255").waitFor();
});

test("two versions are compared in four ways, and the address says which", async () => {
  await upload({ name: "poster.png", buffer: png(64, 64, () => [200, 100, 50, 255]) });
  await look("poster.png");
  const asset = new URL(page.url()).pathname.split("/").pop();
  const changed = png(64, 64, (x, y) => (x < 16 && y < 16 ? [0, 0, 0, 255] : [200, 100, 50, 255]));
  await page.evaluate(
    async ({ asset, bytes }) => {
      const session = await (await fetch("/session")).json();
      const [account] = session.accounts;
      const form = new FormData();
      form.append("file", new Blob([new Uint8Array(bytes)]), "poster.png");
      const answer = await fetch(`/workspaces/assets/${asset}/versions`, {
        method: "POST",
        headers: {
          "x-account-id": account.id,
          "x-workspace-id": location.pathname.split("/")[3] ?? "",
          "x-csrf-token": session.csrf_token,
        },
        body: form,
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    { asset, bytes: [...changed] },
  );

  // Nobody loads the page anew: the feed tells of the version.
  await page.getByRole("button", { name: "Compare with Version 1" }).click();
  const bar = page.getByRole("group", { name: "Compare versions" });
  await bar.getByText("A: Version 1 · B: Version 2").waitFor();
  await page.getByRole("img", { name: "Picture of poster.png" }).nth(1).waitFor();
  await bar.getByRole("button", { name: "Slider" }).click();
  await page.getByRole("slider", { name: "How much of A is shown" }).fill("20");
  await bar.getByRole("button", { name: "Blink" }).click();
  await page.getByRole("status").filter({ hasText: /^A$/ }).waitFor();
  await page.keyboard.down("b");
  await page.getByRole("status").filter({ hasText: /^B$/ }).waitFor();
  await page.keyboard.up("b");
  await bar.getByRole("button", { name: "Difference" }).click();
  await page.getByText("6.25 % of the pixels differ").waitFor();

  await page.reload();
  await page.getByText("6.25 % of the pixels differ").waitFor();
  await page.getByRole("button", { name: "End comparing" }).click();
  await page.getByRole("img", { name: "Picture of poster.png" }).waitFor();
});
