// What programs keep of their own beside the account or the workspace: any JSON, under a name.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Owner, putSetting, type Setting, settingsQuery } from "../../api/settings.ts";
import { momentText, sinceText, sizeText } from "../../format.ts";
import { Button, Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Bone, Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { settingWords } from "../../words/workspaces.ts";
import { useHere } from "../../workspaces.ts";
import plain from "../plain.module.css";
import { nameProblem } from "../workspaces/dialogs.tsx";
import css from "./settings.module.css";

/** *Units*: bytes of JSON. */
const LARGEST = 16 * 1024;

export function Programs({ owner }: { owner: Owner }) {
  const { place } = useHere();
  const settings = useQuery(settingsQuery(place, owner));
  const [open, setOpen] = useState<Setting | "make">();
  return (
    <div className={css.group}>
      <h3>{settingWords.programs}</h3>
      <p className={plain.soft}>{settingWords.programsLead}</p>
      {settings.isPending && <Bone width="100%" height={70} />}
      {settings.isError && <Failed problem={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data?.length === 0 && <p className={plain.soft}>{settingWords.noPrograms}</p>}
      {settings.data && settings.data.length > 0 && (
        <Table label={settingWords.programs} columns={settingWords.programColumns}>
          {settings.data.map((setting) => (
            <tr key={setting.id}>
              <td className={plain.strong}>{setting.name}</td>
              <td>
                <code className={css.value}>{JSON.stringify(setting.value)}</code>
              </td>
              <td className={plain.soft} title={momentText(setting.updated_at)}>
                {sinceText(setting.updated_at)}
              </td>
              <td>
                <Button
                  look="quiet"
                  aria-label={`${settingWords.editSetting}: ${setting.name}`}
                  onPress={() => setOpen(setting)}
                >
                  {settingWords.editSetting}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div>
        <Button onPress={() => setOpen("make")}>{settingWords.makeSetting}</Button>
      </div>
      {open && (
        <SettingDialog
          owner={owner}
          setting={open === "make" ? undefined : open}
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  );
}

/** What is wrong with a value, in words. */
function valueProblem(text: string): string {
  try {
    const bytes = new TextEncoder().encode(JSON.stringify(JSON.parse(text))).length;
    return bytes > LARGEST ? settingWords.tooLong(sizeText(bytes)) : "";
  } catch (problem) {
    return settingWords.notJson((problem as Error).message);
  }
}

/** A new id. `crypto.randomUUID` is there behind https alone. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function SettingDialog({
  owner,
  setting,
  onClose,
}: {
  owner: Owner;
  setting?: Setting;
  onClose: () => void;
}) {
  const { place } = useHere();
  const [name, setName] = useState(setting?.name ?? "");
  const [text, setText] = useState(setting ? JSON.stringify(setting.value, null, 2) : "");
  const wrongValue = text.trim() === "" ? "" : valueProblem(text);
  const wrongName = nameProblem(name);
  const save = async () => {
    await putSetting(place, owner, setting?.id ?? newId(), { name: name.trim(), value: JSON.parse(text) });
    notify(
      settingWords.settingSaved(name.trim()),
      setting &&
        (() => {
          void putSetting(place, owner, setting.id, { name: setting.name, value: setting.value }).catch(
            notifyProblem,
          );
        }),
    );
  };
  return (
    <FormDialog
      title={setting ? settingWords.editSettingTitle(setting.name) : settingWords.makeSetting}
      submit={setting ? settingWords.editSetting : settingWords.makeSetting}
      ready={name.trim() !== "" && text.trim() !== "" && !wrongName && !wrongValue}
      onSubmit={save}
      onClose={onClose}
      wide
    >
      <Field
        label={settingWords.settingName}
        error={wrongName}
        value={name}
        onChange={setName}
        isRequired
        autoFocus
      />
      <div className={css.json}>
        <Field
          label={settingWords.settingValue}
          hint={settingWords.settingHint}
          error={wrongValue}
          value={text}
          onChange={setText}
          isRequired
          long
        />
      </div>
    </FormDialog>
  );
}
