// What stands on the stage of an asset's page: a picture, a model, a sound or a film, by the kind of its file.
import { useQuery } from "@tanstack/react-query";
import { ImageOff } from "lucide-react";
import { lazy, Suspense } from "react";
import { type Asset, type Version, versionsQuery } from "../../api/assets.ts";
import { extensionOf } from "../../format.ts";
import { Bone, Empty } from "../../parts/states.tsx";
import { usePicture, useSoonSeen } from "../../pictures.ts";
import { look } from "../../words/look.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { Annotations, PinTools } from "./annotate.tsx";
import css from "./asset.module.css";
import { Canvas } from "./canvas.tsx";
import { isModel } from "./kinds.ts";
import { useOriginal } from "./original.ts";

const ModelStage = lazy(() => import("./model/stage.tsx"));
const MediaStage = lazy(() => import("./media.tsx"));

/** *Units*: the longer side in pixels; the largest that the server draws. */
const LARGEST = 2048;

const SOUND = /^(wav|mp3|ogg|oga|opus|flac|m4a|aac)$/;
const FILM = /^(mp4|m4v|webm|mov|ogv|mkv)$/;

export function Viewer({ asset, versionId }: { asset: Asset; versionId: string }) {
  const { place } = useHere();
  const versions = useQuery(versionsQuery(place, asset.id));
  const version: Version = versions.data?.find((one) => one.id === versionId) ?? asset.currentVersion;
  const extension = extensionOf(asset.file_name);
  const media = SOUND.test(extension) ? "sound" : FILM.test(extension) ? "film" : undefined;
  useSoonSeen(place, version);
  return (
    <div className={css.stage}>
      <Suspense fallback={<Bone width="100%" height="100%" />}>
        {isModel(extension) ? (
          <ModelStage
            key={version.id}
            asset={asset}
            version={version}
            fallback={(why) => <Instead asset={asset} version={version} what="model" why={why} />}
          />
        ) : media ? (
          <MediaStage
            key={version.id}
            asset={asset}
            version={version}
            kind={media}
            fallback={(why) => <Instead asset={asset} version={version} what={media} why={why} />}
          />
        ) : (
          <Picture asset={asset} version={version} />
        )}
      </Suspense>
    </div>
  );
}

/** The server's picture of what a browser can't show, and why. */
function Instead({
  asset,
  version,
  what,
  why,
}: {
  asset: Asset;
  version: Version;
  what: keyof typeof look.failed;
  why: string;
}) {
  return (
    <>
      <Picture asset={asset} version={version} />
      <p className={css.why} role="status">
        <b>{look.failed[what]}</b> {look.failedHint(why)}
      </p>
    </>
  );
}

function Picture({ asset, version }: { asset: Asset; version: Version }) {
  const { place } = useHere();
  const preview = usePicture(place, version, LARGEST);
  const original = useOriginal(place, asset, version);
  const url = original ?? (preview.state === "there" ? preview.url : undefined);
  if (url) {
    return (
      <>
        <Canvas
          key={version.id}
          url={url}
          name={asset.name}
          over={(view, size, room) => <Annotations view={view} size={size} room={room} />}
        />
        <PinTools tools={["pin", "pen", "arrow", "box"]} />
      </>
    );
  }
  return preview.state === "none" ? (
    <Empty icon={ImageOff} title={words.asset.noPreview} hint={words.asset.noPreviewHint} />
  ) : (
    <Empty icon={ImageOff} title={words.asset.making} hint="" />
  );
}
