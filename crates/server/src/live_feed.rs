//! Keeps the live table as the database has it: read whole at start-up, then change by change from the log of
//! changes that every writer of rights appends to. Changes of this process are followed before it answers, those of
//! others at once where the database tells of them, and within 200 ms in any case. Where several processes share the
//! database, each renews its lease together with how far it has come, and whoever changes rights waits for all.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use mudlark_auth::{
    AccountState, KeyId, KeyState, LiveSecret, LiveTable, PublicJwk, SigningKey, VerifyingKey, WorkspaceState,
};
use mudlark_store::{
    AccountRow, ApiKeyRow, ApiKeySecretRow, AuthSubject, ChangeListener, LeaseRenewal, ServerProcessRow, Session,
    SigningKeyState, Store, StoreError,
};
use mudlark_types::{ErrorCode, WorkspaceId};
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::lease::{LEASE, Lease, Moment};
use crate::ops::key_limits;

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

/// How far this process has followed the log, and its right to decide.
pub(crate) struct LiveFeed {
    process_id: Uuid,
    started_at_ms: i64,
    lease: Lease,
    /// Held while changes are being applied, so that each waits until those before it are.
    applied_revision: tokio::sync::Mutex<i64>,
}

impl LiveFeed {
    /// `shares`: whether other processes may share the database, so that a lease is needed.
    pub(crate) fn new(process_id: Uuid, started_at_ms: i64, shares: bool) -> Self {
        let lease = if shares { Lease::lapsed() } else { Lease::lasting() };
        Self { process_id, started_at_ms, lease, applied_revision: tokio::sync::Mutex::new(0) }
    }

    pub(crate) fn process_id(&self) -> Uuid {
        self.process_id
    }

    /// Refuses while this process may not decide: neither letting in nor turning away.
    pub(crate) fn check_lease(&self) -> ApiResult<()> {
        if self.lease.is_held() {
            return Ok(());
        }
        let refusal = ApiError::new(
            ErrorCode::Unavailable,
            "This process can't tell just now who may do what: it has not reached its database; try again",
        );
        Err(refusal.retry_after_s(1))
    }
}

/// Takes a process in: onto the list first, so that every change of rights from then on waits for it, and then up to
/// date.
pub(crate) async fn join(app: &App) -> anyhow::Result<()> {
    if app.store.is_shared() {
        take_lease(app).await?;
        return Ok(());
    }
    load(app).await?;
    let mut tx = app.store.begin().await?;
    // What was there before us has ended: we have the folder to ourselves.
    tx.delete_lapsed_processes(app.feed.process_id).await?;
    tx.commit().await?;
    report(app).await
}

/// Reads everything: at start-up, and where the log no longer reaches back to where this process was.
async fn load(app: &App) -> anyhow::Result<()> {
    let mut applied = app.feed.applied_revision.lock().await;
    load_into(app, &mut applied).await
}

async fn load_into(app: &App, applied: &mut i64) -> anyhow::Result<()> {
    let mut session = app.store.read_apart().await?;
    let live = LiveTable::new();
    // The revision first: what changes meanwhile is then read once more, which does no harm.
    let revision = session.auth_revision().await?;
    for account in session.list_accounts().await? {
        live.put_account(account.id, account_state(&account));
    }
    for workspace in session.list_all_workspaces().await? {
        let state = WorkspaceState { account_id: workspace.account_id, deleted: false };
        live.put_workspace(workspace.id, state);
    }
    for key in session.list_all_api_keys().await? {
        let state = key_state(&mut session, key).await?;
        live.put_key(state);
    }
    for token in session.list_revoked_tokens(app.clock.now_ms()).await? {
        live.revoke_token(token.token_id, token.expires_at_ms);
    }
    load_signing_keys(app, &mut session).await?;
    app.live.replace_with(live);
    *applied = revision;
    Ok(())
}

/// Applies what has changed since the last time. When it returns, every change committed before the call counts.
pub(crate) async fn catch_up(app: &App) -> anyhow::Result<()> {
    const BATCH: i64 = 500;
    let mut applied = app.feed.applied_revision.lock().await;
    loop {
        let mut session = app.store.read_apart().await?;
        let newest = session.auth_revision().await?;
        if newest <= *applied {
            return Ok(());
        }
        let changes = session.list_auth_changes(*applied, BATCH).await?;
        drop(session);
        if changes.first().is_none_or(|first| first.revision != *applied + 1) {
            // Entries that all processes on the list had applied are gone, and this one was not on it.
            load_into(app, &mut applied).await?;
            continue;
        }
        for change in &changes {
            apply(app, &change.subject).await?;
            *applied = change.revision;
        }
    }
}

/// Makes a change of rights count everywhere: applies it here, then waits until every other process has applied it
/// or may no longer decide. When it returns, no process decides by what was before.
///
/// *Errors*: 503 when that takes too long; the change itself stands.
pub(crate) async fn settle(app: &App, revision: i64) -> ApiResult<()> {
    catch_up(app).await.map_err(not_followed)?;
    if app.store.is_shared() {
        wait_for_processes(&app.store, revision, app.feed.process_id).await.map_err(not_followed)?;
    }
    Ok(())
}

fn not_followed(cause: anyhow::Error) -> ApiError {
    let message = "The change is made, but the server could not make sure that every process follows it already; \
                   look whether it shows";
    ApiError::new(ErrorCode::Unavailable, message).retry_after_s(2).with_cause(cause.into_boxed_dyn_error())
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
                    tracing::warn!(error = format!("{error:#}"), "changes of rights are not followed; trying again");
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
    match tokio::time::timeout(FOLLOW_WITHIN, catch_up(app)).await {
        Ok(outcome) => outcome?,
        Err(elapsed) => {
            app.store.forget_connections_apart();
            return Err(elapsed.into());
        }
    }
    let applied_revision = *app.feed.applied_revision.lock().await;
    let is_due = app.store.is_shared() && said.at.is_none_or(|at| at.elapsed() >= RENEW_EVERY);
    if applied_revision == said.applied_revision && !is_due {
        return Ok(());
    }
    if app.store.is_shared() { renew_lease(app).await? } else { report(app).await? }
    *said = Said { applied_revision, at: Some(Instant::now()) };
    Ok(())
}

/// Says how far this process has come, for the commands that wait for it.
async fn report(app: &App) -> anyhow::Result<()> {
    let row = ServerProcessRow {
        process_id: app.feed.process_id,
        applied_revision: *app.feed.applied_revision.lock().await,
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
    if renewal.applied_revision == 0 { load(app).await? } else { catch_up(app).await? }
    app.feed.lease.hold_since(asked);
    Ok(())
}

async fn renewal(app: &App) -> LeaseRenewal {
    LeaseRenewal {
        process_id: app.feed.process_id,
        applied_revision: *app.feed.applied_revision.lock().await,
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

async fn apply(app: &App, subject: &AuthSubject) -> anyhow::Result<()> {
    let mut session = app.store.read_apart().await?;
    match subject {
        AuthSubject::Account(id) => match session.find_account(*id).await? {
            Some(row) => app.live.put_account(*id, account_state(&row)),
            None => app.live.remove_account(*id),
        },
        AuthSubject::Workspace(id) => apply_workspace(app, &mut session, *id).await?,
        AuthSubject::Key(key_id) => match session.find_api_key(key_id).await? {
            Some(row) => app.live.put_key(key_state(&mut session, row).await?),
            None => {
                if let Some(key_id) = KeyId::parse(key_id) {
                    app.live.remove_key(&key_id);
                }
            }
        },
        AuthSubject::SigningKey(_) => load_signing_keys(app, &mut session).await?,
        AuthSubject::Token(id) => {
            if let Some(token) = session.find_revoked_token(id).await? {
                app.live.revoke_token(token.token_id, token.expires_at_ms);
            }
        }
        AuthSubject::Secrets => {}
    }
    Ok(())
}

async fn apply_workspace(app: &App, session: &mut Session, id: WorkspaceId) -> anyhow::Result<()> {
    match session.list_workspaces_by_ids(&[id]).await?.first() {
        Some(row) => {
            app.live.put_workspace(id, WorkspaceState { account_id: row.account_id, deleted: false });
        }
        None => app.live.remove_workspace(id),
    }
    Ok(())
}

fn account_state(row: &AccountRow) -> AccountState {
    AccountState { plan: row.plan, suspended: row.suspended_at_ms.is_some(), token_epoch: row.token_epoch }
}

async fn key_state(session: &mut Session, row: ApiKeyRow) -> anyhow::Result<KeyState> {
    let key_id = KeyId::parse(&row.key_id).context("a key's id is not in its form")?;
    let member = session.find_account_member(row.account_id, row.user_id).await?;
    let memberships = session.list_workspace_roles_of_user(row.user_id).await?;
    let secrets = session.list_api_key_secrets(&row.key_id).await?;
    let limits = key_limits::of_row(&row)?;
    Ok(KeyState {
        key_id,
        limits,
        account_id: row.account_id,
        user_id: row.user_id,
        account_roles: member.map(|member| member.roles).unwrap_or_default(),
        workspace_roles: row.workspace_roles,
        memberships: memberships.into_iter().collect(),
        revoked: row.revoked_at_ms.is_some(),
        expires_at_ms: row.expires_at_ms,
        live_secret_versions: secrets.iter().filter_map(live_secret).collect(),
    })
}

fn live_secret(row: &ApiKeySecretRow) -> Option<LiveSecret> {
    row.revoked_at_ms
        .is_none()
        .then_some(LiveSecret { version: row.version, expires_at_ms: row.expires_at_ms })
}

/// Takes over the signing keys: the active one signs, and all that are not revoked verify and are published.
async fn load_signing_keys(app: &App, session: &mut Session) -> anyhow::Result<()> {
    let (mut verifying, mut published) = (Vec::new(), Vec::new());
    for row in session.list_signing_keys().await? {
        if row.state == SigningKeyState::Revoked {
            continue;
        }
        let jwk: PublicJwk = serde_json::from_str(&row.public_jwk)?;
        verifying.push(VerifyingKey::from_jwk(&jwk)?);
        if let (SigningKeyState::Active, Some(sealed)) = (row.state, &row.sealed_private) {
            let key = SigningKey::unseal(&app.vault, &row.kid, sealed)?;
            *app.signing_key.write().unwrap_or_else(std::sync::PoisonError::into_inner) = key.into();
        }
        published.push(jwk);
    }
    app.verifier.set_keys(verifying);
    let jwks = serde_json::json!({ "keys": published }).to_string();
    *app.jwks.write().unwrap_or_else(std::sync::PoisonError::into_inner) = jwks.into();
    Ok(())
}
