//! Keeps the live table as the database has it: read whole at start-up, then change by change from the log of
//! changes that every writer of rights appends to. Changes of this process are followed before it answers, those of
//! others (the operator's commands) within [`POLL_EVERY`].

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use mudlark_auth::{
    AccountState, Claims, KeyId, KeyState, LiveSecret, LiveTable, PublicJwk, VerifyingKey, WorkspaceState,
};
use mudlark_store::{
    AccountRow, ApiKeyRow, ApiKeySecretRow, AuthSubject, ServerProcessRow, Session, SigningKeyRow,
    SigningKeyState,
};
use mudlark_types::{ErrorCode, WorkspaceId};
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::revoke::stored_secret;
use crate::ops::{key_limits, signing_keys};

/// How often changes of other processes are looked for; the promise is 200 ms.
pub(crate) const POLL_EVERY: Duration = Duration::from_millis(100);

/// How far this process has followed the log.
pub(crate) struct LiveFeed {
    process_id: Uuid,
    started_at_ms: i64,
    /// Held while changes are being applied, so that each waits until those before it are.
    applied_revision: tokio::sync::Mutex<i64>,
}

impl LiveFeed {
    pub(crate) fn new(process_id: Uuid, started_at_ms: i64) -> Self {
        Self { process_id, started_at_ms, applied_revision: tokio::sync::Mutex::new(0) }
    }
}

/// Reads everything, once, at start-up.
pub(crate) async fn load(app: &App) -> anyhow::Result<()> {
    let mut applied = app.feed.applied_revision.lock().await;
    let mut session = app.store.read().await?;
    // The revision first: what changes meanwhile is then read once more, which does no harm.
    *applied = session.auth_revision().await?;
    for account in session.list_accounts().await? {
        app.live.put_account(account.id, account_state(&account));
    }
    for workspace in session.list_all_workspaces().await? {
        let state = WorkspaceState { account_id: workspace.account_id, deleted: false };
        app.live.put_workspace(workspace.id, state);
    }
    for key in session.list_all_api_keys().await? {
        put_key(app, &mut session, key).await?;
    }
    for token in session.list_revoked_tokens(app.clock.now_ms()).await? {
        app.live.revoke_token(token.token_id, token.expires_at_ms);
    }
    load_signing_keys(app, &mut session).await?;
    drop(session);
    report(app, *applied).await?;
    Ok(())
}

/// Applies what has changed since the last time. When it returns, every change committed before the call counts.
pub(crate) async fn catch_up(app: &App) -> anyhow::Result<()> {
    const BATCH: i64 = 500;
    let mut applied = app.feed.applied_revision.lock().await;
    let before = *applied;
    loop {
        let changes = app.store.read().await?.list_auth_changes(*applied, BATCH).await?;
        for change in &changes {
            apply(app, &change.subject).await?;
            *applied = change.revision;
        }
        if changes.is_empty() {
            break;
        }
    }
    if *applied == before { Ok(()) } else { report(app, *applied).await }
}

/// To be called between the commit of a change of rights and its answer: when it returns, the change counts wherever
/// a token may be presented. `revision` is the last one of the change.
pub(crate) async fn settle(app: &App, revision: i64) -> ApiResult<()> {
    catch_up(app).await.map_err(|error| {
        ApiError::new(
            ErrorCode::Unavailable,
            "The change is written, but was not taken in yet; look at it again before you rely on it",
        )
        .retry_after_s(1)
        .with_cause(error.context(format!("revision {revision}")))
    })
}

/// The live table as a transaction sees it, as far as these claims are concerned: for work that gives rights away, so
/// that a caller whose key is being revoked or narrowed meanwhile gives nothing any more.
pub(crate) async fn table_for(session: &mut Session, claims: &Claims) -> anyhow::Result<LiveTable> {
    let table = LiveTable::new();
    if let Some(account) = session.find_account(claims.account_id).await? {
        table.put_account(account.id, account_state(&account));
    }
    if let Some(key) = session.find_api_key(claims.sub.as_str()).await? {
        let secrets = session.list_api_key_secrets(&key.key_id).await?;
        table.put_key(key_state(session, key, &secrets).await?);
    }
    if let Some(token) = session.find_revoked_token(&claims.jti).await? {
        table.revoke_token(token.token_id, token.expires_at_ms);
    }
    Ok(table)
}

/// Follows the changes of other processes until the server stops.
pub(crate) async fn follow(app: App, stop: tokio_util::sync::CancellationToken) {
    let mut tick = tokio::time::interval(POLL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = catch_up(&app).await {
            tracing::warn!(%error, "changes of rights were not followed; trying again");
        }
    }
}

/// Says how far this process has come, for the commands that wait for it.
async fn report(app: &App, applied_revision: i64) -> anyhow::Result<()> {
    let (process_id, started_at_ms) = (app.feed.process_id, app.feed.started_at_ms);
    let row =
        ServerProcessRow { process_id, applied_revision, started_at_ms, seen_at_ms: app.clock.now_ms() };
    let mut tx = app.store.begin().await?;
    tx.upsert_server_process(&row).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes this process off the list, at its end.
pub(crate) async fn sign_off(app: &App) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    tx.delete_server_process(app.feed.process_id).await?;
    tx.commit().await?;
    Ok(())
}

async fn apply(app: &App, subject: &AuthSubject) -> anyhow::Result<()> {
    let mut session = app.store.read().await?;
    match subject {
        AuthSubject::Account(id) => match session.find_account(*id).await? {
            Some(row) => app.live.put_account(*id, account_state(&row)),
            None => app.live.remove_account(*id),
        },
        AuthSubject::Workspace(id) => apply_workspace(app, &mut session, *id).await?,
        AuthSubject::Key(key_id) => match session.find_api_key(key_id).await? {
            Some(row) => {
                know_peppers_of(app, &mut session, key_id).await?;
                put_key(app, &mut session, row).await?;
            }
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
        AuthSubject::Secrets => {
            app.vault.reload()?;
        }
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

/// Takes over a key with its secrets. The secrets first: a token made from one that is gone is then refused by the key.
async fn put_key(app: &App, session: &mut Session, row: ApiKeyRow) -> anyhow::Result<()> {
    let secrets = session.list_api_key_secrets(&row.key_id).await?;
    let state = key_state(session, row, &secrets).await?;
    let live = secrets.iter().filter(|secret| secret.revoked_at_ms.is_none());
    app.live.put_secrets(state.key_id.clone(), live.filter_map(stored_secret).collect());
    app.live.put_key(state);
    Ok(())
}

async fn key_state(
    session: &mut Session,
    row: ApiKeyRow,
    secrets: &[ApiKeySecretRow],
) -> anyhow::Result<KeyState> {
    let key_id = KeyId::parse(&row.key_id).context("a key's id is not in its form")?;
    let member = session.find_account_member(row.account_id, row.user_id).await?;
    let memberships = session.list_workspace_roles_of_user(row.user_id).await?;
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

/// Reads the secrets file again where a secret was hashed under a pepper that came meanwhile: by a command that was
/// broken off before it could say so.
async fn know_peppers_of(app: &App, session: &mut Session, key_id: &str) -> anyhow::Result<()> {
    let known = app.vault.current().pepper_ids();
    let secrets = session.list_api_key_secrets(key_id).await?;
    let mut live = secrets.iter().filter(|secret| secret.revoked_at_ms.is_none());
    if live.any(|secret| !known.contains(&secret.pepper_id)) {
        app.vault.reload()?;
    }
    Ok(())
}

/// Takes over the signing keys: the active one signs, and all that are published verify.
async fn load_signing_keys(app: &App, session: &mut Session) -> anyhow::Result<()> {
    let (mut verifying, mut published) = (Vec::new(), Vec::new());
    let now_ms = app.clock.now_ms();
    let keys = session.list_signing_keys().await?;
    for row in keys.iter().filter(|row| signing_keys::is_published(row, now_ms)) {
        let jwk: PublicJwk = serde_json::from_str(&row.public_jwk)?;
        verifying.push(VerifyingKey::from_jwk(&jwk)?);
        published.push(jwk);
    }
    // What is accepted changes first, and in any case: also where the key to sign with can't be opened.
    app.verifier.set_keys(verifying);
    let jwks = serde_json::json!({ "keys": published }).to_string();
    *app.jwks.write().unwrap_or_else(std::sync::PoisonError::into_inner) = jwks.into();
    if let Some(active) = keys.iter().find(|row| row.state == SigningKeyState::Active) {
        sign_with(app, active)?;
    }
    let due_ms = signing_keys::due_ms(&keys, app.settings.signing_key_rotation_days);
    app.signing_keys_due_ms.store(due_ms, Ordering::Relaxed);
    Ok(())
}

fn sign_with(app: &App, active: &SigningKeyRow) -> anyhow::Result<()> {
    if app.signing_key.read().unwrap_or_else(std::sync::PoisonError::into_inner).kid() == active.kid {
        return Ok(());
    }
    let key = match signing_keys::open(&app.vault.current(), active) {
        Ok(key) => key,
        // It may be sealed under a key-encryption key that has just come.
        Err(_) => signing_keys::open(&*app.vault.reload()?, active)?,
    };
    *app.signing_key.write().unwrap_or_else(std::sync::PoisonError::into_inner) = key.into();
    Ok(())
}
