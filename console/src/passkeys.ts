// Passkeys: what the browser's own dialogue is asked, and what the server is told of it.
import { queryOptions } from "@tanstack/react-query";
import { queries } from "./queries.ts";
import { ask, enter, type Session } from "./session.ts";

export type Passkey = { id: string; name: string; created_at: string; last_used_at: string | null };

type Asked<T> = { publicKey: T };

export const passkeysQuery = queryOptions({
  queryKey: ["session", "passkeys"],
  queryFn: () => ask<Passkey[]>("GET", "/session/passkeys"),
});

/** Whether this browser has passkeys, and reads what the server asks in JSON. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Thrown where somebody has closed the browser's dialogue, or took too long: nothing to complain of. */
export class Dismissed extends Error {}

export async function signInByPasskey(): Promise<Session> {
  const asked = await ask<Asked<PublicKeyCredentialRequestOptionsJSON>>("POST", "/session/passkey/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey);
  const credential = await answered(navigator.credentials.get({ publicKey }));
  return enter(await ask<Session>("POST", "/session/passkey", { credential }));
}

/** Makes one on this device. `password`: needed where the sign-in is some time ago. */
export async function makePasskey(name: string, password?: string): Promise<void> {
  const asked = await ask<Asked<PublicKeyCredentialCreationOptionsJSON>>(
    "POST",
    "/session/passkeys/options",
    {
      ...(password ? { current_password: password } : {}),
    },
  );
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey);
  const credential = await answered(navigator.credentials.create({ publicKey }));
  await ask("POST", "/session/passkeys", { credential, name });
  await queries.invalidateQueries({ queryKey: passkeysQuery.queryKey });
}

export async function renamePasskey(id: string, name: string): Promise<void> {
  await ask("PATCH", `/session/passkeys/${encodeURIComponent(id)}`, { name });
  await queries.invalidateQueries({ queryKey: passkeysQuery.queryKey });
}

export async function forgetPasskey(id: string): Promise<void> {
  await ask("DELETE", `/session/passkeys/${encodeURIComponent(id)}`);
  await queries.invalidateQueries({ queryKey: passkeysQuery.queryKey });
}

async function answered(asking: Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await asking;
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch (problem) {
    if (!(problem instanceof DOMException && ["NotAllowedError", "AbortError"].includes(problem.name))) {
      throw problem;
    }
  }
  throw new Dismissed();
}
