// Pins and drawings over a picture, and the pointer that makes them.
import { ArrowUpRight, MapPin, Pencil, Square } from "lucide-react";
import { type PointerEvent, useRef, useState } from "react";
import { IconButton } from "../../parts/controls.tsx";
import { pinWords } from "../../words/pins.ts";
import css from "./annotate.module.css";
import type { Room, View } from "./canvas.tsx";
import { Cross } from "./cross.tsx";
import {
  type Anchor,
  focusField,
  isByKeys,
  type Pin,
  type Point,
  type Shape,
  type Tool,
  usePins,
} from "./pins.ts";

const ICONS = { pin: MapPin, pen: Pencil, arrow: ArrowUpRight, box: Square };
/** As much as the API keeps with a comment, with room to spare. */
const MOST_POINTS = 400;

/** Which tools a kind of file has. */
export function PinTools({ tools }: { tools: Tool[] }) {
  const { tool, setTool } = usePins();
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons that belong together, no form.
    <div className={css.pinTools} role="group" aria-label={pinWords.tools}>
      {tools.map((one) => {
        const Icon = ICONS[one];
        return (
          <IconButton
            key={one}
            label={pinWords.tool[one]}
            chosen={tool === one}
            onPress={(event) => setTool(tool === one ? undefined : one, isByKeys(event))}
          >
            <Icon size={17} aria-hidden />
          </IconButton>
        );
      })}
    </div>
  );
}

export function PinButton({
  pin: { id, number, text },
  left,
  top,
  faint,
}: {
  pin: Pin;
  left: number | string;
  top: number | string;
  faint?: boolean;
}) {
  const { chosen, choose } = usePins();
  return (
    <button
      type="button"
      className={css.pin}
      style={{ left, top }}
      data-chosen={chosen === id}
      data-faint={faint}
      aria-label={pinWords.pin(number)}
      aria-description={text}
      onClick={() => choose(id)}
    >
      {number}
    </button>
  );
}

/** Over the picture: what is pinned, what is being drawn. */
export function Annotations({
  view,
  size,
  room,
}: {
  view: View;
  size: { width: number; height: number };
  room: Room;
}) {
  const all = usePins();
  const { pins, chosen, tool, draft, setDraft } = all;
  const [drawing, setDrawing] = useState<Shape>();
  const pressed = useRef(false);
  const width = size.width * view.scale;
  const height = size.height * view.scale;
  const place = { left: view.x, top: view.y, width, height };
  const pointOf = (event: PointerEvent): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return rounded((event.clientX - left) / width, (event.clientY - top) / height);
  };
  const kept = draft?.kind === "picture" ? (draft.shapes ?? []) : [];
  const pin = ([x, y]: Point) => setDraft({ kind: "picture", x, y, shapes: kept });
  const lengthen = (shape: Shape, point: Point): Shape => {
    const [first] = shape.points;
    const points = shape.type === "pen" ? [...shape.points, point] : [first as Point, point];
    return { ...shape, points: points.slice(0, MOST_POINTS) };
  };
  const finish = (shape: Shape | undefined) => {
    const [first] = shape?.points ?? [];
    if (shape && first && shape.points.length > 1) {
      const at = draft?.kind === "picture" ? { x: draft.x, y: draft.y } : { x: first[0], y: first[1] };
      setDraft({ kind: "picture", ...at, shapes: [...kept, shape] });
    }
    setDrawing(undefined);
  };
  const down = (event: PointerEvent) => {
    if (!event.isPrimary) {
      // A second finger: both zoom, and nothing is drawn.
      pressed.current = false;
      setDrawing(undefined);
      return;
    }
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    pressed.current = true;
    if (tool && tool !== "pin") setDrawing({ type: tool, points: [pointOf(event)] });
  };
  const move = (event: PointerEvent) => {
    // Otherwise the picture below would be moved along.
    if (pressed.current) event.stopPropagation();
    if (drawing) setDrawing(lengthen(drawing, pointOf(event)));
  };
  const up = (event: PointerEvent) => {
    if (pressed.current && tool === "pin") pin(pointOf(event));
    pressed.current = false;
    finish(drawing);
  };
  const cancel = () => {
    pressed.current = false;
    setDrawing(undefined);
  };
  /** By keyboard: the first Enter begins, the second ends. */
  const enter = (x: number, y: number) => {
    const point = rounded(x, y);
    if (tool && tool !== "pin" && !drawing) return setDrawing({ type: tool, points: [point] });
    if (drawing) finish(lengthen(drawing, point));
    else pin(point);
    focusField(all);
  };
  const shapes = [...kept, ...(drawing ? [drawing] : [])];
  const shown = pins.find((pin) => pin.id === chosen)?.anchor;
  return (
    <>
      <div
        className={css.sheetOver}
        style={place}
        data-drawing={Boolean(tool)}
        data-testid="annotations"
        {...(tool && {
          onPointerDown: down,
          onPointerMove: move,
          onPointerUp: up,
          onPointerCancel: cancel,
        })}
      >
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden>
          <title>{pinWords.drawn}</title>
          {shown?.kind === "picture" && <Shapes shapes={shown.shapes ?? []} width={width} height={height} />}
          <Shapes shapes={shapes} width={width} height={height} />
        </svg>
      </div>
      {tool && (
        <Cross
          area={place}
          fine={view.scale}
          start={() => {
            const { x, y } = room.middle();
            return rounded((x - view.x) / width, (y - view.y) / height);
          }}
          said={drawing && pinWords.begun}
          onMove={(x, y) => {
            if (drawing) setDrawing(lengthen(drawing, rounded(x, y)));
            room.reveal(view.x + x * width, view.y + y * height);
          }}
          onPlace={enter}
        />
      )}
      {pins.map((pin) =>
        pin.anchor.kind === "picture" ? (
          <PinButton
            key={pin.id}
            pin={pin}
            left={view.x + pin.anchor.x * width}
            top={view.y + pin.anchor.y * height}
          />
        ) : null,
      )}
      <DraftPin anchor={draft} view={view} width={width} height={height} />
    </>
  );
}

/** A place of the picture, as a comment keeps it. */
function rounded(x: number, y: number): Point {
  const part = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1e5) / 1e5;
  return [part(x), part(y)];
}

function DraftPin({
  anchor,
  view,
  width,
  height,
}: {
  anchor: Anchor | undefined;
  view: View;
  width: number;
  height: number;
}) {
  if (anchor?.kind !== "picture") return null;
  const style = { left: view.x + anchor.x * width, top: view.y + anchor.y * height };
  return <span className={css.pin} style={style} data-draft data-testid="draft-pin" aria-hidden />;
}

function Shapes({ shapes, width, height }: { shapes: Shape[]; width: number; height: number }) {
  return shapes.map((shape, index) => {
    const points = shape.points.map(([x, y]) => [x * width, y * height] as const);
    // biome-ignore lint/suspicious/noArrayIndexKey: drawn in this order, and never another one.
    return <path key={index} className={css.ink} data-shape={shape.type} d={pathOf(shape.type, points)} />;
  });
}

type Drawn = readonly (readonly [number, number])[];

function pathOf(type: Shape["type"], points: Drawn): string {
  const [from, to] = [points[0], points.at(-1)];
  if (!from || !to) return "";
  if (type === "box") return `M${from[0]} ${from[1]}H${to[0]}V${to[1]}H${from[0]}Z`;
  const line = `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;
  if (type === "pen") return line;
  const turned = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const head = (angle: number) =>
    `M${to[0]} ${to[1]}L${to[0] - 14 * Math.cos(turned + angle)} ${to[1] - 14 * Math.sin(turned + angle)}`;
  return line + head(0.5) + head(-0.5);
}
