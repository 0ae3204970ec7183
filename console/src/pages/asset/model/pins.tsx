// Pins on a model's surface: they follow it as it is turned, and bring back the camera that saw them.
import { type RefObject, useEffect, useRef, useState } from "react";
import { pinWords } from "../../../words/pins.ts";
import css from "../annotate.module.css";
import { PinButton, PinTools } from "../annotate.tsx";
import { Cross } from "../cross.tsx";
import { type Anchor, focusField, usePins } from "../pins.ts";
import type { ModelScene } from "./scene.ts";

export function ModelPins({
  scene,
  canvas,
}: {
  scene: ModelScene;
  canvas: RefObject<HTMLCanvasElement | null>;
}) {
  const all = usePins();
  const { pins, chosen, tool, draft, setDraft } = all;
  const [said, setSaid] = useState<string>();
  const [, setDrawn] = useState(0);
  useEffect(() => {
    scene.onDrawn = () => setDrawn((count) => count + 1);
    return () => {
      scene.onDrawn = () => undefined;
    };
  }, [scene]);
  const camera = pins.find((pin) => pin.id === chosen)?.anchor;
  const at = camera?.kind === "model" ? camera.camera : undefined;
  const seen = useRef<string>(undefined);
  useEffect(() => {
    // Once for each choice: somebody may turn it afterwards, and the comments be read again.
    if (!at || seen.current === chosen) return;
    seen.current = chosen;
    scene.placeCamera(at);
  }, [scene, at, chosen]);
  useEffect(() => {
    const on = canvas.current;
    scene.turnable(!tool);
    if (!tool || !on) return;
    const press = (event: PointerEvent) => {
      const { left, top } = on.getBoundingClientRect();
      const point = scene.pick(event.clientX - left, event.clientY - top);
      if (point) setDraft({ kind: "model", point, camera: scene.cameraPlace() });
    };
    on.addEventListener("pointerdown", press);
    on.style.cursor = "crosshair";
    return () => {
      on.removeEventListener("pointerdown", press);
      on.style.cursor = "";
    };
  }, [scene, canvas, tool, setDraft]);
  const place = (anchor: Anchor) => (anchor.kind === "model" ? scene.project(anchor.point) : undefined);
  const mine = draft && place(draft);
  const { clientWidth: width = 1, clientHeight: height = 1 } = canvas.current ?? {};
  return (
    <>
      {tool && (
        <Cross
          area={{ left: 0, top: 0, width, height }}
          fine={1}
          start={() => [0.5, 0.5]}
          said={said}
          onMove={() => setSaid(undefined)}
          onPlace={(x, y) => {
            const point = scene.pick(x * width, y * height);
            setSaid(point ? undefined : pinWords.beside);
            if (!point) return;
            setDraft({ kind: "model", point, camera: scene.cameraPlace() });
            focusField(all);
          }}
        />
      )}
      {pins.map((pin) => {
        const where = place(pin.anchor);
        return (
          where && <PinButton key={pin.id} pin={pin} left={where.x} top={where.y} faint={where.hidden} />
        );
      })}
      {mine && (
        <span
          className={css.pin}
          style={{ left: mine.x, top: mine.y }}
          data-draft
          data-testid="draft-pin"
          aria-hidden
        />
      )}
      <PinTools tools={["pin"]} />
    </>
  );
}
