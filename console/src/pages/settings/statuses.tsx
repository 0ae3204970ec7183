// The statuses that assets of the workspace can have: made, named, coloured, ordered, deleted.
import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useId, useRef, useState } from "react";
import type { Place } from "../../api/client.ts";
import {
  changeStatus,
  deleteStatus,
  makeStatus,
  readStatusesAgain,
  type Status,
} from "../../api/settings.ts";
import { statusesQuery } from "../../api/workspace.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button, Checkbox, Field, IconButton } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Bone, Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { settingWords } from "../../words/workspaces.ts";
import { useHere } from "../../workspaces.ts";
import plain from "../plain.module.css";
import css from "./settings.module.css";

type Open = { what: "make" } | { what: "edit" | "remove"; status: Status };

const FIRST_COLOUR = "#b24a26";

export function Statuses() {
  const { place } = useHere();
  const statuses = useQuery(statusesQuery(place));
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const moving = useRef<Promise<unknown>>(Promise.resolve());
  /** One after another: each begins with the order that the one before has left. */
  const move = (id: string, by: 1 | -1) => {
    moving.current = moving.current
      .then(() => reorder(place, id, by))
      .catch(notifyProblem)
      .then(() => readStatusesAgain(place));
  };
  return (
    <div className={css.group}>
      <h3>{settingWords.statuses}</h3>
      <p className={plain.soft}>{settingWords.statusesLead}</p>
      {statuses.isPending && <Bone width="100%" height={90} />}
      {statuses.isError && <Failed problem={statuses.error} onRetry={() => void statuses.refetch()} />}
      {statuses.data?.length === 0 && <p className={plain.soft}>{settingWords.noStatuses}</p>}
      {statuses.data && statuses.data.length > 0 && (
        <Table label={settingWords.statuses} columns={settingWords.statusColumns}>
          {statuses.data.map((status, index) => (
            <tr key={status.id}>
              <td>
                <span className={css.line}>
                  <span className={css.swatch} style={{ background: status.color ?? "transparent" }} />
                  <span className={plain.strong}>{status.name}</span>
                </span>
              </td>
              <td>
                <span className={css.tools}>
                  <IconButton
                    label={settingWords.up(status.name)}
                    isDisabled={index === 0}
                    onPress={() => move(status.id, -1)}
                  >
                    <ArrowUp size={15} aria-hidden />
                  </IconButton>
                  <IconButton
                    label={settingWords.down(status.name)}
                    isDisabled={index === statuses.data.length - 1}
                    onPress={() => move(status.id, 1)}
                  >
                    <ArrowDown size={15} aria-hidden />
                  </IconButton>
                  <Button
                    look="quiet"
                    aria-label={`${settingWords.editStatus}: ${status.name}`}
                    onPress={() => setOpen({ what: "edit", status })}
                  >
                    {settingWords.editStatus}
                  </Button>
                  <Button
                    look="quiet"
                    aria-label={`${settingWords.removeStatus}: ${status.name}`}
                    onPress={() => setOpen({ what: "remove", status })}
                  >
                    {settingWords.removeStatus}
                  </Button>
                </span>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div>
        <Button onPress={() => setOpen({ what: "make" })}>{settingWords.makeStatus}</Button>
      </div>
      {open?.what === "make" && <StatusDialog onClose={close} />}
      {open?.what === "edit" && <StatusDialog status={open.status} onClose={close} />}
      {open?.what === "remove" && (
        <Ask
          title={settingWords.removeStatusTitle(open.status.name)}
          lead={settingWords.removeStatusLead}
          yes={settingWords.removeStatus}
          onYes={async () => {
            await deleteStatus(place, open.status.id);
            await readStatusesAgain(place);
            notify(settingWords.statusRemoved(open.status.name));
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

/** Positions may be equal or have gaps: each that is not the place in the list becomes it. */
async function reorder(place: Place, id: string, by: 1 | -1) {
  const before = queries.getQueryData(statusesQuery(place).queryKey) ?? [];
  const from = before.findIndex((one) => one.id === id);
  const moved = before[from];
  if (!moved) return;
  const ordered = before.toSpliced(from, 1).toSpliced(Math.max(0, from + by), 0, moved);
  await Promise.all(
    ordered.map((one, position) =>
      one.position === position ? undefined : changeStatus(place, one.id, { position }),
    ),
  );
}

function StatusDialog({ status, onClose }: { status?: Status; onClose: () => void }) {
  const { place } = useHere();
  const [name, setName] = useState(status?.name ?? "");
  const [coloured, setColoured] = useState(status ? status.color !== null : true);
  const [colour, setColour] = useState(status?.color ?? FIRST_COLOUR);
  const colourId = useId();
  const save = async () => {
    const body = { name: name.trim(), color: coloured ? colour : null };
    await (status ? changeStatus(place, status.id, body) : makeStatus(place, body));
    await readStatusesAgain(place);
    const before = status && { name: status.name, color: status.color };
    notify(
      settingWords.statusSaved(body.name),
      before &&
        (() => {
          void changeStatus(place, status.id, before)
            .catch(notifyProblem)
            .then(() => readStatusesAgain(place));
        }),
    );
  };
  return (
    <FormDialog
      title={status ? settingWords.editStatusTitle(status.name) : settingWords.makeStatus}
      submit={status ? settingWords.editStatus : settingWords.makeStatus}
      ready={name.trim() !== ""}
      onSubmit={save}
      onClose={onClose}
    >
      <Field
        label={settingWords.statusName}
        value={name}
        onChange={setName}
        maxLength={100}
        isRequired
        autoFocus
      />
      <Checkbox isSelected={coloured} onChange={setColoured}>
        {settingWords.hasColour}
      </Checkbox>
      {coloured && (
        <label htmlFor={colourId} className={css.line}>
          {settingWords.colour}
          <input
            id={colourId}
            type="color"
            className={css.colour}
            value={colour}
            onChange={(event) => setColour(event.target.value)}
          />
        </label>
      )}
    </FormDialog>
  );
}
