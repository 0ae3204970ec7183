//! A key's next secret. The one before it lives on for an overlap, so that its users can change over without a failed
//! request; at most two are good at a time.

use mudlark_auth::{KeyId, Secret, Vault};
use mudlark_store::{AuthSubject, Tx};

use crate::ops::give_secret::give_secret;
use crate::ops::key_details::KeyDetails;
use crate::ops::key_refusal::{Giver, KeyRefusal};

/// How long the old secret lives on unless the caller says otherwise. *Units*: seconds.
pub(crate) const DEFAULT_OVERLAP_S: i64 = 24 * 60 * 60;
/// The longest overlap. *Units*: seconds.
pub(crate) const MAX_OVERLAP_S: i64 = 30 * DEFAULT_OVERLAP_S;

/// A new secret as it is shown once.
pub(crate) struct RotatedKey {
    pub(crate) secret: Secret,
    pub(crate) version: i64,
    /// When the secret before it ends; none where no other was good any more. *Units*: Unix milliseconds.
    pub(crate) previous_expires_at_ms: Option<i64>,
    pub(crate) revision: i64,
}

/// Gives the key a new secret, inside a transaction that holds the account's sequence.
///
/// The newest secret that is good lives on for the overlap, or shorter where it was to end earlier; with an overlap of
/// 0 it ends now, and its tokens with it. Any older one ends now in any case.
///
/// *Errors*: [`KeyRefusal`]; a giver is not handed a secret of a key that may do more than itself.
pub(crate) async fn rotate_key(
    vault: &Vault,
    tx: &mut Tx,
    key: &KeyDetails,
    giver: &Giver,
    overlap_s: i64,
    now_ms: i64,
) -> Result<RotatedKey, KeyRefusal> {
    key.check_usable(now_ms)?;
    giver.check(&key.rights(tx).await?)?;
    let key_id = KeyId::parse(&key.row.key_id)
        .ok_or_else(|| KeyRefusal::Damaged(anyhow::anyhow!("a key's id is not in its form")))?;
    let mut live = tx.list_live_api_key_secrets(key_id.as_str(), now_ms).await?;
    let mut previous_expires_at_ms = None;
    if let Some(newest) = live.pop() {
        let end_ms = now_ms + overlap_s * 1000;
        let end_ms = newest.expires_at_ms.map_or(end_ms, |earlier_ms| earlier_ms.min(end_ms));
        if end_ms > now_ms {
            tx.update_api_key_secret_expiry(key_id.as_str(), newest.version, end_ms).await?;
        } else {
            tx.update_api_key_secret_revoked(key_id.as_str(), newest.version, now_ms).await?;
        }
        previous_expires_at_ms = Some(end_ms);
    }
    for older in live {
        tx.update_api_key_secret_revoked(key_id.as_str(), older.version, now_ms).await?;
    }
    let version = key.secrets.last().map_or(0, |last| last.version) + 1;
    let secret = give_secret(vault, tx, &key_id, version, now_ms).await?;
    let revision = tx.record_auth_change(AuthSubject::Key(key_id.to_string())).await?;
    Ok(RotatedKey { secret, version, previous_expires_at_ms, revision })
}
