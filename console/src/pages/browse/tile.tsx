// One asset in the grid or in the list.
import { replaceEqualDeep } from "@tanstack/react-query";
import { Check, Lock, Star } from "lucide-react";
import { type MouseEvent, memo, type PointerEvent, useState } from "react";
import type { Asset } from "../../api/assets.ts";
import type { Place, Schemas } from "../../api/client.ts";
import { extensionOf, momentText, sinceText, sizeText } from "../../format.ts";
import { usePicture } from "../../pictures.ts";
import { browseWords } from "../../words/browse.ts";
import shared from "./browse.module.css";
import css from "./results.module.css";
import type { Selection } from "./selection.ts";

type Status = Schemas["AssetStatus"];

// What many of them need is read once, for all: each query that one asked for itself would be felt while scrolling.
type Shared = {
  place: Place;
  asset: Asset;
  status?: Status;
  index: number;
  total: number;
  selected: boolean;
  active: boolean;
  selection: Pick<Selection, "only" | "toggle" | "extend">;
  onOpen: (id: string) => void;
  top: number;
  /** Who holds its lock and until when, if anybody does. */
  lock?: { text: string; short: string; mine: boolean };
  starred: boolean;
  onStar: (id: string, starred: boolean) => void;
};

/** What makes it an option of the list box. */
const option = ({
  asset,
  status,
  index,
  total,
  selected,
  active,
  selection,
  onOpen,
  lock,
  starred,
}: Shared) => ({
  id: `asset-${asset.id}`,
  role: "option",
  "aria-selected": selected,
  "aria-posinset": index + 1,
  "aria-setsize": total,
  "aria-label": labelOf(asset, status?.name, lock?.text, starred && browseWords.starred),
  "data-active": active,
  onClick: (event: MouseEvent) => {
    const touched = (event.nativeEvent as unknown as PointerEvent).pointerType === "touch";
    if (event.shiftKey) selection.extend(asset.id);
    else if (event.ctrlKey || event.metaKey) selection.toggle(asset.id);
    else if (touched) onOpen(asset.id);
    else selection.only(asset.id);
  },
  onDoubleClick: () => onOpen(asset.id),
});

const labelOf = (asset: Asset, ...marks: (string | false | undefined)[]) =>
  [asset.name, sizeText(asset.currentVersion.size), ...marks].filter(Boolean).join(", ");

type Placed = Shared & { left: number; width: number; height: number };

/** Each answer has the same asset anew. */
const isSame = (before: Asset, now: Asset) => before === now || replaceEqualDeep(before, now) === before;

/** A page of others drawn again must not draw this one. */
const same = (before: Shared, now: Shared) =>
  before.status === now.status &&
  before.selected === now.selected &&
  before.active === now.active &&
  before.top === now.top &&
  before.total === now.total &&
  before.selection.extend === now.selection.extend &&
  before.lock?.text === now.lock?.text &&
  before.starred === now.starred &&
  (before as Placed).left === (now as Placed).left &&
  (before as Placed).width === (now as Placed).width &&
  isSame(before.asset, now.asset);

/** Fingers point at nothing before they touch it. */
const TOUCHED = window.matchMedia("(hover: none)").matches;

export const Tile = memo(function Tile(props: Placed) {
  const { place, asset, status, left, top, width, height, selection, lock } = props;
  // What shows under the pointer alone is made when that comes: a row of tiles must be there within a frame.
  const [pointed, setPointed] = useState(TOUCHED);
  return (
    <div
      className={css.tile}
      {...option(props)}
      onPointerEnter={() => setPointed(true)}
      style={{ width, height, translate: `${left}px ${top}px` }}
    >
      <div className={css.frame}>
        <Thumbnail place={place} asset={asset} size={sharpAt(width)} />
        <span className={css.kind}>{extensionOf(asset.file_name).toUpperCase()}</span>
        {lock && (
          <span className={css.lock} title={lock.text} data-mine={lock.mine}>
            <Lock size={12} aria-hidden />
            <span>{lock.short}</span>
          </span>
        )}
        {(pointed || props.starred) && <StarMark {...props} />}
        {(pointed || props.selected) && (
          // biome-ignore lint/a11y/noStaticElementInteractions: for the mouse; by keyboard it is the space bar.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
          <span
            className={css.tick}
            onClick={(event) => {
              event.stopPropagation();
              selection.toggle(asset.id);
            }}
          >
            <Check size={14} strokeWidth={3} aria-hidden />
          </span>
        )}
      </div>
      <div className={css.name}>
        {status?.color && (
          <span className={shared.swatch} style={{ background: status.color }} title={status?.name} />
        )}
        <span title={asset.name}>{asset.name}</span>
      </div>
      <div className={css.meta}>
        {dimensions(asset)}
        {sizeText(asset.currentVersion.size)} · v{asset.currentVersion.version_number}
      </div>
    </div>
  );
}, same);

export const Row = memo(function Row(props: Shared) {
  const { place, asset, status, top, lock } = props;
  return (
    <div className={css.row} {...option(props)} style={{ translate: `0 ${top}px` }}>
      <div className={css.frame}>
        <Thumbnail place={place} asset={asset} size={128} />
      </div>
      <span className={css.rowName}>
        <span title={asset.name}>{asset.name}</span>
        <StarMark {...props} />
        {lock && (
          <span className={css.lock} title={lock.text} data-mine={lock.mine}>
            <Lock size={12} aria-hidden />
            <span>{lock.short}</span>
          </span>
        )}
      </span>
      <span className={shared.soft}>{asset.file_location}</span>
      <span className={shared.soft}>{extensionOf(asset.file_name)}</span>
      <span className={`${shared.soft} ${css.number}`}>{sizeText(asset.currentVersion.size)}</span>
      <span className={shared.soft} title={momentText(asset.updated_at)}>
        {sinceText(asset.updated_at)}
      </span>
      <span className={shared.soft}>
        {status?.color && (
          <span className={shared.swatch} style={{ background: status.color, display: "inline-block" }} />
        )}{" "}
        {status?.name}
      </span>
    </div>
  );
}, same);

/** For the mouse; by keyboard it is the key F. */
const StarMark = ({ asset, starred, onStar }: Pick<Shared, "asset" | "starred" | "onStar">) => (
  // biome-ignore lint/a11y/noStaticElementInteractions: an option of a list box holds no button.
  // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
  <span
    className={css.star}
    data-on={starred}
    title={starred ? browseWords.unstar : browseWords.star}
    onClick={(event) => {
      event.stopPropagation();
      onStar(asset.id, !starred);
    }}
    onDoubleClick={(event) => event.stopPropagation()}
  >
    <Star size={14} aria-hidden fill={starred ? "currentColor" : "none"} />
  </span>
);

/** The smaller picture that is still sharp: it takes a quarter of the time to decode. */
const sharpAt = (width: number) => (width * window.devicePixelRatio <= 256 ? 256 : 512);

function Thumbnail({ place, asset, size }: { place: Place; asset: Asset; size: number }) {
  const picture = usePicture(place, asset.currentVersion, size);
  if (picture.state === "there") return <img src={picture.url} alt="" draggable={false} />;
  return (
    <span className={css.ext}>
      {picture.state === "none" ? extensionOf(asset.file_name).toUpperCase() : ""}
    </span>
  );
}

function dimensions(asset: Asset): string {
  const facts = asset.currentVersion.facts as Record<string, unknown> | null;
  return facts?.width && facts.height ? `${facts.width} × ${facts.height} · ` : "";
}
