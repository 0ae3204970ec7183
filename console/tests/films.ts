// Films and sounds that `ffmpeg` makes for the tests: a second or two, with a colour for each second.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function make(name: string, ...options: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "mudlark-film-"));
  try {
    const file = join(folder, name);
    execFileSync("ffmpeg", ["-nostdin", "-v", "error", ...options, file], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const second = (colour: string) => ["-f", "lavfi", "-i", `color=c=${colour}:s=64x48:r=10:d=1`];
/** Two seconds: the first red, the second blue; ten frames a second. */
const redThenBlue = [...second("red"), ...second("blue"), "-filter_complex", "concat=n=2"];
const tone = ["-f", "lavfi", "-i", "sine=frequency=220:duration=2"];

export const film = {
  vp9: () => make("film.webm", ...redThenBlue, "-c:v", "libvpx-vp9", "-b:v", "200k"),
  h264: () => make("film.mp4", ...redThenBlue, "-c:v", "libx264", "-pix_fmt", "yuv420p"),
  /** As programs that record a screen write it: how long it is, is told nowhere in it. */
  withoutLength: () => make("film.webm", ...redThenBlue, "-c:v", "libvpx-vp9", "-b:v", "200k", "-live", "1"),
  /** In a container of films, and of a kind that no browser plays. */
  prores: () => make("film.mov", ...redThenBlue, "-c:v", "prores_ks"),
  proresWithSound: () =>
    make("film.mov", ...second("red"), ...tone, "-c:v", "prores_ks", "-c:a", "aac", "-shortest"),
};

export const sound = {
  flac: () => make("tone.flac", ...tone),
  mp3: () => make("tone.mp3", ...tone, "-c:a", "libmp3lame"),
  ogg: () => make("tone.ogg", ...tone, "-c:a", "libvorbis"),
  opus: () => make("tone.opus", ...tone, "-c:a", "libopus"),
  aac: () => make("tone.m4a", ...tone, "-c:a", "aac"),
};
