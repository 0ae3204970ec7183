// The settings of the open workspace and of its account: each part for those who may change it.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  accountQuery,
  changeAccount,
  changeWorkspace,
  readWorkspacesAgain,
  workspacesQuery,
} from "../../api/workspaces.ts";
import { Bone, Failed } from "../../parts/states.tsx";
import { settingWords } from "../../words/workspaces.ts";
import { words } from "../../words.ts";
import { runsAccount, runsWorkspace, useHere } from "../../workspaces.ts";
import css from "../plain.module.css";
import { Close } from "./close.tsx";
import { IdentityForm } from "./identity.tsx";
import { Programs } from "./programs.tsx";
import own from "./settings.module.css";
import { Statuses } from "./statuses.tsx";

export function SettingsPage() {
  const { account, workspace } = useHere();
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.nav.settings}</h1>
          <p className={css.lead}>{settingWords.lead(workspace.name, account.name)}</p>
        </div>
      </div>
      <div className={own.parts}>
        {runsWorkspace(workspace) && <OfWorkspace />}
        {runsAccount(account) && <OfAccount />}
      </div>
    </div>
  );
}

function OfWorkspace() {
  const { account, workspace, place } = useHere();
  const found = useQuery(workspacesQuery(account.id));
  const detail = found.data?.find(({ id }) => id === workspace.id);
  return (
    <Part title={settingWords.workspace} id="workspace-settings">
      {found.isPending && <Bone width="100%" height={140} />}
      {found.isError && <Failed problem={found.error} onRetry={() => void found.refetch()} />}
      {detail && (
        <IdentityForm
          key={detail.id}
          of={detail}
          header={place}
          path="/workspaces/thumbnail"
          onSave={async (identity) => {
            await changeWorkspace(place, identity);
            await readWorkspacesAgain(account.id);
          }}
        />
      )}
      <Statuses />
      <Programs owner="workspace" />
    </Part>
  );
}

function OfAccount() {
  const { account } = useHere();
  const found = useQuery(accountQuery(account.id));
  return (
    <Part title={settingWords.account} id="account-settings">
      {found.isPending && <Bone width="100%" height={140} />}
      {found.isError && <Failed problem={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <IdentityForm
          key={found.data.id}
          of={found.data}
          header={{ "x-account-id": account.id }}
          path="/accounts/thumbnail"
          onSave={async (identity) => {
            await changeAccount(account.id, identity);
            await readWorkspacesAgain(account.id);
          }}
        />
      )}
      <Programs owner="account" />
      {account.roles.includes("owner") && <Close />}
    </Part>
  );
}

function Part({ title, id, children }: { title: string; id: string; children: ReactNode }) {
  return (
    <section className={own.part} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
