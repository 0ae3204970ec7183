// The bytes of versions, asked for with the account's headers; what is beside a file, by the path that it names.
import type { Asset, Version } from "./assets.ts";
import { ApiProblem, api, bytesOf, type Place, send } from "./client.ts";

/** The bytes of a version. `onPart`: told how much of it is there, from 0 to 1. */
export async function fetchBytes(
  place: Place,
  version: Pick<Version, "asset_id" | "id" | "size">,
  signal: AbortSignal,
  onPart: (part: number) => void = () => undefined,
): Promise<ArrayBuffer> {
  const address = `/workspaces/assets/${version.asset_id}/versions/${version.id}/download?redirect=false`;
  const response = await send(address, { headers: place, signal });
  const bytes = new Uint8Array(version.size);
  let at = 0;
  for await (const chunk of bytesOf(response)) {
    if (at + chunk.length > bytes.length)
      throw new ApiProblem(502, "download", "The file is longer than it was.");
    bytes.set(chunk, at);
    at += chunk.length;
    onPart(at / Math.max(1, bytes.length));
  }
  return bytes.buffer;
}

/** What browsers draw by themselves. Named by us and not by the server: such a blob is a picture, whatever its bytes are. No SVG. */
export const DRAWN: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  bmp: "image/bmp",
  avif: "image/avif",
};

/**
 * Files beside an asset, by the path that the file itself names. A picture that browsers don't draw comes as the server drew
 * it; whatever else, as it is.
 */
export function siblingsOf(place: Place, asset: Asset, signal: AbortSignal) {
  return async (path: string): Promise<Blob | undefined> => {
    const found = await find(place, asset, path, signal);
    if (!found) return undefined;
    const extension = found.file_name.split(".").pop()?.toLowerCase() ?? "";
    const type = DRAWN[extension];
    const version = found.currentVersion;
    if (type || /^(bin|mtl)$/.test(extension)) {
      return new Blob([await fetchBytes(place, version, signal)], {
        type: type ?? "application/octet-stream",
      });
    }
    const address = `/workspaces/assets/${found.id}/versions/${version.id}/thumbnail?size=2048`;
    const response = await send(address, { headers: { ...place, accept: "image/webp" }, signal });
    return response.ok ? response.blob() : undefined;
  };
}

async function find(
  place: Place,
  asset: Asset,
  path: string,
  signal: AbortSignal,
): Promise<Asset | undefined> {
  const parts = path
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part && part !== ".");
  const name = parts.pop();
  if (!name) return undefined;
  const folder = asset.file_location.split("/").filter(Boolean);
  // A path from the machine that made the file leads nowhere here: then only its last part says something.
  const isAbsolute = /^([a-z]:)?[\\/]/i.test(path);
  const relative = isAbsolute ? [] : parts;
  for (const part of relative) {
    if (part === "..") folder.pop();
    else folder.push(part);
  }
  const location = folder.length > 0 ? `/${folder.join("/")}/` : "/";
  const { data } = await api.GET("/workspaces/assets/search", {
    params: { header: place, query: { file_location: location, recursive: false, query: name, limit: 50 } },
    signal,
  });
  const same = (data ?? []).filter((one) => one.file_name.toLowerCase() === name.toLowerCase());
  return same[0];
}
