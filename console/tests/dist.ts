// The console as it was just built, before a program that has another one inside: a release build, which takes long to make.
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { CDPSession } from "playwright-core";

const DIST = new URL("../dist/", import.meta.url);
const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Has the page load `console/dist`; the headers of the page itself, its policy among them, stay the program's. */
export async function loadDist(cdp: CDPSession) {
  cdp.on("Fetch.requestPaused", ({ requestId, request, responseHeaders = [] }) => {
    const path = new URL(request.url).pathname.replace("/console/", "");
    const found = path !== "" && existsSync(fileURLToPath(new URL(path, DIST)));
    const type = found ? TYPES[extname(path)] : undefined;
    const headers = type
      ? [
          { name: "content-type", value: type },
          { name: "cache-control", value: "public, max-age=31536000, immutable" },
        ]
      : responseHeaders.filter(({ name }) => !/^content-(encoding|length)$/i.test(name));
    void cdp.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: 200,
      responseHeaders: headers,
      body: readFileSync(new URL(found ? path : "index.html", DIST)).toString("base64"),
    });
  });
  await cdp.send("Fetch.enable", { patterns: [{ urlPattern: "*/console/*", requestStage: "Response" }] });
}
