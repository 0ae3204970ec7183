//! Keeps the live table as the database has it: read whole at start-up, then change by change from the log of
//! changes that every writer of rights appends to. Changes of this process are followed before it answers, those of
//! others at once where the database tells of them, and within 200 ms in any case (`processes`).

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use anyhow::Context;
use mudlark_auth::{
    AccountState, KeyId, KeyState, LiveSecret, LiveTable, PublicJwk, VerifyingKey, WorkspaceState,
};
use mudlark_store::{
    AccountRow, ApiKeyRow, ApiKeySecretRow, AuthSubject, Session, SigningKeyRow, SigningKeyState, StoreError,
};
use mudlark_types::{AccountRoles, ErrorCode, UserId, WorkspaceId, WorkspaceRoles};
use uuid::Uuid;

use crate::app::App;
use crate::config::Settings;
use crate::error::{ApiError, ApiResult};
use crate::lease::Lease;
use crate::live_people;
use crate::ops::credential::Credential;
use crate::ops::revoke::stored_secret;
use crate::ops::{key_limits, signing_keys};
pub(crate) use crate::processes::settle;

/// How far this process has followed the log, and its right to decide.
pub(crate) struct LiveFeed {
    pub(crate) process_id: Uuid,
    pub(crate) started_at_ms: i64,
    pub(crate) lease: Lease,
    /// Held while changes are being applied, so that each waits until those before it are.
    applied_revision: tokio::sync::Mutex<i64>,
}

impl LiveFeed {
    /// `shares`: whether other processes may share the database, so that a lease is needed.
    pub(crate) fn new(process_id: Uuid, started_at_ms: i64, shares: bool) -> Self {
        let lease = if shares { Lease::lapsed() } else { Lease::lasting() };
        Self { process_id, started_at_ms, lease, applied_revision: tokio::sync::Mutex::new(0) }
    }

    /// The last revision that counts here.
    pub(crate) async fn applied_revision(&self) -> i64 {
        *self.applied_revision.lock().await
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

/// Reads everything: at start-up, and where the log no longer reaches back to where this process was.
pub(crate) async fn load(app: &App) -> anyhow::Result<()> {
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
    let mut secrets: HashMap<String, Vec<ApiKeySecretRow>> = HashMap::new();
    for secret in session.list_all_api_key_secrets().await? {
        secrets.entry(secret.key_id.clone()).or_default().push(secret);
    }
    let mut roles: HashMap<UserId, UserRoles> = HashMap::new();
    for (user_id, account) in session.list_account_roles_of_keys().await? {
        roles.entry(user_id).or_default().account = account;
    }
    for (user_id, workspace_id, of_workspace) in session.list_workspace_roles_of_keys().await? {
        roles.entry(user_id).or_default().workspaces.insert(workspace_id, of_workspace);
    }
    live_people::load(&mut session, &app.settings, &live).await?;
    for key in session.list_all_api_keys().await? {
        let secrets = secrets.remove(&key.key_id).unwrap_or_default();
        know_peppers_of(app, &secrets)?;
        let roles = roles.get(&key.user_id).cloned().unwrap_or_default();
        put_key(&live, &key, roles, &secrets)?;
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

/// The live table as a transaction sees it, as far as this credential and this workspace are concerned: for work that gives
/// rights away, so that a caller whose key is being revoked or narrowed meanwhile gives nothing any more.
pub(crate) async fn table_for(
    session: &mut Session,
    settings: &Settings,
    credential: &Credential,
    workspace: Option<WorkspaceId>,
) -> anyhow::Result<LiveTable> {
    let table = LiveTable::new();
    let account_id = credential.account_id();
    if let Some(id) = workspace
        && let Some(row) = session.find_workspace(account_id, id).await?
    {
        table.put_workspace(id, WorkspaceState { account_id: row.account_id, deleted: false });
    }
    if let Some(account) = session.find_account(account_id).await? {
        table.put_account(account.id, account_state(&account));
    }
    let claims = match credential {
        Credential::Token(claims) => claims,
        Credential::Session { user_id, .. } => {
            table.put_person(live_people::read(session, settings, *user_id).await?);
            return Ok(table);
        }
    };
    if let Some(key) = session.find_api_key(claims.sub.as_str()).await? {
        let secrets = session.list_api_key_secrets(&key.key_id).await?;
        let roles = UserRoles::of_key(session, &key).await?;
        table.put_key(key_state(&key, roles, &secrets)?);
    }
    if let Some(token) = session.find_revoked_token(&claims.jti).await? {
        table.revoke_token(token.token_id, token.expires_at_ms);
    }
    Ok(table)
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
            Some(row) => {
                let secrets = session.list_api_key_secrets(key_id).await?;
                know_peppers_of(app, &secrets)?;
                let roles = UserRoles::of_key(&mut session, &row).await?;
                put_key(&app.live, &row, roles, &secrets)?;
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
        AuthSubject::Person(id) => {
            app.live.put_person(live_people::read(&mut session, &app.settings, *id).await?);
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
    AccountState {
        plan: row.plan,
        suspended: row.suspended_at_ms.or(row.closed_at_ms).is_some(),
        token_epoch: row.token_epoch,
    }
}

/// The roles that a key's user has by membership.
#[derive(Clone, Default)]
struct UserRoles {
    account: AccountRoles,
    workspaces: HashMap<WorkspaceId, WorkspaceRoles>,
}

impl UserRoles {
    async fn of_key(session: &mut Session, row: &ApiKeyRow) -> Result<Self, StoreError> {
        let member = session.find_account_member(row.account_id, row.user_id).await?;
        let workspaces = session.list_workspace_roles_of_user(row.user_id).await?;
        Ok(Self {
            account: member.map(|member| member.roles).unwrap_or_default(),
            workspaces: workspaces.into_iter().collect(),
        })
    }
}

/// Takes over a key with its secrets. The secrets first: a token made from one that is gone is then refused by the key.
fn put_key(
    table: &LiveTable,
    row: &ApiKeyRow,
    roles: UserRoles,
    secrets: &[ApiKeySecretRow],
) -> anyhow::Result<()> {
    let state = key_state(row, roles, secrets)?;
    let live = secrets.iter().filter(|secret| secret.revoked_at_ms.is_none());
    table.put_secrets(state.key_id.clone(), live.filter_map(stored_secret).collect());
    table.put_key(state);
    Ok(())
}

fn key_state(row: &ApiKeyRow, roles: UserRoles, secrets: &[ApiKeySecretRow]) -> anyhow::Result<KeyState> {
    let key_id = KeyId::parse(&row.key_id).context("a key's id is not in its form")?;
    let limits = key_limits::of_row(row)?;
    Ok(KeyState {
        key_id,
        limits,
        account_id: row.account_id,
        user_id: row.user_id,
        account_roles: roles.account,
        workspace_roles: row.workspace_roles,
        memberships: roles.workspaces,
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
fn know_peppers_of(app: &App, secrets: &[ApiKeySecretRow]) -> anyhow::Result<()> {
    let known = app.vault.current().pepper_ids();
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
