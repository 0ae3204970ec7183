// Pictures of each page into target/console-shots: light and dark, from a tablet's width to that of a very wide screen.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { choosePassword, openPage, openStudio } from "./studio.ts";

const into = fileURLToPath(new URL("../../target/console-shots/", import.meta.url));
const SCREENS = [
  { name: "light", colorScheme: "light", width: 1440, height: 900 },
  { name: "dark", colorScheme: "dark", width: 1440, height: 900 },
  { name: "narrow", colorScheme: "dark", width: 1280, height: 800 },
  { name: "wide", colorScheme: "light", width: 3840, height: 2100 },
  { name: "tablet", colorScheme: "light", width: 1024, height: 768 },
] as const;

mkdirSync(into, { recursive: true });
const studio = await openStudio();
try {
  const first = await studio.browser.newContext();
  const page = await openPage(first, []);
  await choosePassword(page, studio);
  const home = new URL(page.url()).pathname.replace("/browse", "");
  // Searched for: what is further down is not in the page.
  await page.goto(`${studio.url}${home}/browse?q=foreshore_dusk`);
  await page.getByRole("option", { name: /foreshore_dusk/ }).dblclick();
  await page.waitForURL(/\/assets\//);
  const pages = {
    "sign-in": "/console/sign-in",
    browse: `${home}/browse`,
    list: `${home}/browse?view=list`,
    asset: new URL(page.url()).pathname,
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
      // The first picture is there; the others come one after another.
      await shown.waitForFunction(
        () =>
          document.querySelectorAll("[role=option] img").length > 0 ||
          !document.querySelector("[role=option]"),
      );
      await shown.screenshot({ path: `${into}${what}-${name}.png` });
      console.log(`${into}${what}-${name}.png`);
    }
    await context.close();
  }
} finally {
  await studio.close();
}
