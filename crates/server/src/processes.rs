//! One server of several that share a database: each keeps a lease, renewed together with how far it has followed the
//! log of rights, and whoever changes rights waits for all. So when a revocation returns, no process accepts what was
//! revoked. Not the following itself (`live_feed`), nor the lease in memory (`lease`).

use std::time::{Duration, Instant};

use anyhow::bail;
use mudlark_store::{ChangeListener, LeaseRenewal, ServerProcessRow, Store, StoreError};
use mudlark_types::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::lease::{LEASE, Moment};
use crate::live_feed;

/// How often changes of other processes are looked for; the promise is 200 ms.
const POLL_EVERY: Duration = Duration::from_millis(100);
/// The same where the database tells of changes by itself.
const POLL_BESIDE_LISTENING: Duration = Duration::from_millis(200);
/// How often a lease is renewed.
const RENEW_EVERY: Duration = Duration::from_millis(500);
/// How long the database may take over a renewal.
const RENEW_WITHIN: Duration = Duration::from_secs(1);
/// How long the database may take to tell what has changed.
const FOLLOW_WITHIN: Duration = Duration::from_secs(10);
/// How long a change of rights waits for the other processes: longer than any lease.
const WAIT_FOR_PROCESSES: Duration = Duration::from_secs(5);

/// Takes a process in: onto the list first, so that every change of rights from then on waits for it, and then up to
/// date.
pub(crate) async fn join(app: &App) -> anyhow::Result<()> {
    if app.store.is_shared() {
        take_lease(app).await?;
        // Says at once how far it is, so that nobody waits for it.
        return renew_lease(app).await;
    }
    live_feed::load(app).await?;
    let mut tx = app.store.begin().await?;
    // What was there before us has ended: we have the folder to ourselves.
    tx.delete_lapsed_processes(app.feed.process_id).await?;
    tx.commit().await?;
    report(app).await
}

/// Makes a change of rights count everywhere, between its commit and its answer. When it returns, no process decides
/// by what was before. `revision` is the last one of the change.
///
/// *Errors*: 503 when that takes too long; the change itself stands.
pub(crate) async fn settle(app: &App, revision: i64) -> ApiResult<()> {
    settle_for_task(app, revision).await.map_err(|cause| {
        ApiError::new(
            ErrorCode::Unavailable,
            "The change is made, but some processes may not follow it yet; look at it again before you rely on it",
        )
        .retry_after_s(2)
        .with_cause(cause)
    })
}

/// The same for work that no request waits for: applies the change here, then waits until every other process has
/// applied it or may no longer decide.
pub(crate) async fn settle_for_task(app: &App, revision: i64) -> anyhow::Result<()> {
    live_feed::catch_up(app).await?;
    if app.store.is_shared() {
        wait_for_processes(&app.store, revision, app.feed.process_id).await?;
    }
    Ok(())
}

/// Waits until every process but one's own has applied a revision, or may no longer decide.
pub(crate) async fn wait_for_processes(store: &Store, revision: i64, own: Uuid) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        let behind = store.count_processes_behind(revision, own).await?;
        if behind == 0 {
            return Ok(());
        }
        if began.elapsed() > WAIT_FOR_PROCESSES {
            bail!(
                "the change is written, but {behind} running servers have not followed it within {} s; look at \
                 them: they follow as soon as they work again",
                WAIT_FOR_PROCESSES.as_secs()
            );
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Follows the changes of other processes until the server stops, and keeps its lease.
pub(crate) async fn follow(app: App, stop: tokio_util::sync::CancellationToken) {
    let every = if app.store.is_shared() { POLL_BESIDE_LISTENING } else { POLL_EVERY };
    let mut listener = None;
    let mut said = Said::default();
    let mut failing = false;
    loop {
        match follow_once(&app, &mut said).await {
            Ok(()) if failing => {
                tracing::info!("changes of rights are followed again");
                failing = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !failing {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "changes of rights are not followed; trying again"
                    );
                }
                failing = true;
            }
        }
        if listener.is_none() && app.store.is_shared() && !failing {
            listener = connect_listener(&app).await;
            if listener.is_some() {
                // What changed while nobody listened.
                continue;
            }
        }
        if stop.run_until_cancelled(wait_for_change(&mut listener, every)).await.is_none() {
            return;
        }
    }
}

/// Waits until there may be something to follow: the database says so, or it is time to look.
async fn wait_for_change(listener: &mut Option<ChangeListener>, at_most: Duration) {
    let Some(listening) = listener else { return tokio::time::sleep(at_most).await };
    if let Ok(Err(_)) = tokio::time::timeout(at_most, listening.changed()).await {
        // A new one is made once the database answers again.
        *listener = None;
    }
}

async fn connect_listener(app: &App) -> Option<ChangeListener> {
    match tokio::time::timeout(RENEW_WITHIN, app.store.listen()).await {
        Ok(Ok(listener)) => listener,
        Ok(Err(error)) => {
            tracing::debug!(%error, "the database can't be listened to; looking regularly instead");
            None
        }
        Err(_) => None,
    }
}

/// What this process last said about itself.
#[derive(Default)]
struct Said {
    applied_revision: i64,
    at: Option<Instant>,
}

async fn follow_once(app: &App, said: &mut Said) -> anyhow::Result<()> {
    match tokio::time::timeout(FOLLOW_WITHIN, live_feed::catch_up(app)).await {
        Ok(outcome) => outcome?,
        Err(elapsed) => {
            app.store.forget_connections_apart();
            return Err(elapsed.into());
        }
    }
    let applied_revision = app.feed.applied_revision().await;
    let is_due = app.store.is_shared() && said.at.is_none_or(|at| at.elapsed() >= RENEW_EVERY);
    if applied_revision == said.applied_revision && !is_due {
        return Ok(());
    }
    if app.store.is_shared() {
        renew_lease(app).await?;
    } else {
        report(app).await?;
    }
    *said = Said { applied_revision, at: Some(Instant::now()) };
    Ok(())
}

/// Says how far this process has come, for the commands that wait for it.
async fn report(app: &App) -> anyhow::Result<()> {
    let row = ServerProcessRow {
        process_id: app.feed.process_id,
        applied_revision: app.feed.applied_revision().await,
        started_at_ms: app.feed.started_at_ms,
        seen_at_ms: app.clock.now_ms(),
    };
    let mut tx = app.store.begin().await?;
    tx.upsert_server_process(&row).await?;
    tx.commit().await?;
    Ok(())
}

/// Renews the lease, if it is still on the list, or takes it anew.
async fn renew_lease(app: &App) -> anyhow::Result<()> {
    let asked = Moment::now();
    let renewal = renewal(app).await;
    let renewed = in_time(app, app.store.renew_lease(&renewal)).await?;
    if renewed {
        app.feed.lease.hold_since(asked);
        return Ok(());
    }
    // Somebody has waited for us and gone on: what we knew may be over.
    app.feed.lease.give_up();
    take_lease(app).await
}

/// Onto the list first, then up to date, and only then may it decide: a change of rights that didn't see this process
/// on the list was committed before, and is followed here.
async fn take_lease(app: &App) -> anyhow::Result<()> {
    let asked = Moment::now();
    let renewal = renewal(app).await;
    in_time(app, app.store.take_lease(&renewal)).await?;
    if renewal.applied_revision == 0 {
        live_feed::load(app).await?;
    } else {
        live_feed::catch_up(app).await?;
    }
    app.feed.lease.hold_since(asked);
    Ok(())
}

async fn renewal(app: &App) -> LeaseRenewal {
    LeaseRenewal {
        process_id: app.feed.process_id,
        applied_revision: app.feed.applied_revision().await,
        started_at_ms: app.feed.started_at_ms,
        seen_at_ms: app.clock.now_ms(),
        lasts_ms: i64::try_from(LEASE.as_millis()).unwrap_or(0),
    }
}

/// A connection that gives no answer in time is not used again.
async fn in_time<T>(app: &App, work: impl Future<Output = Result<T, StoreError>>) -> anyhow::Result<T> {
    if let Ok(outcome) = tokio::time::timeout(RENEW_WITHIN, work).await {
        return Ok(outcome?);
    }
    app.store.forget_connections_apart();
    bail!("the database gave no answer within {} s", RENEW_WITHIN.as_secs())
}

/// Takes this process off the list, at its end.
pub(crate) async fn sign_off(app: &App) -> anyhow::Result<()> {
    if app.store.is_shared() {
        app.feed.lease.give_up();
    }
    let mut tx = app.store.begin().await?;
    tx.delete_server_process(app.feed.process_id).await?;
    tx.commit().await?;
    Ok(())
}
