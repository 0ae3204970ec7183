// How the console is built: files without inline scripts or styles, since the server's Content-Security-Policy has none.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Where `npm run dev` finds a running server. */
const server = process.env.MUDLARK_URL ?? "http://127.0.0.1:8080";

const BASE = "/console/";
/** The file of where one mostly begins, in its frame. */
const FIRST_PAGE = "first-page";
const OF_FIRST_PAGE = /\/src\/(pages\/browse\/page|shell\/(shell|guard))\.tsx$/;

/** Has the browser fetch that file and its styles while the entry's script still runs, and not one after the other. */
const firstPageAhead = (): Plugin => ({
  name: "first-page-ahead",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle }) {
      // `npm run dev` builds none.
      if (!bundle) return [];
      const link = (attrs: Record<string, string | boolean>) => ({
        tag: "link",
        attrs: { ...attrs, crossorigin: true },
        injectTo: "head" as const,
      });
      const page = Object.values(bundle).find((file) => file.type === "chunk" && file.name === FIRST_PAGE);
      if (page?.type !== "chunk") throw new Error("there is no file of the first page");
      // What it imports besides is in the entry.
      return [
        link({ rel: "modulepreload", href: BASE + page.fileName }),
        ...[...(page.viteMetadata?.importedCss ?? [])].map((file) =>
          link({ rel: "preload", as: "style", href: BASE + file }),
        ),
      ];
    },
  },
});

export default defineConfig({
  base: BASE,
  plugins: [react(), firstPageAhead()],
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      output: {
        // By itself it would be some thirty files, and each costs a new tab two milliseconds and more before anything runs.
        codeSplitting: {
          groups: [
            { name: "base", tags: ["$initial"], priority: 2 },
            { name: FIRST_PAGE, test: OF_FIRST_PAGE, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "^/(?!console)": { target: server, changeOrigin: false } },
  },
});
