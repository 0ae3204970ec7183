// What became of a webhook's messages: each with its attempts, sent again one by one or all that was given up.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Send } from "lucide-react";
import { Fragment, useState } from "react";
import {
  type Delivery,
  type DeliveryState,
  deliveriesQuery,
  deliveryQuery,
  readWebhooksAgain,
  replayDelivery,
  replayWebhook,
  testWebhook,
  type Webhook,
} from "../../api/webhooks.ts";
import { momentText, sinceText } from "../../format.ts";
import { Button, Choose, controls } from "../../parts/controls.tsx";
import { Bone, Empty, Failed, Problem } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";

const route = getRouteApi("/signed-in/w/$workspaceId/webhooks");
const PILLS: Record<DeliveryState, string | undefined> = {
  pending: undefined,
  delivered: "active",
  failed: "revoked",
};

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { place, workspace } = useHere();
  const { state } = route.useSearch();
  const navigate = useNavigate();
  const found = useInfiniteQuery(deliveriesQuery(place, webhook.id, state));
  const deliveries = found.data?.pages.flatMap((page) => page.deliveries) ?? [];
  const [open, setOpen] = useState<string>();
  const act = (work: Promise<unknown>, done: string) =>
    void work
      .then(() => notify(done))
      .catch(notifyProblem)
      .then(() => readWebhooksAgain(place));
  const replayAll = async () => {
    const { replayed } = await replayWebhook(place, webhook.id);
    notify(words.webhooks.replayedMany(replayed));
    await readWebhooksAgain(place);
  };
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div className={css.titled}>
          <Link
            to="/w/$workspaceId/webhooks"
            params={{ workspaceId: workspace.id }}
            className={`${controls.button} ${controls.quiet} ${controls.icon}`}
            aria-label={words.webhooks.back}
          >
            <ArrowLeft size={18} aria-hidden />
          </Link>
          <div>
            <h1>{webhook.name}</h1>
            <p className={css.lead}>{webhook.url}</p>
          </div>
        </div>
        <div className={css.buttons}>
          <Button onPress={() => act(testWebhook(place, webhook.id), words.webhooks.tested)}>
            {words.webhooks.test}
          </Button>
          <Button onPress={() => void replayAll().catch(notifyProblem)}>{words.webhooks.replayFrom}</Button>
          <Choose
            label={words.webhooks.state}
            hideLabel
            value={state ?? "all"}
            choices={Object.entries(words.webhooks.states).map(([id, label]) => ({ id, label }))}
            onChange={(id) =>
              void navigate({
                to: ".",
                search: (before) => ({ ...before, state: id === "all" ? undefined : (id as DeliveryState) }),
                replace: true,
              })
            }
          />
        </div>
      </div>
      {found.isPending && <Bone width="100%" height={160} />}
      {found.isError && <Failed problem={found.error} onRetry={() => void found.refetch()} />}
      {found.data && deliveries.length === 0 && (
        <Empty icon={Send} title={words.webhooks.noDeliveries} hint={words.webhooks.noDeliveriesHint} />
      )}
      {deliveries.length > 0 && (
        <Table label={words.webhooks.deliveries} columns={words.webhooks.deliveryColumns}>
          {deliveries.map((delivery) => (
            <Fragment key={delivery.id}>
              <Line
                delivery={delivery}
                isOpen={open === delivery.id}
                onOpen={() => setOpen(open === delivery.id ? undefined : delivery.id)}
                onReplay={() => act(replayDelivery(place, webhook.id, delivery.id), words.webhooks.replayed)}
              />
              {open === delivery.id && (
                <tr>
                  <td colSpan={6}>
                    <Attempts webhook={webhook.id} delivery={delivery} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </Table>
      )}
      {found.hasNextPage && (
        <Button isDisabled={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
          {words.audit.more}
        </Button>
      )}
    </div>
  );
}

function Line({
  delivery,
  isOpen,
  onOpen,
  onReplay,
}: {
  delivery: Delivery;
  isOpen: boolean;
  onOpen: () => void;
  onReplay: () => void;
}) {
  return (
    <tr>
      <td>
        <code>{delivery.type}</code>
      </td>
      <td>
        <span className={css.pill} data-state={PILLS[delivery.state]}>
          {words.webhooks.states[delivery.state]}
        </span>
        {delivery.next_attempt_at && (
          <div className={css.soft}>{words.webhooks.next(sinceText(delivery.next_attempt_at))}</div>
        )}
      </td>
      <td className={css.soft}>{delivery.last_status ?? delivery.last_error ?? words.webhooks.noAnswer}</td>
      <td className={css.soft}>{delivery.attempts}</td>
      <td className={css.soft} title={momentText(delivery.created_at)}>
        {sinceText(delivery.created_at)}
      </td>
      <td>
        <Button look="quiet" aria-expanded={isOpen} onPress={onOpen}>
          {words.webhooks.detail}
        </Button>
        {delivery.state !== "pending" && (
          <Button look="quiet" onPress={onReplay}>
            {words.webhooks.replay}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Attempts({ webhook, delivery }: { webhook: string; delivery: Delivery }) {
  const { place } = useHere();
  const found = useQuery(deliveryQuery(place, webhook, delivery.id));
  if (found.isPending) return <Bone width="100%" height={40} />;
  if (found.isError) return <Problem>{found.error.message}</Problem>;
  return (
    <ol className={css.attempts}>
      {found.data.log.map((attempt) => (
        <li key={attempt.number}>
          {[
            words.webhooks.attempt(attempt.number),
            momentText(attempt.attempted_at),
            attempt.status ?? attempt.error ?? words.webhooks.noAnswer,
            words.webhooks.took(attempt.took_ms),
          ].join(" · ")}
        </li>
      ))}
    </ol>
  );
}
