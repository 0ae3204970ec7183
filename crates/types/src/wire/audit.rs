//! A line of the audit trail on the wire.

use serde::Serialize;
use serde_json::Value;

use crate::{AccountId, AuditAction, AuditOutcome, Timestamp, UserId};

/// Who did what, from where, with which key; whether it was allowed, and if not, why.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// The line's number in the trail. The trail is the server's, so an account sees gaps.
    pub sequence: i64,
    pub at: Timestamp,
    pub action: AuditAction,
    pub outcome: AuditOutcome,
    /// Why it was refused, more exactly than the caller was told.
    #[schema(required)]
    pub reason: Option<String>,
    #[schema(required)]
    pub account_id: Option<AccountId>,
    /// The public id of the key that was used.
    #[schema(required)]
    pub key: Option<String>,
    /// The user that the key acts as.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Where the request came from.
    #[schema(required)]
    pub address: Option<String>,
    /// What the client called itself; anybody may write anything there.
    #[schema(required)]
    pub agent: Option<String>,
    /// The request's `x-request-id`.
    #[schema(required)]
    pub request_id: Option<String>,
    /// The id (`jti`) of the token that was given out, used or revoked.
    #[schema(required)]
    pub token_id: Option<String>,
    /// What it was done to: a key, a workspace, a user, a signing key; for a refused request the operation.
    #[schema(required)]
    pub subject: Option<String>,
    /// What else is known, by action.
    #[schema(required, value_type = Option<Object>)]
    pub details: Option<Value>,
}
