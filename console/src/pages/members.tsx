// The people of the account, and who is invited.
import { useQuery } from "@tanstack/react-query";
import { Ellipsis, UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { workspaceMembersQuery } from "../api/reviews.ts";
import { type Member, passwordLink, removeMember } from "../api/run.ts";
import { membersQuery } from "../api/workspace.ts";
import { momentText, personName, sinceText } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { ActionMenu, Button, IconButton } from "../parts/controls.tsx";
import { type Shown, ShownOnce } from "../parts/shown-once.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
import { queries } from "../queries.ts";
import { words } from "../words.ts";
import { runsAccount, useHere } from "../workspaces.ts";
import css from "./plain.module.css";
import { InviteDialog } from "./run/invite-dialog.tsx";
import { Invites } from "./run/invites.tsx";
import { RolesDialog } from "./run/roles.tsx";

type Open = { what: "invite" } | { what: "roles" | "remove"; member: Member };

export function MembersPage() {
  const { place, account, session } = useHere();
  const members = useQuery(membersQuery(place));
  const inside = useQuery(workspaceMembersQuery(place));
  const [open, setOpen] = useState<Open>();
  const [shown, setShown] = useState<Shown>();
  const close = () => setOpen(undefined);
  const runs = runsAccount(account);
  // Keys are users of their own, without an address; they have a page of their own too.
  const people = members.data?.filter((member) => member.user.email) ?? [];
  const makeLink = async (member: Member) => {
    try {
      const { link } = await passwordLink(place, member.user_id);
      const name = personName(member.user);
      setShown({
        title: words.people.passwordLink(name),
        lead: words.people.passwordLead,
        done: words.people.done,
        lines: [{ who: name, text: link }],
      });
    } catch (problem) {
      notifyProblem(problem);
    }
  };
  const remove = async (member: Member) => {
    await removeMember(place, member.user_id);
    await queries.invalidateQueries({ queryKey: membersQuery(place).queryKey });
    notify(words.people.removed(personName(member.user)));
  };
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.members.title}</h1>
          <p className={css.lead}>{words.members.lead}</p>
        </div>
        {runs && (
          <Button look="primary" onPress={() => setOpen({ what: "invite" })}>
            <UserPlus size={16} aria-hidden />
            {words.people.invite}
          </Button>
        )}
      </div>
      {members.isPending && <Bone width="100%" height={160} />}
      {members.isError && <Failed problem={members.error} onRetry={() => void members.refetch()} />}
      {members.data && people.length === 0 && (
        <Empty icon={Users} title={words.members.empty} hint={words.members.emptyHint} />
      )}
      {people.length > 0 && (
        <Table
          label={words.members.title}
          columns={{
            name: words.members.columns.name,
            email: words.members.columns.email,
            account: words.people.accountRole,
            workspace: words.people.workspaceRole,
            since: words.members.columns.since,
            ...(runs ? { action: words.keys.columns.action } : {}),
          }}
        >
          {people.map((member) => {
            const roles = inside.data?.find((one) => one.user_id === member.user_id)?.roles ?? [];
            const name = personName(member.user);
            return (
              <tr key={member.user_id}>
                <td className={css.strong}>
                  {name}
                  {member.user_id === session.user.id && (
                    <span className={css.soft}> · {words.people.you}</span>
                  )}
                </td>
                <td className={css.soft}>{member.user.email}</td>
                <td>{named(member.roles, words.people.accountRoles)}</td>
                <td>
                  {roles.length > 0
                    ? named(roles, words.people.workspaceRoles)
                    : inside.data && <span className={css.soft}>{words.people.notHere}</span>}
                </td>
                <td className={css.soft} title={momentText(member.created_at)}>
                  {sinceText(member.created_at)}
                </td>
                {runs && (
                  <td>
                    <ActionMenu
                      label={words.people.actions(name)}
                      actions={[
                        {
                          id: "roles",
                          label: words.people.roles,
                          onAction: () => setOpen({ what: "roles", member }),
                        },
                        { id: "link", label: words.people.link, onAction: () => void makeLink(member) },
                        {
                          id: "remove",
                          label: words.people.remove,
                          danger: true,
                          onAction: () => setOpen({ what: "remove", member }),
                        },
                      ]}
                    >
                      <IconButton label={words.people.actions(name)}>
                        <Ellipsis size={17} aria-hidden />
                      </IconButton>
                    </ActionMenu>
                  </td>
                )}
              </tr>
            );
          })}
        </Table>
      )}
      {runs && <Invites onShow={setShown} />}
      {open?.what === "invite" && (
        <InviteDialog
          onClose={close}
          onMade={(made) => {
            close();
            setShown(made);
          }}
        />
      )}
      {open?.what === "roles" && (
        <RolesDialog
          member={open.member}
          inside={inside.data?.find((one) => one.user_id === open.member.user_id)?.roles ?? []}
          onClose={close}
        />
      )}
      {open?.what === "remove" && (
        <Ask
          title={words.people.removeTitle(personName(open.member.user))}
          lead={words.people.removeLead}
          yes={words.people.remove}
          onYes={() => remove(open.member)}
          onClose={close}
        />
      )}
      {shown && <ShownOnce shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

const named = (roles: string[], names: Record<string, string>) =>
  roles.map((role) => names[role] ?? role).join(", ");
