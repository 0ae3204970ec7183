// The dialogs of what is done with assets, loaded when they open.
import { lazy, Suspense } from "react";
import type { Asset } from "../../api/assets.ts";

const RenameDialog = lazy(() =>
  import("./asset-dialogs.tsx").then(({ RenameDialog }) => ({ default: RenameDialog })),
);
const TagDialog = lazy(() => import("./asset-dialogs.tsx").then(({ TagDialog }) => ({ default: TagDialog })));
const LibraryDialog = lazy(() => import("./library-dialog.tsx"));
const LockDialog = lazy(() => import("./lock-dialog.tsx"));
const MoveDialog = lazy(() => import("./move-dialog.tsx"));

export type Opened = { what: "rename" | "tag" | "move" | "lock" | "library"; assets: Asset[] };

export function AssetDialog({ opened, onClose }: { opened: Opened | undefined; onClose: () => void }) {
  const [first] = opened?.assets ?? [];
  if (!opened || !first) return null;
  const { what, assets } = opened;
  return (
    <Suspense>
      {what === "rename" && <RenameDialog asset={first} onClose={onClose} />}
      {what === "tag" && <TagDialog assets={assets} onClose={onClose} />}
      {what === "library" && <LibraryDialog assets={assets} onClose={onClose} />}
      {what === "lock" && <LockDialog assets={assets} onClose={onClose} />}
      {what === "move" && <MoveDialog assets={assets} onClose={onClose} />}
    </Suspense>
  );
}
