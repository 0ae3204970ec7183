// Single channels of a picture, and the values of its pixels.
export type Channel = "all" | "r" | "g" | "b" | "a" | "l";

export const CHANNELS: Channel[] = ["all", "r", "g", "b", "a", "l"];

export type Pixels = { width: number; height: number; data: Uint8ClampedArray };

/** *Units*: pixels. A larger one is not read: it would take too much memory. */
const MOST = 40_000_000;

export function readPixels(image: HTMLImageElement): Pixels | undefined {
  const { naturalWidth: width, naturalHeight: height } = image;
  if (width * height > MOST) return undefined;
  const pen = context(width, height);
  pen?.drawImage(image, 0, 0);
  const read = pen?.getImageData(0, 0, width, height);
  return read && { width, height, data: read.data };
}

/** A picture of one channel, in grey. To be revoked by whoever asked. */
export async function channelUrl(
  pixels: Pixels,
  channel: Exclude<Channel, "all">,
): Promise<string | undefined> {
  const { width, height, data } = pixels;
  const pen = context(width, height);
  if (!pen) return undefined;
  const made = pen.createImageData(width, height);
  const at = { r: 0, g: 1, b: 2, a: 3, l: 0 }[channel];
  for (let i = 0; i < data.length; i += 4) {
    const value =
      channel === "l"
        ? // Rec. 709, as screens are.
          0.2126 * (data[i] ?? 0) + 0.7152 * (data[i + 1] ?? 0) + 0.0722 * (data[i + 2] ?? 0)
        : (data[i + at] ?? 0);
    made.data[i] = value;
    made.data[i + 1] = value;
    made.data[i + 2] = value;
    made.data[i + 3] = 255;
  }
  pen.putImageData(made, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => pen.canvas.toBlob(resolve));
  return blob ? URL.createObjectURL(blob) : undefined;
}

export function context(width: number, height: number): CanvasRenderingContext2D | null {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d", { willReadFrequently: true });
}
