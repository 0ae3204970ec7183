// Pins and drawings over a picture, and the pointer that makes them.
import { ArrowUpRight, MapPin, Pencil, Square } from "lucide-react";
import { type PointerEvent, useState } from "react";
import { IconButton } from "../../parts/controls.tsx";
import { pinWords } from "../../words/pins.ts";
import css from "./asset.module.css";
import type { View } from "./canvas.tsx";
import { type Anchor, type Shape, type Tool, usePins } from "./pins.ts";

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
            onPress={() => setTool(tool === one ? undefined : one)}
          >
            <Icon size={17} aria-hidden />
          </IconButton>
        );
      })}
    </div>
  );
}

export function PinButton({
  id,
  number,
  left,
  top,
  faint,
}: {
  id: string;
  number: number;
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
      onClick={() => choose(id)}
    >
      {number}
    </button>
  );
}

/** Over the picture: what is pinned, what is being drawn. */
export function Annotations({ view, size }: { view: View; size: { width: number; height: number } }) {
  const { pins, chosen, tool, draft, setDraft } = usePins();
  const [drawing, setDrawing] = useState<Shape>();
  const width = size.width * view.scale;
  const height = size.height * view.scale;
  const place = { left: view.x, top: view.y, width, height };
  const pointOf = (event: PointerEvent): [number, number] => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const part = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1e5) / 1e5;
    return [part((event.clientX - left) / width), part((event.clientY - top) / height)];
  };
  const kept = draft?.kind === "picture" ? (draft.shapes ?? []) : [];
  const down = (event: PointerEvent) => {
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const point = pointOf(event);
    if (!tool || tool === "pin") return setDraft({ kind: "picture", x: point[0], y: point[1], shapes: kept });
    setDrawing({ type: tool, points: [point] });
  };
  const move = (event: PointerEvent) => {
    if (!drawing) return;
    // Otherwise the picture below would be moved along.
    event.stopPropagation();
    const point = pointOf(event);
    const [first] = drawing.points;
    const points = drawing.type === "pen" ? [...drawing.points, point] : [first as [number, number], point];
    setDrawing({ ...drawing, points: points.slice(0, MOST_POINTS) });
  };
  const up = () => {
    const [first] = drawing?.points ?? [];
    if (drawing && first && drawing.points.length > 1) {
      const at = draft?.kind === "picture" ? { x: draft.x, y: draft.y } : { x: first[0], y: first[1] };
      setDraft({ kind: "picture", ...at, shapes: [...kept, drawing] });
    }
    setDrawing(undefined);
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
        {...(tool && { onPointerDown: down, onPointerMove: move, onPointerUp: up })}
      >
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden>
          <title>{pinWords.drawn}</title>
          {shown?.kind === "picture" && <Shapes shapes={shown.shapes ?? []} width={width} height={height} />}
          <Shapes shapes={shapes} width={width} height={height} />
        </svg>
      </div>
      {pins.map(({ id, number, anchor }) =>
        anchor.kind === "picture" ? (
          <PinButton
            key={id}
            id={id}
            number={number}
            left={view.x + anchor.x * width}
            top={view.y + anchor.y * height}
          />
        ) : null,
      )}
      <DraftPin anchor={draft} view={view} width={width} height={height} />
    </>
  );
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
