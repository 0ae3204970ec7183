//! Answers kept for requests that may be sent again under the same key.

use mudlark_types::{AccountId, UserId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row, text_enum};

text_enum! {
    /// How far the first request has come.
    pub enum IdempotencyState {
        /// It is being carried out.
        Started = "started",
        /// Its answer is kept.
        Completed = "completed",
    }
}

row! {
    /// A key, and the answer once there is one.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdempotencyKeyRow from "i" as idempotency_columns {
        /// The account of the request.
        account_id: AccountId,
        /// Who sent it.
        user_id: UserId,
        /// The key, as sent.
        key: String,
        /// The operation it was sent to.
        operation: String,
        /// How far it has come.
        state: IdempotencyState,
        /// A digest of the payload; none while the payload is still coming in.
        fingerprint: Option<Vec<u8>>,
        /// The answer's HTTP status.
        status: Option<i64>,
        /// The answer's headers, as the caller writes them.
        headers: Option<String>,
        /// The answer's body.
        body: Option<Vec<u8>>,
        /// When the first request came.
        created_at_ms: i64,
        /// When the key is forgotten.
        expires_at_ms: i64,
    }
}

/// What a key is taken with.
#[derive(Clone, Debug)]
pub struct NewIdempotencyKey {
    /// The account of the request.
    pub account_id: AccountId,
    /// Who sends it.
    pub user_id: UserId,
    /// The key, as sent.
    pub key: String,
    /// The operation it is sent to.
    pub operation: String,
    /// A digest of the payload, if known by now.
    pub fingerprint: Option<Vec<u8>>,
    /// When the request came.
    pub created_at_ms: i64,
    /// When the key is forgotten.
    pub expires_at_ms: i64,
}

/// An answer to keep.
#[derive(Clone, Debug)]
pub struct IdempotentAnswer<'a> {
    /// A digest of the payload; none leaves what was given at the start.
    pub fingerprint: Option<&'a [u8]>,
    /// The HTTP status.
    pub status: i64,
    /// The headers, as the caller writes them.
    pub headers: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Session {
    /// The user's key, unless it has expired by now.
    pub async fn find_idempotency_key(
        &mut self,
        user_id: UserId,
        key: &str,
        now_ms: i64,
    ) -> Result<Option<IdempotencyKeyRow>> {
        let sql = concat!(
            "SELECT ",
            idempotency_columns!(),
            " FROM idempotency_keys i WHERE i.user_id = $1 AND i.key = $2 AND i.expires_at_ms > $3"
        );
        self.fetch_optional(sql, params![user_id, key, now_ms]).await
    }
}

impl Tx {
    /// Takes a key. Answers false when the user has it already; an expired one is taken over.
    pub async fn insert_idempotency_key(&mut self, key: &NewIdempotencyKey) -> Result<bool> {
        let sql = "INSERT INTO idempotency_keys (account_id, user_id, key, operation, state, fingerprint, \
                   created_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, 'started', $5, $6, $7) \
                   ON CONFLICT (user_id, key) DO UPDATE SET account_id = excluded.account_id, \
                   operation = excluded.operation, state = 'started', fingerprint = excluded.fingerprint, \
                   status = NULL, headers = NULL, body = NULL, \
                   created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms \
                   WHERE idempotency_keys.expires_at_ms <= excluded.created_at_ms";
        let params = params![
            key.account_id,
            key.user_id,
            &key.key,
            &key.operation,
            key.fingerprint.as_deref(),
            key.created_at_ms,
            key.expires_at_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Keeps the answer. Answers false when the key is unknown or has an answer already.
    pub async fn complete_idempotency_key(
        &mut self,
        user_id: UserId,
        key: &str,
        answer: &IdempotentAnswer<'_>,
    ) -> Result<bool> {
        let sql = "UPDATE idempotency_keys SET state = 'completed', fingerprint = COALESCE($3, fingerprint), \
                   status = $4, headers = $5, body = $6 WHERE user_id = $1 AND key = $2 AND state = 'started'";
        let params = params![user_id, key, answer.fingerprint, answer.status, answer.headers, answer.body];
        self.execute_one(sql, params).await
    }

    /// Gives a key back, so that the request may be tried again. Answers whether the user had it.
    pub async fn delete_idempotency_key(&mut self, user_id: UserId, key: &str) -> Result<bool> {
        let sql = "DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2";
        self.execute_one(sql, params![user_id, key]).await
    }

    /// Forgets keys that have expired by now. Answers how many.
    pub async fn delete_expired_idempotency_keys(&mut self, now_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM idempotency_keys WHERE expires_at_ms <= $1", params![now_ms]).await
    }
}
