// Search, filters, order, view, upload.
import { FileUp, FolderUp, LayoutGrid, List, Search, Upload, X } from "lucide-react";
import { type ChangeEvent, useEffect, useRef, useState } from "react";
import { ActionMenu, Button, Choose, IconButton } from "../../parts/controls.tsx";
import type { BrowseSearch } from "../../routes.tsx";
import { addUploads, filesOfInput } from "../../uploads.ts";
import { browseWords } from "../../words/browse.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import { FilterButton } from "./filters.tsx";
import { DEFAULT_SORT } from "./filters-of.ts";
import css from "./toolbar.module.css";

type Change = (part: Partial<BrowseSearch>) => void;

export function Toolbar({
  search,
  onType,
  onChange,
}: {
  search: BrowseSearch;
  onType: (words: string) => void;
  onChange: Change;
}) {
  const { workspace } = useHere();
  return (
    <div className={css.bar}>
      <SearchBox value={search.q ?? ""} hint={hintOf(search)} onChange={onType} />
      <FilterButton search={search} onChange={onChange} />
      <span className={css.space} />
      <Choose
        label={words.browse.sort}
        hideLabel
        value={search.sort ?? DEFAULT_SORT}
        choices={Object.entries(words.browse.sorts).map(([id, label]) => ({ id, label }))}
        onChange={(sort) => onChange({ sort: sort === DEFAULT_SORT ? undefined : sort })}
      />
      <IconButton
        label={words.browse.grid}
        chosen={search.view !== "list"}
        onPress={() => onChange({ view: undefined })}
      >
        <LayoutGrid size={17} aria-hidden />
      </IconButton>
      <IconButton
        label={words.browse.list}
        chosen={search.view === "list"}
        onPress={() => onChange({ view: "list" })}
      >
        <List size={17} aria-hidden />
      </IconButton>
      {changesArt(workspace) && !search.library && !search.only && (
        <UploadButton folder={search.folder ?? "/"} />
      )}
    </div>
  );
}

/** Where the search looks, and for what. */
function hintOf({ only, library, folder }: BrowseSearch): string {
  if (only === "favorites") return browseWords.searchFavorites;
  if (library) return browseWords.searchLibrary;
  const name = folder?.split("/").at(-2);
  return name ? browseWords.searchFolder(name) : words.browse.searchHint;
}

/** Searches with every key; `/` leads into it from anywhere. */
function SearchBox({
  value,
  hint,
  onChange,
}: {
  value: string;
  hint: string;
  onChange: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  // What the address says goes before, except for what is just being typed.
  useEffect(() => setTyped((before) => (before.trim() === value.trim() ? before : value)), [value]);
  useEffect(() => {
    const enter = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element && event.target.closest("input, textarea, [role=dialog]");
      if (event.key === "/" && !inField) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    window.addEventListener("keydown", enter);
    return () => window.removeEventListener("keydown", enter);
  }, []);
  const change = (next: string) => {
    setTyped(next);
    onChange(next);
  };
  return (
    <div className={css.search}>
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={words.browse.search}
        placeholder={hint}
        value={typed}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && change("")}
      />
      {typed && (
        <IconButton
          label={words.browse.clear}
          onPress={() => {
            change("");
            input.current?.focus();
          }}
        >
          <X size={15} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

export function UploadButton({ folder }: { folder: string }) {
  const { place } = useHere();
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  const add = (event: ChangeEvent<HTMLInputElement>) => {
    if (event.target.files) addUploads(place, folder, filesOfInput(event.target.files));
    event.target.value = "";
  };
  return (
    <>
      <ActionMenu
        label={words.actions.upload}
        actions={[
          {
            id: "files",
            label: words.actions.uploadFiles,
            icon: <FileUp size={16} aria-hidden />,
            onAction: () => files.current?.click(),
          },
          {
            id: "folder",
            label: words.actions.uploadFolder,
            icon: <FolderUp size={16} aria-hidden />,
            onAction: () => folders.current?.click(),
          },
        ]}
      >
        <Button look="primary">
          <Upload size={16} aria-hidden />
          {words.actions.upload}
        </Button>
      </ActionMenu>
      <input ref={files} type="file" multiple hidden onChange={add} data-testid="upload-files" />
      <input ref={folders} type="file" hidden onChange={add} {...{ webkitdirectory: "" }} />
    </>
  );
}
