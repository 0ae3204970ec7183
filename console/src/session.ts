// Who is signed in, and how one signs in and out. The only file that knows: pages ask it.
// The session itself is a cookie that scripts can't read; what is kept here is what the server tells of it.
import { queryOptions } from "@tanstack/react-query";
import { ApiProblem, problemOf, send } from "./api/client.ts";
import { queries } from "./queries.ts";

export type Workspace = { id: string; name: string; roles: string[] };
export type Account = {
  id: string;
  name: string;
  roles: string[];
  plan: string;
  suspended: boolean;
  workspaces: Workspace[];
};
export type Session = {
  user: { id: string; name: string; email: string };
  csrf_token: string;
  accounts: Account[];
};
export type SignedInDevice = {
  id: string;
  created_at: string;
  last_used_at: string;
  address: string | null;
  user_agent: string | null;
  current: boolean;
};

/** The session; `null` where nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    try {
      return await ask<Session>("GET", "/session");
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.status === 401) return null;
      throw problem;
    }
  },
  staleTime: 5 * 60_000,
});

export const devicesQuery = queryOptions({
  queryKey: ["session", "devices"],
  queryFn: () => ask<SignedInDevice[]>("GET", "/session/list"),
});

export type Ways = {
  password: boolean;
  password_letter: boolean;
  passkey: boolean;
  openid: { name: string; address: string } | null;
};

/** Which ways of signing in there are, at this address. */
export const waysQuery = queryOptions({
  queryKey: ["sign-in-ways"],
  queryFn: () => ask<Ways>("GET", "/session/ways"),
  staleTime: 5 * 60_000,
});

/** The value that unsafe requests carry. */
export function csrfToken(): string | undefined {
  return queries.getQueryData(sessionQuery.queryKey)?.csrf_token;
}

/** Called where the server says that the session is over: the page then asks to sign in again. */
export function sessionEnded(): void {
  if (queries.getQueryData(sessionQuery.queryKey)) queries.setQueryData(sessionQuery.queryKey, null);
}

export async function signIn(email: string, password: string): Promise<Session> {
  return enter(await ask<Session>("POST", "/session", { email, password }));
}

/** The first start's link: makes the first owner, signed in. */
export async function welcome(owner: {
  token: string;
  name: string;
  email: string;
  password: string;
  account_name: string;
}): Promise<Session> {
  return enter(await ask<Session>("POST", "/session/welcome", owner));
}

/** A one-time link for a new password; signed in afterwards. */
export async function resetPassword(token: string, password: string): Promise<Session> {
  return enter(await ask<Session>("POST", "/session/reset", { token, password }));
}

/** Has a letter sent with such a link. Nothing tells whether somebody has the address. */
export const askForLetter = (email: string): Promise<void> =>
  ask("POST", "/session/password-letter", { email });

/** An invite, accepted by somebody new. Somebody known is refused (409): they sign in first. */
export async function join(token: string, name: string, password: string): Promise<Session> {
  return enter(await ask<Session>("POST", "/session/join", { token, name, password }));
}

export async function changePassword(current_password: string, new_password: string): Promise<void> {
  await ask("POST", "/session/password", { current_password, new_password });
  await queries.invalidateQueries({ queryKey: ["session"] });
}

export async function signOutDevice(id: string): Promise<void> {
  await ask("DELETE", `/session/list/${encodeURIComponent(id)}`);
  await queries.invalidateQueries({ queryKey: devicesQuery.queryKey });
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/session");
  become(null);
}

export function enter(session: Session): Session {
  become(session);
  return session;
}

/** Nothing that one person has seen is left for the next. The session itself stays where pages look for it: they see the change. */
function become(session: Session | null): void {
  queries.setQueryData(sessionQuery.queryKey, session);
  const [first] = sessionQuery.queryKey;
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey.length > 1 || queryKey[0] !== first });
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(window.location.origin + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  const value = text && response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
  if (!response.ok) throw problemOf(response.status, value);
  return value as T;
}
