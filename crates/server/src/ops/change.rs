//! The frame of every change a caller makes: one transaction, the account's next sequence number, and the
//! idempotency key that came with the request.

use mudlark_store::Tx;
use mudlark_types::AccountId;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::idempotency_key::{IdempotencyKey, in_progress};

/// A change being made. Dropped before [`Change::commit`], nothing of it has happened.
pub(crate) struct Change {
    pub(crate) tx: Tx,
    /// The account's number for this change; every row it touches takes it.
    pub(crate) sequence: i64,
    pub(crate) now_ms: i64,
}

impl Change {
    /// Begins a change. Taking the account's sequence first also lets the account's writers through one at a time.
    pub(crate) async fn begin(
        app: &App,
        account_id: AccountId,
        idempotency: Option<&IdempotencyKey>,
    ) -> ApiResult<Self> {
        let mut tx = app.store.begin().await?;
        let sequence = tx.next_sequence(account_id).await?;
        // Only now, so that the account's changes have their times in their order.
        let now_ms = app.clock.now_ms();
        if let Some(key) = idempotency
            && !tx.insert_idempotency_key(&key.performed(now_ms)).await?
        {
            return Err(in_progress());
        }
        Ok(Self { tx, sequence, now_ms })
    }

    /// Makes the change durable; when this returns, no crash undoes it.
    pub(crate) async fn commit(self) -> ApiResult<()> {
        self.tx.commit().await.map_err(ApiError::from_store)
    }
}
