// What is known of an asset: status, tags, place, and the facts that the server read in the file.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { type Asset, changeAsset, untagAsset } from "../../api/assets.ts";
import { statusesQuery } from "../../api/workspace.ts";
import { factName, factText, momentText, personName, sinceText, sizeText } from "../../format.ts";
import { Choose, IconButton } from "../../parts/controls.tsx";
import { notifyProblem } from "../../parts/toasts.tsx";
import { words } from "../../words.ts";
import { changesArt, useHere } from "../../workspaces.ts";
import { readAgain } from "../browse/trash-with-undo.ts";
import css from "./asset.module.css";
import { MISSING, MissingFiles } from "./missing-files.tsx";

const NO_STATUS = "none";

export function Details({ asset }: { asset: Asset }) {
  const { place, workspace } = useHere();
  const statuses = useQuery(statusesQuery(place)).data ?? [];
  const mayChange = changesArt(workspace);
  const version = asset.currentVersion;
  const change = (work: Promise<unknown>) => void work.catch(notifyProblem).then(() => readAgain(place));
  return (
    <>
      <section className={css.section}>
        <h2>{words.asset.details}</h2>
        {asset.description && <p className={css.text}>{asset.description}</p>}
        {mayChange && (
          <Choose
            label={words.asset.status}
            value={asset.status_id ?? NO_STATUS}
            choices={[
              { id: NO_STATUS, label: words.asset.noStatus },
              ...statuses.map((status) => ({ id: status.id, label: status.name })),
            ]}
            onChange={(id) =>
              change(changeAsset(place, asset.id, { status_id: id === NO_STATUS ? null : id }))
            }
          />
        )}
        {asset.tags.length > 0 && (
          <div className={css.tags}>
            {asset.tags.map((tag) => (
              <span key={tag.id} className={css.tag}>
                {tag.name}
                {mayChange && (
                  <IconButton
                    label={words.asset.untag(tag.name)}
                    onPress={() => change(untagAsset(place, asset.id, tag.id))}
                  >
                    <X size={13} aria-hidden />
                  </IconButton>
                )}
              </span>
            ))}
          </div>
        )}
        <dl className={css.pairs}>
          {!mayChange && (
            <>
              <dt>{words.asset.status}</dt>
              <dd>
                {statuses.find((status) => status.id === asset.status_id)?.name ?? words.asset.noStatus}
              </dd>
            </>
          )}
          <dt>{words.asset.folder}</dt>
          <dd>
            <Link
              to="/w/$workspaceId/browse"
              params={{ workspaceId: workspace.id }}
              search={{ folder: asset.file_location }}
            >
              {asset.file_location}
            </Link>
          </dd>
          <dt>{words.asset.size}</dt>
          <dd>{sizeText(version.size)}</dd>
          <dt>{words.asset.uploaded}</dt>
          <dd title={momentText(version.created_at)}>
            {sinceText(version.created_at)} {words.asset.by(personName(version.user))}
          </dd>
          <dt>{words.asset.checksum}</dt>
          <dd>
            <code title={version.checksum}>{version.checksum.slice(0, 16)}…</code>
          </dd>
        </dl>
      </section>
      <Facts facts={version.facts as Record<string, unknown> | null} />
      <MissingFiles facts={version.facts as Record<string, unknown> | null} />
    </>
  );
}

/** What one looks for first; the others come by their names. */
const FIRST = ["format", "width", "height", "size", "size_unit", "triangles"];

function rank(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}

function Facts({ facts }: { facts: Record<string, unknown> | null }) {
  const entries = Object.entries(facts ?? {})
    .filter(([name]) => name !== MISSING)
    .sort(([one], [other]) => rank(one) - rank(other));
  if (entries.length === 0) return null;
  return (
    <section className={css.section}>
      <h2>{words.asset.facts}</h2>
      <dl className={css.pairs}>
        {entries.map(([name, value]) => (
          <Pair key={name} name={factName(name)} value={factText(name, value)} />
        ))}
      </dl>
    </section>
  );
}

const Pair = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
);
