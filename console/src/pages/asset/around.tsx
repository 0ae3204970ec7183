// What stands around an asset: what it is made with, where it is used, what looks alike, tasks, attachments, history. Each is
// read when opened.
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
      <Parts asset={asset} />
      <Uses asset={asset} />
      <Similar asset={asset} />
      <Tasks asset={asset} />
      <Attachments asset={asset} />
      <History asset={asset} />
    </div>
  );
}

function Parts({ asset }: { asset: Asset }) {
  const { place } = useHere();
  return (
    <Fold
      title={pinWords.madeWith}
      name="uses"
      asset={asset}
      none={pinWords.noParts}
      read={() => take(api.GET("/workspaces/assets/{asset_id}/uses", { params: params(place, asset) }))}
    >
      {(found) => found.map((one) => <Pictured key={one.id} asset={one} soft={one.file_location} />)}
    </Fold>
  );
}

/** In libraries, and in other assets. */
function Uses({ asset }: { asset: Asset }) {
  const { place, workspace } = useHere();
  const here = { params: params(place, asset) };
  return (
    <Fold
      title={pinWords.usedIn}
      name="used by"
      asset={asset}
      none={pinWords.noUse}
      read={async () => {
        const [users, libraries] = await Promise.all([
          take(api.GET("/workspaces/assets/{asset_id}/used-by", here)),
          take(api.GET("/workspaces/assets/{asset_id}/libraries", here)),
        ]);
        return [...users.map((user) => ({ user })), ...libraries.map((library) => ({ library }))];
      }}
    >
      {(found) =>
        found.map((one) =>
          "user" in one ? (
            <Pictured key={one.user.id} asset={one.user} soft={one.user.file_location} />
          ) : (
            <Line key={one.library.id} soft={pinWords.library}>
              <Link
                to="/w/$workspaceId/browse"
                params={{ workspaceId: workspace.id }}
                search={{ library: one.library.id }}
              >
                {one.library.name}
              </Link>
            </Line>
          ),
        )
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
      {(found) =>
        found.map(({ asset: one, similarity }) => (
          <Pictured key={one.id} asset={one} soft={`${pinWords.alike(similarity)} · ${one.file_location}`} />
        ))
      }
    </Fold>
  );
}

/** Another asset, with its picture and a way to it. */
function Pictured({ asset, soft }: { asset: Asset; soft: string }) {
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
        <div className={css.soft}>{soft}</div>
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
