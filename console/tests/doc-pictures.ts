// The pictures of docs/console.md into docs/pictures: the demo studio, light and dark. The browser itself makes WebP of them.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { callApi, choosePassword, looked, openPage, openStudio } from "./studio.ts";

const into = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
/** *Units*: pixels. Wide enough to read, and shown at half of that. */
const SCREEN = { width: 1280, height: 800 };
const QUALITY = 0.8;
/** *Units*: bytes, of all together. */
const LARGEST = 600_000;

/** The page as it is, as WebP. `canvas`: a blank page, whose policy lets a picture of any origin be drawn. */
async function keep(page: Page, canvas: Page, name: string) {
  const png = (await page.screenshot()).toString("base64");
  const webp = await canvas.evaluate(
    async ({ png, quality }) => {
      const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const drawn = new OffscreenCanvas(picture.width, picture.height);
      drawn.getContext("2d")?.drawImage(picture, 0, 0);
      const bytes = new Uint8Array(
        await (await drawn.convertToBlob({ type: "image/webp", quality })).arrayBuffer(),
      );
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    },
    { png, quality: QUALITY },
  );
  writeFileSync(`${into}console-${name}.webp`, Buffer.from(webp, "base64"));
  console.log(`${into}console-${name}.webp`);
}

type Seen = { id: string; file_name: string };

/** As many as are on the screen. */
const SHOWN = 9;

mkdirSync(into, { recursive: true });
const studio = await openStudio({ webgl: true });
try {
  const first = await studio.browser.newContext({ viewport: SCREEN });
  const page = await openPage(first, []);
  await choosePassword(page, studio);
  const home = new URL(page.url()).pathname.replace("/browse", "");
  await looked(page);
  const path = "/workspaces/assets/search?file_location=/&recursive=true&limit=100";
  const assets = (await callApi(page, "GET", path)) as Seen[];
  const idOf = (name: string) => assets.find(({ file_name }) => file_name === name)?.id;
  const picture = idOf("foreshore_dusk.png");
  const model = idOf("robot.glb");
  await callApi(page, "POST", `/workspaces/assets/${picture}/comments`, {
    data: {
      content: "The lantern should light the mud below it.",
      viewer_metadata: { kind: "picture", x: 0.4, y: 0.85 },
    },
  });
  const storageState = await first.storageState();
  await first.close();
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await studio.browser.newContext({
      storageState,
      colorScheme,
      viewport: SCREEN,
      reducedMotion: "reduce",
    });
    const shown = await openPage(context, []);
    const canvas = await context.newPage();
    const open = (path: string) => shown.goto(studio.url + home + path);

    await open("/browse?sort=created_at");
    await shown.waitForFunction((count) => {
      const tiles = [...document.querySelectorAll("[role=option]")].slice(0, count);
      return tiles.length === count && tiles.every((tile) => tile.querySelector("img")?.complete);
    }, SHOWN);
    await keep(shown, canvas, `browse-${colorScheme}`);

    await open(`/assets/${picture}`);
    await shown.getByRole("img", { name: /^Picture of/ }).waitFor();
    await shown.getByText("The lantern should light").waitFor();
    await keep(shown, canvas, `picture-${colorScheme}`);

    await open(`/assets/${model}`);
    await shown.locator("canvas[data-loaded=true]").waitFor();
    await shown.waitForFunction(() => document.querySelector("canvas")?.dataset.drawn);
    await keep(shown, canvas, `model-${colorScheme}`);

    await open("/plan");
    await shown.getByRole("link", { name: /^Concepts/ }).waitFor();
    await keep(shown, canvas, `plan-${colorScheme}`);
    await context.close();
  }
} finally {
  await studio.close();
}
const size = readdirSync(into).reduce((sum, name) => sum + statSync(into + name).size, 0);
console.log(`${size} bytes together`);
if (size > LARGEST) throw new Error(`they are larger than ${LARGEST} bytes together`);
