// What waits for who is signed in: requests, tasks, mentions. New ones come by the change feed.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { CircleCheck, Inbox, MailOpen } from "lucide-react";
import { assetQuery } from "../api/assets.ts";
import type { Place } from "../api/client.ts";
import {
  finishTask,
  markRead,
  type Notification,
  notificationsQuery,
  readInboxAgain,
  type Task,
  tasksQuery,
} from "../api/reviews.ts";
import { membersQuery } from "../api/workspace.ts";
import { momentText, personName, sinceText } from "../format.ts";
import { Button, IconButton } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
import { words } from "../words.ts";
import { findWorkspace, openAccounts, useHere } from "../workspaces.ts";
import css from "./for-me.module.css";
import plain from "./plain.module.css";

const route = getRouteApi("/signed-in/w/$workspaceId/for-me");

export function ForMePage() {
  const { place, session } = useHere();
  const { show } = route.useSearch();
  const navigate = useNavigate();
  const news = useQuery(notificationsQuery(openAccounts(session), show !== "all"));
  const tasks = useQuery(tasksQuery(place, session.user.id));
  const open = tasks.data?.filter((task) => task.status !== "Completed") ?? [];
  const unread = news.data?.filter((one) => !one.read_at) ?? [];
  const filter = (next: "all" | undefined) =>
    void navigate({ to: ".", search: next ? { show: next } : {}, replace: true });
  const markAll = async () => {
    await Promise.all(unread.map((one) => markRead(one, true))).catch(notifyProblem);
    await readInboxAgain();
  };
  return (
    <div className={plain.page}>
      <div className={plain.head}>
        <div>
          <h1>{words.inbox.title}</h1>
          <p className={plain.lead}>{words.inbox.lead}</p>
        </div>
        <div className={css.tools}>
          <Button look={show ? "quiet" : "plain"} aria-pressed={!show} onPress={() => filter(undefined)}>
            {words.inbox.unread}
          </Button>
          <Button look={show ? "plain" : "quiet"} aria-pressed={Boolean(show)} onPress={() => filter("all")}>
            {words.inbox.all}
          </Button>
          {unread.length > 0 && (
            <Button onPress={() => void markAll()}>
              <MailOpen size={15} aria-hidden />
              {words.inbox.markAll}
            </Button>
          )}
        </div>
      </div>
      {news.isPending && <Bone width="100%" height={160} />}
      {news.isError && <Failed problem={news.error} onRetry={() => void news.refetch()} />}
      {tasks.isError && <Failed problem={tasks.error} onRetry={() => void tasks.refetch()} />}
      {open.length > 0 && (
        <section className={css.part}>
          <h2>{words.inbox.tasks}</h2>
          <ul className={css.list} aria-label={words.inbox.tasks}>
            {open.map((task) => (
              <TaskLine key={task.id} task={task} />
            ))}
          </ul>
        </section>
      )}
      {news.data && news.data.length > 0 && (
        <section className={css.part}>
          <h2>{words.inbox.news}</h2>
          <ul className={css.list} aria-label={words.inbox.news}>
            {news.data.map((one) => (
              <News key={one.id} news={one} />
            ))}
          </ul>
        </section>
      )}
      {news.data?.length === 0 && tasks.data && open.length === 0 && (
        <Empty icon={Inbox} title={words.inbox.empty} hint={words.inbox.emptyHint} />
      )}
    </div>
  );
}

function News({ news }: { news: Notification }) {
  const { session, workspace } = useHere();
  const where = findWorkspace(session, news.workspace_id);
  const place: Place = { "x-account-id": news.account_id, "x-workspace-id": news.workspace_id };
  const asset = useQuery({
    ...assetQuery(place, news.asset_id ?? ""),
    enabled: where !== undefined && news.asset_id !== null,
  });
  const members = useQuery(membersQuery(place));
  const actor = members.data?.find((member) => member.user_id === news.actor_id);
  const mark = async (read: boolean) => {
    await markRead(news, read).catch(notifyProblem);
    await readInboxAgain();
  };
  const read = news.read_at !== null;
  return (
    <li className={css.line} data-unread={!read}>
      <div className={css.what}>
        <span>
          <b>{actor ? personName(actor.user) : words.inbox.somebody}</b>{" "}
          {words.inbox.kinds[news.type] ?? news.type}
        </span>
        {news.asset_id && (
          <Link
            to="/w/$workspaceId/assets/$assetId"
            params={{ workspaceId: news.workspace_id, assetId: news.asset_id }}
            search={{}}
            onClick={() => void (read || mark(true))}
          >
            {asset.data?.name ?? words.actions.open}
          </Link>
        )}
        {where && where.workspace.id !== workspace.id && (
          <span className={plain.soft}>{words.inbox.inWorkspace(where.workspace.name)}</span>
        )}
      </div>
      <span className={plain.soft} title={momentText(news.created_at)}>
        {sinceText(news.created_at)}
      </span>
      <IconButton
        label={read ? words.inbox.markUnread : words.inbox.markRead}
        onPress={() => void mark(!read)}
      >
        <MailOpen size={16} aria-hidden />
      </IconButton>
    </li>
  );
}

function TaskLine({ task }: { task: Task }) {
  const { place, workspace } = useHere();
  const finish = async () => {
    await finishTask(place, task.id)
      .then(() => notify(words.inbox.taskDone(task.title)))
      .catch(notifyProblem);
    await readInboxAgain();
  };
  return (
    <li className={css.line}>
      <div className={css.what}>
        <b>{task.title}</b>
        {task.asset && (
          <Link
            to="/w/$workspaceId/assets/$assetId"
            params={{ workspaceId: workspace.id, assetId: task.asset.id }}
            search={{}}
          >
            {task.asset.name}
          </Link>
        )}
      </div>
      <span className={plain.pill} data-state={task.priority === "Urgent" ? "revoked" : undefined}>
        {words.inbox.priorities[task.priority] ?? task.priority}
      </span>
      <Button aria-label={`${words.inbox.done}: ${task.title}`} onPress={() => void finish()}>
        <CircleCheck size={15} aria-hidden />
        {words.inbox.done}
      </Button>
    </li>
  );
}
