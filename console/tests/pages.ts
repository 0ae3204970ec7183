// What tests of an asset's page do before they begin.
import type { Page } from "playwright-core";
import type { Studio } from "./studio.ts";

/** The assets, with nothing searched for. */
export async function openAssets(page: Page, studio: Studio) {
  await page.goto(`${studio.url}/console/`);
  await page.getByRole("listbox", { name: "Assets" }).waitFor();
}

/** Opens the one asset of this name. */
export async function openAsset(page: Page, studio: Studio, name: string) {
  await openAssets(page, studio);
  await page.goto(`${page.url().split("?")[0]}?q=${name}`);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length === 1);
  await page.getByRole("option", { name: new RegExp(name.replaceAll(".", "\\.")) }).dblclick();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export async function uploadFiles(page: Page, studio: Studio, files: Record<string, Buffer>) {
  await openAssets(page, studio);
  const mimeType = "application/octet-stream";
  await page
    .getByTestId("upload-files")
    .first()
    .setInputFiles(Object.entries(files).map(([name, buffer]) => ({ name, mimeType, buffer })));
  const done = page.getByRole("region", { name: "Uploads" }).getByRole("link", { name: "Open" });
  for (let at = 0; at < Object.keys(files).length; at += 1) await done.nth(at).waitFor();
}

/** The colour in the middle of a canvas or a film. */
export const middleOf = (page: Page, selector: string, at = 0) =>
  page
    .locator(selector)
    .nth(at)
    .evaluate((shown) => {
      const drawn = shown as HTMLCanvasElement | HTMLVideoElement;
      const width = drawn instanceof HTMLVideoElement ? drawn.videoWidth : drawn.width;
      const height = drawn instanceof HTMLVideoElement ? drawn.videoHeight : drawn.height;
      const copy = document.createElement("canvas");
      copy.width = 1;
      copy.height = 1;
      const pen = copy.getContext("2d");
      pen?.drawImage(drawn, width / 2, height / 2, 1, 1, 0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = pen?.getImageData(0, 0, 1, 1).data ?? [];
      return { red, green, blue };
    });
