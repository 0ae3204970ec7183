// What servers do for the account beside requests: a part of the page of its health.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { type Job, type JobState, jobsQuery, retryJob } from "../api/run.ts";
import { momentText, sinceText } from "../format.ts";
import { Button, Choose } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { notify } from "../parts/toasts.tsx";
import { queries } from "../queries.ts";
import { words } from "../words.ts";
import { useHere } from "../workspaces.ts";
import css from "./plain.module.css";

const ALL = "all";
const PILLS: Record<JobState, string | undefined> = {
  due: undefined,
  running: "active",
  waiting: undefined,
  dead: "revoked",
};

export function Jobs() {
  const { place } = useHere();
  const [state, setState] = useState<JobState>();
  const found = useInfiniteQuery(jobsQuery(place, state));
  const jobs = found.data?.pages.flatMap((page) => page.jobs) ?? [];
  return (
    <section className={css.below}>
      <h2>{words.health.jobs}</h2>
      <p className={css.soft}>{words.health.jobsLead}</p>
      <div className={css.bar}>
        <Choose
          label={words.health.jobsOf}
          value={state ?? ALL}
          choices={Object.entries(words.health.jobStates).map(([id, label]) => ({ id, label }))}
          onChange={(id) => setState(id === ALL ? undefined : (id as JobState))}
        />
      </div>
      {found.isPending && <Bone width="100%" height={120} />}
      {found.isError && <Failed problem={found.error} onRetry={() => void found.refetch()} />}
      {found.data && jobs.length === 0 && (
        <Empty icon={ListChecks} title={words.health.jobs} hint={words.health.noJobs} />
      )}
      {jobs.length > 0 && (
        <Table label={words.health.jobs} columns={words.health.jobColumns}>
          {jobs.map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </Table>
      )}
      {found.hasNextPage && (
        <Button isDisabled={found.isFetchingNextPage} onPress={() => void found.fetchNextPage()}>
          {words.health.jobMore}
        </Button>
      )}
    </section>
  );
}

function Row({ job }: { job: Job }) {
  const { place } = useHere();
  const kind = words.health.jobKinds[job.kind] ?? job.kind;
  const retry = async () => {
    try {
      await retryJob(place, job.id);
      notify(words.health.jobRetried);
    } catch (refusal) {
      notify((refusal as Error).message);
    }
    await queries.invalidateQueries({ queryKey: ["jobs"] });
  };
  return (
    <tr>
      <td className={css.strong}>{kind}</td>
      <td>
        {job.asset_id && job.workspace_id ? (
          <Link
            to="/w/$workspaceId/assets/$assetId"
            params={{ workspaceId: job.workspace_id, assetId: job.asset_id }}
          >
            {job.file_name}
          </Link>
        ) : (
          <span className={css.soft}>{job.file_name ?? job.workspace_id ?? ""}</span>
        )}
      </td>
      <td>
        <span className={css.pill} data-state={PILLS[job.state]}>
          {words.health.jobStates[job.state]}
        </span>
      </td>
      <td className={css.soft}>{job.attempts}</td>
      <td title={momentText(job.created_at)}>{sinceText(job.created_at)}</td>
      <td>
        {(job.state === "dead" || job.state === "waiting") && (
          <Button look="quiet" aria-label={`${words.health.jobRetry}: ${kind}`} onPress={() => void retry()}>
            {words.health.jobRetry}
          </Button>
        )}
      </td>
    </tr>
  );
}
