// What has been read from the server, kept for the pages.
import { notifyManager, QueryClient } from "@tanstack/react-query";

// By default an answer waits for a timer before it is drawn, behind all else that has come meanwhile.
notifyManager.setScheduler(queueMicrotask);

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // One looks at many assets, one after the other, and comes back to few.
      gcTime: 20_000,
      // A refusal will be one the second time too; a server that was away may be back.
      retry: (count, problem) => count < 2 && (problem as { status?: number }).status === 0,
    },
  },
});
