// How fast the console is in a large workspace, and whether its memory grows: figures beside their bounds, with the
// conditions. Exits with 1 where a bound is missed. The first load's weight is held by `npm run build`.
//   npm run bounds -- [--assets 100000] [--rounds 12] [--pages 200] [--models 24] [--dist] [--json]
// `--dist`: of `console/dist`, and not of the console inside the program.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { loadDist } from "./dist.ts";
import { type Instruments, instruments } from "./instruments.ts";
import {
  launchBrowser,
  looked,
  openPage,
  openStudio,
  type Studio,
  signedInContext,
  signIn,
} from "./studio.ts";
import { readFrames } from "./trace.ts";
import { fill } from "./workspace.ts";

const { values } = parseArgs({
  options: {
    assets: { type: "string", default: "100000" },
    rounds: { type: "string", default: "12" },
    pages: { type: "string", default: "200" },
    models: { type: "string", default: "24" },
    dist: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  },
});
const ASSETS = Number(values.assets);
const ROUNDS = Number(values.rounds);
const PAGES = Number(values.pages);
const MODELS = Number(values.models);

const VIEWPORT = { width: 1440, height: 900 };
/** *Units*: pixels of the page a second, and pixels of the page. */
const PACES = [
  // Forty rows a second, which is faster than anybody looks.
  { what: "scrolling past", speed: 8_000, length: 120_000 },
  // Eight rows a second, each with its pictures.
  { what: "looking through", speed: 1_500, length: 15_000 },
];
/** Pages that are opened before memory is measured: scripts are loaded by then, and caches are filled. */
const WARM = 20;

type Figures = { median: number; p95: number; longest: number; count: number };
type Bound = {
  what: string;
  unit: string;
  bound: number;
  measured: number;
  figures?: Figures;
  beside?: string;
};

function figuresOf(values: number[]): Figures {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), longest: sorted.at(-1) ?? Number.NaN, count: sorted.length };
}

const PARTS = ["load", "search", "scroll", "pages"] as const;
const unknown = values.only.find((part) => !PARTS.some((known) => known === part));
if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are: ${PARTS.join(", ")}`);
/** Whether a part is measured: all are, where none is named by `--only`. */
const wants = (part: (typeof PARTS)[number]) => values.only.length === 0 || values.only.includes(part);

const OPTION = "[role=option]";
const MODEL = "canvas[data-drawn]";
/** From the last click or key until an option that says `text` has been painted. *Units*: milliseconds. */
const painted = (page: Page, text = "", exactly = 0) =>
  page.evaluate(
    ({ text, exactly }) => (window as unknown as Instruments).bounds.painted("[role=option]", text, exactly),
    { text, exactly },
  );
const asked = (page: Page) => page.evaluate(() => (window as unknown as Instruments).bounds.asked());
const ofTheServer = (values: number[]) => {
  const { median, longest } = figuresOf(values);
  return `of it the server: median ${median.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`;
};

async function firstScreen(page: Page, home: string): Promise<Bound> {
  const times: number[] = [];
  const server: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${home}/trash`);
    await page.getByRole("heading", { level: 1, name: "Trash" }).waitFor();
    await page.getByRole("link", { name: "Assets", exact: true }).click();
    times.push(await painted(page));
    server.push(await asked(page));
  }
  const figures = figuresOf(times);
  return {
    what: "first screen of the grid, from the click",
    unit: "ms",
    bound: 1000,
    measured: figures.longest,
    figures,
    beside: ofTheServer(server),
  };
}

/** From nothing: script, session and the first assets, until a key moves what is active. */
async function load(page: Page, home: string): Promise<Bound> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto("about:blank");
    await page.goto(`${home}/browse`, { waitUntil: "commit" });
    times.push(
      await page.evaluate(() => (window as unknown as Instruments).bounds.answersKeys("[role=listbox]")),
    );
  }
  const figures = figuresOf(times);
  return {
    what: "grid that answers a key, from the page's load",
    unit: "ms",
    bound: 1000,
    measured: figures.longest,
    figures,
  };
}

async function scrolling(
  page: Page,
  home: string,
  cdp: CDPSession,
  studio: Studio,
  { what, speed, length }: (typeof PACES)[number],
): Promise<Bound[]> {
  await page.goto(`${home}/browse`);
  await page.locator(`${OPTION} img`).first().waitFor();
  const list = await page.getByRole("listbox", { name: "Assets" }).boundingBox();
  if (!list) throw new Error("there is no list to scroll");
  await studio.browser.startTracing(page, {
    categories: [
      "toplevel",
      "devtools.timeline",
      "disabled-by-default-devtools.timeline",
      "disabled-by-default-devtools.timeline.frame",
      "v8.execute",
      "blink.user_timing",
    ],
  });
  // Before the first and after the last movement there is nothing to draw.
  await page.evaluate(() => {
    const list = document.querySelector("[role=listbox]") as HTMLElement;
    list.addEventListener("scroll", () => performance.mark("scroll-begins"), { once: true });
    list.addEventListener("scroll", () => performance.mark("scroll-ends"));
  });
  await cdp.send("Input.synthesizeScrollGesture", {
    x: list.x + list.width / 2,
    y: list.y + list.height / 2,
    yDistance: -length,
    speed,
    gestureSourceType: "mouse",
    preventFling: true,
  });
  const trace = await studio.browser.stopTracing();
  if (process.env.MUDLARK_TRACE)
    (await import("node:fs")).writeFileSync(`${process.env.MUDLARK_TRACE}-${speed}`, trace);
  const { frames, tasks } = readFrames(trace, "scroll-begins", "scroll-ends");
  const { top, shown } = await page.evaluate(() => {
    const list = document.querySelector("[role=listbox]") as HTMLElement;
    const last = [...document.querySelectorAll("[role=option]")].at(-1);
    return { top: list.scrollTop, shown: last?.getAttribute("aria-posinset") };
  });
  if (top < length * 0.5 && ASSETS > 20_000) throw new Error(`scrolled ${top} pixels only`);
  const figures = figuresOf(frames);
  const work = figuresOf(tasks);
  return [
    {
      what: `frame while ${what}, from one drawn to the next`,
      unit: "ms",
      bound: 50,
      measured: figures.longest,
      figures,
      beside: `${Math.round(top)} pixels, past ${shown} assets`,
    },
    {
      what: `processor's time of a task while ${what}`,
      unit: "ms",
      bound: 50,
      measured: work.longest,
      figures: work,
    },
  ];
}

async function searching(page: Page, home: string, what: "one" | "many"): Promise<Bound> {
  const times: number[] = [];
  const server: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${home}/browse`);
    await page.locator(OPTION).first().waitFor();
    const number = String(Math.floor(((ASSETS / ROUNDS) * round) / 3) * 3).padStart(6, "0");
    // The last key must make a difference: what the keys before it have found begins with other assets.
    const text = what === "one" ? `stone_${number}` : `stone_00${round % 9}`;
    await page.getByRole("searchbox", { name: "Search assets" }).focus();
    await page.keyboard.type(text, { delay: 60 });
    times.push(await painted(page, text, what === "one" ? 1 : 0));
    server.push(await asked(page));
  }
  const figures = figuresOf(times);
  return {
    what: `results of a search that finds ${what}, from its last key`,
    unit: "ms",
    bound: 150,
    measured: figures.longest,
    figures,
    beside: ofTheServer(server),
  };
}

/** How long the browser takes for the same script each time: what the machine gives at the moment. *Units*: milliseconds. */
const paceOf = (page: Page) =>
  page.evaluate(() => {
    const begin = performance.now();
    let sum = 0;
    for (let at = 0; at < 30_000_000; at += 1) sum = (sum + at * at) % 1_000_003;
    return performance.now() - begin + (sum < 0 ? 1 : 0);
  });
const paces: number[] = [];

type Memory = { script: number; outside: number; nodes: number; listeners: number };

async function memoryOf(cdp: CDPSession): Promise<Memory> {
  for (let times = 0; times < 3; times += 1) await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  const heap = (await cdp.send("Runtime.getHeapUsage")) as {
    usedSize: number;
    embedderHeapUsedSize?: number;
    backingStorageSize?: number;
  };
  return {
    script: heap.usedSize,
    outside: (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0),
    nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
  };
}

function growth(what: string, before: Memory, now: Memory): Bound[] {
  const megabytes = (memory: Memory) => (memory.script + memory.outside) / 1e6;
  return [
    {
      what: `memory after ${what}`,
      unit: "MB more",
      bound: 5,
      measured: megabytes(now) - megabytes(before),
      beside: `${megabytes(before).toFixed(1)} to ${megabytes(now).toFixed(1)} MB: script, nodes and bytes`,
    },
    {
      what: `nodes after ${what}`,
      unit: "more",
      bound: 500,
      measured: now.nodes - before.nodes,
      beside: `${before.nodes} to ${now.nodes}; listeners ${before.listeners} to ${now.listeners}`,
    },
  ];
}

/** Brings the asset at a place of the grid before one's eyes. */
async function showPlace(page: Page, at: number) {
  const option = page.locator(`${OPTION}[aria-posinset="${at + 1}"]`);
  await page.getByRole("listbox", { name: "Assets" }).evaluate((list, at) => {
    const tops = [...list.querySelectorAll("[role=option]")].map((one) => one.getBoundingClientRect().top);
    const columns = tops.filter((top) => top === tops[0]).length;
    const row = (tops[columns] ?? 0) - (tops[0] ?? 0);
    list.scrollTop = Math.floor(at / columns) * row - list.clientHeight / 2;
  }, at);
  await option.waitFor();
  return option;
}

/** Opens the asset at a place of the grid, waits for what it shows, and goes back. Answers its name. */
async function openAndClose(page: Page, at: number): Promise<string> {
  const option = await showPlace(page, at);
  await option.dblclick();
  await page.getByText("SHA-256").waitFor();
  const name = (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  if (name.endsWith(".glb")) await page.locator(MODEL).waitFor();
  if (name.endsWith(".png")) {
    await page.waitForFunction(() => {
      const shown = document.querySelector<HTMLImageElement>("img[data-channel]");
      return shown?.complete && shown.naturalWidth === 512 && shown.style.width !== "";
    });
  }
  await page.getByRole("link", { name: "Back to the assets" }).click();
  await page.locator(OPTION).first().waitFor();
  return name;
}

async function pagesByTurn(page: Page, cdp: CDPSession, address: string, count: number, what: string) {
  await page.goto(address);
  await page.locator(OPTION).first().waitFor();
  // The viewer of models stays once it was loaded, which is no growth either.
  const search = page.getByRole("searchbox", { name: "Search assets" });
  await search.fill("crate");
  await page.locator(`${OPTION}[aria-posinset="1"][aria-label*="crate"]`).waitFor();
  await openAndClose(page, 0);
  await search.fill("");
  await page.waitForURL((url) => !url.searchParams.has("q"));
  // The grid has read as far as it will be needed: what grows after this are the pages of assets.
  for (let at = 0; at < count; at += 30) await showPlace(page, at);
  await showPlace(page, count - 1);
  await cdp.send("Performance.enable");
  const kinds = new Map<string, number>();
  const warm = Math.min(WARM, Math.floor(count / 3));
  let before: Memory | undefined;
  for (let at = 0; at < count; at += 1) {
    if (at === warm) before = await memoryOf(cdp);
    const kind = (await openAndClose(page, at)).split(".").pop() ?? "";
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  if (!before) throw new Error("too few pages");
  const list = [...kinds].map(([kind, times]) => `${times} ${kind}`).join(", ");
  return growth(`${count} ${what} (${list}), more than after ${warm}`, before, await memoryOf(cdp));
}

/** Contexts of WebGL that the browser still keeps: it ends the oldest of sixteen. */
async function contexts(page: Page, cdp: CDPSession): Promise<Bound> {
  for (let times = 0; times < 3; times += 1) await cdp.send("HeapProfiler.collectGarbage");
  const { made, alive } = await page.evaluate(() => (window as unknown as Instruments).bounds.contexts());
  return {
    what: "contexts of WebGL kept with no model open",
    unit: "",
    bound: 0,
    measured: alive,
    beside: `of ${made} that were made`,
  };
}

/** A page of the workspace with the instruments in it. */
async function openMeasured(context: BrowserContext) {
  await context.addInitScript(instruments);
  const page = await openPage(context, []);
  page.setDefaultTimeout(120_000);
  const cdp = await context.newCDPSession(page);
  if (values.dist) await loadDist(cdp);
  return { page, cdp };
}

async function measure(studio: Studio): Promise<Bound[]> {
  const found: Bound[] = [];
  const keep = (...bounds: Bound[]) => {
    for (const bound of bounds) console.error(sentence(bound));
    found.push(...bounds);
  };
  const tellPace = async (page: Page) => {
    const pace = await paceOf(page);
    paces.push(pace);
    console.error(`the same script as always: ${pace.toFixed(0)} ms`);
  };
  const context = await signedInContext(studio);
  const { page, cdp } = await openMeasured(context);
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
  const home = page.url().replace(/\/browse.*/, "");
  const begin = performance.now();
  await fill(page, ASSETS, (made) => {
    if (made % 10_000 === 0)
      console.error(`${made} assets, ${Math.round(made / ((performance.now() - begin) / 1000))} a second`);
  });
  await page.goto(`${home}/browse`);
  await looked(page);
  console.error(`looked at after ${Math.round((performance.now() - begin) / 1000)} s`);
  await tellPace(page);
  if (wants("load")) keep(await load(page, home), await firstScreen(page, home));
  await tellPace(page);
  if (wants("search")) keep(await searching(page, home, "one"), await searching(page, home, "many"));
  await tellPace(page);
  for (const pace of wants("scroll") ? PACES : []) keep(...(await scrolling(page, home, cdp, studio, pace)));
  await tellPace(page);
  await context.close();
  if (!wants("pages")) return found;

  const browser = await launchBrowser({ webgl: true });
  try {
    const { page, cdp } = await openMeasured(await browser.newContext({ viewport: VIEWPORT }));
    await signIn(page, studio);
    await page.getByRole("listbox", { name: "Assets" }).waitFor();
    keep(...(await pagesByTurn(page, cdp, `${home}/browse`, PAGES, "pages")));
    const models = `${home}/browse?type=${encodeURIComponent('["glb"]')}`;
    keep(...(await pagesByTurn(page, cdp, models, MODELS, "models")));
    keep(await contexts(page, cdp));
  } finally {
    await browser.close();
  }
  return found;
}

function sentence({ what, unit, bound, measured, figures, beside }: Bound): string {
  const state = measured <= bound ? "within" : "ABOVE";
  const spread = figures
    ? `; median ${figures.median.toFixed(1)}, p95 ${figures.p95.toFixed(1)} of ${figures.count}`
    : "";
  const said = [what, `: ${measured.toFixed(1)} ${unit}`.trimEnd(), ` (${state} ${bound})`, spread].join("");
  return beside ? `${said}; ${beside}` : said;
}

const program = process.env.MUDLARK_PROGRAM ?? "";
const studio = await openStudio();
try {
  const found = await measure(studio);
  const conditions = {
    assets: `${ASSETS}, a third with pictures`,
    program: /debug/.test(program) ? "debug build" : "release build",
    browser: `Chromium ${studio.browser.version()}, headless, without a graphics card, 1440 × 900`,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)} at the end`,
    pace: `the same script took ${paces.map((pace) => pace.toFixed(0)).join(", ")} ms; where it takes longer, so does all else`,
  };
  if (values.json) {
    console.log(JSON.stringify({ conditions, bounds: found }, undefined, 2));
  } else {
    for (const [name, value] of Object.entries(conditions)) console.log(`${name}: ${value}`);
    for (const bound of found) console.log(sentence(bound));
  }
  if (found.some(({ measured, bound }) => !(measured <= bound))) process.exitCode = 1;
} finally {
  await studio.close();
}
