// Two versions of an asset: side by side, one over the other, in turns, or how they differ. Loaded when two are compared.
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { type Asset, type Version, versionsQuery } from "../../api/assets.ts";
import { extensionOf } from "../../format.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { usePicture, useSoonSeen } from "../../pictures.ts";
import { look } from "../../words/look.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { Canvas, type View } from "./canvas.tsx";
import css from "./compare.module.css";
import { type Difference, differenceOf } from "./difference.ts";
import { isModel } from "./kinds.ts";
import type { CameraPlace } from "./model/scene.ts";
import { useOriginal } from "./original.ts";

const ModelStage = lazy(() => import("./model/stage.tsx"));

export type Mode = keyof typeof look.modes;
const LARGEST = 2048;

/** `a`: the version that `b`, which is shown, is held against. */
export default function Compare({
  asset,
  a,
  b,
  mode,
  onMode,
  onEnd,
}: {
  asset: Asset;
  a: string;
  b: string;
  mode: Mode;
  onMode: (mode: Mode) => void;
  onEnd: () => void;
}) {
  const { place } = useHere();
  const versions = useQuery(versionsQuery(place, asset.id));
  const one = versions.data?.find((version) => version.id === a);
  const other = versions.data?.find((version) => version.id === b);
  const ofModels = isModel(extensionOf(asset.file_name));
  if (versions.isPending) return <Bone width="100%" height="100%" />;
  if (!one || !other) return <Problem>{words.problems.missing}</Problem>;
  return (
    <div className={css.compare}>
      {/* biome-ignore lint/a11y/useSemanticElements: a bar of buttons, no form. */}
      <div className={css.bar} role="group" aria-label={look.comparing}>
        <span className={css.names}>
          {`${look.older}: ${words.asset.version(one.version_number)}`} ·{" "}
          {`${look.newer}: ${words.asset.version(other.version_number)}`}
        </span>
        {!ofModels &&
          (Object.keys(look.modes) as Mode[]).map((one) => (
            <Button key={one} look={one === mode ? "primary" : "quiet"} onPress={() => onMode(one)}>
              {look.modes[one]}
            </Button>
          ))}
        <IconButton label={look.endCompare} onPress={onEnd}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <div className={css.room}>
        {ofModels ? (
          <Models asset={asset} a={one} b={other} />
        ) : (
          <Pictures asset={asset} a={one} b={other} mode={mode} />
        )}
      </div>
    </div>
  );
}

function Models({ asset, a, b }: { asset: Asset; a: Version; b: Version }) {
  const [camera, setCamera] = useState<{ by: string; place: CameraPlace }>();
  return (
    <div className={css.side}>
      {[a, b].map((version) => (
        <div key={version.id} className={css.half}>
          <Suspense fallback={<Bone width="100%" height="100%" />}>
            <ModelStage
              asset={asset}
              version={version}
              bare
              fallback={(why) => <Problem>{why}</Problem>}
              shared={{
                place: camera && camera.by !== version.id ? camera.place : undefined,
                onPlace: (place) => setCamera({ by: version.id, place }),
              }}
            />
          </Suspense>
          <span className={css.label}>{words.asset.version(version.version_number)}</span>
        </div>
      ))}
    </div>
  );
}

function usePictureOf(asset: Asset, version: Version): string | undefined {
  const { place } = useHere();
  const preview = usePicture(place, version, LARGEST);
  useSoonSeen(place, version);
  const original = useOriginal(place, asset, version);
  return original ?? (preview.state === "there" ? preview.url : undefined);
}

function Pictures({ asset, a, b, mode }: { asset: Asset; a: Version; b: Version; mode: Mode }) {
  const [one, other] = [usePictureOf(asset, a), usePictureOf(asset, b)];
  const [view, setView] = useState<View>();
  if (!one || !other) return <Bone width="100%" height="100%" />;
  const shared = { view, onView: setView };
  if (mode === "side") {
    return (
      <div className={css.side}>
        {[
          { version: a, url: one },
          { version: b, url: other },
        ].map(({ version, url }) => (
          <div key={version.id} className={css.half}>
            <Canvas url={url} name={asset.name} shared={shared} bare />
            <span className={css.label}>{words.asset.version(version.version_number)}</span>
          </div>
        ))}
      </div>
    );
  }
  if (mode === "slider") return <Slider name={asset.name} one={one} other={other} shared={shared} />;
  if (mode === "blink") return <Blink name={asset.name} one={one} other={other} />;
  return <Heat name={asset.name} one={one} other={other} />;
}

type Two = { name: string; one: string; other: string };

function Slider({
  name,
  one,
  other,
  shared,
}: Two & { shared: { view?: View; onView: (view: View) => void } }) {
  const [part, setPart] = useState(50);
  return (
    <>
      <Canvas url={other} name={name} shared={shared} bare />
      <div className={css.over} style={{ clipPath: `inset(0 ${100 - part}% 0 0)` }} aria-hidden inert>
        <Canvas url={one} name={name} shared={shared} bare />
      </div>
      <div className={css.line} style={{ left: `${part}%` }} />
      <input
        className={css.slider}
        type="range"
        aria-label={look.sliderLabel}
        min={0}
        max={100}
        step={0.5}
        value={part}
        onChange={(event) => setPart(Number(event.currentTarget.value))}
      />
    </>
  );
}

function Blink({ name, one, other }: Two) {
  const [second, setSecond] = useState(false);
  useEffect(() => {
    const set = (to: boolean) => (event: KeyboardEvent) => {
      const isTyped = event.target instanceof Element && event.target.closest("input, textarea");
      if (event.key.toLowerCase() !== "b" || isTyped) return;
      setSecond(to);
    };
    const [down, up] = [set(true), set(false)];
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("keyup", up);
    };
  }, []);
  return (
    <div
      className={css.half}
      onPointerDown={() => setSecond(true)}
      onPointerUp={() => setSecond(false)}
      onPointerCancel={() => setSecond(false)}
    >
      <Canvas url={second ? other : one} name={name} bare />
      <span className={css.label} role="status">
        {second ? look.newer : look.older}
      </span>
      <p className={css.hint}>{look.blinkHint}</p>
    </div>
  );
}

function Heat({ name, one, other }: Two) {
  const [found, setFound] = useState<Difference>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    let url: string | undefined;
    differenceOf(one, other)
      .then((difference) => {
        url = difference.url;
        if (isOver) URL.revokeObjectURL(url);
        else setFound(difference);
      })
      .catch(() => setFailed(true));
    return () => {
      isOver = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [one, other]);
  if (failed) return <Problem>{look.notComparable}</Problem>;
  if (!found) return <Bone width="100%" height="100%" />;
  return (
    <>
      <Canvas url={found.url} name={name} bare />
      <div className={css.legend} role="status">
        <span className={css.ramp} aria-hidden />
        {look.heatShare(found.share)}
        {!found.sameSize && ` · ${look.heatSizes}`}
      </div>
    </>
  );
}
