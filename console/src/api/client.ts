// The API's client: typed by the published document, with what every request of a signed-in person carries.
import createClient from "openapi-fetch";
import { momentText } from "../format.ts";
import { csrfToken, sessionEnded } from "../session.ts";
import { instead, whatToDo } from "../words/problems.ts";
import { words } from "../words.ts";
import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];

/** Where a request happens: the headers that the API wants. */
export type Place = { "x-account-id": string; "x-workspace-id": string };

/** A refusal of the API, or that it can't be reached (`status` 0). Its message says what to do next. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId = "",
  ) {
    super(message);
  }
}

/** `fetch` with the session's protection against forged requests; tells the session when it has ended. */
export async function send(input: Request | string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input, { ...init, credentials: "same-origin" });
  const token = csrfToken();
  if (token && request.method !== "GET" && request.method !== "HEAD") {
    request.headers.set("x-csrf-token", token);
  }
  let response: Response;
  try {
    response = await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new ApiProblem(0, "unreachable", words.problems.unreachable);
  }
  if (response.status === 401) sessionEnded();
  return response;
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => {
    if (request.method === "POST") request.headers.set("idempotency-key", newIdempotencyKey());
    return send(request);
  },
});

/**
 * Of one request. A browser sends again by itself what got no answer, though the server may have done it: it does so once.
 * `crypto.randomUUID` is there behind TLS alone.
 */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** The data of an answer. Throws `ApiProblem` for a refusal. */
export async function take<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
  return data as NonNullable<T>;
}

/** The bytes of an answer, as they come. Throws `ApiProblem` for a refusal. Not every browser can go through a stream by itself. */
export async function* bytesOf(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!response.ok || !response.body) {
    throw problemOf(response.status, await response.json().catch(() => undefined));
  }
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** What an error's body says, and what to do about it; a proxy's page says nothing that helps. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (body && typeof body === "object" && "message" in body) {
    const { message, code, request_id, fields } = body as Schemas["ErrorBody"];
    const details = (fields ?? []).map((field) => `${field.field}: ${field.message}`).join("; ");
    // Until when somebody holds a lock, in the time of who reads it; where more is told, on a page and not by the API.
    const said = message.replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, momentText).replace(/ \(GET [^)]*\)/, "");
    const sentence = instead[code] ?? (details ? `${said} (${details})` : said);
    const more = [whatToDo[code], status >= 500 && request_id && words.problems.requestIs(request_id)];
    const text = [/[.!?]$/.test(sentence) ? sentence : `${sentence}.`, ...more].filter(Boolean).join(" ");
    return new ApiProblem(status, code, text, request_id);
  }
  return new ApiProblem(status, "unknown", words.problems.unexpected(status));
}

/** The cursor of the next page, from the header `Link`. */
export function nextCursor(response: Response): string | undefined {
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  return link ? (new URL(link, window.location.origin).searchParams.get("cursor") ?? undefined) : undefined;
}
