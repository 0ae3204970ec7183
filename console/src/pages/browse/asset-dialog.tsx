// The dialogs of what is done with assets; the rarer ones are loaded when they open.
import { lazy, Suspense } from "react";
import type { Asset } from "../../api/assets.ts";
import { RenameDialog, TagDialog } from "./asset-dialogs.tsx";

const MoveDialog = lazy(() => import("./move-dialog.tsx"));

export type Opened = { what: "rename" | "tag" | "move"; assets: Asset[] };

export function AssetDialog({ opened, onClose }: { opened: Opened | undefined; onClose: () => void }) {
  const [first] = opened?.assets ?? [];
  if (!opened || !first) return null;
  const { what, assets } = opened;
  return (
    <Suspense>
      {what === "rename" && <RenameDialog asset={first} onClose={onClose} />}
      {what === "tag" && <TagDialog assets={assets} onClose={onClose} />}
      {what === "move" && <MoveDialog assets={assets} onClose={onClose} />}
    </Suspense>
  );
}
