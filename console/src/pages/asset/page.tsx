// One asset: its picture large, what is known of it, its versions and comments.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ChevronLeft, ChevronRight } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { type Asset, assetQuery } from "../../api/assets.ts";
import { controls, IconButton } from "../../parts/controls.tsx";
import { Bone, Failed } from "../../parts/states.tsx";
import type { AssetSearch } from "../../routes.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import { MoreActions, useAssetActions } from "../browse/asset-actions.tsx";
import { AssetDialog, type Opened } from "../browse/asset-dialog.tsx";
import { moveToTrash } from "../browse/trash-with-undo.ts";
import { Around } from "./around.tsx";
import css from "./asset.module.css";
import { Comments } from "./comments.tsx";
import { Details } from "./details.tsx";
import { LockState } from "./lock.tsx";
import { type Neighbours, useNeighbours } from "./neighbours.ts";
import { PinsProvider } from "./pins-provider.tsx";
import { Reviews } from "./reviews.tsx";
import { StarButton } from "./star.tsx";
import { Versions } from "./versions.tsx";
import { Viewer } from "./viewer.tsx";

const Compare = lazy(() => import("./compare.tsx"));
const route = getRouteApi("/signed-in/w/$workspaceId/assets/$assetId");

export function AssetPage() {
  const { place } = useHere();
  const { assetId } = route.useParams();
  const found = useQuery(assetQuery(place, assetId));
  const neighbours = useNeighbours(assetId);
  const { version, compare, mode, comment } = route.useSearch();
  const navigate = useNavigate();
  const look = (change: Partial<AssetSearch>) =>
    void navigate({ to: ".", search: (before) => ({ ...before, ...change }), replace: true });
  if (found.isPending) return <Bone width="100%" height="100%" />;
  if (found.isError) return <Failed problem={found.error} onRetry={() => void found.refetch()} />;
  const asset = found.data;
  const shown = version ?? asset.current_version_id;
  return (
    <PinsProvider
      key={asset.id}
      asset={asset}
      versionId={shown}
      chosen={comment}
      onChoose={({ id, asset_version_id }) =>
        look({
          comment: id,
          version: asset_version_id === asset.current_version_id ? undefined : asset_version_id,
          compare: undefined,
        })
      }
    >
      <div className={css.page}>
        <Bar asset={asset} neighbours={neighbours} />
        {compare ? (
          <div className={css.stage}>
            <Suspense fallback={<Bone width="100%" height="100%" />}>
              <Compare
                asset={asset}
                a={compare}
                b={shown}
                mode={mode === "slider" || mode === "blink" || mode === "heat" ? mode : "side"}
                onMode={(mode) => look({ mode })}
                onEnd={() => look({ compare: undefined, mode: undefined })}
              />
            </Suspense>
          </div>
        ) : (
          <Viewer key={asset.id} asset={asset} versionId={shown} />
        )}
        <aside className={css.side} aria-label={words.asset.details} tabIndex={0}>
          <LockState asset={asset} />
          <Details asset={asset} />
          <Versions
            asset={asset}
            shown={shown}
            compared={compare}
            onShow={(version) => look({ version, compare: undefined })}
            onCompare={(compare) => look({ compare })}
          />
          <Reviews asset={asset} versionId={shown} />
          <Comments asset={asset} versionId={shown} />
          <Around asset={asset} />
        </aside>
      </div>
    </PinsProvider>
  );
}

function Bar({ asset, neighbours }: { asset: Asset; neighbours: Neighbours }) {
  const { place, workspace } = useHere();
  const search = route.useSearch();
  const navigate = useNavigate();
  const [opened, setOpened] = useState<Opened>();
  const { previous, next, go } = neighbours;
  const remove = async () => {
    if (await moveToTrash(place, [asset])) {
      if (next ?? previous) go(next ?? previous);
      else void navigate({ to: "/w/$workspaceId/browse", params: { workspaceId: workspace.id }, search });
    }
  };
  const { often, seldom } = useAssetActions([asset], {
    title: asset.name,
    onOpen: (what) => setOpened({ what, assets: [asset] }),
    onTrash: () => void remove(),
  });
  return (
    <div className={css.bar}>
      <Link
        to="/w/$workspaceId/browse"
        params={{ workspaceId: workspace.id }}
        search={search}
        className={`${controls.button} ${controls.quiet} ${controls.icon}`}
        aria-label={words.asset.back}
      >
        <ArrowLeft size={18} aria-hidden />
      </Link>
      <h1>{asset.name}</h1>
      <span className={css.space} />
      <IconButton label={words.asset.previous} isDisabled={!previous} onPress={() => go(previous)}>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <IconButton label={words.asset.next} isDisabled={!next} onPress={() => go(next)}>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
      <StarButton asset={asset} />
      {often.map(({ id, label, icon, onAction }) => (
        <IconButton key={id} label={label} onPress={onAction}>
          {icon}
        </IconButton>
      ))}
      <MoreActions actions={seldom} />
      <AssetDialog opened={opened} onClose={() => setOpened(undefined)} />
    </div>
  );
}
