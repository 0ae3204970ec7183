// The studio's own sign-in: a real browser that goes to a real provider, npm's oidc-provider, and comes back.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { choosePassword, inviteByApi, openPage, openStudio, type Studio } from "./studio.ts";

const SECRET = "of no value";
let provider: ChildProcess;
let issuer: string;
let studio: Studio;
const errors: string[] = [];

/** A port that nobody listens on: the provider and the server each have to know the other's address before they start. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** The script of the server's own tests; it looks for its packages beside itself. */
function startProvider(callback: string): Promise<string> {
  const cache = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const script = new URL("../../crates/server/tests/it/clients/openid_provider.mjs", import.meta.url);
  copyFileSync(script, `${cache}openid_provider.mjs`);
  provider = spawn(
    process.execPath,
    [`${cache}openid_provider.mjs`, callback, SECRET, "client_secret_basic"],
    {
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  return new Promise((resolve, reject) => {
    let text = "";
    provider.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listening on (\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    provider.on("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
  });
}

before(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  issuer = await startProvider(`${url}/session/openid/callback`);
  const flags = ["--public-url", url, "--openid-issuer", issuer, "--openid-client-id", "mudlark"];
  studio = await openStudio({
    port,
    flags: [...flags, "--openid-name", "Low Tide", "--openid-client-secret", SECRET],
  });
});

after(async () => {
  await studio?.close();
  provider?.kill();
  assert.deepEqual(errors, []);
});

test("person signs in by the studio's provider to where they wanted to go, and a stranger is told what to do", async () => {
  const page = await openPage(await studio.browser.newContext(), errors);
  await choosePassword(page, studio);
  await inviteByApi(page, { email: "mira@studio.example", workspaceRole: "manage_art" });
  const trash = new URL(page.url()).pathname.replace("/browse", "/trash");

  const theirs = await openPage(await studio.browser.newContext(), errors);
  await theirs.goto(studio.url + trash);
  await theirs.getByRole("link", { name: "Sign in with Low Tide" }).click();
  await theirs.getByRole("heading", { name: "Trash", level: 1 }).waitFor();
  await theirs.getByRole("button", { name: "You: Mira Holm" }).waitFor();
  assert.equal(new URL(theirs.url()).pathname, trash);

  await fetch(`${issuer}/next?who=stranger`);
  const stranger = await openPage(await studio.browser.newContext(), errors);
  await stranger.goto(`${studio.url}/console/`);
  await stranger.getByRole("link", { name: "Sign in with Low Tide" }).click();
  await stranger.getByRole("alert").getByText("Nobody here has your e-mail address.").waitFor();
  await fetch(`${issuer}/next?who=nobody`);
  await stranger.context().clearCookies();
  await stranger.getByRole("link", { name: "Sign in with Low Tide" }).click();
  await stranger.getByRole("alert").getByText("has not let you in").waitFor();
});
