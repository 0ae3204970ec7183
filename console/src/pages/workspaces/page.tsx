// The workspaces of the account that are open to who is signed in: made, named, pictured, moved to the trash.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import {
  readWorkspacesAgain,
  trashedQuery,
  trashWorkspace,
  type WorkspaceDetail,
  workspacesQuery,
} from "../../api/workspaces.ts";
import { momentText, sizeText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { ActionMenu, Button, IconButton } from "../../parts/controls.tsx";
import { Bone, Failed } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { notify } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { workspaceWords } from "../../words/workspaces.ts";
import { words } from "../../words.ts";
import { runsAccount, useHere, workspacesOf } from "../../workspaces.ts";
import css from "../plain.module.css";
import { EditWorkspace, MakeWorkspace, placeOf } from "./dialogs.tsx";
import { Emblem } from "./picture.tsx";
import { bringBack, TrashedWorkspaces } from "./trashed.tsx";
import own from "./workspaces.module.css";

type Open = { what: "make" } | { what: "edit" | "trash"; workspace: WorkspaceDetail };

export function WorkspacesPage() {
  const { account, session, workspace: here } = useHere();
  const navigate = useNavigate();
  const workspaces = useQuery(workspacesQuery(account.id));
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const runs = runsAccount(account);
  const trash = async (workspace: WorkspaceDetail) => {
    await trashWorkspace(placeOf(workspace));
    // Out of the workspace before the page learns that it is closed.
    if (workspace.id === here.id) {
      const other = workspacesOf(session).find((one) => one.workspace.id !== here.id)?.workspace;
      if (other) await navigate({ to: "/w/$workspaceId/workspaces", params: { workspaceId: other.id } });
      else await navigate({ to: "/choose" });
    }
    await readWorkspacesAgain(account.id);
    const found = runs
      ? (await queries.fetchQuery(trashedQuery(account.id))).find(({ id }) => id === workspace.id)
      : undefined;
    if (found) {
      notify(workspaceWords.trashedUntil(workspace.name, momentText(found.expires_at)), () => {
        void bringBack(found);
      });
    } else notify(workspaceWords.trashed(workspace.name));
  };
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.nav.workspaces}</h1>
          <p className={css.lead}>{workspaceWords.lead}</p>
        </div>
        {runs && (
          <Button look="primary" onPress={() => setOpen({ what: "make" })}>
            <Plus size={16} aria-hidden />
            {workspaceWords.make}
          </Button>
        )}
      </div>
      {workspaces.isPending && <Bone width="100%" height={160} />}
      {workspaces.isError && <Failed problem={workspaces.error} onRetry={() => void workspaces.refetch()} />}
      {workspaces.data && (
        <Table label={words.nav.workspaces} columns={workspaceWords.columns}>
          {workspaces.data.map((one) => (
            <Row key={one.id} workspace={one} isHere={one.id === here.id} onOpen={setOpen} />
          ))}
        </Table>
      )}
      {runs && <TrashedWorkspaces accountId={account.id} />}
      {open?.what === "make" && (
        <MakeWorkspace
          accountId={account.id}
          onClose={close}
          onMade={(made) =>
            void navigate({ to: "/w/$workspaceId/browse", params: { workspaceId: made.id }, search: {} })
          }
        />
      )}
      {open?.what === "edit" && <EditWorkspace workspace={open.workspace} onClose={close} />}
      {open?.what === "trash" && (
        <Ask
          title={workspaceWords.trashTitle(open.workspace.name)}
          lead={`${workspaceWords.trashLead} ${runs ? workspaceWords.trashBack : workspaceWords.trashBackByOthers}`}
          yes={workspaceWords.trash}
          onYes={() => trash(open.workspace)}
          onClose={close}
        />
      )}
    </div>
  );
}

function Row({
  workspace,
  isHere,
  onOpen,
}: {
  workspace: WorkspaceDetail;
  isHere: boolean;
  onOpen: (open: Open) => void;
}) {
  const { roles } = workspace.roles;
  const label = workspaceWords.actions(workspace.name);
  return (
    <tr>
      <td>
        <div className={own.named}>
          <Emblem of={workspace} header={placeOf(workspace)} path="/workspaces/thumbnail" />
          <span>
            <Link
              to="/w/$workspaceId/browse"
              params={{ workspaceId: workspace.id }}
              search={{}}
              className={css.strong}
            >
              {workspace.name}
            </Link>
            {isHere && <span className={css.soft}> · {workspaceWords.here}</span>}
          </span>
        </div>
      </td>
      <td className={css.soft}>
        {roles.map((role) => words.people.workspaceRoles[role] ?? role).join(", ")}
      </td>
      <td className={css.soft}>{workspace.usage.assets.toLocaleString("en")}</td>
      <td className={css.soft}>{sizeText(workspace.usage.storage)}</td>
      <td className={css.soft}>{workspace.usage.members.toLocaleString("en")}</td>
      <td>
        {roles.includes("admin") && (
          <ActionMenu
            label={label}
            actions={[
              {
                id: "edit",
                label: workspaceWords.edit,
                onAction: () => onOpen({ what: "edit", workspace }),
              },
              {
                id: "trash",
                label: workspaceWords.trash,
                danger: true,
                onAction: () => onOpen({ what: "trash", workspace }),
              },
            ]}
          >
            <IconButton label={label}>
              <Ellipsis size={17} aria-hidden />
            </IconButton>
          </ActionMenu>
        )}
      </td>
    </tr>
  );
}
