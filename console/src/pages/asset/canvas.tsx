// A picture: fitted, moved and enlarged to single pixels. Wheel and drag, two fingers, or + − 0 1 and the arrow keys.
import { Minus, Plus } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Button, IconButton } from "../../parts/controls.tsx";
import { look } from "../../words/look.ts";
import { words } from "../../words.ts";
import css from "./canvas.module.css";
import { CHANNELS, type Channel, channelUrl, type Pixels, readPixels } from "./channels.ts";
import { useGestures } from "./gestures.ts";

const MOST = 32;
const STEP = 1.4;
/** *Units*: pixels of the page. */
const MARGIN = 28;
const EDGE = MARGIN / 2;
const NUDGE = 60;

export type View = { scale: number; x: number; y: number };

/** The room that the picture is seen in, for what lies above it. *Units*: pixels of the page. */
export type Room = {
  middle: () => { x: number; y: number };
  /** Moves the picture so that a place of the room is in sight. */
  reveal: (x: number, y: number) => void;
};

/** `view` and `onView`: where several are looked at together; else it has its own. `over`: lies above the picture, and moves with it. */
export function Canvas({
  url,
  name,
  shared,
  bare,
  over,
}: {
  url: string;
  name: string;
  shared?: { view?: View; onView: (view: View) => void };
  /** Without its controls. */
  bare?: boolean;
  over?: (view: View, size: { width: number; height: number }, room: Room) => ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLImageElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const [own, setOwn] = useState<View>();
  const [fitted, setFitted] = useState(true);
  const [channel, setChannel] = useState<Channel>("all");
  const [pixels, setPixels] = useState<Pixels>();
  const [under, setUnder] = useState<string>();
  const view = shared?.view ?? own;
  const told = useRef(shared?.onView);
  told.current = shared?.onView;
  const setView = useCallback((next: (before: View | undefined) => View | undefined) => {
    setOwn((before) => {
      const view = next(before);
      if (view) told.current?.(view);
      return view;
    });
  }, []);
  const sharedView = shared?.view;
  useEffect(() => {
    if (!sharedView) return;
    setOwn(sharedView);
    setFitted(false);
  }, [sharedView]);

  const fit = useCallback(() => {
    const room = box.current;
    if (!room || !size) return;
    const scale = Math.min(
      (room.clientWidth - 2 * MARGIN) / size.width,
      (room.clientHeight - 2 * MARGIN) / size.height,
    );
    // Small pictures, icons and textures, are shown larger, in whole steps so that pixels stay square.
    const fitting = scale > 1 ? Math.max(1, Math.min(8, Math.floor(scale))) : scale;
    setView(() => ({
      scale: fitting,
      x: (room.clientWidth - size.width * fitting) / 2,
      y: (room.clientHeight - size.height * fitting) / 2,
    }));
    setFitted(true);
  }, [size, setView]);
  useLayoutEffect(fit, [fit]);
  useEffect(() => {
    if (!box.current || !fitted) return;
    const observer = new ResizeObserver(fit);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [fit, fitted]);

  /** Keeps the point under (x, y) where it is. */
  const zoom = useCallback(
    (by: (scale: number) => number, x?: number, y?: number) => {
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
    },
    [setView],
  );
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

  const read = () => {
    const found = pixels ?? (image.current && readPixels(image.current));
    if (found && found !== pixels) setPixels(found);
    return found ?? undefined;
  };
  // The file itself takes its preview's place when it is there: what was read of that is not its own.
  const [of, setOf] = useState(url);
  if (of !== url) {
    setOf(url);
    setPixels(undefined);
    setChannel("all");
  }
  const single = useSingleChannel(channel, pixels);
  const gestures = useGestures(zoom, move);
  const room: Room = {
    middle: () => ({ x: (box.current?.clientWidth ?? 0) / 2, y: (box.current?.clientHeight ?? 0) / 2 }),
    reveal: (x, y) => {
      const { clientWidth = 0, clientHeight = 0 } = box.current ?? {};
      const dx = outside(x, clientWidth);
      const dy = outside(y, clientHeight);
      if (dx !== 0 || dy !== 0) move(-dx, -dy);
    },
  };
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const step = gestures.step.current;
    if (event.buttons === 1 && step) move(step.x, step.y);
    const found = bare ? undefined : read();
    if (!view || !found) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const x = Math.floor((event.clientX - left - view.x) / view.scale);
    const y = Math.floor((event.clientY - top - view.y) / view.scale);
    const inside = x >= 0 && y >= 0 && x < found.width && y < found.height;
    const at = (y * found.width + x) * 4;
    setUnder(inside ? look.pixel(x, y, [...found.data.slice(at, at + 4)]) : undefined);
  };

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
        {...gestures.handlers}
        onPointerLeave={() => setUnder(undefined)}
        onPointerDown={(event) => {
          // A pin is pressed, not moved.
          if (!(event.target as Element).closest("button"))
            event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={point}
        onDoubleClick={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect();
          if (fitted) zoom(() => 1, event.clientX - left, event.clientY - top);
          else fit();
        }}
      >
        <img
          ref={image}
          className={css.picture}
          src={single ?? url}
          alt={words.asset.picture(name)}
          draggable={false}
          data-channel={channel}
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
        {view && size && over?.(view, size, room)}
      </div>
      {!bare && (
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
          <Channels
            chosen={channel}
            onChoose={(next) => {
              if (next === "all" || read()) setChannel(next);
            }}
          />
        </div>
      )}
      {under && <output className={css.under}>{under}</output>}
    </>
  );
}

/** How far a place is outside of a length, less an edge that is smaller than the one around a fitted picture. */
const outside = (at: number, length: number) =>
  at < EDGE ? at - EDGE : at > length - EDGE ? at - length + EDGE : 0;

/** The address of one channel's picture. */
function useSingleChannel(channel: Channel, pixels: Pixels | undefined): string | undefined {
  const [made, setMade] = useState<{ channel: Channel; url: string }>();
  useEffect(() => {
    if (channel === "all" || !pixels) return;
    let isOver = false;
    let url: string | undefined;
    void channelUrl(pixels, channel).then((found) => {
      url = found;
      if (found && !isOver) setMade({ channel, url: found });
      else if (found) URL.revokeObjectURL(found);
    });
    return () => {
      isOver = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [channel, pixels]);
  return channel !== "all" && made?.channel === channel ? made.url : undefined;
}

function Channels({ chosen, onChoose }: { chosen: Channel; onChoose: (channel: Channel) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons in a bar, no form.
    <div className={css.channels} role="group" aria-label={look.channels}>
      {CHANNELS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === chosen}
          aria-label={look.channelNames[one]}
          title={look.channelNames[one]}
          data-channel={one}
          onClick={() => onChoose(one)}
        >
          {one === "all" ? "RGB" : one.toUpperCase()}
        </button>
      ))}
    </div>
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
