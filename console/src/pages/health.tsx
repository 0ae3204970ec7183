// Whether the server can work, by what it says itself.
import { useQuery } from "@tanstack/react-query";
import { readyQuery } from "../api/run.ts";
import { Bone, Failed } from "../parts/states.tsx";
import { words } from "../words.ts";
import { runsAccount, useHere } from "../workspaces.ts";
import { Jobs } from "./jobs.tsx";
import css from "./plain.module.css";

export function HealthPage() {
  const { account } = useHere();
  const ready = useQuery(readyQuery);
  const faults = ready.data?.content_faults ?? 0;
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.health.title}</h1>
          <p className={css.lead}>{words.health.lead}</p>
        </div>
      </div>
      {ready.isPending && <Bone width="100%" height={84} />}
      {ready.isError && <Failed problem={ready.error} onRetry={() => void ready.refetch()} />}
      {ready.data && !ready.isError && (
        <div className={css.limits}>
          <div className={css.limit} role="status">
            <span>
              <span className={css.pill} data-state="active">
                {words.health.ready}
              </span>
            </span>
            <span className={css.soft}>{words.health.readyHint}</span>
          </div>
          <div className={css.limit}>
            <span className={css.strong}>{words.health.faults}</span>
            <span className={css.soft}>
              {faults === 0 ? words.health.noFaults : words.health.someFaults(faults)}
            </span>
          </div>
          <div className={css.limit}>
            <span className={css.strong}>{words.health.version}</span>
            <span className={css.soft}>{ready.data.version}</span>
          </div>
          <div className={css.limit}>
            <span className={css.strong}>{words.health.answered}</span>
            <span className={css.soft}>{words.webhooks.took(ready.data.took)}</span>
          </div>
        </div>
      )}
      {runsAccount(account) && <Jobs />}
    </div>
  );
}
