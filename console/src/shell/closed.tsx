// An account that lets nobody in: why, and what can be done about it.
import { Link } from "@tanstack/react-router";
import { Button, controls } from "../parts/controls.tsx";
import { Gate } from "../parts/gate.tsx";
import { notifyProblem } from "../parts/toasts.tsx";
import { signOut } from "../session.ts";
import { words } from "../words.ts";
import { closedBecause, useHere, workspacesOf } from "../workspaces.ts";

export default function Closed() {
  const { session, account } = useHere();
  const why = closedBecause(account) ?? "suspended";
  return (
    <Gate title={words.closed[why](account.name)} lead={words.closed[`${why}Hint`]}>
      {workspacesOf(session).some((one) => !closedBecause(one.account)) && (
        <Link to="/choose" className={controls.button}>
          {words.closed.others}
        </Link>
      )}
      <Button look="quiet" onPress={() => void signOut().catch(notifyProblem)}>
        {words.nav.signOut}
      </Button>
    </Gate>
  );
}
