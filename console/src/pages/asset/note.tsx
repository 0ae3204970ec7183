// What somebody notes about a version, and changing it.
import { useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useState } from "react";
import { type Version, versionsQuery } from "../../api/assets.ts";
import { api, take } from "../../api/client.ts";
import { Button, Field, IconButton } from "../../parts/controls.tsx";
import { notifyProblem } from "../../parts/toasts.tsx";
import { pinWords } from "../../words/pins.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";

export function Note({ version }: { version: Version }) {
  const { place } = useHere();
  const cache = useQueryClient();
  const [text, setText] = useState<string>();
  const label = pinWords.editNote(version.version_number);
  if (text === undefined) {
    return (
      <div className={css.note}>
        {version.description && <span className={css.text}>{version.description}</span>}
        <IconButton label={label} onPress={() => setText(version.description ?? "")}>
          <Pencil size={13} aria-hidden />
        </IconButton>
      </div>
    );
  }
  const save = async () => {
    try {
      await take(
        api.PATCH("/workspaces/assets/{asset_id}/versions/{version_id}", {
          params: { header: place, path: { asset_id: version.asset_id, version_id: version.id } },
          body: { description: text.trim() || null },
        }),
      );
      await cache.invalidateQueries({ queryKey: versionsQuery(place, version.asset_id).queryKey });
      setText(undefined);
    } catch (problem) {
      notifyProblem(problem);
    }
  };
  return (
    <div className={css.form}>
      <Field label={label} value={text} onChange={setText} long autoFocus />
      <div className={css.choice}>
        <Button onPress={() => void save()}>{words.actions.save}</Button>
        <Button look="quiet" onPress={() => setText(undefined)}>
          {words.actions.cancel}
        </Button>
      </div>
    </div>
  );
}
