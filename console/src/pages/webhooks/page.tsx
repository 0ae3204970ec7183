// Who is told of what happens in the workspace: made, tried, paused, given another secret, deleted.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Ellipsis, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import {
  changeWebhook,
  deleteWebhook,
  readWebhooksAgain,
  rotateWebhook,
  testWebhook,
  type Webhook,
  webhooksQuery,
} from "../../api/webhooks.ts";
import { momentText, sinceText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { ActionMenu, Button, IconButton } from "../../parts/controls.tsx";
import { type Shown, ShownOnce } from "../../parts/shown-once.tsx";
import { Bone, Empty, Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import { Deliveries } from "./deliveries.tsx";
import { MakeWebhook } from "./make.tsx";

const route = getRouteApi("/signed-in/w/$workspaceId/webhooks");

type Open = { what: "make" } | { what: "rotate" | "remove"; webhook: Webhook };

export function WebhooksPage() {
  const { place } = useHere();
  const { webhook: chosen } = route.useSearch();
  const webhooks = useQuery(webhooksQuery(place));
  const [open, setOpen] = useState<Open>();
  const [shown, setShown] = useState<Shown>();
  const found = webhooks.data?.find((webhook) => webhook.id === chosen);
  if (found) return <Deliveries webhook={found} />;
  const showSecret = (name: string, secret: string) =>
    setShown({
      title: words.webhooks.secretTitle,
      lead: words.webhooks.secretLead,
      done: words.webhooks.kept,
      lines: [{ who: name, text: secret }],
    });
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.webhooks.title}</h1>
          <p className={css.lead}>{words.webhooks.lead}</p>
        </div>
        <Button look="primary" onPress={() => setOpen({ what: "make" })}>
          {words.webhooks.make}
        </Button>
      </div>
      {webhooks.isPending && <Bone width="100%" height={160} />}
      {webhooks.isError && <Failed problem={webhooks.error} onRetry={() => void webhooks.refetch()} />}
      {webhooks.data?.length === 0 && (
        <Empty icon={WebhookIcon} title={words.webhooks.empty} hint={words.webhooks.emptyHint} />
      )}
      {webhooks.data && webhooks.data.length > 0 && (
        <Table columns={words.webhooks.columns}>
          {webhooks.data.map((webhook) => (
            <Row key={webhook.id} webhook={webhook} onOpen={(what) => setOpen({ what, webhook })} />
          ))}
        </Table>
      )}
      {open?.what === "make" && <MakeWebhook onClose={() => setOpen(undefined)} onMade={showSecret} />}
      {open?.what === "rotate" && (
        <Ask
          title={words.webhooks.rotateTitle(open.webhook.name)}
          lead={words.webhooks.rotateLead}
          yes={words.webhooks.rotate}
          danger={false}
          onClose={() => setOpen(undefined)}
          onYes={async () => {
            const { name, secret } = await rotateWebhook(place, open.webhook.id);
            await readWebhooksAgain(place);
            showSecret(name, secret);
          }}
        />
      )}
      {open?.what === "remove" && (
        <Ask
          title={words.webhooks.removeTitle(open.webhook.name)}
          lead={words.webhooks.removeLead}
          yes={words.webhooks.remove}
          onClose={() => setOpen(undefined)}
          onYes={async () => {
            await deleteWebhook(place, open.webhook.id);
            await readWebhooksAgain(place);
            notify(words.webhooks.removed(open.webhook.name));
          }}
        />
      )}
      {shown && <ShownOnce shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

function Row({ webhook, onOpen }: { webhook: Webhook; onOpen: (what: "rotate" | "remove") => void }) {
  const { place, workspace } = useHere();
  const act = (work: Promise<unknown>, done?: string) =>
    void work
      .then(() => done && notify(done))
      .catch(notifyProblem)
      .then(() => readWebhooksAgain(place));
  const { enabled, id } = webhook;
  return (
    <tr>
      <td className={css.strong}>
        <Link to="/w/$workspaceId/webhooks" params={{ workspaceId: workspace.id }} search={{ webhook: id }}>
          {webhook.name}
        </Link>
        <div className={css.soft}>{webhook.url}</div>
      </td>
      <td className={css.soft}>
        {webhook.events.length === 0 ? words.webhooks.all : webhook.events.join(", ")}
      </td>
      <td>
        <span className={css.pill} data-state={enabled ? "active" : undefined}>
          {enabled ? words.webhooks.on : words.webhooks.paused}
        </span>
      </td>
      <td className={css.soft} title={momentText(webhook.updated_at)}>
        {sinceText(webhook.updated_at)}
      </td>
      <td>
        <ActionMenu
          label={words.webhooks.actions(webhook.name)}
          actions={[
            {
              id: "test",
              label: words.webhooks.test,
              onAction: () => act(testWebhook(place, id), words.webhooks.tested),
            },
            {
              id: "pause",
              label: enabled ? words.webhooks.pause : words.webhooks.resume,
              onAction: () => act(changeWebhook(place, id, { enabled: !enabled })),
            },
            { id: "rotate", label: words.webhooks.rotate, onAction: () => onOpen("rotate") },
            { id: "remove", label: words.webhooks.remove, danger: true, onAction: () => onOpen("remove") },
          ]}
        >
          <IconButton label={words.webhooks.actions(webhook.name)}>
            <Ellipsis size={17} aria-hidden />
          </IconButton>
        </ActionMenu>
      </td>
    </tr>
  );
}
