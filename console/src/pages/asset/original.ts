// The file itself instead of its preview, where a browser draws it and it is not too large: single pixels are true then.
import { useEffect, useState } from "react";
import type { Asset, Version } from "../../api/assets.ts";
import { type Place, send } from "../../api/client.ts";
import { extensionOf } from "../../format.ts";

/** *Units*: bytes. A larger one would take longer than one looks at it. */
const LARGEST_BYTES = 40_000_000;

/** Named by us and not by the server: such a blob is a picture to the browser, whatever its bytes are. No SVG here. */
const DRAWN: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  avif: "image/avif",
};

export function useOriginal(place: Place, asset: Asset, version: Version): string | undefined {
  const [url, setUrl] = useState<{ id: string; url: string }>();
  const type = DRAWN[extensionOf(asset.file_name)];
  // A preview is packed with loss: what one sees of single pixels is the file's own only here.
  const wanted = type && version.size < LARGEST_BYTES;
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    let made = "";
    send(`/workspaces/assets/${version.asset_id}/versions/${version.id}/download?redirect=false`, {
      headers: place,
      signal: stop.signal,
    })
      .then(async (response) => {
        if (!response.ok) return;
        made = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type }));
        if (!stop.signal.aborted) setUrl({ id: version.id, url: made });
      })
      // The preview is shown all the same.
      .catch(() => undefined);
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [wanted, type, place, version.asset_id, version.id]);
  return url?.id === version.id ? url.url : undefined;
}
