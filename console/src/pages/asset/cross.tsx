// A cross that the arrow keys move over a picture or a model: what the pointer does there, by keyboard alone.
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { pinWords } from "../../words/pins.ts";
import css from "./cross.module.css";
import { usePins } from "./pins.ts";

/** *Units*: pixels of the page. */
const STEP = 12;

type Area = { left: number; top: number; width: number; height: number };

/** `fine`: how far the arrow keys go with Shift, in pixels of the page. Places are parts of the area, from 0 to 1. */
export function Cross({
  area,
  fine,
  start,
  said,
  onMove,
  onPlace,
}: {
  area: Area;
  fine: number;
  start: () => [number, number];
  /** What came of the last key, for those who don't see it. */
  said?: string;
  onMove?: (x: number, y: number) => void;
  onPlace: (x: number, y: number) => void;
}) {
  const { tool, setTool, byKeys } = usePins();
  const box = useRef<HTMLDivElement>(null);
  const before = useRef<Element>(null);
  const [at, setAt] = useState<[number, number]>();
  const where = at ?? [0.5, 0.5];
  useEffect(() => {
    if (!byKeys || !tool) return;
    before.current = document.activeElement;
    box.current?.focus({ preventScroll: true });
  }, [byKeys, tool]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.shiftKey ? fine : STEP;
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-by, 0],
      ArrowRight: [by, 0],
      ArrowUp: [0, -by],
      ArrowDown: [0, by],
    };
    const arrow = arrows[event.key];
    if (arrow) {
      const next: [number, number] = [
        within(where[0] + arrow[0] / area.width),
        within(where[1] + arrow[1] / area.height),
      ];
      setAt(next);
      onMove?.(...next);
    } else if (event.key === "Enter") onPlace(...where);
    else if (event.key === "Escape") {
      setTool(undefined);
      if (before.current instanceof HTMLElement) before.current.focus();
    } else return;
    // Otherwise the picture would be moved along, or the next asset opened.
    event.preventDefault();
    event.stopPropagation();
  };
  const [x, y] = [where[0] * area.width, where[1] * area.height];
  return (
    <div
      ref={box}
      className={css.area}
      style={area}
      role="application"
      aria-label={tool ? `${pinWords.tool[tool]}: ${pinWords.cross}` : undefined}
      tabIndex={0}
      data-testid="cross"
      onKeyDown={onKeyDown}
      onFocus={() => setAt((now) => now ?? start())}
    >
      <span className={css.mark} style={{ translate: `${x}px ${y}px` }} aria-hidden />
      <span className="unseen" role="status">
        {said} {at && pinWords.at(at[0], at[1])}
      </span>
    </div>
  );
}

const within = (part: number) => Math.min(1, Math.max(0, part));
