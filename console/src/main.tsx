// The console's start: data, addresses, and the root element.
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { queries } from "./queries.ts";
import { loadAhead, router } from "./routes.tsx";
import { sessionQuery } from "./session.ts";
import { applyTheme } from "./theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();
loadAhead(window.location.pathname);
// index.html has it fetched before.
void queries.prefetchQuery(sessionQuery);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en">
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
