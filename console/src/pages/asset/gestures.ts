// One pointer moves, two fingers zoom and move. Seen before what lies above the picture sees it, which may take one pointer
// for itself (to draw), but never two.
import { type PointerEvent, useRef } from "react";

type Point = { x: number; y: number };

const between = (one: Point, other: Point): Point => ({
  x: (one.x + other.x) / 2,
  y: (one.y + other.y) / 2,
});
/** Never nothing: it is divided by. */
const apart = (one: Point, other: Point) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));

/** `step` is how far the one pointer that is down has come since it was last seen. *Units*: pixels of the page. */
export function useGestures(
  zoom: (by: (scale: number) => number, x: number, y: number) => void,
  move: (dx: number, dy: number) => void,
) {
  const down = useRef(new Map<number, Point>());
  const step = useRef<Point>(undefined);
  const forget = (event: PointerEvent) => {
    down.current.delete(event.pointerId);
    step.current = undefined;
  };
  return {
    step,
    handlers: {
      onPointerDownCapture: (event: PointerEvent) => {
        // The first finger: others of before have been lifted outside.
        if (event.isPrimary) down.current.clear();
        down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      },
      onPointerMoveCapture: (event: PointerEvent) => {
        const before = down.current.get(event.pointerId);
        step.current = undefined;
        if (!before) return;
        const now = { x: event.clientX, y: event.clientY };
        down.current.set(event.pointerId, now);
        const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
        if (!other) {
          step.current = { x: now.x - before.x, y: now.y - before.y };
          return;
        }
        event.stopPropagation();
        const [from, to] = [between(before, other), between(now, other)];
        const { left, top } = event.currentTarget.getBoundingClientRect();
        move(to.x - from.x, to.y - from.y);
        zoom((scale) => (scale * apart(now, other)) / apart(before, other), to.x - left, to.y - top);
      },
      onPointerUpCapture: forget,
      onPointerCancelCapture: forget,
    },
  };
}
