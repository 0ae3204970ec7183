// The file itself instead of its preview, where a browser draws it and it is not too large: single pixels are true then.
import { useEffect, useState } from "react";
import type { Asset, Version } from "../../api/assets.ts";
import type { Place } from "../../api/client.ts";
import { DRAWN, fetchBytes } from "../../api/files.ts";
import { extensionOf } from "../../format.ts";

/** *Units*: bytes. A larger one would take longer than one looks at it. */
const LARGEST_BYTES = 40_000_000;

export function useOriginal(place: Place, asset: Asset, version: Version): string | undefined {
  const [url, setUrl] = useState<{ id: string; url: string }>();
  const type = DRAWN[extensionOf(asset.file_name)];
  const { asset_id, id, size } = version;
  // A preview is packed with loss: what one sees of single pixels is the file's own only here.
  const wanted = type && size < LARGEST_BYTES;
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    let made = "";
    fetchBytes(place, { asset_id, id, size }, stop.signal)
      .then((bytes) => {
        if (stop.signal.aborted) return;
        made = URL.createObjectURL(new Blob([bytes], { type }));
        setUrl({ id, url: made });
      })
      // The preview is shown all the same.
      .catch(() => undefined);
    return () => {
      stop.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [wanted, type, place, asset_id, id, size]);
  return url?.id === id ? url.url : undefined;
}
