// The picture: fitted, moved and enlarged to single pixels. Wheel and drag, or + − 0 1 and the arrow keys.
import { useQuery } from "@tanstack/react-query";
import { ImageOff, Minus, Plus } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { type Asset, type Version, versionsQuery } from "../../api/assets.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { Empty } from "../../parts/states.tsx";
import { usePicture } from "../../pictures.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";
import { useOriginal } from "./original.ts";

/** *Units*: the longer side in pixels; the largest that the server draws. */
const LARGEST = 2048;
const MOST = 32;
const STEP = 1.4;
/** *Units*: pixels of the page. */
const MARGIN = 28;
const NUDGE = 60;

export function Viewer({ asset, versionId }: { asset: Asset; versionId: string }) {
  const { place } = useHere();
  const versions = useQuery(versionsQuery(place, asset.id));
  const version: Version = versions.data?.find((one) => one.id === versionId) ?? asset.currentVersion;
  const preview = usePicture(place, version, LARGEST, true);
  const original = useOriginal(place, asset, version);
  const url = original ?? (preview.state === "there" ? preview.url : undefined);
  return (
    <div className={css.stage}>
      {url ? (
        <Canvas key={version.id} url={url} name={asset.name} />
      ) : preview.state === "none" ? (
        <Empty icon={ImageOff} title={words.asset.noPreview} hint={words.asset.noPreviewHint} />
      ) : (
        <Empty icon={ImageOff} title={words.asset.making} hint="" />
      )}
    </div>
  );
}

type View = { scale: number; x: number; y: number };

function Canvas({ url, name }: { url: string; name: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const [view, setView] = useState<View>();
  const [fitted, setFitted] = useState(true);

  const fit = useCallback(() => {
    const room = box.current;
    if (!room || !size) return;
    const scale = Math.min(
      (room.clientWidth - 2 * MARGIN) / size.width,
      (room.clientHeight - 2 * MARGIN) / size.height,
    );
    // Small pictures, icons and textures, are shown larger, in whole steps so that pixels stay square.
    const fitting = scale > 1 ? Math.max(1, Math.min(8, Math.floor(scale))) : scale;
    setView({
      scale: fitting,
      x: (room.clientWidth - size.width * fitting) / 2,
      y: (room.clientHeight - size.height * fitting) / 2,
    });
    setFitted(true);
  }, [size]);
  useLayoutEffect(fit, [fit]);
  useEffect(() => {
    if (!box.current || !fitted) return;
    const observer = new ResizeObserver(fit);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [fit, fitted]);

  /** Keeps the point under (x, y) where it is. */
  const zoom = useCallback((by: (scale: number) => number, x?: number, y?: number) => {
    const room = box.current;
    if (!room) return;
    const cx = x ?? room.clientWidth / 2;
    const cy = y ?? room.clientHeight / 2;
    setFitted(false);
    setView((before) => {
      if (!before) return before;
      const scale = Math.min(MOST, Math.max(0.02, by(before.scale)));
      const ratio = scale / before.scale;
      return { scale, x: cx - (cx - before.x) * ratio, y: cy - (cy - before.y) * ratio };
    });
  }, []);
  const move = (dx: number, dy: number) => {
    setFitted(false);
    setView((before) => before && { ...before, x: before.x + dx, y: before.y + dy });
  };
  useEffect(() => {
    const room = box.current;
    // React's own wheel listeners can't keep the page from scrolling.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = (room as HTMLElement).getBoundingClientRect();
      zoom((scale) => scale * Math.exp(-event.deltaY / 400), event.clientX - left, event.clientY - top);
    };
    room?.addEventListener("wheel", wheel, { passive: false });
    return () => room?.removeEventListener("wheel", wheel);
  }, [zoom]);

  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of the picture and what moves it, no form. */}
      <div
        ref={box}
        className={css.view}
        role="group"
        aria-label={words.asset.viewer}
        tabIndex={0}
        onKeyDown={(event) => onKey(event, fitted, zoom, move, fit)}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event: PointerEvent) => event.buttons === 1 && move(event.movementX, event.movementY)}
        onDoubleClick={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect();
          if (fitted) zoom(() => 1, event.clientX - left, event.clientY - top);
          else fit();
        }}
      >
        <img
          className={css.picture}
          src={url}
          alt={words.asset.picture(name)}
          draggable={false}
          data-pixels={(view?.scale ?? 1) >= 2}
          onLoad={(event) =>
            setSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight })
          }
          style={
            view && size
              ? {
                  width: size.width * view.scale,
                  height: size.height * view.scale,
                  transform: `translate(${view.x}px, ${view.y}px)`,
                }
              : { visibility: "hidden" }
          }
        />
      </div>
      <div className={css.zoom}>
        <IconButton label={words.asset.zoomOut} onPress={() => zoom((scale) => scale / STEP)}>
          <Minus size={16} aria-hidden />
        </IconButton>
        <output>{view ? `${Math.round(view.scale * 100)} %` : ""}</output>
        <IconButton label={words.asset.zoomIn} onPress={() => zoom((scale) => scale * STEP)}>
          <Plus size={16} aria-hidden />
        </IconButton>
        <Button look="quiet" onPress={fit}>
          {words.asset.fit}
        </Button>
        <Button look="quiet" onPress={() => zoom(() => 1)}>
          {words.asset.pixels}
        </Button>
      </div>
    </>
  );
}

function onKey(
  event: KeyboardEvent,
  fitted: boolean,
  zoom: (by: (scale: number) => number) => void,
  move: (dx: number, dy: number) => void,
  fit: () => void,
) {
  const arrows: Record<string, [number, number]> = {
    ArrowLeft: [NUDGE, 0],
    ArrowRight: [-NUDGE, 0],
    ArrowUp: [0, NUDGE],
    ArrowDown: [0, -NUDGE],
  };
  const arrow = arrows[event.key];
  if (event.key === "+" || event.key === "=") zoom((scale) => scale * STEP);
  else if (event.key === "-") zoom((scale) => scale / STEP);
  else if (event.key === "0") fit();
  else if (event.key === "1") zoom(() => 1);
  // A fitted picture has nowhere to go: then the arrows lead to the next asset.
  else if (arrow && !fitted) move(...arrow);
  else return;
  event.preventDefault();
}
