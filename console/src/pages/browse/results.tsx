// The assets as a grid of pictures or as a list. Only what can be seen is in the page, however many there are; the whole is
// one list box, whose active option the arrow keys move.
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  memo,
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Asset } from "../../api/assets.ts";
import { markFavorites, useFavorites } from "../../api/favorites.ts";
import { statusesQuery } from "../../api/workspace.ts";
import { useNameOf } from "../../people.ts";
import { holdPictures } from "../../pictures.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { lockOf, lockText, shortLockText } from "./locks.ts";
import css from "./results.module.css";
import type { Selection } from "./selection.ts";
import { Row, Tile } from "./tile.tsx";
import { REST_MS } from "./typed.ts";

/** *Units*: pixels of the page. */
const TILE_WIDTH = 196;
/** On a very wide screen one sits farther away: pictures grow with the room, up to this. */
const TILE_WIDTH_MOST = 300;
const ROOM = 1_500;
const GAP = 10;
const CAPTION = 58;
const ROW_HEIGHT = 48;
/** *Source*: ARIA, `aria-setsize`. */
const UNKNOWN = -1;
/** Rows above and below those that are seen. */
const OVERSCAN = 3;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 12;

type Props = {
  assets: Asset[];
  /** How many there are, loaded or not; nothing where the server doesn't count so far. */
  total?: number;
  list: boolean;
  /** Called near the end of what is loaded. */
  loadMore: () => void;
  selection: Selection;
  /** `instead`: another one was about to open. */
  onOpen: (id: string, instead?: boolean) => void;
};

// Not drawn anew with each key of a search.
export const Results = memo(function Results({ assets, total, list, loadMore, selection, onOpen }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const width = useWidth(scroll);
  const wanted = Math.min(TILE_WIDTH_MOST, TILE_WIDTH + Math.max(0, width - ROOM) / 18);
  const columns = list ? 1 : Math.max(1, Math.floor((width + GAP) / (wanted + GAP)));
  const tileWidth = (width - GAP * (columns - 1)) / columns;
  const rowHeight = list ? ROW_HEIGHT : Math.round(tileWidth * 0.72) + CAPTION + GAP;
  const rows = Math.ceil(assets.length / columns);
  // Other assets: those that are seen come first, and the rows around them right after.
  const first = assets[0]?.id;
  const overscan = useDeferredValue(first, undefined) === first ? OVERSCAN : 0;
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan,
    // Rows come ahead of what is seen: they need not be drawn within the event.
    useFlushSync: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other heights of rows mean other places.
  useLayoutEffect(() => virtual.measure(), [rowHeight, virtual]);
  const shown = virtual.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  const scrolled = (virtual.scrollOffset ?? 0) > 0;
  const nearEnd = lastShown + AHEAD >= rows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other assets begin the rest anew, and the last page asks for the next.
  useEffect(() => {
    if (!nearEnd) return;
    if (scrolled) return loadMore();
    // Until somebody scrolls: no key that is being typed reads more than it shows.
    const timer = setTimeout(loadMore, REST_MS);
    return () => clearTimeout(timer);
  }, [nearEnd, scrolled, assets, loadMore]);

  usePace(scroll);

  const { place, session } = useHere();
  const favorites = useFavorites(place);
  const { data: statuses } = useQuery(statusesQuery(place));
  const statusOf = useMemo(() => new Map(statuses?.map((status) => [status.id, status])), [statuses]);
  const onStar = useCallback(
    (id: string, starred: boolean) => void markFavorites(place, [id], starred),
    [place],
  );
  const nameOf = useNameOf(assets.some((asset) => asset.lock));
  const lockOn = (asset: Asset) => {
    const lock = lockOf(asset);
    const me = session.user.id;
    return (
      lock && {
        text: lockText(lock, me, nameOf),
        short: shortLockText(lock, me, nameOf),
        mine: lock.user_id === me,
      }
    );
  };
  const firstShown = (shown[0]?.index ?? 0) * columns;
  const visible = assets.slice(firstShown, (lastShown + 1) * columns);
  const activeShown = visible.some((asset) => asset.id === selection.active);
  // Between Enter and the asset's page the keys are already meant for that: → leads to the one after it.
  const opening = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = selection.active === undefined ? -1 : (selection.places.get(selection.active) ?? -1);
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? rowHeight) / rowHeight)) * columns;
    const to = target(event, at, columns, page, assets.length);
    if (to !== undefined) {
      event.preventDefault();
      const asset = assets[to];
      if (!asset) return;
      if (opening.current && /Left|Right/.test(event.key)) onOpen(asset.id, true);
      if (event.shiftKey) selection.extend(asset.id);
      else selection.move(asset.id);
      virtual.scrollToIndex(Math.floor(to / columns));
      return;
    }
    act(event, assets[at], selection, (id) => {
      opening.current = true;
      onOpen(id);
    });
  };

  return (
    <>
      {list && (
        <div className={css.head} aria-hidden>
          <span />
          <span>{words.browse.columns.name}</span>
          <span>{words.browse.columns.folder}</span>
          <span>{words.browse.columns.type}</span>
          <span className={css.number}>{words.browse.columns.size}</span>
          <span>{words.browse.columns.changed}</span>
          <span>{words.browse.columns.status}</span>
        </div>
      )}
      <div
        ref={scroll}
        className={css.scroll}
        role="listbox"
        aria-label={words.browse.title}
        aria-multiselectable
        aria-activedescendant={activeShown ? `asset-${selection.active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => {
          if (selection.active === undefined && assets[0]) selection.move(assets[0].id);
        }}
      >
        <div className={css.all} role="none" style={{ height: virtual.getTotalSize() }}>
          {width > 0 &&
            visible.map((asset, offset) => {
              const index = firstShown + offset;
              const shared = {
                place,
                asset,
                status: asset.status_id ? statusOf.get(asset.status_id) : undefined,
                index,
                total: total ?? UNKNOWN,
                selected: selection.ids.has(asset.id),
                active: selection.active === asset.id,
                selection,
                onOpen,
                top: Math.floor(index / columns) * rowHeight,
                lock: lockOn(asset),
                starred: favorites.has(asset.id),
                onStar,
              };
              // By their places: what another search has found takes the places of what was there, which is less to draw.
              return list ? (
                <Row key={index} {...shared} />
              ) : (
                <Tile
                  key={index}
                  {...shared}
                  left={(index % columns) * (tileWidth + GAP)}
                  width={tileWidth}
                  height={rowHeight - GAP}
                />
              );
            })}
        </div>
      </div>
    </>
  );
});

/** Where a key leads; nothing for keys that don't move. */
function target(event: KeyboardEvent, at: number, columns: number, page: number, count: number) {
  const within = (index: number) => Math.min(count - 1, Math.max(0, index));
  switch (event.key) {
    case "ArrowRight":
      return within(at + 1);
    case "ArrowLeft":
      return within(at - 1);
    case "ArrowDown":
      return at < 0 ? 0 : at + columns < count ? at + columns : within(at);
    case "ArrowUp":
      return at - columns >= 0 ? at - columns : within(at);
    case "PageDown":
      return within(at + page);
    case "PageUp":
      return within(at - page);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function act(event: KeyboardEvent, asset: Asset | undefined, selection: Selection, onOpen: Props["onOpen"]) {
  if (event.key === "Enter" && asset) onOpen(asset.id);
  else if (event.key === " " && asset) selection.toggle(asset.id);
  else if (event.key === "Escape") selection.clear();
  else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) selection.all();
  else return;
  event.preventDefault();
}

/** *Units*: pixels of the page a second; some fifteen rows. */
const HURRIED = 3_000;
const CALM_MS = 120;

/** Has no pictures asked for while one scrolls past faster than one can look. */
function usePace(element: React.RefObject<HTMLDivElement | null>) {
  useEffect(() => {
    const seen = element.current;
    if (!seen) return;
    let last = { top: seen.scrollTop, at: performance.now() };
    let calm: number | undefined;
    let release: (() => void) | undefined;
    const hurry = (is: boolean) => {
      if (is) {
        release ??= holdPictures();
      } else {
        release?.();
        release = undefined;
      }
    };
    const onScroll = () => {
      const now = { top: seen.scrollTop, at: performance.now() };
      hurry(Math.abs(now.top - last.top) * 1000 > HURRIED * (now.at - last.at));
      last = now;
      window.clearTimeout(calm);
      calm = window.setTimeout(() => hurry(false), CALM_MS);
    };
    seen.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      seen.removeEventListener("scroll", onScroll);
      window.clearTimeout(calm);
      hurry(false);
    };
  }, [element]);
}

/** The room inside, without the padding. It is known before the first frame, which then has the assets in it. */
function useWidth(element: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const seen = element.current;
    if (!seen) return;
    const { paddingLeft, paddingRight } = getComputedStyle(seen);
    setWidth(seen.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight));
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(seen);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
