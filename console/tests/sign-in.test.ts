// Signing in without a password: a real browser with an authenticator of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePassword, openPage, openStudio, type Studio } from "./studio.ts";

let studio: Studio;
before(async () => {
  studio = await openStudio({ host: "localhost" });
});
after(() => studio.close());

test("passkey is made, signs in without an address, and is removed", async () => {
  const errors: string[] = [];
  const context = await studio.browser.newContext();
  const page = await openPage(context, errors);
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await choosePassword(page, studio);
  await page.getByRole("button", { name: /^You:/ }).click();
  await page.getByRole("menuitem", { name: "Sessions and sign-in" }).click();
  const passkeys = page.getByRole("region", { name: "Passkeys" });
  await passkeys.getByText("You have no passkey yet.").waitFor();

  await passkeys.getByRole("button", { name: "Make a passkey" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What to call it").fill("Laptop in the studio");
  await dialog.getByRole("button", { name: "Make a passkey" }).click();
  await passkeys.getByText("Laptop in the studio").waitFor();

  await page.getByRole("button", { name: /^You:/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  // To where one was.
  await passkeys.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await passkeys.getByText("You have no passkey yet.").waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test("who has forgotten their password asks for a letter, and is told the same whoever they are", async () => {
  const sends = await openStudio({
    // Nobody takes letters there: what becomes of them is the server's own test.
    flags: [
      "--smtp-url",
      "smtp://127.0.0.1:1",
      "--mail-from",
      "art@studio.example",
      "--public-url",
      "https://art.studio.example",
    ],
  });
  const errors: string[] = [];
  const page = await openPage(await sends.browser.newContext(), errors);
  await page.goto(`${sends.url}/console/sign-in`);
  await page.getByRole("button", { name: "Forgot your password?" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill("nobody@studio.example");
  await page.keyboard.press("Enter");
  await page
    .getByRole("status")
    .getByText(/a letter is on its way/)
    .waitFor();
  await sends.close();
  assert.deepEqual(errors, []);

  const sendsNone = await openPage(await studio.browser.newContext(), errors);
  await sendsNone.goto(`${studio.url}/console/sign-in`);
  await sendsNone.getByText(/Your administrator can make you a link/).waitFor();
});
