// The choice of a workspace, for those who have several; for those who have none, what they can do about it.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronRight, Plus } from "lucide-react";
import { useState } from "react";
import { trashedQuery } from "../api/workspaces.ts";
import { Button } from "../parts/controls.tsx";
import { Gate } from "../parts/gate.tsx";
import { Problem } from "../parts/states.tsx";
import { notifyProblem } from "../parts/toasts.tsx";
import { type Account, sessionQuery, signOut } from "../session.ts";
import { workspaceWords } from "../words/workspaces.ts";
import { words } from "../words.ts";
import { closedBecause, runsAccount, workspacesOf } from "../workspaces.ts";
import css from "./plain.module.css";
import { MakeWorkspace } from "./workspaces/dialogs.tsx";
import { bringBack } from "./workspaces/trashed.tsx";

export function ChoosePage() {
  const { data: session } = useQuery(sessionQuery);
  const open = session ? workspacesOf(session) : [];
  const run = session?.accounts.filter((account) => runsAccount(account) && !closedBecause(account)) ?? [];
  const mayMake = open.length === 0 && run.length > 0;
  return (
    <Gate
      title={open.length > 0 ? words.choose.title : words.choose.none}
      lead={open.length > 0 ? words.choose.lead : mayMake ? words.choose.noneButMake : words.choose.noneHint}
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
      {open.length === 0 && run.map((account) => <Begin key={account.id} account={account} />)}
      <Button look="quiet" onPress={() => void signOut().catch(notifyProblem)}>
        {words.nav.signOut}
      </Button>
    </Gate>
  );
}

/** A first workspace for an account, or one that is in its trash. */
function Begin({ account }: { account: Account }) {
  const navigate = useNavigate();
  const trashed = useQuery(trashedQuery(account.id));
  const [making, setMaking] = useState(false);
  return (
    <>
      <Button look="primary" onPress={() => setMaking(true)}>
        <Plus size={16} aria-hidden />
        {workspaceWords.make} · {account.name}
      </Button>
      {trashed.isError && <Problem>{trashed.error.message}</Problem>}
      {trashed.data?.map((one) => (
        <div key={one.id} className={css.workspace}>
          <span>
            <span className={css.strong}>{one.name}</span>
            <br />
            <span className={css.soft}>{workspaceWords.inTrash}</span>
          </span>
          <Button aria-label={`${workspaceWords.restore}: ${one.name}`} onPress={() => void bringBack(one)}>
            {workspaceWords.restore}
          </Button>
        </div>
      ))}
      {making && (
        <MakeWorkspace
          accountId={account.id}
          onClose={() => setMaking(false)}
          onMade={(made) =>
            void navigate({ to: "/w/$workspaceId/browse", params: { workspaceId: made.id }, search: {} })
          }
        />
      )}
    </>
  );
}
