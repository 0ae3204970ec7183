// Kinds of files that a browser reads in its own way: models of several programs and packings, films, sounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { glb, wav } from "./files.ts";
import { film, sound } from "./films.ts";
import { draco, fbx, meshopt, ply, plyOfBytes, stl, stlOfWords } from "./models.ts";
import { middleOf, openAsset, uploadFiles } from "./pages.ts";
import { eachTestSignedIn, page, studio } from "./signed-in.ts";

eachTestSignedIn({ webgl: true });

const CANVAS = "canvas[data-loaded=true]";
const drawn = (count = 1) =>
  page.waitForFunction((count) => document.querySelectorAll("canvas[data-drawn]").length === count, count);

const isGrey = ({ red, green, blue }: Colour) =>
  red > 30 && Math.max(red, green, blue) - Math.min(red, green, blue) < 30;
const isRed = ({ red, green, blue }: Colour) => red > green + 40 && red > blue + 40;
const isGreen = ({ red, green, blue }: Colour) => green > red + 40 && green > blue + 40;
const isBlue = ({ red, green, blue }: Colour) => blue > red + 40 && blue > green + 40;
type Colour = Awaited<ReturnType<typeof middleOf>>;

test("models of several programs and packings are shown as they are", async () => {
  // A browser without a graphics card takes its time over the first picture.
  page.setDefaultTimeout(120_000);
  const models: { name: string; bytes: Buffer; is: (colour: Colour) => boolean }[] = [
    { name: "bytes.stl", bytes: stl, is: isGrey },
    { name: "words.stl", bytes: stlOfWords, is: isGrey },
    { name: "words.ply", bytes: ply, is: isBlue },
    { name: "bytes.ply", bytes: plyOfBytes, is: isBlue },
    { name: "words.fbx", bytes: fbx, is: isGreen },
    { name: "edges.glb", bytes: draco, is: isRed },
    { name: "packed.glb", bytes: await meshopt(), is: isRed },
  ];
  await uploadFiles(page, studio, Object.fromEntries(models.map(({ name, bytes }) => [name, bytes])));
  for (const { name, is } of models) {
    await openAsset(page, studio, name);
    await page.locator(CANVAS).waitFor();
    await page.getByText("12 triangles · 1 material").waitFor();
    await drawn();
    const colour = await middleOf(page, CANVAS);
    assert.ok(is(colour), `${name}: ${JSON.stringify(colour)}`);
  }
});

test("damaged models that are packed are told of, not waited for", async () => {
  page.setDefaultTimeout(120_000);
  const spoilt = Buffer.from(draco);
  spoilt.fill(0xff, spoilt.length - 60);
  await uploadFiles(page, studio, { "spoilt.glb": spoilt });
  await openAsset(page, studio, "spoilt.glb");

  await page.getByText("The model can't be shown here").waitFor();
});

test("two versions of a model are turned by one camera", async () => {
  page.setDefaultTimeout(120_000);
  await uploadFiles(page, studio, { "gate.glb": glb([0.9, 0.05, 0.05]) });
  await openAsset(page, studio, "gate.glb");
  await page.evaluate(
    async ({ asset, bytes }) => {
      const session = await (await fetch("/session")).json();
      const form = new FormData();
      form.append("file", new Blob([new Uint8Array(bytes)]), "gate.glb");
      const answer = await fetch(`/workspaces/assets/${asset}/versions`, {
        method: "POST",
        headers: {
          "x-account-id": session.accounts[0].id,
          "x-workspace-id": location.pathname.split("/")[3] ?? "",
          "x-csrf-token": session.csrf_token,
        },
        body: form,
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    { asset: new URL(page.url()).pathname.split("/").pop(), bytes: [...glb([0.05, 0.8, 0.05])] },
  );
  await page.getByRole("button", { name: "Compare with Version 1" }).click();
  await page.locator(CANVAS).nth(1).waitFor();
  await drawn(2);
  assert.ok(isRed(await middleOf(page, CANVAS, 0)));
  assert.ok(isGreen(await middleOf(page, CANVAS, 1)));

  /** Where something of the model is, on a coarse grid. */
  const outline = (at: number) =>
    page
      .locator(CANVAS)
      .nth(at)
      .evaluate((shown) => {
        const copy = document.createElement("canvas");
        copy.width = 48;
        copy.height = 48;
        const pen = copy.getContext("2d");
        pen?.drawImage(shown as HTMLCanvasElement, 0, 0, 48, 48);
        const { data } = pen?.getImageData(0, 0, 48, 48) ?? { data: [] };
        return Array.from({ length: 48 * 48 }, (_, place) =>
          (data[place * 4 + 3] ?? 0) > 127 ? "#" : " ",
        ).join("");
      });
  const before = await outline(1);
  assert.match(before, /#{4}/);
  await page
    .getByRole("group", { name: /^Model/ })
    .first()
    .focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowUp", "-", "-"]) await page.keyboard.press(key);
  // Both are drawn with a frame that comes; then they are the same, but for what rounding does at an edge.
  for (let tries = 0; ; tries += 1) {
    const [first, second] = [await outline(0), await outline(1)];
    const differ = [...first].filter((cell, place) => cell !== second[place]).length;
    if (differ <= 4 && second !== before) break;
    assert.ok(tries < 100, `the second model follows the first: ${differ} places differ`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
});

const seek = async (time: string, said: string | RegExp) => {
  await page.getByRole("slider", { name: "Time", exact: true }).fill(time);
  await page.getByText(said).waitFor();
};

/** The browser shows a moment's picture some time after it says that it is there. */
async function filmIs(is: (colour: Colour) => boolean) {
  for (let tries = 0; ; tries += 1) {
    const colour = await middleOf(page, "video");
    if (is(colour)) return;
    assert.ok(tries < 300, JSON.stringify(colour));
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

test("films are played, gone through frame by frame, and shown at any moment", async () => {
  await uploadFiles(page, studio, { "reel.webm": film.vp9(), "stream.webm": film.withoutLength() });
  // How long the second one is, browsers find out: to the beginning of its last frame, or to its end.
  for (const [name, length] of [
    ["reel.webm", "0:02\\.0"],
    ["stream.webm", "0:0(1\\.9|2\\.0)"],
  ] as const) {
    const at0 = new RegExp(`0:00\\.0 / ${length}`);
    await openAsset(page, studio, name);
    const player = page.getByRole("group", { name: "Film" });
    await player.getByText(at0).waitFor();
    await filmIs(isRed);

    await seek("1.5", new RegExp(`0:01\\.5 / ${length}`));
    await filmIs(isBlue);
    const time = () => page.evaluate(() => document.querySelector("video")?.currentTime ?? 0);
    const at = await time();
    await player.getByRole("button", { name: "One frame back" }).click();
    await page.waitForFunction((at) => (document.querySelector("video")?.currentTime ?? 9) < at, at);
    assert.ok(at - (await time()) < 0.2, "a frame, not more");
    await player.focus();
    await page.keyboard.press("Home");
    await player.getByText(at0).waitFor();
    await page.keyboard.press(" ");
    await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.2);
    await player.getByRole("button", { name: "Pause" }).click();
  }
});

test("H.264 is played where the browser can, and said not to be where it can't", async () => {
  await uploadFiles(page, studio, { "cut.mp4": film.h264() });
  await openAsset(page, studio, "cut.mp4");
  const can = await page.evaluate(
    () => document.createElement("video").canPlayType('video/mp4; codecs="avc1.64000A"') !== "",
  );
  if (!can) return page.getByText("The film can't be shown here").waitFor();
  await page.getByText("0:00.0 / 0:02.0").waitFor();
  await seek("1.5", "0:01.5 / 0:02.0");
  await filmIs(isBlue);
});

test("film of a kind that no browser plays is shown by the server's picture, with the reason", async () => {
  await uploadFiles(page, studio, { "master.mov": film.prores(), "sounding.mov": film.proresWithSound() });
  for (const name of ["master.mov", "sounding.mov"]) {
    await openAsset(page, studio, name);
    await page.getByText("The film can't be shown here").waitFor();
  }
});

test("sounds of every kind are played", async () => {
  const sounds = {
    "tone.flac": sound.flac(),
    "tone.mp3": sound.mp3(),
    "tone.ogg": sound.ogg(),
    "tone.opus": sound.opus(),
    "tone.m4a": sound.aac(),
    "tone.wav": wav(2),
  };
  await uploadFiles(page, studio, sounds);
  for (const name of Object.keys(sounds)) {
    await openAsset(page, studio, name);
    const player = page.getByRole("group", { name: "Sound" });
    await player.getByText(/0:00\.0 \/ 0:02\.[01]/).waitFor();
    await player.getByRole("button", { name: "Play" }).click();
    await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.1);
  }
});
