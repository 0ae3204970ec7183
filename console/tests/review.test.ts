// Reviews: two people at once, each in a browser of their own, and nobody loads a page again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { allTestsSignedIn, page, pageOf } from "./signed-in.ts";
import { callApi, putAsset } from "./studio.ts";

const ROBIN = "Robin Heron";
let asks: Page;
let decides: Page;
allTestsSignedIn({
  others: { [ROBIN]: "review" },
  begin: () => {
    asks = page;
    decides = pageOf(ROBIN);
  },
});

test("review that one asks for arrives at the other, and what they find arrives back", async () => {
  await decides.getByRole("link", { name: "For me" }).click();
  await decides.getByRole("heading", { name: "For me", level: 1 }).waitFor();

  await asks.getByRole("option").first().dblclick();
  await asks.waitForURL(/\/assets\//);
  // Until then the page before is still there.
  await asks.getByRole("region", { name: "Reviews" }).waitFor();
  const name = await asks.getByRole("heading", { level: 1 }).textContent();
  await asks.getByRole("button", { name: "Ask for a review" }).click();
  await asks.getByRole("checkbox", { name: "Robin Heron" }).check({ force: true });
  await asks.getByLabel("What there is to look at").fill("Are the edges clean?");
  await asks.getByRole("button", { name: "Ask", exact: true }).click();
  const panel = asks.getByRole("region", { name: "Reviews" });
  await panel.getByText("Waiting").waitFor();

  const news = decides.getByRole("list", { name: "Notifications" });
  await news.getByText("asks for your review").waitFor();
  await decides.getByRole("img", { name: "1 unread" }).waitFor();
  await news.getByRole("link", { name: name ?? "" }).click();
  await decides.waitForURL(/\/assets\//);
  const theirs = decides.getByRole("region", { name: "Reviews" });
  await theirs.getByText("Are the edges clean?").waitFor();
  await theirs.getByLabel("What you find").fill("Clean as a whistle.");
  await theirs.getByRole("button", { name: "Approve" }).click();

  await panel.getByText("Clean as a whistle.").waitFor();
  await panel.getByText("Approved", { exact: true }).waitFor();
  assert.equal(await panel.getByText("Waiting").count(), 0);
  await decides.getByRole("img", { name: "1 unread" }).waitFor({ state: "detached" });

  await panel.getByRole("button", { name: "Reopen" }).click();
  await theirs.getByText("Open", { exact: true }).waitFor();
});

test("changes that one asks for are told with the word, and a request that is withdrawn is gone on both sides", async () => {
  const panel = asks.getByRole("region", { name: "Reviews" });
  const theirs = decides.getByRole("region", { name: "Reviews" });
  const reject = theirs.getByRole("button", { name: "Ask for changes" });
  assert.equal(await reject.isEnabled(), false);
  await theirs.getByLabel("What you find").fill("The left edge is torn.");
  await reject.click();
  await panel.getByText("The left edge is torn.").waitFor();
  await panel.getByText("Changes wanted", { exact: true }).waitFor();

  await asks.getByRole("button", { name: "Ask for a review" }).click();
  const dialog = asks.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: "Robin Heron" }).check({ force: true });
  await dialog.getByLabel("What there is to look at").fill("Better now?");
  await dialog.getByRole("button", { name: "Ask", exact: true }).click();
  await theirs.getByText("Better now?").waitFor();
  assert.equal(await theirs.getByRole("button", { name: "Withdraw" }).count(), 0);
  await panel.getByRole("button", { name: "Withdraw" }).click();
  await panel.getByText("Better now?").waitFor({ state: "detached" });
  await theirs.getByText("Better now?").waitFor({ state: "detached" });
});

test("task that somebody gives one arrives by itself, leads to its asset and is done by a click", async () => {
  await decides.getByRole("link", { name: "For me" }).click();
  await decides.getByRole("heading", { name: "For me", level: 1 }).waitFor();
  const members = (await callApi(asks, "GET", "/workspaces/members")) as {
    user: { id: string; email: string };
  }[];
  const robin = members.find(({ user }) => user.email === "robin@mudlark.example")?.user.id;
  await callApi(asks, "POST", "/workspaces/tasks", {
    data: {
      title: "Redo the lantern",
      priority: "Urgent",
      assignee_id: robin,
      asset_id: /assets\/([^/?]+)/.exec(asks.url())?.[1],
    },
  });

  const tasks = decides.getByRole("list", { name: "Tasks" });
  await tasks.getByText("Redo the lantern").waitFor();
  await tasks.getByText("Urgent").waitFor();
  await decides.getByRole("list", { name: "Notifications" }).getByText("gave you a task").waitFor();
  await tasks.getByRole("link").click();
  await decides.waitForURL(/\/assets\//);
  await decides.goBack();
  await tasks.getByRole("button", { name: "Done: Redo the lantern" }).click();
  await decides.getByText("Redo the lantern is done").waitFor();
  await tasks.waitFor({ state: "detached" });

  await decides.getByRole("button", { name: "Mark all as read" }).click();
  await decides.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  await decides.getByRole("button", { name: "All", exact: true }).click();
  await decides.getByRole("list", { name: "Notifications" }).getByText("gave you a task").waitFor();
});

test("what waits in another workspace is counted too, says where it is, and leads there", async () => {
  const robin = (await (await decides.request.get(new URL("/session", decides.url()).href)).json()).user.id;
  const made = await callApi(asks, "POST", "/workspaces", { data: { name: "Rock Pools" } });
  await asks.goto(asks.url().replace(/\/w\/.*/, `/w/${made.id}/browse`));
  await asks.getByRole("heading", { name: "Nothing in here yet" }).waitFor();
  await callApi(asks, "POST", `/workspaces/members/${robin}`, { data: { roles: ["review"] } });
  const { id } = await putAsset(asks, "/Pools/", "crab.txt", Buffer.from("crab"));
  await callApi(asks, "POST", "/workspaces/tasks", {
    data: { title: "Paint the crab", assignee_id: robin, asset_id: id },
  });

  await decides.goto(decides.url().split("?")[0] ?? "");
  await decides.getByRole("img", { name: "1 unread" }).waitFor();
  const news = decides.getByRole("list", { name: "Notifications" });
  await news.getByText("in Rock Pools").waitFor();
  await news.getByRole("link", { name: "crab.txt" }).click();
  await decides.waitForURL((url) => url.pathname.includes(made.id));
  await decides.getByRole("heading", { level: 1, name: "crab.txt" }).waitFor();
});
