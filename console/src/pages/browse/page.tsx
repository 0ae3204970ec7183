// Browsing: folders on the left, what is in them or what a search finds on the right.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouter } from "@tanstack/react-router";
import { FolderOpen, LibraryBig, SearchX, Star } from "lucide-react";
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { searchQuery } from "../../api/assets.ts";
import { whenIdle } from "../../frames.ts";
import { Button } from "../../parts/controls.tsx";
import { Bone, Empty, Failed, Problem } from "../../parts/states.tsx";
import { notifyProblem } from "../../parts/toasts.tsx";
import { holdPictures } from "../../pictures.ts";
import type { BrowseSearch } from "../../routes.tsx";
import { addUploads, filesOfDrop } from "../../uploads.ts";
import { browseWords } from "../../words/browse.ts";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import css from "./browse.module.css";
import { filtersOf, isFiltered, NO_FILTERS } from "./filters-of.ts";
import { FAVORITES, FolderTree, IN_LIBRARY } from "./folder-tree.tsx";
import { Results } from "./results.tsx";
import { useSelection } from "./selection.ts";
import { SelectionBar } from "./selection-bar.tsx";
import { Toolbar, UploadButton } from "./toolbar.tsx";
import { useTyped } from "./typed.ts";
import { COUNTED, Where } from "./where.tsx";

export { readAhead } from "./read-ahead.ts";

const route = getRouteApi("/signed-in/w/$workspaceId/browse");

export function BrowsePage() {
  const { place, workspace } = useHere();
  const navigate = useNavigate();
  const toAddress = useCallback(
    (part: Partial<BrowseSearch>) =>
      void navigate({
        to: "/w/$workspaceId/browse",
        params: { workspaceId: workspace.id },
        search: (before) => ({ ...before, ...part }),
        replace: true,
      }),
    [navigate, workspace.id],
  );
  const { search, type, words: typed } = useTyped(route.useSearch(), toAddress);
  const filters = useMemo(() => filtersOf(search), [search]);
  const found = useInfiniteQuery(searchQuery(place, filters));
  const assets = useMemo(() => found.data?.pages.flatMap((page) => page.assets) ?? [], [found.data]);
  const selection = useSelection(assets);
  const change = useCallback(
    (part: Partial<BrowseSearch>) => {
      toAddress({ ...typed(), ...part });
      if ("q" in part) type(part.q ?? "");
    },
    [toAddress, typed, type],
  );
  const open = useCallback(
    (assetId: string, instead?: boolean) =>
      void navigate({
        to: "/w/$workspaceId/assets/$assetId",
        params: { workspaceId: workspace.id, assetId },
        search: (before) => ({ ...before, ...typed() }),
        replace: instead,
      }),
    [navigate, workspace.id, typed],
  );
  // The page of an asset comes next most of the time: its script is there before it is asked for.
  const router = useRouter();
  const first = assets[0]?.id;
  const some = first !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: any asset will do, once.
  useEffect(() => {
    if (!first) return;
    const params = { workspaceId: workspace.id, assetId: first };
    return whenIdle(
      () =>
        void router.preloadRoute({ to: "/w/$workspaceId/assets/$assetId", params }).catch(() => undefined),
    );
  }, [router, some]);
  // These are what other words have found: their pictures would hold up what is about to take their place.
  useEffect(() => (found.isPlaceholderData ? holdPictures() : undefined), [found.isPlaceholderData]);
  const newest = useRef(found);
  newest.current = found;
  const loadMore = useCallback(() => {
    const { hasNextPage, isPlaceholderData, isFetchNextPageError, fetchNextPage } = newest.current;
    // A page that failed would fail again at once, and again: it waits to be asked for.
    if (!hasNextPage || isPlaceholderData || isFetchNextPageError) return;
    void fetchNextPage({ cancelRefetch: false });
  }, []);
  const { sort, view } = search;
  const openFolder = useCallback(
    (folder: string) =>
      void navigate({
        to: "/w/$workspaceId/browse",
        params: { workspaceId: workspace.id },
        search: {
          sort,
          view,
          ...(folder === FAVORITES ? { only: "favorites" } : { folder: folder === "/" ? undefined : folder }),
        },
      }),
    [navigate, workspace.id, sort, view],
  );
  const total = found.data?.pages[0]?.total ?? 0;
  return (
    <div className={css.page}>
      <FolderTree
        folder={filters.favorites ? FAVORITES : filters.library ? IN_LIBRARY : filters.folder}
        onOpen={openFolder}
      />
      <DropZone folder={filters.folder}>
        <Toolbar search={search} onType={type} onChange={change} />
        <Where
          search={search}
          total={found.data ? Math.max(total, assets.length) : undefined}
          onChange={change}
          onOpenFolder={openFolder}
        />
        {found.isPending ? (
          <Bones />
        ) : found.isError && assets.length === 0 ? (
          <Failed problem={found.error} onRetry={() => void found.refetch()} />
        ) : assets.length === 0 ? (
          <Nothing search={search} folder={filters.folder} onChange={change} />
        ) : (
          <Results
            // A new search starts at its top.
            key={JSON.stringify([
              filters.folder,
              filters.favorites,
              filters.library,
              filters.sort,
              search.view,
            ])}
            assets={assets}
            total={total < COUNTED ? Math.max(total, assets.length) : undefined}
            list={search.view === "list"}
            loadMore={loadMore}
            selection={selection}
            onOpen={open}
          />
        )}
        {found.isFetchNextPageError && (
          <Problem>
            {found.error.message}{" "}
            <Button look="quiet" onPress={() => void found.fetchNextPage()}>
              {words.problems.again}
            </Button>
          </Problem>
        )}
        <SelectionBar selection={selection} library={search.library} />
      </DropZone>
    </div>
  );
}

function Nothing({
  search,
  folder,
  onChange,
}: {
  search: BrowseSearch;
  folder: string;
  onChange: (part: Partial<BrowseSearch>) => void;
}) {
  const mayChange = changesArt(useHere().workspace);
  if (isFiltered(search)) {
    return (
      <Empty icon={SearchX} title={words.browse.noMatch} hint={words.browse.noMatchHint}>
        <Button onPress={() => onChange(NO_FILTERS)}>{words.browse.clearFilters}</Button>
      </Empty>
    );
  }
  if (search.only === "favorites") {
    return <Empty icon={Star} title={browseWords.noFavorites} hint={browseWords.noFavoritesHint} />;
  }
  if (search.library) {
    return <Empty icon={LibraryBig} title={browseWords.emptyLibrary} hint={browseWords.emptyLibraryHint} />;
  }
  return mayChange ? (
    <Empty icon={FolderOpen} title={words.browse.empty} hint={words.browse.emptyHint}>
      <UploadButton folder={folder} />
    </Empty>
  ) : (
    <Empty icon={FolderOpen} title={words.browse.empty} hint="" />
  );
}

function Bones() {
  return (
    <div className={css.bones} aria-busy="true">
      {Array.from({ length: 12 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same.
        <Bone key={index} width="100%" height={170} />
      ))}
    </div>
  );
}

/** Takes files and whole folders that are dropped on it. */
function DropZone({ folder, children }: { folder: string; children: React.ReactNode }) {
  const { place, workspace } = useHere();
  const mayChange = changesArt(workspace);
  const [over, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => mayChange && event.dataTransfer.types.includes("Files");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button "Upload" does the same by keyboard.
    <div
      className={css.content}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        filesOfDrop(event.dataTransfer)
          .then((files) => addUploads(place, folder, files))
          .catch(notifyProblem);
      }}
    >
      {children}
      {over && <div className={css.drop}>{words.browse.drop(folder)}</div>}
    </div>
  );
}
