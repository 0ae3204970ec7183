//! What a request showed of who calls, once it was believed: kept to ask the live table again while the request goes on,
//! and inside its transaction. How it was read from headers is `http`'s matter.

use std::net::IpAddr;
use std::sync::Arc;

use mudlark_auth::{Caller, Claims, LiveTable, SessionDigest, TokenRefusal};
use mudlark_types::{AccountId, UserId};

use crate::error::RefusalFacts;

/// A key's token, or a person's session in one of their accounts.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    Token(Arc<Claims>),
    Session { digest: SessionDigest, user_id: UserId, account_id: AccountId },
}

impl Credential {
    pub(crate) fn account_id(&self) -> AccountId {
        match self {
            Self::Token(claims) => claims.account_id,
            Self::Session { account_id, .. } => *account_id,
        }
    }

    /// The caller, as a live table has them.
    ///
    /// *Errors*: why it is no longer good.
    pub(crate) fn caller(
        &self,
        live: &LiveTable,
        client: Option<IpAddr>,
        now_ms: i64,
    ) -> Result<Caller, TokenRefusal> {
        match self {
            Self::Token(claims) => live.caller(claims, client, now_ms),
            Self::Session { digest, account_id, .. } => {
                live.person_in(live.signed_in(digest, now_ms)?, *account_id)
            }
        }
    }

    /// Whether it is over by its own time, which a live table doesn't know of a token.
    pub(crate) fn is_over(&self, now_ms: i64) -> bool {
        match self {
            Self::Token(claims) => claims.exp.saturating_mul(1000) <= now_ms,
            Self::Session { .. } => false,
        }
    }

    /// What the trail learns of a caller who is known, and still is refused.
    pub(crate) fn facts(&self, reason: &'static str) -> RefusalFacts {
        match self {
            Self::Token(claims) => RefusalFacts {
                reason: Some(reason),
                account_id: Some(claims.account_id),
                key_id: Some(claims.sub.clone()),
                user_id: Some(claims.uid),
                token_id: Some(claims.jti.clone()),
                ..RefusalFacts::default()
            },
            Self::Session { user_id, account_id, .. } => RefusalFacts {
                reason: Some(reason),
                account_id: Some(*account_id),
                user_id: Some(*user_id),
                ..RefusalFacts::default()
            },
        }
    }
}
