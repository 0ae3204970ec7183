//! `mudlark account …`.

use anyhow::bail;
use clap::Subcommand;
use mudlark_store::{AccountRow, AuthSubject, NewAccount};
use mudlark_types::{AccountId, AuditAction, Plan, Timestamp};
use serde_json::{Value, json};

use super::{Admin, block_on, line, output};
use crate::cli::AdminFlags;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::create_workspace::stock_picture;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account.
    Create {
        /// What it is called.
        #[arg(long, value_parser = line)]
        name: String,
        /// What it is subscribed to: personal, team, pro or enterprise. Only pro and enterprise have API access.
        #[arg(long)]
        plan: Plan,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// List the accounts.
    List {
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Put an account on another plan; it counts from the next request on.
    SetPlan {
        /// The account.
        id: AccountId,
        /// personal, team, pro or enterprise.
        plan: Plan,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Suspend an account: every request with its tokens is refused until it is resumed.
    Suspend {
        /// The account.
        id: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Let a suspended account work again, or one that its owner has closed.
    Resume {
        /// The account.
        id: AccountId,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl AccountCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::Create { name, plan, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let id = create_account(&admin, &name, plan).await?;
                    show(&admin, id, flags.json).await
                }
                Self::List { flags } => {
                    let rows = Admin::open(&flags).await?.data.store.read().await?.list_accounts().await?;
                    let rows: Vec<Value> = rows.iter().map(view).collect();
                    output::list(flags.json, &rows, &["id", "name", "plan", "status", "created_at"])
                }
                Self::SetPlan { id, plan, flags } => change(id, &flags, Change::Plan(plan)).await,
                Self::Suspend { id, flags } => change(id, &flags, Change::Suspend).await,
                Self::Resume { id, flags } => change(id, &flags, Change::Resume).await,
            }
        })
    }
}

/// Makes an account, and waits until a running server knows it.
pub(crate) async fn create_account(admin: &Admin, name: &str, plan: Plan) -> anyhow::Result<AccountId> {
    let id: AccountId = admin.clock.new_id();
    let account = NewAccount {
        id,
        name: name.to_owned(),
        plan,
        created_by_user_id: None,
        default_avatar: stock_picture(id),
        created_at_ms: admin.clock.now_ms(),
    };
    let mut tx = admin.data.store.begin().await?;
    tx.insert_account(&account).await?;
    let revision = tx.record_auth_change(AuthSubject::Account(id)).await?;
    let entry = Entry::new(account.created_at_ms, AuditAction::AccountCreated, id, Actor::operator());
    let details = json!({ "name": name, "plan": plan });
    audit::record(&mut tx, &admin.data.vault, entry.on(id).with(details)).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    Ok(id)
}

#[derive(Clone, Copy)]
enum Change {
    Plan(Plan),
    Suspend,
    Resume,
}

async fn change(id: AccountId, flags: &AdminFlags, change: Change) -> anyhow::Result<()> {
    let admin = Admin::open(flags).await?;
    admin.account_exists(id).await?;
    let now_ms = admin.clock.now_ms();
    let mut tx = admin.data.store.begin().await?;
    let plan_before = tx.find_account(id).await?.map(|row| row.plan);
    let (action, details) = match change {
        Change::Plan(plan) => {
            tx.update_account_plan(id, plan, now_ms).await?;
            (AuditAction::AccountPlanChanged, json!({ "from": plan_before, "to": plan }))
        }
        Change::Suspend => {
            tx.update_account_suspension(id, Some(now_ms), now_ms).await?;
            (AuditAction::AccountSuspended, Value::Null)
        }
        Change::Resume => {
            tx.update_account_suspension(id, None, now_ms).await?;
            if !tx.update_account_closed(id, None, now_ms).await? {
                bail!("the account was closed for too long: it is being removed for good");
            }
            (AuditAction::AccountResumed, Value::Null)
        }
    };
    let revision = tx.record_auth_change(AuthSubject::Account(id)).await?;
    let entry = Entry::new(now_ms, action, id, Actor::operator()).on(id).with(details);
    audit::record(&mut tx, &admin.data.vault, entry).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    show(&admin, id, flags.json).await
}

async fn show(admin: &Admin, id: AccountId, json: bool) -> anyhow::Result<()> {
    let row = admin.data.store.read().await?.find_account(id).await?;
    output::object(json, &row.as_ref().map(view).unwrap_or_default())
}

fn view(row: &AccountRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "plan": row.plan,
        "status": match (row.closed_at_ms, row.suspended_at_ms) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "suspended",
            (None, None) => "active",
        },
        "created_at": Timestamp(row.created_at_ms),
    })
}
