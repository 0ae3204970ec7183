//! Closed accounts, removed for good once their time is over: first marked in one transaction, with all their workspaces,
//! after which the operator can't open them again; then a job removes, in steps, all that they have. The audit trail stays.

use mudlark_store::StoreError;
use mudlark_store::error::FOREIGN_KEY;
use mudlark_types::{AccountId, AuditAction, UserId};

use crate::app::App;
use crate::jobs::JobKind;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::trash::DAY_MS;
use crate::ops::workspace_trash;

/// How long a closed account can be opened again. *Source*: wire contract, section 3, `DELETE /accounts`.
const KEPT_MS: i64 = 30 * DAY_MS;
/// How many accounts are looked up at a time.
const BATCH: i64 = 100;
/// About how many rows go in one step.
const STEP: i64 = 500;

/// Begins to remove the accounts whose time is over, and asks for the jobs that do it.
pub(crate) async fn start_expired(app: &App) -> anyhow::Result<()> {
    let until_ms = app.clock.now_ms() - KEPT_MS;
    loop {
        let expired = app.store.read().await?.list_expired_accounts(until_ms, BATCH).await?;
        if expired.is_empty() {
            break;
        }
        for id in expired {
            let now_ms = app.clock.now_ms();
            let mut tx = app.store.begin().await?;
            tx.lock_account(id).await?;
            if tx.start_account_purge(id, until_ms, now_ms).await? {
                let entry = Entry::new(now_ms, AuditAction::AccountPurged, id, Actor::server()).on(id);
                audit::record(&mut tx, &app.vault.current(), entry).await?;
            }
            tx.commit().await?;
        }
    }
    let mut tx = app.store.begin().await?;
    for id in tx.list_accounts_being_purged().await? {
        // Not the account's own: it would go with the account, before it is done.
        tx.enqueue_job(&JobKind::AccountPurge.about(&app.clock, id, None)).await?;
    }
    Ok(tx.commit().await?)
}

/// Removes an account whose removal has begun, in steps: its workspaces, and what else it has. Its bytes are then files that
/// no row names. Others may be at it too.
pub(crate) async fn purge(app: &App, id: AccountId) -> anyhow::Result<()> {
    if !app.store.read().await?.is_account_being_purged(id).await? {
        return Ok(());
    }
    while let Some(workspace) = app.store.read().await?.find_purged_workspace_of(id).await? {
        workspace_trash::purge(app, workspace).await?;
    }
    loop {
        let mut tx = app.store.begin().await?;
        tx.lock_account(id).await?;
        let is_more = tx.purge_account_step(id, STEP).await?;
        tx.commit().await?;
        if !is_more {
            break;
        }
    }
    while let [user, ..] = app.store.read().await?.list_users_of_account(id, 1).await?[..] {
        let mut tx = app.store.begin().await?;
        tx.purge_member(id, user).await?;
        tx.commit().await?;
        forget(app, user).await?;
    }
    let mut tx = app.store.begin().await?;
    tx.delete_account(id).await?;
    tx.commit().await?;
    crate::live_feed::catch_up(app).await
}

/// Forgets a user who is in no account any more, unless something that stays in another account names them.
async fn forget(app: &App, user: UserId) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    match tx.delete_user_without_account(user).await {
        Ok(_) => tx.commit().await,
        Err(error) if error.is_conflict_on(FOREIGN_KEY) => Ok(()),
        Err(error) => Err(error),
    }
}
