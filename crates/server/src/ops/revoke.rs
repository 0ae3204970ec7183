//! Taking away for good: a key, one of its secrets, all tokens of an account, one token. Each answers the revision
//! that every process must have applied before the caller may be told that it is done.

use std::time::Duration;

use mudlark_auth::{Claims, KeyId, Secret, StoredSecret, Vault, check_secret, has_valid_checksum};
use mudlark_store::{ApiKeySecretRow, AuthSubject, RevokedTokenRow, Store, StoreError, Tx};
use mudlark_types::AccountId;

/// Revokes a key and all that was made from it. One that was revoked before is revoked still.
pub(crate) async fn revoke_key(tx: &mut Tx, key_id: &str, now_ms: i64) -> Result<i64, StoreError> {
    tx.update_api_key_revoked(key_id, now_ms).await?;
    // Written also where it was revoked before: whoever is told of it is promised that all have followed.
    tx.record_auth_change(AuthSubject::Key(key_id.to_owned())).await
}

/// Revokes one secret of a key, and the tokens made from it. One that was revoked before is revoked still.
pub(crate) async fn revoke_secret(
    tx: &mut Tx,
    key_id: &str,
    version: i64,
    now_ms: i64,
) -> Result<i64, StoreError> {
    tx.update_api_key_secret_revoked(key_id, version, now_ms).await?;
    tx.record_auth_change(AuthSubject::Key(key_id.to_owned())).await
}

/// Revokes every token of an account. None where there is no such account.
pub(crate) async fn revoke_account_tokens(
    tx: &mut Tx,
    account_id: AccountId,
    now_ms: i64,
) -> Result<Option<i64>, StoreError> {
    if tx.update_account_token_epoch(account_id, now_ms).await?.is_none() {
        return Ok(None);
    }
    tx.record_auth_change(AuthSubject::Account(account_id)).await.map(Some)
}

/// Revokes one token, whose claims must have been verified.
pub(crate) async fn revoke_token(tx: &mut Tx, claims: &Claims, now_ms: i64) -> Result<i64, StoreError> {
    tx.insert_revoked_token(&RevokedTokenRow {
        token_id: claims.jti.clone(),
        key_id: claims.sub.to_string(),
        expires_at_ms: claims.refused_from_ms(),
        revoked_at_ms: now_ms,
    })
    .await?;
    tx.record_auth_change(AuthSubject::Token(claims.jti.clone())).await
}

/// A secret that is good, found by its text.
pub(crate) struct FoundSecret {
    pub(crate) key_id: String,
    pub(crate) version: i64,
}

/// How long a look through all secrets may take. *Why*: it is asked for by anybody. A hundred thousand take a tenth of
/// a second.
pub(crate) const LONGEST_SEARCH: Duration = Duration::from_secs(5);
/// Secrets looked at between two turns of others. *Why* so few: the codes are computed on the runtime's thread.
const BATCH: i64 = 500;

/// The key that a secret is good for. With the key's id it is looked up; without, or with a wrong one, every secret of
/// every key is tried: a code is bound to its key, so there is no index to ask.
///
/// *Why* the checksum goes first: what no Mudlark server made is turned away without any work.
pub(crate) async fn find_leaked_secret(
    store: &Store,
    vault: &Vault,
    key_id: Option<&KeyId>,
    secret: &Secret,
    now_ms: i64,
) -> Result<Option<FoundSecret>, StoreError> {
    if let Some(key_id) = key_id {
        let stored = store.read().await?.list_live_api_key_secrets(key_id.as_str(), now_ms).await?;
        if let Some(found) = stored.iter().find_map(|row| matching(vault, row, secret, now_ms)) {
            return Ok(Some(found));
        }
    }
    if !has_valid_checksum(secret.expose()) {
        return Ok(None);
    }
    let mut after = (String::new(), 0);
    loop {
        let rows =
            store.read().await?.list_live_api_key_secrets_after((&after.0, after.1), now_ms, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        after = (last.key_id.clone(), last.version);
        if let Some(found) = rows.iter().find_map(|row| matching(vault, row, secret, now_ms)) {
            return Ok(Some(found));
        }
        tokio::task::yield_now().await;
    }
}

fn matching(vault: &Vault, row: &ApiKeySecretRow, secret: &Secret, now_ms: i64) -> Option<FoundSecret> {
    let stored = stored_secret(row)?;
    check_secret(vault, &row.key_id, secret.expose(), &[stored], now_ms)
        .map(|matched| FoundSecret { key_id: row.key_id.clone(), version: matched.version })
}

/// What the check of a secret reads of its row.
pub(crate) fn stored_secret(row: &ApiKeySecretRow) -> Option<StoredSecret> {
    Some(StoredSecret {
        version: row.version,
        pepper_id: row.pepper_id,
        mac: row.mac.as_slice().try_into().ok()?,
        expires_at_ms: row.expires_at_ms,
        revoked_at_ms: row.revoked_at_ms,
    })
}
