//! The line of each key that has ended by itself. The server calls it at its start and every minute.

use mudlark_auth::{AuditChain, Vault};
use mudlark_store::{Store, StoreError};
use mudlark_types::{AuditAction, Timestamp};
use serde_json::json;

use super::{Actor, Entry, append};

/// Writes the lines that are missing.
pub(crate) async fn note(store: &Store, vault: &Vault, now_ms: i64) -> Result<(), StoreError> {
    // Looked at without a transaction first: nearly always there is none.
    if store.read().await?.list_expired_keys_without_line(now_ms).await?.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    let expired = tx.list_expired_keys_without_line(now_ms).await?;
    let line = |(key_id, account_id, expires_at_ms)| {
        let entry = Entry::new(now_ms, AuditAction::KeyExpired, Some(account_id), Actor::server());
        entry.on::<String>(key_id).with(json!({ "expired_at": Timestamp(expires_at_ms) })).into_row()
    };
    let mut lines: Vec<_> = expired.into_iter().map(line).collect();
    append(&mut tx, &AuditChain::new(vault), &mut lines).await?;
    tx.commit().await
}
