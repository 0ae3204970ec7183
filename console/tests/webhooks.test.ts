// Webhooks in the console: made, tried, seen to arrive, sent again; a real receiver on this machine.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { allTestsSignedIn, page } from "./signed-in.ts";

let receiver: Server;
/** What the receiver answers next; and what it was sent. */
let status = 200;
const received: string[] = [];
let signed: { id: string; time: string; body: string; signatures: string } | undefined;

allTestsSignedIn({ flags: ["--webhook-networks", "127.0.0.0/8"] });
before(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { type } = JSON.parse(body);
      received.push(type);
      if (type === "webhook.test") {
        const header = (name: string) => String(request.headers[name]);
        signed = {
          id: header("webhook-id"),
          time: header("webhook-timestamp"),
          body,
          signatures: header("webhook-signature"),
        };
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

/** The last test message to arrive is signed with each of the secrets, as Standard Webhooks says. */
async function expectSignatures(secrets: string[]) {
  const of = (secret: string) =>
    `v1,${createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
      .update(`${signed?.id}.${signed?.time}.${signed?.body}`)
      .digest("base64")}`;
  await expect(() => secrets.every((secret) => signed?.signatures.split(" ").includes(of(secret))));
}

/** Waits for what no page shows; the runner's own limit ends it. */
async function expect(holds: () => boolean) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

after(() => receiver?.close());

test("webhook is made, its secret shown once, tried, paused and deleted", async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/bot`;
  await page.getByRole("link", { name: "Webhooks" }).click();
  await page.getByRole("heading", { name: "No webhooks yet" }).waitFor();
  await page.getByRole("button", { name: "Make a webhook" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Review bot");
  await dialog.getByLabel("Address").fill("http://192.0.2.1/bot");
  await dialog.getByRole("button", { name: "Make a webhook" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Address").fill(url);
  await dialog.getByRole("button", { name: "Make a webhook" }).click();

  const secret = await page.getByTestId("shown-once").textContent();
  assert.match(secret ?? "", /^whsec_/);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("link", { name: "Review bot" }).click();
  await page.waitForURL(/webhook=/);
  await page.getByRole("button", { name: "Send a test" }).click();

  const line = page.getByRole("row", { name: /webhook\.test/ });
  await line.getByText("Delivered").waitFor();
  // Previews of the sample art are told of as well.
  assert.ok(received.includes("webhook.test"), received.join(", "));
  await line.getByRole("button", { name: "Detail" }).click();
  await page.getByText(/Attempt 1 · .* · 200 · /).waitFor();
  status = 500;
  await line.getByRole("button", { name: "Send again" }).click();
  await line.getByText("Waiting").waitFor();
  await line.getByText("500").waitFor();

  await page.getByRole("link", { name: "Back to the webhooks" }).click();
  const actions = page.getByRole("button", { name: "Actions for Review bot" });
  await actions.click();
  await page.getByRole("menuitem", { name: "Rotate the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate the secret" }).click();
  const another = (await page.getByTestId("shown-once").textContent()) ?? "";
  assert.match(another, /^whsec_/);
  assert.notEqual(another, secret);
  await page.getByRole("button", { name: "I have kept it" }).click();
  status = 200;
  await actions.click();
  await page.getByRole("menuitem", { name: "Send a test" }).click();
  await expectSignatures([another, secret ?? ""]);
  await actions.click();
  await page.getByRole("menuitem", { name: "Pause" }).click();
  await page.getByText("Paused", { exact: true }).waitFor();
  await actions.click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "No webhooks yet" }).waitFor();
});
