// What was deleted in the workspace, its way back for those who may change art, and its end for administrators.
import { useInfiniteQuery } from "@tanstack/react-query";
import { RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { daysKept, purgeEntry, purgeTrash, restoreFromTrash, trashQuery } from "../api/workspace.ts";
import { momentText, sinceText } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { Button } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
import { useNameOf } from "../people.ts";
import { useOffers } from "../shell/offers.ts";
import { words } from "../words.ts";
import { changesArt, runsWorkspace, useHere } from "../workspaces.ts";
import { readAgain } from "./browse/trash-with-undo.ts";
import css from "./plain.module.css";

type Entry = Schemas["TrashEntry"];

export function TrashPage() {
  const { place, workspace } = useHere();
  const trash = useInfiniteQuery(trashQuery(place));
  const nameOf = useNameOf();
  const [purged, setPurged] = useState<Entry | "all">();
  const mayRestore = changesArt(workspace);
  const mayPurge = runsWorkspace(workspace);
  const entries = trash.data?.pages.flatMap((page) => page.entries) ?? [];
  const [first] = entries;
  const restore = async (entry: Entry) => {
    try {
      await restoreFromTrash(place, entry.id);
      notify(words.trash.restored(entry.name));
    } catch (problem) {
      notifyProblem(problem);
    }
    await readAgain(place);
  };
  useOffers(
    words.trash.title,
    (mayRestore ? entries : []).map((entry) => ({
      id: `restore ${entry.id}`,
      label: `${words.actions.restore}: ${entry.name}`,
      icon: <RotateCcw size={16} aria-hidden />,
      onAction: () => void restore(entry),
    })),
  );
  const { action, ...columns } = words.trash.columns;
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.trash.title}</h1>
          <p className={css.lead}>{words.trash.lead(first && daysKept(first))}</p>
          {entries.length > 0 && !mayRestore && <p className={css.soft}>{words.trash.mayNot}</p>}
        </div>
        {entries.length > 0 && mayPurge && (
          <Button onPress={() => setPurged("all")}>{words.trash.purgeAll}</Button>
        )}
      </div>
      {trash.isPending && <Bone width="100%" height={160} />}
      {trash.isError && <Failed problem={trash.error} onRetry={() => void trash.refetch()} />}
      {trash.data && entries.length === 0 && (
        <Empty icon={Trash2} title={words.trash.empty} hint={words.trash.emptyHint} />
      )}
      {entries.length > 0 && (
        <Table label={words.trash.title} columns={mayRestore ? { ...columns, action } : columns}>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td className={css.strong}>{entry.name}</td>
              <td className={css.soft}>{words.trash.kinds[entry.kind]}</td>
              <td className={css.soft}>{entry.file_location}</td>
              <td className={css.soft} title={momentText(entry.deleted_at)}>
                {sinceText(entry.deleted_at)}
              </td>
              <td className={css.soft}>{entry.deleted_by_user_id && nameOf(entry.deleted_by_user_id)}</td>
              <td className={css.soft} title={momentText(entry.expires_at)}>
                {sinceText(entry.expires_at)}
              </td>
              {mayRestore && (
                <td>
                  {mayPurge && (
                    <Button
                      look="quiet"
                      aria-label={`${words.trash.purge}: ${entry.name}`}
                      onPress={() => setPurged(entry)}
                    >
                      {words.trash.purge}
                    </Button>
                  )}
                  <Button
                    aria-label={`${words.actions.restore}: ${entry.name}`}
                    onPress={() => void restore(entry)}
                  >
                    {words.actions.restore}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {trash.hasNextPage && (
        <Button isDisabled={trash.isFetchingNextPage} onPress={() => void trash.fetchNextPage()}>
          {words.trash.more}
        </Button>
      )}
      {purged && <Purge what={purged} onClose={() => setPurged(undefined)} />}
    </div>
  );
}

function Purge({ what, onClose }: { what: Entry | "all"; onClose: () => void }) {
  const { place } = useHere();
  const purge = async (work: Promise<unknown>, done: string) => {
    await work;
    notify(done);
    await readAgain(place);
  };
  if (what === "all") {
    return (
      <Ask
        title={words.trash.purgeAllTitle}
        lead={words.trash.purgeAllLead}
        yes={words.trash.purgeAll}
        onYes={() => purge(purgeTrash(place), words.trash.purgedAll)}
        onClose={onClose}
      />
    );
  }
  return (
    <Ask
      title={words.trash.purgeTitle(what.name)}
      lead={words.trash.purgeLead[what.kind] ?? ""}
      yes={words.trash.purge}
      onYes={() => purge(purgeEntry(place, what.id), words.trash.purged(what.name))}
      onClose={onClose}
    />
  );
}
