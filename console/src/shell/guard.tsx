// Leads to the sign-in page when the session ends while a page is open.
import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { sessionQuery } from "../session.ts";

export function Guard() {
  const { data: session } = useQuery(sessionQuery);
  const location = useLocation();
  if (session === null) return <Navigate to="/sign-in" search={{ to: location.href }} replace />;
  return <Outlet />;
}
