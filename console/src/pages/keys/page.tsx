// The account's API keys: seen, made, rotated, revoked.
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { type ApiKey, keysQuery, revokeKey } from "../../api/keys.ts";
import { momentText, sinceText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button } from "../../parts/controls.tsx";
import { Bone, Empty, Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import { MakeKey } from "./make.tsx";
import { RotateKey } from "./rotate.tsx";
import { type NewSecret, SecretDialog } from "./secret.tsx";

type Open = { what: "make" } | { what: "rotate" | "revoke"; key: ApiKey };

export function KeysPage() {
  const { place } = useHere();
  const keys = useQuery(keysQuery(place));
  const [open, setOpen] = useState<Open>();
  const [secret, setSecret] = useState<NewSecret>();
  const close = () => setOpen(undefined);
  const made = (found: NewSecret) => {
    close();
    setSecret(found);
    void queries.invalidateQueries({ queryKey: keysQuery(place).queryKey });
  };
  const make = (
    <Button look="primary" onPress={() => setOpen({ what: "make" })}>
      <Plus size={16} aria-hidden />
      {words.keys.make}
    </Button>
  );
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.keys.title}</h1>
          <p className={css.lead}>{words.keys.lead}</p>
        </div>
        {make}
      </div>
      {keys.isPending && <Bone width="100%" height={180} />}
      {keys.isError && <Failed problem={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data?.length === 0 && (
        <Empty icon={KeyRound} title={words.keys.empty} hint={words.keys.emptyHint} />
      )}
      {keys.data && keys.data.length > 0 && (
        <Table columns={words.keys.columns}>
          {keys.data.map((key) => (
            <Row key={key.id} apiKey={key} onOpen={setOpen} />
          ))}
        </Table>
      )}
      {open?.what === "make" && <MakeKey onClose={close} onMade={made} />}
      {open?.what === "rotate" && <RotateKey apiKey={open.key} onClose={close} onMade={made} />}
      {open?.what === "revoke" && <RevokeKey apiKey={open.key} onClose={close} />}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </div>
  );
}

function Row({ apiKey, onOpen }: { apiKey: ApiKey; onOpen: (open: Open) => void }) {
  const used = apiKey.last_used_at;
  const roles = apiKey.roles.map((role) => words.keys.roles[role]?.[0] ?? role);
  return (
    <tr>
      <td>
        <div className={css.strong}>{apiKey.name}</div>
        <code className={css.soft}>{apiKey.id}</code>
      </td>
      <td>{roles.join(", ")}</td>
      <td className={css.soft} title={apiKey.scopes?.join(", ")}>
        {apiKey.scopes ? apiKey.scopes.length : words.keys.all}
      </td>
      <td
        className={css.soft}
        title={used ? `${momentText(used)} · ${apiKey.last_used_ip ?? ""}` : undefined}
      >
        {used ? sinceText(used) : words.keys.neverUsed}
      </td>
      <td>
        <span className={css.pill} data-state={apiKey.state}>
          {words.keys.states[apiKey.state] ?? apiKey.state}
        </span>
      </td>
      <td>
        {apiKey.state === "active" && (
          <>
            <Button
              look="quiet"
              aria-label={`${words.keys.rotate}: ${apiKey.name}`}
              onPress={() => onOpen({ what: "rotate", key: apiKey })}
            >
              {words.keys.rotate}
            </Button>
            <Button
              look="quiet"
              aria-label={`${words.keys.revoke}: ${apiKey.name}`}
              onPress={() => onOpen({ what: "revoke", key: apiKey })}
            >
              {words.keys.revoke}
            </Button>
          </>
        )}
      </td>
    </tr>
  );
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { place } = useHere();
  return (
    <Ask
      title={words.keys.revokeTitle(apiKey.name)}
      lead={words.keys.revokeLead}
      yes={words.keys.revoke}
      onYes={async () => {
        await revokeKey(place, apiKey.id);
        await queries.invalidateQueries({ queryKey: keysQuery(place).queryKey });
        notify(words.keys.revoked(apiKey.name));
      }}
      onClose={onClose}
    />
  );
}
