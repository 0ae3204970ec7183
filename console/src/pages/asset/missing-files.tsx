// Files that a model names and that the server did not find: its textures, mostly.
import { Link } from "@tanstack/react-router";
import { FileQuestion } from "lucide-react";
import { around } from "../../words/around.ts";
import { useHere } from "../../workspaces.ts";
import near from "./around.module.css";
import css from "./asset.module.css";

/** The fact that names them. */
export const MISSING = "missing";
/** As many as one goes through by hand. */
const SHOWN = 20;

export function MissingFiles({ facts }: { facts: Record<string, unknown> | null }) {
  const { workspace } = useHere();
  const found = facts?.[MISSING];
  const names = Array.isArray(found) ? found.filter((one): one is string => typeof one === "string") : [];
  if (names.length === 0) return null;
  return (
    <section className={css.section}>
      <h2>{around.missing(names.length)}</h2>
      <p className={css.soft}>{around.missingHint}</p>
      <ul className={near.files}>
        {names.slice(0, SHOWN).map((name) => (
          <li key={name}>
            <FileQuestion size={15} aria-hidden />
            <Link
              to="/w/$workspaceId/browse"
              params={{ workspaceId: workspace.id }}
              // It may lie elsewhere in the workspace.
              search={{ q: name.split(/[\\/]/).pop() }}
              aria-label={around.lookFor(name)}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
      {names.length > SHOWN && <p className={css.soft}>{around.more(names.length - SHOWN)}</p>}
    </section>
  );
}
