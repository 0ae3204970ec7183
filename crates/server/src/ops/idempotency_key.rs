//! An idempotency key on its way from the request to the transaction of its effect. Reading it and answering
//! repeated requests is `http::idempotency`'s.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use mudlark_store::NewIdempotencyKey;
use mudlark_types::{AccountId, ErrorCode, UserId};

use crate::error::ApiError;

/// How long an answer is kept. *Units*: milliseconds.
const KEEP_MS: i64 = 24 * 60 * 60 * 1000;

/// A running digest of a request's payload, by which a repeated request is known. Multipart is digested part by
/// part, since each attempt of a client has another boundary.
#[derive(Clone)]
pub(crate) struct Fingerprint(Arc<Mutex<Context>>);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Context::new(&SHA256))))
    }

    /// Adds a piece, with its length before it, so that pieces can't run into each other.
    pub(crate) fn add(&self, piece: &[u8]) {
        let mut context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        context.update(&(piece.len() as u64).to_be_bytes());
        context.update(piece);
    }

    /// The digest of what was added so far.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finish().as_ref().to_vec()
    }
}

/// A key on its way to the transaction that it goes with.
#[derive(Clone)]
pub(crate) struct IdempotencyKey {
    pub(crate) account_id: AccountId,
    pub(crate) user_id: UserId,
    pub(crate) key: String,
    /// Method and address.
    pub(crate) operation: String,
    pub(crate) fingerprint: Fingerprint,
}

impl IdempotencyKey {
    /// What the transaction of the effect writes down.
    pub(crate) fn performed(&self, now_ms: i64) -> NewIdempotencyKey {
        NewIdempotencyKey {
            account_id: self.account_id,
            user_id: self.user_id,
            key: self.key.clone(),
            operation: self.operation.clone(),
            fingerprint: Some(self.fingerprint.digest()),
            created_at_ms: now_ms,
            expires_at_ms: now_ms + KEEP_MS,
        }
    }
}

/// The refusal of a key that another request is using at this moment, here or in another process.
pub(crate) fn in_progress() -> ApiError {
    ApiError::new(
        ErrorCode::IdempotencyInProgress,
        "A request with this Idempotency-Key is still being worked on; try again shortly",
    )
    .retry_after_s(1)
}
