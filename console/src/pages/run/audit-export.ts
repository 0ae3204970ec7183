// The trail's actions, and its lines as a table for other programs.
import type { Schemas } from "../../api/client.ts";
import type { AuditEntry } from "../../api/run.ts";

/** As the API names them: what one searches for in a log. */
export const AUDIT_ACTIONS: Schemas["AuditAction"][] = [
  "audit.started",
  "audit.lost",
  "account.created",
  "account.plan_changed",
  "account.suspended",
  "account.resumed",
  "account.closed",
  "account.purged",
  "account.tokens_revoked",
  "member.roles_changed",
  "member.removed",
  "invite.created",
  "invite.accepted",
  "invite.rejected",
  "invite.deleted",
  "workspace.created",
  "workspace.deleted",
  "workspace.restored",
  "workspace.purged",
  "key.created",
  "key.changed",
  "key.rotated",
  "key.revoked",
  "key.expired",
  "key.leaked",
  "secret.revoked",
  "token.issued",
  "token.refused",
  "token.revoked",
  "session.created",
  "session.refused",
  "session.ended",
  "password.changed",
  "password.reset",
  "password_link.created",
  "passkey.created",
  "passkey.deleted",
  "passkey.doubted",
  "identity.linked",
  "request.refused",
  "limit.tripped",
  "signing_key.created",
  "signing_key.activated",
  "signing_key.retired",
  "signing_key.revoked",
  "secrets.changed",
];

const COLUMNS = [
  "sequence",
  "at",
  "action",
  "outcome",
  "reason",
  "user_id",
  "key",
  "subject",
  "address",
  "agent",
  "request_id",
  "token_id",
  "details",
] as const;

/** Comma-separated values (RFC 4180). A spreadsheet would run a text that begins like a formula: that gets a quote before it. */
export function csvOf(entries: AuditEntry[]): string {
  const cell = (value: unknown) => {
    const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = entries.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(","));
  return `${[COLUMNS.join(","), ...lines].join("\r\n")}\r\n`;
}
