// The workspaces that are open to who is signed in, and the one that a page is in.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiProblem, type Place } from "./api/client.ts";
import { type Account, type Session, sessionQuery, type Workspace } from "./session.ts";
import { words } from "./words.ts";

const KEY = "mudlark-workspace";

export const lastWorkspace = (): string | null => localStorage.getItem(KEY);
export const rememberWorkspace = (id: string): void => localStorage.setItem(KEY, id);

export const workspacesOf = (session: Session) =>
  session.accounts.flatMap((account) => account.workspaces.map((workspace) => ({ account, workspace })));

/** Whether pages that run the account are of use to somebody. The server decides; this only spares them a refusal. */
export const runsAccount = (account: Account): boolean =>
  account.roles.some((role) => role === "owner" || role === "admin");

/** The plans whose accounts let people and scripts in; the API names no others. */
const OPEN_PLANS = ["pro", "enterprise"];

export const isOpenPlan = (plan: string): boolean => OPEN_PLANS.includes(plan);

/** Why an account refuses everybody, if it does. */
export const closedBecause = (account: Account): "suspended" | "plan" | undefined =>
  account.suspended ? "suspended" : isOpenPlan(account.plan) ? undefined : "plan";

/** Those that let who is signed in work in them. */
export const openAccounts = (session: Session): string[] =>
  session.accounts.filter((account) => !closedBecause(account)).map((account) => account.id);

/** The same of pages that run the workspace. */
export const runsWorkspace = (workspace: Workspace): boolean => workspace.roles.includes("admin");

/** The same of what changes art and where it lies. */
export const changesArt = (workspace: Workspace): boolean =>
  workspace.roles.some((role) => role === "manage_art" || role === "admin");

export type Here = { session: Session; account: Account; workspace: Workspace; place: Place };

/** A workspace that is open to who is signed in, and whose it is. */
export const findWorkspace = (session: Session, id: string | undefined) =>
  workspacesOf(session).find(({ workspace }) => workspace.id === id);

export const placeOf = ({ account, workspace }: { account: Account; workspace: Workspace }): Place => ({
  "x-account-id": account.id,
  "x-workspace-id": workspace.id,
});

/** Where the page is. Throws for a workspace that is not open to who is signed in: the page then says so. */
export function useHere(): Here {
  const { workspaceId } = useParams({ strict: false });
  const { data: session } = useQuery(sessionQuery);
  const here = useMemo(() => {
    const found = session && findWorkspace(session, workspaceId);
    return found && { session, ...found, place: placeOf(found) };
  }, [session, workspaceId]);
  if (!here) throw new ApiProblem(404, "workspace", words.problems.missing);
  return here;
}
