// A model as one looks at it: turned, lit, shaded, animated. Loaded when a model is opened, with three.js.
import { useQuery } from "@tanstack/react-query";
import { Box, Grid3x3, Maximize, Pause, Play, Sun } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { AnimationClip } from "three";
import type { Asset, Version } from "../../../api/assets.ts";
import { fetchBytes, siblingsOf } from "../../../api/files.ts";
import { extensionOf, sizeText } from "../../../format.ts";
import { Button, Choose, IconButton } from "../../../parts/controls.tsx";
import { look } from "../../../words/look.ts";
import { useHere } from "../../../workspaces.ts";
import { isModel } from "../kinds.ts";
import { type Loaded, loadModel } from "./load.ts";
import css from "./model.module.css";
import { ModelPins } from "./pins.tsx";
import { type CameraPlace, disposeModel, ModelScene, type Shading, type Stats } from "./scene.ts";

/** *Units*: bytes. More would take longer to load than one waits, and more memory than a page should. */
const LARGEST = 250_000_000;
const SHADINGS = Object.keys(look.shadings) as Shading[];
const REST = "rest";

export type Shared = {
  /** Where all cameras of these models are; none where each has its own. */
  place?: CameraPlace;
  onPlace?: (place: CameraPlace) => void;
};

/** `fallback`: what is shown where the model can't be. */
export default function ModelStage({
  asset,
  version,
  fallback,
  shared,
  bare,
}: {
  asset: Asset;
  version: Version;
  fallback: (why: string) => React.ReactNode;
  shared?: Shared;
  /** Without its controls. */
  bare?: boolean;
}) {
  const { place } = useHere();
  const [part, setPart] = useState(0);
  const kind = extensionOf(asset.file_name);
  const tooLarge = version.size > LARGEST;
  const file = useQuery({
    queryKey: ["model-bytes", version.id],
    queryFn: ({ signal }) => fetchBytes(place, version, signal, setPart),
    enabled: !tooLarge,
    staleTime: Number.POSITIVE_INFINITY,
    // Long files are not kept once nobody looks at them.
    gcTime: 0,
    structuralSharing: false,
  });
  if (tooLarge) return fallback(look.tooLarge(sizeText(version.size)));
  if (file.isError) return fallback(file.error.message);
  if (!file.data || !isModel(kind)) return <Progress part={part} />;
  return (
    <Stage asset={asset} kind={kind} bytes={file.data} fallback={fallback} shared={shared} bare={bare} />
  );
}

const Progress = ({ part }: { part: number }) => (
  <div className={css.progress} role="status">
    <progress value={part} max={1} aria-label={look.loading(part)} />
    <span>{look.loading(part)}</span>
  </div>
);

function Stage({
  asset,
  kind,
  bytes,
  fallback,
  shared,
  bare,
}: {
  asset: Asset;
  kind: Parameters<typeof loadModel>[0];
  bytes: ArrayBuffer;
  fallback: (why: string) => React.ReactNode;
  shared?: Shared;
  bare?: boolean;
}) {
  const { place } = useHere();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scene = useRef<ModelScene>(undefined);
  const [model, setModel] = useState<Loaded & { stats: Stats }>();
  const [problem, setProblem] = useState("");
  const told = useRef(shared);
  told.current = shared;
  // The model is of these bytes; what else is known of its asset may change meanwhile.
  const of = useRef(asset);

  useEffect(() => {
    const stop = new AbortController();
    const made = begin(canvas.current);
    if (!made) {
      setProblem(look.noWebGl);
      return;
    }
    scene.current = made;
    made.onCamera = (at) => told.current?.onPlace?.(at);
    loadModel(kind, bytes, siblingsOf(place, of.current, stop.signal))
      .then((loaded) => {
        if (stop.signal.aborted) return disposeModel(loaded.object);
        const stats = made.show(loaded.object);
        if (told.current?.place) made.placeCamera(told.current.place);
        setModel({ ...loaded, stats });
      })
      .catch(() => {
        if (!stop.signal.aborted) setProblem(look.unreadable);
      });
    return () => {
      stop.abort();
      scene.current = undefined;
      made.dispose();
    };
  }, [kind, bytes, place]);
  const at = shared?.place;
  useEffect(() => {
    if (at) scene.current?.placeCamera(at);
  }, [at]);

  if (problem) return fallback(problem);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of the model and what turns it, no form. */}
      <div
        className={css.view}
        role="group"
        aria-label={look.model}
        tabIndex={0}
        onKeyDown={(event) => {
          if (scene.current?.turnBy(event.key)) event.preventDefault();
        }}
        onDoubleClick={() => scene.current?.fit()}
      >
        <canvas ref={canvas} data-loaded={Boolean(model)} />
      </div>
      {!model && <Progress part={1} />}
      {model && !bare && scene.current && <ModelPins scene={scene.current} canvas={canvas} />}
      {model && !bare && <Controls model={model} scene={scene.current} />}
      {model && model.missing.length > 0 && <p className={css.missing}>{look.missing(model.missing)}</p>}
    </>
  );
}

function begin(canvas: HTMLCanvasElement | null): ModelScene | undefined {
  try {
    return canvas ? new ModelScene(canvas) : undefined;
  } catch {
    return undefined;
  }
}

function Controls({ model, scene }: { model: Loaded & { stats: Stats }; scene?: ModelScene }) {
  const [shading, setShading] = useState<Shading>("material");
  const [wireframe, setWireframe] = useState(false);
  const [grid, setGrid] = useState(false);
  return (
    <div className={css.controls}>
      {model.clips.length > 0 && <Animation clips={model.clips} scene={scene} />}
      <div className={css.row}>
        <div className={css.shading}>
          <Choose
            label={look.shading}
            hideLabel
            value={shading}
            choices={SHADINGS.map((id) => ({ id, label: look.shadings[id] }))}
            onChange={(id) => {
              setShading(id as Shading);
              scene?.shade(id as Shading);
            }}
          />
        </div>
        <IconButton
          label={look.wireframe}
          chosen={wireframe}
          onPress={() => {
            setWireframe(!wireframe);
            scene?.showWireframe(!wireframe);
          }}
        >
          <Box size={17} aria-hidden />
        </IconButton>
        <IconButton
          label={look.grid}
          chosen={grid}
          onPress={() => {
            setGrid(!grid);
            scene?.showGrid(!grid);
          }}
        >
          <Grid3x3 size={17} aria-hidden />
        </IconButton>
        <label className={css.light} title={look.light}>
          <Sun size={16} aria-hidden />
          <input
            type="range"
            aria-label={look.light}
            min={-3.14}
            max={3.14}
            step={0.02}
            defaultValue={0.8}
            onChange={(event) => scene?.turnLight(Number(event.currentTarget.value))}
          />
        </label>
        <IconButton label={look.reset} onPress={() => scene?.fit()}>
          <Maximize size={16} aria-hidden />
        </IconButton>
        <output className={css.stats}>{look.stats(model.stats.triangles, model.stats.materials)}</output>
      </div>
    </div>
  );
}

function Animation({ clips, scene }: { clips: AnimationClip[]; scene?: ModelScene }) {
  const [clip, setClip] = useState(REST);
  const [length, setLength] = useState(0);
  const [time, setTime] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    if (scene) scene.onTime = setTime;
  }, [scene]);
  useEffect(() => scene?.play(playing, speed), [scene, playing, speed]);
  const choose = (id: string) => {
    setClip(id);
    setTime(0);
    setPlaying(false);
    setLength(scene?.chooseClip(clips[Number(id)]) ?? 0);
  };
  return (
    <div className={css.row}>
      <div className={css.clip}>
        <Choose
          label={look.clip}
          hideLabel
          value={clip}
          choices={[
            { id: REST, label: look.noClip },
            ...clips.map((one, at) => ({ id: String(at), label: one.name || `${look.clip} ${at + 1}` })),
          ]}
          onChange={choose}
        />
      </div>
      <IconButton
        label={playing ? look.pause : look.play}
        isDisabled={clip === REST}
        onPress={() => setPlaying(!playing)}
      >
        {playing ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
      </IconButton>
      <input
        className={css.time}
        type="range"
        aria-label={look.time}
        min={0}
        max={length || 1}
        step={0.01}
        value={time}
        disabled={clip === REST}
        onChange={(event) => {
          const at = Number(event.currentTarget.value);
          setTime(at);
          scene?.seek(at);
        }}
      />
      <output className={css.stats}>{`${time.toFixed(1)} / ${length.toFixed(1)} s`}</output>
      <Button
        look="quiet"
        aria-label={`${look.speed}: ${speed}×`}
        onPress={() => setSpeed(speed === 1 ? 0.25 : speed === 0.25 ? 2 : 1)}
      >
        {`${speed}×`}
      </Button>
    </div>
  );
}
