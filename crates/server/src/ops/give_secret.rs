//! A new secret for a key, kept as its code alone. Called when a key is made and when it is rotated.

use mudlark_auth::{KeyId, Secret, Vault};
use mudlark_store::{NewApiKeySecret, StoreError, Tx};

/// Makes a secret without an end, under the newest pepper, as this version of the key's. To be shown once.
pub(crate) async fn give_secret(
    vault: &Vault,
    tx: &mut Tx,
    key_id: &KeyId,
    version: i64,
    now_ms: i64,
) -> Result<Secret, StoreError> {
    let secret = Secret::generate();
    let (pepper_id, mac) = vault.newest_mac(key_id, secret.expose());
    tx.insert_api_key_secret(&NewApiKeySecret {
        key_id: key_id.to_string(),
        version,
        pepper_id,
        mac: mac.to_vec(),
        expires_at_ms: None,
        created_at_ms: now_ms,
    })
    .await?;
    Ok(secret)
}
