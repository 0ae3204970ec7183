// What was deleted in the workspace, and its way back.
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { Schemas } from "../api/client.ts";
import { restoreFromTrash, trashQuery } from "../api/workspace.ts";
import { momentText, sinceText } from "../format.ts";
import { Button } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
import { words } from "../words.ts";
import { useHere } from "../workspaces.ts";
import { readAgain } from "./browse/trash-with-undo.ts";
import css from "./plain.module.css";

export function TrashPage() {
  const { place } = useHere();
  const trash = useQuery(trashQuery(place));
  const restore = async (entry: Schemas["TrashEntry"]) => {
    try {
      await restoreFromTrash(place, entry.id);
      notify(words.trash.restored(entry.name));
    } catch (problem) {
      notifyProblem(problem);
    }
    await readAgain(place);
  };
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.trash.title}</h1>
          <p className={css.lead}>{words.trash.lead}</p>
        </div>
      </div>
      {trash.isPending && <Bone width="100%" height={160} />}
      {trash.isError && <Failed problem={trash.error} onRetry={() => void trash.refetch()} />}
      {trash.data?.length === 0 && (
        <Empty icon={Trash2} title={words.trash.empty} hint={words.trash.emptyHint} />
      )}
      {trash.data && trash.data.length > 0 && (
        <Table columns={words.trash.columns}>
          {trash.data.map((entry) => (
            <tr key={entry.id}>
              <td className={css.strong}>{entry.name}</td>
              <td className={css.soft}>{words.trash.kinds[entry.kind]}</td>
              <td className={css.soft}>{entry.file_location}</td>
              <td className={css.soft} title={momentText(entry.deleted_at)}>
                {sinceText(entry.deleted_at)}
              </td>
              <td className={css.soft} title={momentText(entry.expires_at)}>
                {sinceText(entry.expires_at)}
              </td>
              <td>
                <Button
                  onPress={() => void restore(entry)}
                  aria-label={`${words.actions.restore}: ${entry.name}`}
                >
                  {words.actions.restore}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
