// The choice of a workspace, for those who have several.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { Button } from "../parts/controls.tsx";
import { Gate } from "../parts/gate.tsx";
import { notifyProblem } from "../parts/toasts.tsx";
import { sessionQuery, signOut } from "../session.ts";
import { words } from "../words.ts";
import { workspacesOf } from "../workspaces.ts";
import css from "./plain.module.css";

export function ChoosePage() {
  const { data: session } = useQuery(sessionQuery);
  const open = session ? workspacesOf(session) : [];
  return (
    <Gate
      title={open.length > 0 ? words.choose.title : words.choose.none}
      lead={open.length > 0 ? words.choose.lead : words.choose.noneHint}
    >
      {open.map(({ account, workspace }) => (
        <Link
          key={workspace.id}
          to="/w/$workspaceId/browse"
          params={{ workspaceId: workspace.id }}
          className={css.workspace}
        >
          <span>
            <span className={css.strong}>{workspace.name}</span>
            <br />
            <span className={css.soft}>{account.name}</span>
          </span>
          <ChevronRight size={18} aria-hidden />
        </Link>
      ))}
      <Button look="quiet" onPress={() => void signOut().catch(notifyProblem)}>
        {words.nav.signOut}
      </Button>
    </Gate>
  );
}
