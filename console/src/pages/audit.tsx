// The account's audit trail: filtered by the server, newest first, exported as it is shown.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Download, ScrollText } from "lucide-react";
import { useState } from "react";
import { type AuditEntry, type AuditFilters, auditQuery } from "../api/run.ts";
import { membersQuery } from "../api/workspace.ts";
import { saveFile } from "../downloads.ts";
import { momentText, personName, sinceText } from "../format.ts";
import { Button, Choose, Dialog, DialogEnd, Field } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { words } from "../words.ts";
import { useHere } from "../workspaces.ts";
import css from "./plain.module.css";
import { AUDIT_ACTIONS, csvOf } from "./run/audit-export.ts";

const route = getRouteApi("/signed-in/w/$workspaceId/audit");
const ANY = "any";

export function AuditPage() {
  const { place } = useHere();
  const search = route.useSearch();
  const navigate = useNavigate();
  const found = useInfiniteQuery(auditQuery(place, search));
  const members = useQuery(membersQuery(place));
  const entries = found.data?.pages.flatMap((page) => page.entries) ?? [];
  const [shown, setShown] = useState<AuditEntry>();
  const narrow = (change: AuditFilters) =>
    void navigate({ to: ".", search: { ...search, ...change }, replace: true });
  const who = (entry: AuditEntry): string => {
    const person = members.data?.find((member) => member.user_id === entry.user_id);
    if (person) return personName(person.user);
    const by = (entry.details as { by?: string } | null)?.by;
    return (
      entry.key ?? (by === "operator" ? words.audit.operator : by === "server" ? words.audit.server : "")
    );
  };
  const narrowed = Object.values(search).some(Boolean);
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.audit.title}</h1>
          <p className={css.lead}>{words.audit.lead}</p>
        </div>
        <div className={css.bar}>
          <Button
            isDisabled={entries.length === 0}
            onPress={() =>
              saveFile(
                new Blob([JSON.stringify(entries, null, 2)], { type: "application/json" }),
                "audit.json",
              )
            }
          >
            <Download size={15} aria-hidden />
            {words.audit.json}
          </Button>
          <Button
            isDisabled={entries.length === 0}
            onPress={() => saveFile(new Blob([csvOf(entries)], { type: "text/csv" }), "audit.csv")}
          >
            <Download size={15} aria-hidden />
            {words.audit.csv}
          </Button>
        </div>
      </div>
      <div className={css.bar}>
        <Choose
          label={words.audit.action}
          value={search.action ?? ANY}
          choices={[
            { id: ANY, label: words.audit.anyAction },
            ...AUDIT_ACTIONS.map((id) => ({ id, label: id })),
          ]}
          onChange={(id) => narrow({ action: id === ANY ? undefined : id })}
        />
        <Choose
          label={words.audit.outcome}
          value={search.outcome ?? ANY}
          choices={["any", "allowed", "refused"].map((id) => ({
            id,
            label: words.audit.outcomes[id] ?? id,
          }))}
          onChange={(id) => narrow({ outcome: id === ANY ? undefined : (id as "allowed" | "refused") })}
        />
        <Choose
          label={words.audit.actor}
          value={search.person ?? ANY}
          choices={[
            { id: ANY, label: words.audit.anyActor },
            ...(members.data ?? []).map((member) => ({ id: member.user_id, label: personName(member.user) })),
          ]}
          onChange={(id) => narrow({ person: id === ANY ? undefined : id })}
        />
        <KeyField key={search.key} value={search.key ?? ""} onSet={(key) => narrow({ key })} />
        <Field
          label={words.audit.since}
          type={"date" as "text"}
          value={search.since ?? ""}
          onChange={(since) => narrow({ since: since || undefined })}
        />
        <Field
          label={words.audit.until}
          type={"date" as "text"}
          value={search.until ?? ""}
          onChange={(until) => narrow({ until: until || undefined })}
        />
        {narrowed && (
          <Button look="quiet" onPress={() => void navigate({ to: ".", search: {}, replace: true })}>
            {words.audit.clear}
          </Button>
        )}
      </div>
      {found.isPending && <Bone width="100%" height={240} />}
      {found.isError && <Failed problem={found.error} onRetry={() => void found.refetch()} />}
      {found.data && entries.length === 0 && (
        <Empty icon={ScrollText} title={words.audit.empty} hint={words.audit.emptyHint} />
      )}
      {entries.length > 0 && (
        <Table label={words.audit.title} columns={words.audit.columns}>
          {entries.map((entry) => (
            <tr key={entry.sequence}>
              <td title={momentText(entry.at)}>{sinceText(entry.at)}</td>
              <td className={css.strong}>{who(entry)}</td>
              <td>
                <code>{entry.action}</code>
              </td>
              <td>
                <span
                  className={css.pill}
                  data-state={entry.outcome === "allowed" ? "active" : "revoked"}
                  title={entry.reason ?? undefined}
                >
                  {words.audit.outcomes[entry.outcome]}
                </span>
              </td>
              <td className={css.soft}>{entry.address}</td>
              <td>
                <Button
                  look="quiet"
                  aria-label={`${words.audit.show}: ${words.audit.detail(entry.sequence)}`}
                  onPress={() => setShown(entry)}
                >
                  {words.audit.show}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {found.hasNextPage && (
        <Button isDisabled={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
          {words.audit.more}
        </Button>
      )}
      {shown && (
        <Dialog title={words.audit.detail(shown.sequence)} open onClose={() => setShown(undefined)} wide>
          <dl className={css.facts}>
            {Object.entries(words.audit.fields).map(([id, label]) => {
              const value = shown[id as keyof AuditEntry];
              if (value === null || value === undefined) return null;
              return (
                <div key={id}>
                  <dt>{label}</dt>
                  <dd>{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
                </div>
              );
            })}
          </dl>
          <DialogEnd>
            <Button look="primary" onPress={() => setShown(undefined)}>
              {words.actions.close}
            </Button>
          </DialogEnd>
        </Dialog>
      )}
    </div>
  );
}

/** Set when it is whole: a part of a key is none. */
function KeyField({ value, onSet }: { value: string; onSet: (key: string | undefined) => void }) {
  const [typed, setTyped] = useState(value);
  const set = () => typed.trim() !== value && onSet(typed.trim() || undefined);
  return (
    <Field
      label={words.audit.key}
      value={typed}
      onChange={setTyped}
      onBlur={set}
      onKeyDown={(event) => event.key === "Enter" && set()}
    />
  );
}
