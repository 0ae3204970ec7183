// Adding assets to a library: one that there is, or a new one.
import { useQuery } from "@tanstack/react-query";
import { LibraryBig, Plus } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import * as Aria from "react-aria-components";
import type { Asset } from "../../api/assets.ts";
import {
  addToLibrary,
  createLibrary,
  librariesQuery,
  readLibrariesAgain,
  takeFromLibrary,
} from "../../api/libraries.ts";
import { Button, controls, Dialog, DialogEnd, Field } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { libraryWords } from "../../words/libraries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import shared from "./browse.module.css";
import css from "./folders.module.css";

const NEW = "new";

export default function LibraryDialog({ assets, onClose }: { assets: Asset[]; onClose: () => void }) {
  const { place } = useHere();
  const [adding] = useState(assets);
  const libraries = useQuery(librariesQuery(place));
  const [typed, setTyped] = useState("");
  const [picked, setPicked] = useState<string>();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const name = typed.trim();
  const text = name.toLowerCase();
  const shown = (libraries.data ?? []).filter((library) => library.name.toLowerCase().includes(text));
  const isNew = text !== "" && !shown.some((library) => library.name.toLowerCase() === text);
  const there = [...shown.map((library) => library.id), ...(isNew ? [NEW] : [])];
  // What is typed chooses the first that fits; what was picked goes before, as long as it is shown.
  const chosen = picked && there.includes(picked) ? picked : text ? there[0] : undefined;
  const send = async () => {
    if (!chosen || busy) return;
    setBusy(true);
    try {
      const library =
        chosen === NEW
          ? await createLibrary(place, name)
          : (libraries.data ?? []).find((one) => one.id === chosen);
      if (!library) return;
      const ids = adding.map((asset) => asset.id);
      const added = await addToLibrary(place, library.id, ids);
      notify(
        libraryWords.added(added.length, library.name),
        added.length === 0
          ? undefined
          : () => {
              takeFromLibrary(place, library.id, added)
                .then(() => notify(libraryWords.removed(added.length, library.name)))
                .catch(notifyProblem)
                .finally(() => readLibrariesAgain(place));
            },
      );
      onClose();
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
    await readLibrariesAgain(place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") void send();
    else if (event.key === "ArrowDown") list.current?.querySelector<HTMLElement>("[role=option]")?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={libraryWords.addTitle(adding.map((asset) => asset.name))} open onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are the field's in it. */}
      <div onKeyDown={onKeyDown}>
        <Field
          label={libraryWords.find}
          hint={libraryWords.findHint}
          value={typed}
          onChange={setTyped}
          maxLength={60}
          autoFocus
        />
      </div>
      <div className={css.picker} ref={list}>
        {libraries.isPending && <Bone width="100%" height={80} />}
        {libraries.isError && <Problem>{libraries.error.message}</Problem>}
        {libraries.data && there.length === 0 && <p className={shared.soft}>{libraryWords.empty}</p>}
        {there.length > 0 && (
          <Aria.ListBox
            aria-label={libraryWords.list}
            className={css.tree}
            selectionMode="single"
            selectionBehavior="replace"
            disallowEmptySelection={chosen !== undefined}
            selectedKeys={chosen ? [chosen] : []}
            onSelectionChange={(keys) => {
              const [key] = keys === "all" ? [] : [...keys];
              if (key !== undefined) setPicked(String(key));
            }}
            onAction={() => void send()}
          >
            {shown.map((library) => (
              <Aria.ListBoxItem
                key={library.id}
                id={library.id}
                textValue={library.name}
                className={`${controls.item} ${css.folder}`}
              >
                <LibraryBig size={15} aria-hidden />
                {library.name}
              </Aria.ListBoxItem>
            ))}
            {isNew && (
              <Aria.ListBoxItem
                id={NEW}
                textValue={libraryWords.makeCalled(name)}
                className={`${controls.item} ${css.folder}`}
              >
                <Plus size={15} aria-hidden />
                {libraryWords.makeCalled(name)}
              </Aria.ListBoxItem>
            )}
          </Aria.ListBox>
        )}
      </div>
      {problem && <Problem>{problem}</Problem>}
      <DialogEnd>
        <Button onPress={onClose}>{words.actions.cancel}</Button>
        <Button look="primary" isDisabled={!chosen || busy} onPress={() => void send()}>
          {libraryWords.addHere}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}
