// Leads to the sign-in page when the session ends while a page is open.
import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { sessionQuery } from "../session.ts";

export function Guard() {
  const { data: session } = useQuery(sessionQuery);
  const router = useRouter();
  const ended = session === null;
  useEffect(() => {
    // The address as it is when the session ends: it changes on the way to the sign-in page.
    if (ended) {
      const { href } = router.state.location;
      void router.navigate({ to: "/sign-in", search: { to: href }, replace: true });
    }
  }, [ended, router]);
  return ended ? null : <Outlet />;
}
