// Workspaces in the account's trash, and their way back; for those who run the account.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  purgeWorkspace,
  readWorkspacesAgain,
  restoreWorkspace,
  type Trashed,
  trashedQuery,
} from "../../api/workspaces.ts";
import { momentText, sinceText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button } from "../../parts/controls.tsx";
import { Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { workspaceWords } from "../../words/workspaces.ts";
import css from "../plain.module.css";

/** Brings one back and says so; what is in the way is said too. */
export async function bringBack(one: Trashed) {
  await restoreWorkspace(one)
    .then(() => notify(workspaceWords.restored(one.name)))
    .catch(notifyProblem);
  await readWorkspacesAgain(one.account_id);
}

export function TrashedWorkspaces({ accountId }: { accountId: string }) {
  const trashed = useQuery(trashedQuery(accountId));
  const [purged, setPurged] = useState<Trashed>();
  if (trashed.isError) return <Failed problem={trashed.error} onRetry={() => void trashed.refetch()} />;
  if (!trashed.data?.length) return null;
  return (
    <section className={css.below}>
      <h2>{workspaceWords.inTrash}</h2>
      <p className={css.soft}>{workspaceWords.inTrashLead}</p>
      <Table label={workspaceWords.inTrash} columns={workspaceWords.trashColumns}>
        {trashed.data.map((one) => (
          <tr key={one.id}>
            <td className={css.strong}>{one.name}</td>
            <td className={css.soft} title={momentText(one.deleted_at)}>
              {sinceText(one.deleted_at)}
            </td>
            <td className={css.soft} title={momentText(one.expires_at)}>
              {sinceText(one.expires_at)}
            </td>
            <td>
              <Button
                look="quiet"
                aria-label={`${workspaceWords.purge}: ${one.name}`}
                onPress={() => setPurged(one)}
              >
                {workspaceWords.purge}
              </Button>
              <Button
                aria-label={`${workspaceWords.restore}: ${one.name}`}
                onPress={() => void bringBack(one)}
              >
                {workspaceWords.restore}
              </Button>
            </td>
          </tr>
        ))}
      </Table>
      {purged && (
        <Ask
          title={workspaceWords.purgeTitle(purged.name)}
          lead={workspaceWords.purgeLead}
          yes={workspaceWords.purge}
          onYes={async () => {
            await purgeWorkspace(purged);
            await readWorkspacesAgain(purged.account_id);
            notify(workspaceWords.purged(purged.name));
          }}
          onClose={() => setPurged(undefined)}
        />
      )}
    </section>
  );
}
