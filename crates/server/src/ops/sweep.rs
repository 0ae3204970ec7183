//! Clears away what no acknowledged request needs: pieces of broken uploads, uploads never made into assets, content
//! that no row names, answers kept for idempotency past their time. A crash can leave these; nothing else can.
//! And what is old: revoked tokens that have ended by themselves, which are refused without that row too; notifications;
//! finished deliveries of webhooks. What lies in a process's own folder it clears away by itself; the rest is jobs.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use mudlark_blobs::BlobKey;
use mudlark_store::AuthSubject;

use crate::app::App;
use crate::lease::LEASE;
use crate::ops::content_removals::{self, Removal};
use crate::ops::notify;
use crate::ops::previews;
use crate::views::digest_of;

/// How young content may be without a row: longer than any request takes from its publication to its commit.
const GRACE: Duration = Duration::from_hours(1);
/// A staged file of this age belongs to no upload that is under way.
const STAGING_AGE: Duration = Duration::from_hours(24);
/// How long finished deliveries of webhooks are kept. *Units*: milliseconds.
const DELIVERIES_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Rows taken at a time, so that no transaction is long.
const BATCH: i64 = 500;

/// How often, after its start, a process looks whether it is alone. Once the leases of processes that were killed
/// are over, it is; beside others that work, it never is.
const LOOKS: u32 = 6;

/// Removes at the start what is staged, if no upload can be under way: whatever is there was then left by a process
/// that ended. Several processes look for others *after* listing what is staged: whose files are listed has been on
/// the list of processes before.
pub(crate) async fn sweep_at_start(app: &App) {
    for _ in 0..LOOKS {
        match sweep_if_alone(app).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "leftovers were not swept; trying again");
            }
        }
        tokio::time::sleep(LEASE / 2).await;
    }
}

/// Answers whether it was alone.
async fn sweep_if_alone(app: &App) -> anyhow::Result<bool> {
    let staged = app.blobs.list_staged().await?;
    let others = app.store.read_apart().await?.count_other_leases(app.feed.process_id).await?;
    if app.store.is_shared() && others > 0 {
        return Ok(false);
    }
    let removed = app.blobs.remove_staged(staged).await?;
    tracing::debug!(removed, "swept what broken uploads had left");
    Ok(true)
}

/// Removes what broken uploads left in this process's folder, and forgets the processes that have ended, with what was kept
/// for them. Each process does this; several may at once.
pub(crate) async fn sweep_own(app: &App) -> anyhow::Result<()> {
    let removed = app.blobs.sweep_staging(STAGING_AGE, SystemTime::now()).await?;
    previews::sweep(app).await?;
    let mut tx = app.store.begin().await?;
    tx.delete_lapsed_processes(app.feed.process_id).await?;
    tx.delete_applied_auth_changes().await?;
    tx.commit().await?;
    tracing::debug!(removed, "swept what broken uploads had left");
    Ok(())
}

/// Removes rows whose time is over.
pub(crate) async fn remove_expired_rows(app: &App) -> anyhow::Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.store.begin().await?;
    tx.delete_expired_uploads(now_ms).await?;
    tx.delete_expired_idempotency_keys(now_ms).await?;
    tx.delete_expired_revoked_tokens(now_ms).await?;
    tx.delete_old_notifications(now_ms - notify::KEEP_MS).await?;
    tx.delete_old_webhook_deliveries(now_ms - DELIVERIES_KEPT_MS).await?;
    tx.delete_old_content_removals(now_ms - content_removals::REMEMBERED_MS).await?;
    tx.delete_expired_sign_in_links(now_ms).await?;
    tx.delete_expired_challenges(now_ms).await?;
    tx.commit().await?;
    remove_ended_sessions(app, now_ms).await
}

/// Removes sessions that are over, which are refused with that row too, and lets the processes forget them.
async fn remove_ended_sessions(app: &App, now_ms: i64) -> anyhow::Result<()> {
    let idle_since_ms = now_ms - app.settings.session_idle_ms();
    let users = app.store.read().await?.list_users_with_ended_sessions(idle_since_ms, now_ms, BATCH).await?;
    for user_id in users {
        let mut tx = app.store.begin().await?;
        tx.delete_ended_user_sessions(user_id, idle_since_ms, now_ms).await?;
        tx.record_auth_change(AuthSubject::Person(user_id)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Removes content whose row nothing names any more: the row first, then the file, unless it was just published again.
pub(crate) async fn remove_unreferenced_content(app: &App) -> anyhow::Result<u64> {
    let now = SystemTime::now();
    let mut removed = 0;
    loop {
        let rows = app.store.read().await?.list_unreferenced_blobs(BATCH).await?;
        let last_batch = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let mut is_moving = false;
        for row in rows {
            let Some(sha256) = digest_of(&row.sha256) else { continue };
            let mut tx = app.store.begin().await?;
            if !tx.delete_unreferenced_blob(row.account_id, &row.sha256).await? {
                continue;
            }
            let key = BlobKey { scope: row.account_id.as_uuid(), sha256 };
            let Some(removal) = Removal::begin(app, &mut tx, key).await? else { continue };
            tx.commit().await?;
            is_moving = true;
            removed += u64::from(removal.carry_out(app, now - GRACE).await?);
        }
        // Those that are left are being removed by somebody else.
        if last_batch || !is_moving {
            return Ok(removed);
        }
    }
}

/// Removes files that no row names: content that never got one, in a crash between its publication and the commit, or whose
/// account is gone; and what clients sent to a bucket and never made into an asset.
pub(crate) async fn remove_stray_files(app: &App) -> anyhow::Result<u64> {
    let now = SystemTime::now();
    // What is sent to a signed address waits until its upload ends, which may be long after.
    let sent_age = Duration::from_secs(app.settings.upload_url_ttl_s.into()) + 2 * STAGING_AGE;
    let mut removed = app.blobs.sweep_remote_staging(sent_age, now).await?;
    let mut listing = app.blobs.list_content();
    while let Some(listed) = listing.next().await {
        let listed = listed?;
        if listed.published_at > now - GRACE {
            continue;
        }
        let account_id = listed.key.scope.into();
        let sha256 = listed.key.sha256.as_bytes();
        if app.store.read().await?.find_blob(account_id, sha256).await?.is_some() {
            continue;
        }
        let mut tx = app.store.begin().await?;
        tx.lock_account(account_id).await?;
        if tx.find_blob(account_id, sha256).await?.is_some() {
            continue;
        }
        let Some(removal) = Removal::begin(app, &mut tx, listed.key).await? else { continue };
        tx.commit().await?;
        removed += u64::from(removal.carry_out(app, now - GRACE).await?);
    }
    Ok(removed)
}
