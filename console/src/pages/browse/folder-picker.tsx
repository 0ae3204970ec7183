// Choosing a folder: by the tree, by typing a part of its name, or by making a new one.
import { useQuery } from "@tanstack/react-query";
import { FolderPlus, Images } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useMemo, useRef, useState } from "react";
import * as Aria from "react-aria-components";
import { createFolder, type FolderNode, foldersQuery } from "../../api/workspace.ts";
import { Button, Field } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { queries } from "../../queries.ts";
import { arrange } from "../../words/arrange.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import shared from "./browse.module.css";
import { FolderLine, pathsAbove } from "./folder-line.tsx";
import css from "./folders.module.css";

export function FolderPicker({
  value,
  without,
  onChange,
  onSubmit,
}: {
  value: string;
  /** The path of a folder that is no choice, nor what lies in it. */
  without?: string;
  onChange: (path: string) => void;
  onSubmit: () => void;
}) {
  const { place } = useHere();
  const folders = useQuery(foldersQuery(place));
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set(pathsAbove(value)));
  const box = useRef<HTMLDivElement>(null);
  const all = useMemo(
    () => folders.data?.folders.filter((node) => node.path !== without),
    [folders, without],
  );
  const text = typed.trim().toLowerCase();
  const shown = useMemo(() => narrow(all ?? [], text, without), [all, text, without]);
  const expanded = useMemo(
    () => (text ? withFolders(shown) : new Set([...opened, ...pathsAbove(value)])),
    [text, shown, opened, value],
  );
  const type = (next: string) => {
    setTyped(next);
    const wanted = next.trim().toLowerCase();
    const first = wanted && firstMatch(narrow(all ?? [], wanted, without), wanted);
    if (first) onChange(first.path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") onSubmit();
    else if (event.key === "ArrowDown") {
      const rows = box.current?.querySelectorAll<HTMLElement>("[role=row]") ?? [];
      const chosen = [...rows].find((row) => row.ariaSelected === "true") ?? rows[0];
      chosen?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are the field's in it. */}
      <div onKeyDown={onKeyDown}>
        <Field label={arrange.find} hint={arrange.findHint} value={typed} onChange={type} autoFocus />
      </div>
      <div className={css.picker} ref={box}>
        {folders.isPending && <Bone width="100%" height={120} />}
        {folders.isError && <Problem>{folders.error.message}</Problem>}
        {all && (
          <Aria.Tree
            aria-label={arrange.folders}
            className={css.tree}
            selectionMode="single"
            selectionBehavior="replace"
            disallowEmptySelection
            selectedKeys={[value]}
            onSelectionChange={(keys) => {
              const [key] = keys === "all" ? [] : [...keys];
              if (key !== undefined) onChange(String(key));
            }}
            onAction={onSubmit}
            expandedKeys={expanded}
            onExpandedChange={(keys) => setOpened(new Set([...keys].map(String)))}
          >
            <Aria.TreeItem id="/" textValue={arrange.root} className={css.folder}>
              <Aria.TreeItemContent>
                <FolderLine name={arrange.root} icon={Images} />
              </Aria.TreeItemContent>
            </Aria.TreeItem>
            {shown.map((node) => item(node))}
          </Aria.Tree>
        )}
        {text && all && shown.length === 0 && <p className={shared.soft}>{arrange.noFolder}</p>}
      </div>
      <NewFolderHere
        parent={value}
        start={text && shown.length === 0 ? typed.trim() : ""}
        onMade={(path) => {
          setTyped("");
          onChange(path);
        }}
      />
    </>
  );
}

function item(node: FolderNode) {
  return (
    <Aria.TreeItem key={node.path} id={node.path} textValue={node.name} className={css.folder}>
      <Aria.TreeItemContent>
        <FolderLine name={node.name} hasFolders={node.folders.length > 0} />
      </Aria.TreeItemContent>
      {node.folders.map((child) => item(child))}
    </Aria.TreeItem>
  );
}

const matches = (node: FolderNode, text: string) => node.name.toLowerCase().includes(text);

/** The folders whose names have the text, and those that lead to them. */
function narrow(nodes: FolderNode[], text: string, without?: string): FolderNode[] {
  return nodes
    .filter((node) => node.path !== without)
    .map((node) => ({ ...node, folders: narrow(node.folders, text, without) }))
    .filter((node) => !text || matches(node, text) || node.folders.length > 0);
}

function firstMatch(nodes: FolderNode[], text: string): FolderNode | undefined {
  for (const node of nodes) {
    const found = matches(node, text) ? node : firstMatch(node.folders, text);
    if (found) return found;
  }
  return undefined;
}

function withFolders(nodes: FolderNode[]): Set<string> {
  const open = nodes.filter((node) => node.folders.length > 0);
  return new Set(open.flatMap((node) => [node.path, ...withFolders(node.folders)]));
}

function NewFolderHere({
  parent,
  start,
  onMade,
}: {
  parent: string;
  start: string;
  onMade: (path: string) => void;
}) {
  const { place } = useHere();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [problem, setProblem] = useState("");
  const make = async (event: FormEvent) => {
    event.preventDefault();
    const path = `${parent}${name.trim()}/`;
    try {
      await createFolder(place, path);
      await queries.invalidateQueries({ queryKey: foldersQuery(place).queryKey });
      setOpen(false);
      setName("");
      setProblem("");
      onMade(path);
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };
  if (!open) {
    return (
      <div>
        <Button
          onPress={() => {
            setName(start);
            setOpen(true);
          }}
        >
          <FolderPlus size={15} aria-hidden />
          {arrange.newFolder}
        </Button>
      </div>
    );
  }
  return (
    <form className={css.inline} onSubmit={(event) => void make(event)}>
      <Field
        label={arrange.newFolderIn(parent)}
        value={name}
        onChange={setName}
        error={problem}
        isRequired
        autoFocus
      />
      <Button type="submit" isDisabled={!name.trim()}>
        {arrange.create}
      </Button>
      <Button look="quiet" onPress={() => setOpen(false)}>
        {words.actions.cancel}
      </Button>
    </form>
  );
}
