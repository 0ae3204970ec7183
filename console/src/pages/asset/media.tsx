// Sounds and films: played from the bytes, with the server's picture of the sound as its waveform. Loaded when one is opened.
import { useQuery } from "@tanstack/react-query";
import { MapPin, Pause, Play, Repeat, StepBack, StepForward, Volume2 } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Asset, Version } from "../../api/assets.ts";
import { fetchBytes } from "../../api/files.ts";
import { extensionOf, sizeText } from "../../format.ts";
import { IconButton } from "../../parts/controls.tsx";
import { Bone } from "../../parts/states.tsx";
import { usePicture } from "../../pictures.ts";
import { look } from "../../words/look.ts";
import { pinWords } from "../../words/pins.ts";
import { useHere } from "../../workspaces.ts";
import { PinButton } from "./annotate.tsx";
import css from "./media.module.css";
import { focusField, isByKeys, usePins } from "./pins.ts";

/** *Units*: bytes. */
const LARGEST = 500_000_000;
/** *Units*: seconds; of a film that says nothing else. */
const FRAME = 1 / 25;
const SKIP = 5;
/** *Units*: seconds; after the end of any film. */
const BEYOND = 1e9;

/** Named by us and not by the server: such a blob is a sound or a film to the browser, whatever its bytes are. */
const TYPES: Record<string, string> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  m4a: "audio/mp4",
  aac: "audio/aac",
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/mp4",
  webm: "video/webm",
  mkv: "video/webm",
  ogv: "video/ogg",
};

export default function MediaStage({
  asset,
  version,
  kind,
  fallback,
}: {
  asset: Asset;
  version: Version;
  kind: "sound" | "film";
  fallback: (why: string) => React.ReactNode;
}) {
  const { place } = useHere();
  const tooLarge = version.size > LARGEST;
  const file = useQuery({
    queryKey: ["media-bytes", version.id],
    queryFn: ({ signal }) => fetchBytes(place, version, signal),
    enabled: !tooLarge,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    structuralSharing: false,
  });
  const [url, setUrl] = useState<string>();
  const [unplayable, setUnplayable] = useState(false);
  const type = TYPES[extensionOf(asset.file_name)];
  useEffect(() => {
    if (!file.data) return;
    const made = URL.createObjectURL(new Blob([file.data], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file.data, type]);
  if (tooLarge) return fallback(look.tooLarge(sizeText(version.size)));
  if (file.isError) return fallback(file.error.message);
  if (unplayable) return fallback(look.unplayable);
  if (!url) return <Bone width="100%" height="100%" />;
  return <Player url={url} kind={kind} version={version} onFail={() => setUnplayable(true)} />;
}

function Player({
  url,
  kind,
  version,
  onFail,
}: {
  url: string;
  kind: "sound" | "film";
  version: Version;
  onFail: () => void;
}) {
  const media = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const [time, setTime] = useState(0);
  const [length, setLength] = useState(0);
  const [loop, setLoop] = useState(false);
  const facts = version.facts as Record<string, unknown> | null;
  const rate = Number(facts?.frame_rate ?? 0);
  const frame = rate > 0 ? 1 / rate : FRAME;
  const toggle = () => {
    const now = media.current;
    if (now?.paused) void now.play().catch(onFail);
    else now?.pause();
  };
  const seek = (at: number) => {
    if (media.current) media.current.currentTime = Math.min(Math.max(0, at), length);
  };
  const all = usePins();
  const { pins, chosen, setDraft } = all;
  const shown = pins.find((pin) => pin.id === chosen)?.anchor;
  const moment = shown?.kind === "time" ? shown.time : undefined;
  useEffect(() => {
    if (!media.current || moment === undefined || length === 0) return;
    media.current.pause();
    media.current.currentTime = Math.min(moment, length);
  }, [moment, length]);
  // Told by the element four times a second: too seldom for a line that moves over a waveform.
  useEffect(() => {
    if (!playing) return;
    let next = 0;
    const tell = () => {
      setTime(media.current?.currentTime ?? 0);
      next = requestAnimationFrame(tell);
    };
    tell();
    return () => cancelAnimationFrame(next);
  }, [playing]);
  const onKey = (event: KeyboardEvent) => {
    const step: Record<string, number> = {
      ArrowLeft: -SKIP,
      ArrowRight: SKIP,
      ",": -frame,
      ".": frame,
    };
    const by = step[event.key];
    if (event.key === " ") toggle();
    else if (event.key === "Home") seek(0);
    else if (by !== undefined) seek(time + by);
    else return;
    event.preventDefault();
  };
  const endSought = useRef(false);
  const learnLength = () => {
    const now = media.current;
    if (!now || !Number.isFinite(now.duration)) return;
    setLength(now.duration);
    if (endSought.current) now.currentTime = 0;
    endSought.current = false;
  };
  const shared = {
    ref: media,
    src: url,
    loop,
    onPlay: () => setPlaying(true),
    onPause: () => setPlaying(false),
    onTimeUpdate: () => setTime(media.current?.currentTime ?? 0),
    onSeeked: () => {
      learnLength();
      setTime(media.current?.currentTime ?? 0);
    },
    onLoadedMetadata: () => {
      const { duration = 0, videoWidth = 0 } = media.current ?? {};
      // Its sound alone would be played.
      if (kind === "film" && videoWidth === 0) return onFail();
      // A recording of a screen says nowhere how long it is: the browser learns it at the end.
      if (duration === Number.POSITIVE_INFINITY && media.current) {
        endSought.current = true;
        media.current.currentTime = BEYOND;
      } else learnLength();
    },
    onDurationChange: learnLength,
    onError: onFail,
  };
  const done = length > 0 ? time / length : 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of what is played and what plays it, no form.
    <div className={css.player} role="group" aria-label={look[kind]} tabIndex={0} onKeyDown={onKey}>
      <video {...shared} className={kind === "film" ? css.film : css.unseen} playsInline onClick={toggle} />
      {kind === "sound" && <Waveform version={version} done={done} onSeek={(part) => seek(part * length)} />}
      <div className={css.controls}>
        <IconButton label={playing ? look.pause : look.play} onPress={toggle}>
          {playing ? <Pause size={18} aria-hidden /> : <Play size={18} aria-hidden />}
        </IconButton>
        {kind === "film" && (
          <>
            <IconButton label={look.frameBack} onPress={() => seek(time - frame)}>
              <StepBack size={16} aria-hidden />
            </IconButton>
            <IconButton label={look.frameOn} onPress={() => seek(time + frame)}>
              <StepForward size={16} aria-hidden />
            </IconButton>
          </>
        )}
        <div className={css.line}>
          <input
            type="range"
            aria-label={look.time}
            min={0}
            max={length || 1}
            step={0.001}
            value={time}
            onChange={(event) => seek(Number(event.currentTarget.value))}
          />
          {length > 0 &&
            pins.map((pin) =>
              pin.anchor.kind === "time" ? (
                <PinButton key={pin.id} pin={pin} left={`${(pin.anchor.time / length) * 100}%`} top={0} />
              ) : null,
            )}
        </div>
        <IconButton
          label={pinWords.moment}
          onPress={(event) => {
            setDraft({ kind: "time", time: Math.round(time * 1000) / 1000 });
            if (isByKeys(event)) focusField(all);
          }}
        >
          <MapPin size={16} aria-hidden />
        </IconButton>
        <output>{`${clock(time)} / ${clock(length)}`}</output>
        <IconButton label={look.loop} chosen={loop} onPress={() => setLoop(!loop)}>
          <Repeat size={16} aria-hidden />
        </IconButton>
        <label className={css.volume}>
          <Volume2 size={16} aria-hidden />
          <input
            type="range"
            aria-label={look.volume}
            min={0}
            max={1}
            step={0.01}
            defaultValue={1}
            onChange={(event) => {
              if (media.current) media.current.volume = Number(event.currentTarget.value);
            }}
          />
        </label>
      </div>
    </div>
  );
}

/** The server's picture of the sound, with a line where it is; pressed, it plays on from there. */
function Waveform({
  version,
  done,
  onSeek,
}: {
  version: Version;
  done: number;
  onSeek: (part: number) => void;
}) {
  const { place } = useHere();
  const picture = usePicture(place, version, 2048);
  return (
    <div className={css.wave}>
      {picture.state === "there" && (
        <div className={css.drawn}>
          {/* biome-ignore lint/a11y: the slider below is the same for keys. */}
          <img
            src={picture.url}
            alt=""
            draggable={false}
            onClick={(event) => {
              const { left, width } = event.currentTarget.getBoundingClientRect();
              onSeek((event.clientX - left) / width);
            }}
          />
          <div className={css.head} style={{ left: `${done * 100}%` }} />
        </div>
      )}
    </div>
  );
}

/** 1:02.5 */
function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return "0:00.0";
  const rest = (seconds % 60).toFixed(1).padStart(4, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}
