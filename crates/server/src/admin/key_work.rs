//! The operator's work on keys: each is one transaction, and waits until a running server has followed it.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_auth::{Claims, KeyLimits, PublicJwk, Verifier, VerifyingKey};
use mudlark_store::{ApiKeyRow, Page, SigningKeyState, Tx};
use mudlark_types::wire::ApiKey;
use mudlark_types::{AccountId, AuditAction, Scope, WorkspaceId};
use serde_json::{Value, json};

use super::Admin;
use super::key_values::Ending;
use crate::app::AUDIENCE;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::create_key::{CreatedKey, KeyRequest, KeyRoles, create_key};
use crate::ops::key_details::{self, KeyDetails};
use crate::ops::key_refusal::{Giver, KeyRefusal};
use crate::ops::revoke;
use crate::ops::rotate_key::{RotatedKey, rotate_key};
use crate::views;

/// A key that the operator asks for.
pub(super) struct NewKey {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) roles: KeyRoles,
    pub(super) scopes: Vec<Scope>,
    pub(super) workspaces: Vec<WorkspaceId>,
    pub(super) networks: Vec<ipnet::IpNet>,
    pub(super) expires: Option<Ending>,
}

/// Makes a key as asked for on the command line.
pub(super) async fn create(admin: &Admin, new: NewKey) -> anyhow::Result<CreatedKey> {
    admin.account_exists(new.account).await?;
    let now_ms = admin.clock.now_ms();
    let expires_at_ms = new.expires.map(|ending| ending.at_ms(now_ms));
    if expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms) {
        bail!("--expires must be in the future");
    }
    let limits = KeyLimits {
        scopes: (!new.scopes.is_empty()).then(|| new.scopes.into_iter().collect()),
        workspace_ids: (!new.workspaces.is_empty()).then(|| new.workspaces.into_iter().collect()),
        networks: (!new.networks.is_empty()).then_some(new.networks),
    };
    let request = KeyRequest::of_operator(new.account, &new.name, new.roles);
    match new_key(admin, KeyRequest { limits, expires_at_ms, ..request }).await {
        Err(error) if matches!(error.downcast_ref(), Some(KeyRefusal::UnknownWorkspace(_))) => {
            Err(error.context("`mudlark workspace list --account ID` shows those there are"))
        }
        outcome => outcome,
    }
}

/// Makes a key, and waits until a running server knows it.
pub(crate) async fn new_key(admin: &Admin, request: KeyRequest<'_>) -> anyhow::Result<CreatedKey> {
    let mut tx = admin.data.store.begin().await?;
    let created = create_key(&admin.clock, &admin.data.vault, &mut tx, request).await?;
    tx.commit().await?;
    admin.wait_for_server(created.revision).await?;
    Ok(created)
}

/// Revokes a key; when this returns, a running server refuses its tokens.
pub(crate) async fn revoke(admin: &Admin, key: &str) -> anyhow::Result<ApiKeyRow> {
    let (mut tx, details) = begin_with(admin, key).await?;
    let revision = revoke::revoke_key(&mut tx, key, admin.clock.now_ms()).await?;
    if details.row.revoked_at_ms.is_none() {
        record(admin, &mut tx, AuditAction::KeyRevoked, details.row.account_id, key, Value::Null).await?;
    }
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    Ok(details.row)
}

/// Revokes one secret of a key.
pub(super) async fn revoke_secret(admin: &Admin, key: &str, version: i64) -> anyhow::Result<()> {
    let (mut tx, details) = begin_with(admin, key).await?;
    if !details.secrets.iter().any(|secret| secret.version == version) {
        bail!("the key has no secret {version}; `mudlark key show {key}` shows those there are");
    }
    let revision = revoke::revoke_secret(&mut tx, key, version, admin.clock.now_ms()).await?;
    let what = json!({ "version": version });
    record(admin, &mut tx, AuditAction::SecretRevoked, details.row.account_id, key, what).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await
}

/// Revokes every token of an account.
pub(super) async fn revoke_all(admin: &Admin, account: AccountId) -> anyhow::Result<()> {
    admin.account_exists(account).await?;
    let mut tx = admin.data.store.begin().await?;
    let revision = revoke::revoke_account_tokens(&mut tx, account, admin.clock.now_ms()).await?;
    let subject = account.to_string();
    record(admin, &mut tx, AuditAction::AccountTokensRevoked, account, &subject, Value::Null).await?;
    tx.commit().await?;
    admin.wait_for_server(revision.context("the account is gone")?).await
}

/// Gives a key a new secret.
pub(super) async fn rotate(admin: &Admin, key: &str, overlap_s: i64) -> anyhow::Result<RotatedKey> {
    let (mut tx, details) = begin_with(admin, key).await?;
    let (vault, now_ms) = (&admin.data.vault, admin.clock.now_ms());
    let rotated = rotate_key(vault, &mut tx, &details, &Giver::Operator, overlap_s, now_ms).await?;
    let what = json!({ "version": rotated.version, "overlap_s": overlap_s });
    record(admin, &mut tx, AuditAction::KeyRotated, details.row.account_id, key, what).await?;
    tx.commit().await?;
    admin.wait_for_server(rotated.revision).await?;
    Ok(rotated)
}

/// A key as the API shows it.
pub(super) async fn view(admin: &Admin, key: &str) -> anyhow::Result<ApiKey> {
    let mut session = admin.data.store.read().await?;
    let row = session.find_api_key(key).await?.with_context(|| no_such_key(key))?;
    let account_id = row.account_id;
    let details = key_details::of_rows(&mut session, account_id, vec![row]).await?;
    let details = details.first().with_context(|| no_such_key(key))?;
    views::api_key(details, admin.clock.now_ms())
}

/// An account's keys as the API shows them.
pub(super) async fn list(admin: &Admin, account: AccountId) -> anyhow::Result<Vec<ApiKey>> {
    admin.account_exists(account).await?;
    let mut session = admin.data.store.read().await?;
    let rows = session.list_api_keys(account, Page::first(i64::MAX)).await?;
    let keys = key_details::of_rows(&mut session, account, rows).await?;
    keys.iter().map(|key| views::api_key(key, admin.clock.now_ms())).collect()
}

/// The line of what the operator does, in its transaction.
async fn record(
    admin: &Admin,
    tx: &mut Tx,
    action: AuditAction,
    account: AccountId,
    subject: &str,
    details: Value,
) -> anyhow::Result<()> {
    let entry = Entry::new(admin.clock.now_ms(), action, account, Actor::operator());
    Ok(audit::record(tx, &admin.data.vault, entry.on(subject).with(details)).await?)
}

/// A transaction that holds the sequence of the key's account, so that changes of keys go one after the other, and
/// the key as it then is.
async fn begin_with(admin: &Admin, key: &str) -> anyhow::Result<(Tx, KeyDetails)> {
    let mut tx = admin.data.store.begin().await?;
    let row = tx.find_api_key(key).await?.with_context(|| no_such_key(key))?;
    tx.next_sequence(row.account_id).await?;
    let details = key_details::find(&mut tx, row.account_id, key).await?;
    Ok((tx, details.with_context(|| no_such_key(key))?))
}

fn no_such_key(key: &str) -> String {
    format!("there is no key {key}; `mudlark key list --account ID` shows those there are")
}

/// No token of ours is as long. *Units*: bytes.
const MAX_TOKEN_INPUT: u64 = 16 * 1024;

/// Reads a token as it is copied: bare, in the quotes of the answer that gave it, or after `Bearer`.
pub(super) fn read_token(input: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    input
        .take(MAX_TOKEN_INPUT)
        .read_to_string(&mut text)
        .context("standard input could not be read as a token")?;
    let text = text.trim().trim_matches('"');
    let token = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if token.is_empty() {
        bail!("no token came on standard input; pipe it in, such as `mudlark key revoke-token < token.txt`");
    }
    Ok(token.to_owned())
}

/// Revokes a token that a server on this folder has signed.
pub(super) async fn revoke_token(admin: &Admin, token: &str) -> anyhow::Result<Arc<Claims>> {
    let now_ms = admin.clock.now_ms();
    // Which address the server goes by is not known here; a signature under one of its keys is proof enough.
    let verifier = Verifier::new(issuer_named_in(token).unwrap_or_default(), AUDIENCE, 1);
    let mut keys = Vec::new();
    for row in admin.data.store.read().await?.list_signing_keys().await? {
        if row.state != SigningKeyState::Revoked {
            keys.push(VerifyingKey::from_jwk(&serde_json::from_str::<PublicJwk>(&row.public_jwk)?)?);
        }
    }
    verifier.set_keys(keys);
    let claims = verifier.verify(token, now_ms).map_err(|reason| {
        anyhow::anyhow!("there is nothing to revoke: no server on this folder accepts the token ({reason})")
    })?;
    let mut tx = admin.data.store.begin().await?;
    if tx.find_api_key(claims.sub.as_str()).await?.is_none() {
        bail!(no_such_key(claims.sub.as_str()));
    }
    let revision = revoke::revoke_token(&mut tx, &claims, now_ms).await?;
    let entry = Entry {
        token_id: Some(claims.jti.clone()),
        ..Entry::new(now_ms, AuditAction::TokenRevoked, claims.account_id, Actor::operator()).on(&claims.sub)
    };
    audit::record(&mut tx, &admin.data.vault, entry).await?;
    tx.commit().await?;
    admin.wait_for_server(revision).await?;
    Ok(claims)
}

/// What a token says that made it, not yet believed.
fn issuer_named_in(token: &str) -> Option<String> {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}
