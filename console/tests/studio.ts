// A running server with its demo studio, and a browser in front of it: what each test begins with.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export const EMAIL = "artist@mudlark.example";
export const PASSWORD = "a lantern on the river bank";

export type Studio = {
  url: string;
  /** The one-time link that the start printed. */
  link: string;
  browser: Browser;
  close: () => Promise<void>;
};

/**
 * Starts the program that `MUDLARK_PROGRAM` names, on a free port and in a folder of its own. `host`: by what name the browser
 * calls it; passkeys are for names alone. `webgl`: the browser draws models, in software. `flags`: further ones for
 * the program. `port`: by default a free one. `isNew`: without the demo's studio; the link makes the first owner.
 */
export async function openStudio({
  host = "127.0.0.1",
  webgl = false,
  flags = [] as string[],
  port = 0,
  isNew = false,
} = {}): Promise<Studio> {
  const program = process.env.MUDLARK_PROGRAM;
  if (!program) throw new Error("MUDLARK_PROGRAM is not set; run the tests by `cargo xtask test`");
  const folder = mkdtempSync(join(tmpdir(), "mudlark-console-"));
  const command = isNew ? "serve" : "demo";
  const server = spawn(program, [command, "--listen", `127.0.0.1:${port}`, "--data", folder, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const { url, link } = await (isNew ? readListening(server, program, folder) : readStart(server));
    const browser = await launchBrowser({ webgl });
    const by = (address: string) => address.replace("127.0.0.1", host);
    return { url: by(url), link: by(link), browser, close: () => close(server, folder, browser) };
  } catch (problem) {
    await close(server, folder);
    throw problem;
  }
}

/** `webgl`: it draws models, in software. */
export const launchBrowser = ({ webgl = false } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.MUDLARK_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      ...(webgl ? ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] : ["--disable-gpu"]),
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });

/** The address and the link, from what the server prints when it is ready. */
function readStart(server: ChildProcess): Promise<{ url: string; link: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const url = /is running at (http:\/\/\S+)/.exec(text)?.[1];
      const link = /(https?:\/\/\S+\/console\/\w+#\S+)/.exec(text)?.[1];
      if (url && link) resolve({ url, link });
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${text}`)));
  });
}

/** The same of a server without an account, whose link another command makes. */
async function readListening(server: ChildProcess, program: string, folder: string) {
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listening on (http:\/\/\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${text}`)));
  });
  const printed = execFileSync(program, ["user", "welcome", "--public-url", url, "--data", folder]);
  return { url, link: /http:\/\/\S+/.exec(printed.toString())?.[0] ?? "" };
}

async function close(server: ChildProcess, folder: string, browser?: Browser) {
  await browser?.close();
  if (server.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

/** A page whose every error of script or policy fails the test that opened it. */
export async function openPage(context: BrowserContext, errors: string[]): Promise<Page> {
  const page = await context.newPage();
  // Much longer than anything takes: a busy machine fails no test.
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // A refusal is told by the page; the browser tells of it as well.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      errors.push(message.text());
    }
  });
  return page;
}

export async function signIn(page: Page, studio: Studio, path = "/console/") {
  await page.goto(studio.url + path);
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Follows the one-time link, which gives the demo's person a password. */
export async function choosePassword(page: Page, studio: Studio) {
  await page.goto(studio.link);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
}

/** The demo's person in a browser of their own, with a password and signed in. */
export async function signedInContext(studio: Studio): Promise<BrowserContext> {
  const context = await studio.browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await openPage(context, []);
  await choosePassword(page, studio);
  await page.close();
  return context;
}

/** Shows the assets of a folder, `/Quay/Coils/`, by its address. */
export async function openFolder(page: Page, path: string) {
  await page.goto(`${page.url().split("?")[0]}?folder=${encodeURIComponent(path)}`);
  await page.getByRole("heading", { level: 1, name: path.split("/").at(-2) }).waitFor();
}

/** Asks the API in the open workspace, as who is signed in: what a test needs without being about it. */
export async function callApi(
  page: Page,
  method: string,
  path: string,
  body: {
    data?: unknown;
    multipart?: Record<string, string | { name: string; mimeType: string; buffer: Buffer }>;
  } = {},
) {
  const session = await (await page.request.get(new URL("/session", page.url()).href)).json();
  const answer = await page.request.fetch(new URL(path, page.url()).href, {
    method,
    headers: {
      "x-account-id": session.accounts[0].id,
      "x-workspace-id": workspaceOf(page),
      "x-csrf-token": session.csrf_token,
      origin: new URL(page.url()).origin,
    },
    ...body,
  });
  if (!answer.ok()) throw new Error(await answer.text());
  return answer.status() === 204 ? undefined : answer.json();
}

const workspaceOf = (page: Page): string => /\/w\/([^/]+)/.exec(page.url())?.[1] ?? "";

/** Waits until the server has looked at all files of the account: until then it has better to do than what a picture or a figure shows. */
export async function looked(page: Page) {
  for (;;) {
    const jobs = (await callApi(page, "GET", "/accounts/jobs?limit=1000")) as {
      kind: string;
      state: string;
    }[];
    if (!jobs.some(({ kind, state }) => kind.startsWith("preview") && state !== "dead")) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Puts a file into a folder; answers the asset. */
export const putAsset = (page: Page, folder: string, name: string, buffer: Buffer) =>
  callApi(page, "POST", "/workspaces/assets", {
    multipart: { file: { name, mimeType: "application/octet-stream", buffer }, file_location: folder },
  });

/** Invites somebody into the open workspace; answers the invite's token. */
export async function inviteByApi(
  page: Page,
  { email, workspaceRole }: { email: string; workspaceRole: "viewer" | "review" | "manage_art" | "admin" },
): Promise<string> {
  const invite = { email, roles: ["member", workspaceRole], workspace_ids: [workspaceOf(page)] };
  return (await callApi(page, "POST", "/accounts/invites", { data: [invite] }))[0].token;
}

/** Accepts an invite as somebody new, into one workspace. */
export async function joinAs(page: Page, studio: Studio, token: string, name: string) {
  await acceptInvite(page, studio, token, name);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
}

/** The same into any number of them. */
export async function acceptInvite(page: Page, studio: Studio, token: string, name: string) {
  await page.goto(`${studio.url}/console/join#${token}`);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("The same once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Join" }).click();
}
