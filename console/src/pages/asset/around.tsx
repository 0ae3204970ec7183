// What stands around an asset: libraries it is in, what looks alike, tasks, attachments, history. Each is read when opened.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Asset } from "../../api/assets.ts";
import { api, type Place, take } from "../../api/client.ts";
import { membersQuery } from "../../api/workspace.ts";
import { momentText, personName, sinceText } from "../../format.ts";
import { usePicture } from "../../pictures.ts";
import { pinWords } from "../../words/pins.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";
import { Attachments } from "./attachments.tsx";
import { Fold, Line } from "./fold.tsx";

/** As many as one looks through; the API pages on. */
const SIMILAR = 12;

const params = (place: Place, asset: Asset) => ({ header: place, path: { asset_id: asset.id } });

export function Around({ asset }: { asset: Asset }) {
  return (
    <div className={css.section}>
      <Libraries asset={asset} />
      <Similar asset={asset} />
      <Tasks asset={asset} />
      <Attachments asset={asset} />
      <History asset={asset} />
    </div>
  );
}

function Libraries({ asset }: { asset: Asset }) {
  const { place, workspace } = useHere();
  return (
    <Fold
      title={pinWords.usedIn}
      name="libraries"
      asset={asset}
      none={pinWords.noUse}
      read={() => take(api.GET("/workspaces/assets/{asset_id}/libraries", { params: params(place, asset) }))}
    >
      {(libraries) =>
        libraries.map((library) => (
          <Line key={library.id}>
            <Link
              to="/w/$workspaceId/browse"
              params={{ workspaceId: workspace.id }}
              search={{ library: library.id }}
            >
              {library.name}
            </Link>
          </Line>
        ))
      }
    </Fold>
  );
}

function Similar({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const query = { limit: SIMILAR };
  return (
    <Fold
      title={pinWords.similar}
      name="similar"
      asset={asset}
      none={pinWords.noSimilar}
      read={() =>
        take(api.GET("/workspaces/assets/{asset_id}/similar", { params: { ...params(place, asset), query } }))
      }
    >
      {(found) => found.map((one) => <Alike key={one.asset.id} {...one} />)}
    </Fold>
  );
}

function Alike({ asset, similarity }: { asset: Asset; similarity: number }) {
  const { place, workspace } = useHere();
  const picture = usePicture(place, asset.currentVersion, 128);
  return (
    <li className={css.version}>
      {picture.state === "there" ? (
        <img className={css.thumb} src={picture.url} alt="" />
      ) : (
        <span className={css.thumb} />
      )}
      <div className={css.grow}>
        <Link
          to="/w/$workspaceId/assets/$assetId"
          params={{ workspaceId: workspace.id, assetId: asset.id }}
          className={css.strong}
        >
          {asset.name}
        </Link>
        <div className={css.soft}>
          {pinWords.alike(similarity)} · {asset.file_location}
        </div>
      </div>
    </li>
  );
}

function Tasks({ asset }: { asset: Asset }) {
  const { place } = useHere();
  return (
    <Fold
      title={pinWords.tasks}
      name="tasks"
      asset={asset}
      none={pinWords.noTasks}
      read={() => take(api.GET("/workspaces/assets/{asset_id}/tasks", { params: params(place, asset) }))}
    >
      {(tasks) =>
        tasks.map((task) => (
          <Line key={task.id} soft={task.status.replaceAll("_", " ")}>
            {task.title}
          </Line>
        ))
      }
    </Fold>
  );
}

function History({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const members = useQuery(membersQuery(place)).data;
  const nameOf = (id: string | null): string => {
    if (id === null) return pinWords.server;
    const found = members?.find((member) => member.user.id === id);
    return found ? personName(found.user) : "";
  };
  return (
    <Fold
      title={pinWords.history}
      name="history"
      asset={asset}
      none=""
      read={async () =>
        (
          await take(api.GET("/workspaces/assets/{asset_id}/history", { params: params(place, asset) }))
        ).reverse()
      }
    >
      {(entries) =>
        entries.map((entry) => (
          <Line
            key={entry.id}
            soft={`${sinceText(entry.created_at)} · ${nameOf(entry.user_id)}`}
            title={momentText(entry.created_at)}
          >
            {happened(entry.type)}
          </Line>
        ))
      }
    </Fold>
  );
}

/** `version_created` → “Version created”. */
function happened(type: string): string {
  const plain = type.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
