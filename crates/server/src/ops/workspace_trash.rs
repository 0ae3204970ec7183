//! Workspaces in the trash: restored, or removed for good. The removal is begun in one change, after which there is no way
//! back, and done by a job in steps, so that no transaction is long however much is in one.

use mudlark_store::{AuthSubject, NewJob, Page, StoreError, TrashedWorkspaceRow};
use mudlark_types::{AccountId, AuditAction, EventType, WorkspaceId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::jobs::JobKind;
use crate::ops::account_limits;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::trash::retention_ms;

/// How many workspaces are looked up at a time.
const BATCH: i64 = 100;
/// How many things go in one step.
const STEP: i64 = 100;

/// Takes a workspace out of the trash. Answers what the live tables must have applied before anybody can enter.
///
/// *Errors*: 403 `limit_reached` where its assets are too many by now.
pub(crate) async fn restore(
    app: &App,
    change: &mut Change,
    entry: &TrashedWorkspaceRow,
    by: Actor,
) -> ApiResult<i64> {
    let (account, id) = (entry.account_id, entry.id);
    change.tx.restore_workspace(account, id, change.sequence, change.now_ms).await?;
    account_limits::check_assets(app, &mut change.tx, account).await?;
    let revision = change.tx.record_auth_change(AuthSubject::Workspace(id)).await?;
    record(app, change, entry, (EventType::WorkspaceRestored, AuditAction::WorkspaceRestored), by).await?;
    Ok(revision)
}

/// Begins to remove a workspace of the trash for good. Nobody can restore it any more; a job does the rest.
pub(crate) async fn start_purge(
    app: &App,
    change: &mut Change,
    entry: &TrashedWorkspaceRow,
    by: Actor,
) -> ApiResult<()> {
    change.tx.start_workspace_purge(entry.account_id, entry.id, change.now_ms).await?;
    change.enqueue(&purge_job(app, entry.account_id, entry.id)).await?;
    record(app, change, entry, (EventType::WorkspacePurged, AuditAction::WorkspacePurged), by).await
}

fn purge_job(app: &App, account: AccountId, id: WorkspaceId) -> NewJob {
    JobKind::WorkspacePurge.about(&app.clock, id, Some(account))
}

async fn record(
    app: &App,
    change: &mut Change,
    entry: &TrashedWorkspaceRow,
    (event, action): (EventType, AuditAction),
    by: Actor,
) -> ApiResult<()> {
    change.record(Event::in_account(event, entry.id).with("name", &entry.name));
    let line = Entry::new(change.now_ms, action, entry.account_id, by).on(entry.id);
    Ok(audit::record(&mut change.tx, &app.vault.current(), line).await?)
}

/// Begins to remove what has been in the trash for as long as it stays there.
pub(crate) async fn start_expired(app: &App) -> ApiResult<()> {
    let until_ms = app.clock.now_ms() - retention_ms(app);
    loop {
        let expired = app.store.read().await?.list_expired_workspaces(until_ms, BATCH).await?;
        if expired.is_empty() {
            return Ok(());
        }
        for entry in expired {
            let mut change = Change::begin(app, entry.account_id, None, None).await?;
            // It may have been restored, and deleted again, since it was looked up.
            let still = change.tx.find_trashed_workspace(entry.account_id, entry.id).await?;
            if let Some(still) = still.filter(|still| still.deleted_at_ms <= until_ms) {
                start_purge(app, &mut change, &still, Actor::server()).await?;
            }
            change.commit().await?;
        }
    }
}

/// Asks for the jobs of all removals that have begun: those of a closed account, or of an older version, have none yet.
pub(crate) async fn enqueue_begun(app: &App) -> ApiResult<()> {
    let mut page = Page::first(BATCH);
    loop {
        let begun = app.store.read().await?.list_workspaces_being_purged(page).await?;
        let Some(last) = begun.last() else { return Ok(()) };
        page.after = Some((last.purge_started_at_ms, last.id.as_uuid()));
        let mut tx = app.store.begin().await?;
        for row in &begun {
            tx.enqueue_job(&purge_job(app, row.account_id, row.id)).await?;
        }
        tx.commit().await.map_err(ApiError::from_store)?;
    }
}

/// Removes a workspace whose removal has begun, in steps. Others may be at it too. Its content goes by a job of its own.
pub(crate) async fn purge(app: &App, id: WorkspaceId) -> Result<(), StoreError> {
    while let Some(account) = app.store.read().await?.find_account_of_purged_workspace(id).await? {
        let mut tx = app.store.begin().await?;
        // Whoever still writes into it holds this too.
        tx.lock_account(account).await?;
        tx.purge_workspace_step(id, STEP).await?;
        tx.commit().await?;
    }
    Ok(())
}
