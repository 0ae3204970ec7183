// The workspace's libraries, each with a few of its pictures.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ellipsis, LibraryBig, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Asset } from "../../api/assets.ts";
import {
  createLibrary,
  deleteLibrary,
  type Library,
  librariesQuery,
  libraryGlimpseQuery,
  readLibrariesAgain,
  renameLibrary,
} from "../../api/libraries.ts";
import { extensionOf } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { ActionMenu, Button, IconButton } from "../../parts/controls.tsx";
import { Bone, Empty, Failed } from "../../parts/states.tsx";
import { TextDialog } from "../../parts/text-dialog.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { usePicture } from "../../pictures.ts";
import { libraryWords } from "../../words/libraries.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import plain from "../plain.module.css";
import css from "./libraries.module.css";

const GLIMPSED = 4;

type Open = { what: "make" } | { what: "rename" | "delete"; library: Library };

export function LibrariesPage() {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const libraries = useQuery(librariesQuery(place));
  const [open, setOpen] = useState<Open>();
  const make = (
    <Button look="primary" onPress={() => setOpen({ what: "make" })}>
      <Plus size={16} aria-hidden />
      {libraryWords.make}
    </Button>
  );
  const found = libraries.data ?? [];
  return (
    <div className={plain.page}>
      <div className={plain.head}>
        <div>
          <h1>{libraryWords.title}</h1>
          <p className={plain.lead}>{libraryWords.lead}</p>
        </div>
        {mayChange && found.length > 0 && make}
      </div>
      {libraries.isPending && <Bone width="100%" height={200} />}
      {libraries.isError && <Failed problem={libraries.error} onRetry={() => void libraries.refetch()} />}
      {libraries.data?.length === 0 && (
        <Empty
          icon={LibraryBig}
          title={libraryWords.empty}
          hint={mayChange ? libraryWords.emptyHint : libraryWords.emptyForViewers}
        >
          {mayChange && make}
        </Empty>
      )}
      {found.length > 0 && (
        <ul className={css.cards} aria-label={libraryWords.title}>
          {found.map((library) => (
            <Card key={library.id} library={library} onOpen={mayChange ? setOpen : undefined} />
          ))}
        </ul>
      )}
      {open && <LibraryActions open={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

function Card({ library, onOpen }: { library: Library; onOpen?: (open: Open) => void }) {
  const { place, workspace } = useHere();
  const glimpse = useQuery(libraryGlimpseQuery(place, library.id, GLIMPSED));
  const assets = glimpse.data?.assets ?? [];
  return (
    <li className={css.card}>
      <Link
        to="/w/$workspaceId/browse"
        params={{ workspaceId: workspace.id }}
        search={{ library: library.id }}
        className={css.open}
      >
        <span className={css.pictures} aria-hidden>
          {assets.map((asset) => (
            <Glimpse key={asset.id} asset={asset} />
          ))}
        </span>
        <span className={css.name}>{library.name}</span>
      </Link>
      <div className={css.line}>
        <span className={plain.soft}>
          {glimpse.data
            ? libraryWords.count(glimpse.data.total)
            : glimpse.isError
              ? glimpse.error.message
              : "…"}
        </span>
        {onOpen && (
          <ActionMenu
            label={libraryWords.actions(library.name)}
            actions={[
              {
                id: "rename",
                label: libraryWords.rename,
                icon: <Pencil size={16} aria-hidden />,
                onAction: () => onOpen({ what: "rename", library }),
              },
              {
                id: "delete",
                label: libraryWords.delete,
                icon: <Trash2 size={16} aria-hidden />,
                danger: true,
                onAction: () => onOpen({ what: "delete", library }),
              },
            ]}
          >
            <IconButton label={libraryWords.actions(library.name)}>
              <Ellipsis size={16} aria-hidden />
            </IconButton>
          </ActionMenu>
        )}
      </div>
    </li>
  );
}

function Glimpse({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const picture = usePicture(place, asset.currentVersion, 256);
  if (picture.state === "there") return <img src={picture.url} alt="" />;
  return <span className={css.ext}>{extensionOf(asset.file_name).toUpperCase()}</span>;
}

function LibraryActions({ open, onClose }: { open: Open; onClose: () => void }) {
  const { place } = useHere();
  const rename = async (library: Library, name: string) => {
    await renameLibrary(place, library.id, name);
    await readLibrariesAgain(place);
  };
  if (open.what === "make") {
    return (
      <TextDialog
        title={libraryWords.make}
        label={libraryWords.name}
        hint={libraryWords.nameHint}
        start=""
        submit={words.browse.create}
        onClose={onClose}
        onSubmit={async (name) => {
          await createLibrary(place, name);
          await readLibrariesAgain(place);
          notify(libraryWords.made(name));
        }}
      />
    );
  }
  const { library } = open;
  if (open.what === "rename") {
    return (
      <TextDialog
        title={libraryWords.renameTitle(library.name)}
        label={libraryWords.name}
        start={library.name}
        submit={libraryWords.rename}
        onClose={onClose}
        onSubmit={async (name) => {
          await rename(library, name);
          notify(libraryWords.renamed(name), () => {
            rename(library, library.name)
              .then(() => notify(libraryWords.renamed(library.name)))
              .catch(notifyProblem);
          });
        }}
      />
    );
  }
  return (
    <Ask
      title={libraryWords.deleteTitle(library.name)}
      lead={libraryWords.deleteLead}
      yes={libraryWords.delete}
      onClose={onClose}
      onYes={async () => {
        await deleteLibrary(place, library.id);
        await readLibrariesAgain(place);
        notify(libraryWords.deleted(library.name));
      }}
    />
  );
}
