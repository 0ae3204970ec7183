// How two pictures differ, pixel by pixel.
import { context } from "./channels.ts";

export type Difference = {
  url: string;
  /** From 0 to 1. */
  share: number;
  sameSize: boolean;
};

/** What packing a picture changes by itself. *Units*: steps of 256. */
const UNSEEN = 3;
/** *Units*: pixels; larger ones are compared smaller. */
const MOST = 16_000_000;

/** Colours from nothing to all, dark to bright, so that they are told apart without colour too. */
const RAMP: [number, number, number][] = [
  [12, 10, 34],
  [64, 20, 110],
  [170, 44, 92],
  [240, 110, 40],
  [252, 230, 130],
];

/** *Errors*: one of them is no picture. The address is to be revoked by whoever asked. */
export async function differenceOf(a: string, b: string): Promise<Difference> {
  const [one, other] = await Promise.all([loaded(a), loaded(b)]);
  const sameSize = one.naturalWidth === other.naturalWidth && one.naturalHeight === other.naturalHeight;
  let width = Math.max(one.naturalWidth, other.naturalWidth);
  let height = Math.max(one.naturalHeight, other.naturalHeight);
  const shrink = Math.min(1, Math.sqrt(MOST / (width * height)));
  width = Math.max(1, Math.round(width * shrink));
  height = Math.max(1, Math.round(height * shrink));
  const [first, second] = [pixelsOf(one, width, height), pixelsOf(other, width, height)];
  const pen = context(width, height);
  if (!first || !second || !pen) throw new Error();
  const made = pen.createImageData(width, height);
  let differing = 0;
  for (let i = 0; i < first.length; i += 4) {
    let most = 0;
    for (let channel = 0; channel < 4; channel++) {
      most = Math.max(most, Math.abs((first[i + channel] ?? 0) - (second[i + channel] ?? 0)));
    }
    if (most > UNSEEN) differing += 1;
    // Small differences are what one looks for: the root lifts them.
    const [r, g, b] = colour(most > UNSEEN ? Math.sqrt(most / 255) : 0);
    made.data.set([r, g, b, 255], i);
  }
  pen.putImageData(made, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => pen.canvas.toBlob(resolve));
  if (!blob) throw new Error();
  return { url: URL.createObjectURL(blob), share: differing / (width * height), sameSize };
}

function colour(strength: number): [number, number, number] {
  const at = strength * (RAMP.length - 1);
  const from = RAMP[Math.floor(at)] ?? [0, 0, 0];
  const to = RAMP[Math.min(RAMP.length - 1, Math.floor(at) + 1)] ?? from;
  const part = at - Math.floor(at);
  return [0, 1, 2].map((i) => (from[i] ?? 0) + ((to[i] ?? 0) - (from[i] ?? 0)) * part) as [
    number,
    number,
    number,
  ];
}

async function loaded(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function pixelsOf(image: HTMLImageElement, width: number, height: number): Uint8ClampedArray | undefined {
  const pen = context(width, height);
  pen?.drawImage(image, 0, 0, width, height);
  return pen?.getImageData(0, 0, width, height).data;
}
