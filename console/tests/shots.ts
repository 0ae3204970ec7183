// Pictures of each page into target/console-shots: light and dark, from a tablet's width to that of a very wide screen. The demo's studio
// is at work in them: what waits for somebody, what is locked, pinned, collected and thrown away.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { callApi, choosePassword, inviteByApi, joinAs, looked, openPage, openStudio } from "./studio.ts";

const into = fileURLToPath(new URL("../../target/console-shots/", import.meta.url));
const SCREENS = [
  { name: "light", colorScheme: "light", width: 1440, height: 900 },
  { name: "dark", colorScheme: "dark", width: 1440, height: 900 },
  { name: "narrow", colorScheme: "dark", width: 1280, height: 800 },
  { name: "wide", colorScheme: "light", width: 3840, height: 2100 },
  { name: "tablet", colorScheme: "light", width: 1024, height: 768 },
] as const;

type Asset = { id: string; file_name: string };

/** What people do in a studio, by two of them. Answers what there is to look at. `page`: of the first, in a workspace. */
async function work(page: Page, theirs: Page) {
  const path = "/workspaces/assets/search?file_location=/&recursive=true&limit=100";
  const assets = (await callApi(page, "GET", path)) as Asset[];
  const idOf = (name: string) => {
    const found = assets.find(({ file_name }) => file_name === name);
    if (!found) throw new Error(`the demo has no ${name}`);
    return found.id;
  };
  const dusk = idOf("foreshore_dusk.png");
  const robot = idOf("robot.glb");
  const members = (await callApi(page, "GET", "/workspaces/members")) as {
    user: { id: string; email: string };
  }[];
  const [me, robin] = ["artist", "robin"].map(
    (name) => members.find(({ user }) => user.email === `${name}@mudlark.example`)?.user.id,
  );
  const post = (by: Page, to: string, data: unknown = {}) =>
    callApi(by, "POST", `/workspaces/${to}`, { data });

  await post(theirs, `assets/${dusk}/comments`, {
    content: "The lantern should light the mud below it.",
    viewer_metadata: { kind: "picture", x: 0.4, y: 0.85 },
  });
  await post(theirs, `assets/${dusk}/reviewRequests`, {
    content: "Is the dusk warm enough?",
    user_ids: [me],
  });
  await post(page, `assets/${robot}/reviewRequests`, { content: "New joints.", user_ids: [robin] });
  await post(theirs, "tasks", {
    title: "Redo the lantern",
    priority: "Urgent",
    assignee_id: me,
    asset_id: dusk,
  });
  await post(theirs, `assets/${robot}/lock`);
  for (const name of ["foreshore_dusk.png", "robot.glb", "bricks_basecolor.png"])
    await post(page, `assets/${idOf(name)}/favorites`);
  for (const [name, files] of [
    ["Beach kit", ["foreshore_dusk.png", "planks_basecolor.png", "foreshore_heightmap.png"]],
    ["Robot", ["robot.glb", "robot_roll.png"]],
  ] as const) {
    const { id } = await post(page, "libraries", { name });
    await post(page, `libraries/${id}/assets`, { ids: files.map(idOf) });
  }
  await callApi(page, "DELETE", "/workspaces/assets", { data: { ids: [idOf("credits.txt")] } });
  return { dusk, robot };
}

/** Pages that begin with assets. */
const OF_ASSETS = new Set(["browse", "list", "favorites"]);

/** Each asset in sight has its picture. */
const drawn = (page: Page) =>
  page.waitForFunction(() =>
    [...document.querySelectorAll("[role=option]")].every((option) => option.querySelector("img")?.complete),
  );

mkdirSync(into, { recursive: true });
const studio = await openStudio({ webgl: true });
try {
  const first = await studio.browser.newContext();
  const page = await openPage(first, []);
  await choosePassword(page, studio);
  const home = new URL(page.url()).pathname.replace("/browse", "");
  await looked(page);
  const robin = await openPage(await studio.browser.newContext(), []);
  const token = await inviteByApi(page, { email: "robin@mudlark.example", workspaceRole: "manage_art" });
  await joinAs(robin, studio, token, "Robin Hale");
  const { dusk, robot } = await work(page, robin);
  const pages = {
    "sign-in": "/console/sign-in",
    browse: `${home}/browse`,
    list: `${home}/browse?view=list`,
    asset: `${home}/assets/${dusk}`,
    model: `${home}/assets/${robot}`,
    favorites: `${home}/browse?only=favorites`,
    libraries: `${home}/libraries`,
    trash: `${home}/trash`,
    keys: `${home}/keys`,
    "for-me": `${home}/for-me`,
    members: `${home}/members`,
    webhooks: `${home}/webhooks`,
    workspaces: `${home}/workspaces`,
    settings: `${home}/settings`,
    audit: `${home}/audit`,
    plan: `${home}/plan`,
    health: `${home}/health`,
    me: `${home}/me`,
  };
  const storageState = await first.storageState();
  for (const { name, colorScheme, width, height } of SCREENS) {
    const context = await studio.browser.newContext({
      storageState,
      colorScheme,
      viewport: { width, height },
    });
    const shown = await openPage(context, []);
    for (const [what, path] of Object.entries(pages)) {
      await shown.goto(studio.url + path);
      await shown.getByRole("heading", { level: 1 }).waitFor();
      if (OF_ASSETS.has(what)) await shown.getByRole("option").first().waitFor();
      if (what === "model") await shown.locator("canvas[data-drawn]").waitFor();
      await drawn(shown);
      await shown.screenshot({ path: `${into}${what}-${name}.png` });
      console.log(`${into}${what}-${name}.png`);
    }
    await context.close();
  }
} finally {
  await studio.close();
}
