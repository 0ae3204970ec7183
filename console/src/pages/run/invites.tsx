// Who is invited, and inviting more.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Invite, invitesQuery, resendInvite, withdrawInvite } from "../../api/run.ts";
import { momentText, sinceText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button } from "../../parts/controls.tsx";
import type { Shown } from "../../parts/shown-once.tsx";
import { Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";

/** The links of invites that were just made: their tokens are told this once. */
export const linksOf = (invites: Invite[]): Shown => ({
  title: words.people.links,
  lead: words.people.linksLead,
  done: words.people.done,
  lines: invites.map(({ email, token }) => ({
    who: email,
    text: `${window.location.origin}/console/join#${encodeURIComponent(token ?? "")}`,
  })),
});

function stateOf(one: Invite): string {
  if (one.accepted_at) return "accepted";
  if (one.rejected_at) return "rejected";
  return new Date(one.expires_at).getTime() < Date.now() ? "expired" : "open";
}

export function Invites({ onShow }: { onShow: (shown: Shown) => void }) {
  const { place } = useHere();
  const invites = useQuery(invitesQuery(place));
  const [withdrawn, setWithdrawn] = useState<Invite>();
  const readAgain = () => queries.invalidateQueries({ queryKey: invitesQuery(place).queryKey });
  const resend = async (one: Invite) => {
    await resendInvite(place, one.id)
      .then((made) => onShow(linksOf([made])))
      .catch(notifyProblem);
    await readAgain();
  };
  if (invites.isError) return <Failed problem={invites.error} onRetry={() => void invites.refetch()} />;
  const waiting = invites.data?.filter((one) => !one.accepted_at) ?? [];
  if (waiting.length === 0) return null;
  return (
    <section className={css.below}>
      <h2>{words.people.invites}</h2>
      <Table label={words.people.invites} columns={words.people.inviteColumns}>
        {waiting.map((one) => {
          const state = stateOf(one);
          return (
            <tr key={one.id}>
              <td className={css.strong}>{one.email}</td>
              <td className={css.soft}>
                {one.roles
                  .map((role) => words.people.workspaceRoles[role] ?? words.people.accountRoles[role] ?? role)
                  .join(", ")}
              </td>
              <td>
                <span className={css.pill} data-state={state === "open" ? "active" : undefined}>
                  {words.people.states[state]}
                </span>
              </td>
              <td className={css.soft} title={momentText(one.expires_at)}>
                {sinceText(one.expires_at)}
              </td>
              <td>
                {state !== "rejected" && (
                  <Button
                    look="quiet"
                    aria-label={`${words.people.resend}: ${one.email}`}
                    onPress={() => void resend(one)}
                  >
                    {words.people.resend}
                  </Button>
                )}
                <Button
                  look="quiet"
                  aria-label={`${words.people.withdraw}: ${one.email}`}
                  onPress={() => setWithdrawn(one)}
                >
                  {words.people.withdraw}
                </Button>
              </td>
            </tr>
          );
        })}
      </Table>
      {withdrawn && (
        <Ask
          title={words.people.withdrawTitle(withdrawn.email)}
          lead={words.people.withdrawLead}
          yes={words.people.withdraw}
          onYes={async () => {
            await withdrawInvite(place, withdrawn.id);
            await readAgain();
            notify(words.people.withdrawn);
          }}
          onClose={() => setWithdrawn(undefined)}
        />
      )}
    </section>
  );
}
