//! `mudlark workspace …`.

use clap::Subcommand;
use mudlark_store::{Page, WorkspaceRow};
use mudlark_types::{AccountId, Timestamp, WorkspaceId};
use serde_json::{Value, json};

use super::{Admin, block_on, line, output};
use crate::cli::AdminFlags;
use crate::ops::audit::Actor;
use crate::ops::create_workspace;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Make a workspace.
    Create {
        /// The account it belongs to.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        /// What it is called.
        #[arg(long, value_parser = line)]
        name: String,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// List an account's workspaces.
    List {
        /// The account.
        #[arg(long, value_name = "ID")]
        account: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl WorkspaceCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::Create { account, name, flags } => {
                    let admin = Admin::open(&flags).await?;
                    admin.account_exists(account).await?;
                    let id = create_workspace(&admin, account, &name).await?;
                    let row = admin.data.store.read().await?.find_workspace(account, id).await?;
                    output::object(flags.json, &row.as_ref().map(view).unwrap_or_default())
                }
                Self::List { account, flags } => {
                    let admin = Admin::open(&flags).await?;
                    admin.account_exists(account).await?;
                    let all = Page::first(i64::MAX);
                    let rows = admin.data.store.read().await?.list_workspaces(account, all).await?;
                    let rows: Vec<Value> = rows.iter().map(view).collect();
                    output::list(flags.json, &rows, &["id", "name", "created_at"])
                }
            }
        })
    }
}

/// Makes a workspace, and waits until a running server lets callers in.
pub(crate) async fn create_workspace(
    admin: &Admin,
    account: AccountId,
    name: &str,
) -> anyhow::Result<WorkspaceId> {
    let mut tx = admin.data.store.begin().await?;
    let sequence = tx.next_sequence(account).await?;
    let (vault, actor) = (&admin.data.vault, Actor::operator());
    let created = create_workspace::create_workspace(
        &admin.clock,
        vault,
        &mut tx,
        account,
        name,
        None,
        actor,
        sequence,
    )
    .await?;
    tx.commit().await?;
    admin.wait_for_server(created.revision).await?;
    Ok(created.id)
}

fn view(row: &WorkspaceRow) -> Value {
    json!({
        "id": row.id,
        "account_id": row.account_id,
        "name": row.name,
        "created_at": Timestamp(row.created_at_ms),
    })
}
