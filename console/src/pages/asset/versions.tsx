// The versions of an asset; choosing one shows it.
import { useQuery } from "@tanstack/react-query";
import { Columns2 } from "lucide-react";
import { type Asset, type Version, versionsQuery } from "../../api/assets.ts";
import { momentText, personName, sinceText, sizeText } from "../../format.ts";
import { Button, IconButton } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { usePicture } from "../../pictures.ts";
import { look } from "../../words/look.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";
import { Note } from "./note.tsx";

export function Versions({
  asset,
  shown,
  compared,
  onShow,
  onCompare,
}: {
  asset: Asset;
  shown: string;
  /** What the shown one is held against. */
  compared?: string;
  onShow: (id: string) => void;
  onCompare: (id: string) => void;
}) {
  const { place } = useHere();
  const versions = useQuery(versionsQuery(place, asset.id));
  const newestFirst = [...(versions.data ?? [])].sort(
    (one, other) => other.version_number - one.version_number,
  );
  return (
    <section className={css.section}>
      <h2>{words.asset.versions}</h2>
      {versions.isPending && <Bone width="100%" height={44} />}
      {versions.isError && <Problem>{versions.error.message}</Problem>}
      <ul className={css.list}>
        {newestFirst.map((version) => (
          <li key={version.id} className={css.version}>
            <Thumb version={version} />
            <div className={css.grow}>
              <div className={css.strong}>
                {words.asset.version(version.version_number)}
                {version.id === asset.current_version_id && (
                  <span className={css.pill}>{words.asset.current}</span>
                )}
              </div>
              <div className={css.soft} title={momentText(version.created_at)}>
                {sinceText(version.created_at)} · {personName(version.user)} · {sizeText(version.size)}
              </div>
              <Note version={version} />
            </div>
            {version.id !== shown && version.id !== compared && (
              <IconButton
                label={`${look.compare} ${words.asset.version(version.version_number)}`}
                onPress={() => onCompare(version.id)}
              >
                <Columns2 size={16} aria-hidden />
              </IconButton>
            )}
            {version.id !== shown && (
              <Button
                look="quiet"
                aria-label={`${words.actions.open}: ${words.asset.version(version.version_number)}`}
                onPress={() => onShow(version.id)}
              >
                {words.actions.open}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Thumb({ version }: { version: Version }) {
  const { place } = useHere();
  const picture = usePicture(place, version, 128);
  return picture.state === "there" ? (
    <img className={css.thumb} src={picture.url} alt="" />
  ) : (
    <span className={css.thumb} />
  );
}
