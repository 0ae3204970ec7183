// Renaming one asset, tagging several.
import { type FormEvent, useState } from "react";
import { type Asset, renameAsset, tagAsset } from "../../api/assets.ts";
import { Button, Dialog, DialogEnd, Field } from "../../parts/controls.tsx";
import { notify } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./browse.module.css";
import { readAgain } from "./trash-with-undo.ts";

export function RenameDialog({ asset, onClose }: { asset: Asset; onClose: () => void }) {
  const { place } = useHere();
  return (
    <TextDialog
      title={words.browse.renameTitle}
      label={words.browse.columns.name}
      start={asset.name}
      submit={words.actions.rename}
      onClose={onClose}
      onSubmit={async (name) => {
        const before = asset.name;
        await renameAsset(place, asset.id, name);
        await readAgain(place);
        notify(words.browse.renamed(name), () => {
          void renameAsset(place, asset.id, before).finally(() => readAgain(place));
        });
      }}
    />
  );
}

export function TagDialog({ assets, onClose }: { assets: Asset[]; onClose: () => void }) {
  const { place } = useHere();
  return (
    <TextDialog
      title={words.browse.tagTitle(assets.length)}
      label={words.browse.tagField}
      hint={words.browse.tagHint}
      start=""
      submit={words.actions.tag}
      onClose={onClose}
      onSubmit={async (text) => {
        const tags = text
          .split(",")
          .map((tag) => tag.trim())
          .filter(Boolean);
        await Promise.all(assets.map((asset) => tagAsset(place, asset.id, tags)));
        await readAgain(place);
        notify(words.browse.tagged(assets.length));
      }}
    />
  );
}

export function TextDialog({
  title,
  label,
  hint,
  start,
  submit,
  onSubmit,
  onClose,
}: {
  title: string;
  label: string;
  hint?: string;
  start: string;
  submit: string;
  onSubmit: (text: string) => Promise<void>;
  onClose: () => void;
}) {
  const [text, setText] = useState(start);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await onSubmit(text.trim());
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} open onClose={onClose}>
      <form className={css.form} onSubmit={send}>
        <Field
          label={label}
          hint={hint}
          value={text}
          onChange={setText}
          error={problem}
          autoFocus
          isRequired
        />
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button look="primary" type="submit" isDisabled={busy || !text.trim()}>
            {submit}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
