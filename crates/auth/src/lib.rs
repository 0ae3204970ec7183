//! Mudlark's credentials: keys and secrets, tokens, the verifier, live state, limits, and the one place that decides
//! rights. No HTTP, no SQL, no clock and no I/O but reading random bytes from the operating system: the server passes
//! the time in, fills the live table from the database, and turns refusals into answers.
//!
//! The way of a request: [`Verifier::verify`] (token to claims) → [`LiveTable::caller`] (claims to caller, as things are
//! now) → [`decide`] (caller and headers to a grant). The way of `POST /auth/token`: [`FailureLock::check`] →
//! [`check_secret`] → [`mint`].

pub mod audit_chain;
pub mod client_address;
#[doc(hidden)]
pub mod fuzzing;
pub mod id_token;
pub mod invite_token;
pub mod key;
pub mod key_limits;
pub mod limits;
pub mod live;
pub mod networks;
pub mod openid_login;
pub mod passkey;
pub mod passkey_challenge;
pub mod password;
pub mod people;
pub mod policy;
pub mod refusal;
pub mod secret;
pub mod secret_check;
pub mod session_token;
pub mod signing;
pub mod token;
pub mod upload_signature;
pub mod vault;
pub mod verifier;
pub mod webhook_secret;

mod base62;
mod key_bytes;
#[cfg(test)]
mod parser_properties;
mod random;
mod strict_json;

pub use audit_chain::{AuditChain, AuditCheck, AuditFault, AuditHead, AuditLine, AuditMac};
pub use id_token::{
    Expected, IdTokenError, Identity, ProviderKeys, check_id_token, read_keys, read_user_info,
};
pub use invite_token::{INVITE_PREFIX, InviteToken};
pub use key::KeyId;
pub use key_limits::{KeyLimits, Limit};
pub use limits::{AddressBlock, FailureLock, LimitKind, Rate, RateLimiter, RetryAfter};
pub use live::{AccountState, Caller, KeyState, LiveSecret, LiveTable, Who, WorkspaceState};
pub use networks::Networks;
pub use openid_login::{LOGIN_PREFIX, OpenIdLogin};
pub use passkey::{Answer, NewPasskey, PasskeyError, PasskeySite, PasskeyUse, StoredKey};
pub use passkey_challenge::{Challenge, ChallengeSigner, GOOD_FOR_MS as CHALLENGE_GOOD_FOR_MS};
pub use password::{MEMORY_PER_CHECK_BYTES, Password, PasswordHashError, WeakPassword};
pub use people::{LiveSession, PersonState, SessionDigest, SignedIn};
pub use policy::{
    Access, AccountPermission, Denial, Excess, Grant, KeyRights, WorkspacePermission, account_roles_allow,
    check_account_state, decide, decide_on_authored, decide_on_review, may_grant,
};
pub use refusal::TokenRefusal;
pub use secret::{SECRET_PATTERN, Secret, has_valid_checksum};
pub use secret_check::{Matched, StoredSecret, check_secret};
pub use session_token::{LINK_PREFIX, LinkToken, SESSION_PREFIX, SessionToken};
pub use signing::{PublicJwk, SigningError, SigningKey, VerifyingKey, install_crypto_provider};
pub use token::{Claims, mint, new_token_id};
pub use upload_signature::UploadSigner;
pub use vault::{Vault, VaultError};
pub use verifier::Verifier;
pub use webhook_secret::{WEBHOOK_SECRET_PREFIX, WebhookSecret};
