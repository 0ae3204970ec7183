//! The one list of public error codes. A code is never renamed and never used again for something else.
//! Which HTTP status a code has is the server's matter (`server/src/error.rs`).

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $text:literal),+ $(,)?) => {
        /// A stable, machine-readable name of what went wrong: the member `code` of an error body.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the published table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// One sentence for the published table.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+),)+ }
            }
        }
    };
}

codes! {
    /// The token is absent, garbled, forged, expired or revoked.
    InvalidToken = "invalid_token",
    /// The key or the secret is wrong, or may not be used (any more, or from there).
    InvalidCredentials = "invalid_credentials",
    /// A request with a session comes from another site's page, or changes something without its `x-csrf-token`.
    CsrfRefused = "csrf_refused",
    /// The operation is for people who have signed in; a key has no session.
    SessionRequired = "session_required",
    /// What is asked for needs a sign-in of the last minutes; sign in again.
    SignInAgain = "sign_in_again",
    /// This way of signing in is not open here.
    SignInWayClosed = "sign_in_way_closed",
    /// The account named in `x-account-id` is not the token's account.
    AccountMismatch = "account_mismatch",
    /// The account is suspended.
    AccountSuspended = "account_suspended",
    /// The account's plan has no API access; only pro and enterprise have.
    PlanWithoutApiAccess = "plan_without_api_access",
    /// The workspace is not in the account, or not open to the caller.
    WorkspaceForbidden = "workspace_forbidden",
    /// The caller's key is narrowed to scopes without the one that the operation needs.
    ScopeMissing = "scope_missing",
    /// The caller lacks a role that the operation needs.
    RoleMissing = "role_missing",
    /// What is to be given, or taken from somebody, goes beyond what the caller's own key has; `fields` names it.
    ExceedsCaller = "exceeds_caller",
    /// The account holds all that its plan allows: of storage, assets, people or keys.
    LimitReached = "limit_reached",
    /// An upload address is altered, expired, or was never given out.
    UploadUrlInvalid = "upload_url_invalid",
    /// A required header is missing.
    HeaderMissing = "header_missing",
    /// A header is given twice or is not in its form.
    HeaderMalformed = "header_malformed",
    /// The body is not in its form: not JSON, not UTF-8, nested too deep, a broken multipart.
    BodyMalformed = "body_malformed",
    /// A field of the input is missing or not acceptable; `fields` names it.
    InvalidInput = "invalid_input",
    /// `grant_type` is not one that the server knows; it knows `client_credentials`.
    UnsupportedGrantType = "unsupported_grant_type",
    /// A scope that was asked for is unknown, or the key does not have it.
    InvalidScope = "invalid_scope",
    /// There is no such path.
    RouteNotFound = "route_not_found",
    /// There is no such thing, or none that the caller may know of.
    NotFound = "not_found",
    /// The path exists, but not with this method; `Allow` names those it has.
    MethodNotAllowed = "method_not_allowed",
    /// The client took too long to send its request.
    RequestTimeout = "request_timeout",
    /// Something else already has this name in this place.
    NameTaken = "name_taken",
    /// The thing is in a state that does not allow this.
    Conflict = "conflict",
    /// The upload address was used already: its bytes have arrived.
    UploadAlreadyReceived = "upload_already_received",
    /// The bytes of this upload have not arrived yet.
    UploadNotReceived = "upload_not_received",
    /// The upload was already made into an asset.
    UploadAlreadyUsed = "upload_already_used",
    /// A request with this idempotency key is still being worked on.
    IdempotencyInProgress = "idempotency_in_progress",
    /// A request with this idempotency key was begun and its outcome was not recorded; look before trying again with a new key.
    IdempotencyOutcomeUnknown = "idempotency_outcome_unknown",
    /// A request with this idempotency key was carried out; its answer held a secret, which is shown once and not kept.
    SecretShownOnce = "secret_shown_once",
    /// The idempotency key was used with another request.
    IdempotencyKeyReused = "idempotency_key_reused",
    /// `If-Match` names a state that is no longer current.
    PreconditionFailed = "precondition_failed",
    /// Somebody else holds the lock of the asset, or of one in the folder; `lock` says who, and until when.
    AssetLocked = "asset_locked",
    /// The lease that `x-lock-fence` names is over.
    LockFenceStale = "lock_fence_stale",
    /// The file is no archive that can be read, or is damaged, or breaks off.
    ArchiveUnreadable = "archive_unreadable",
    /// The archive has too many entries, or unpacks to far more than its length.
    ArchiveTooLarge = "archive_too_large",
    /// The entry of an archive is no file or folder, or is encrypted, or compressed in a way that is not read here.
    EntryUnsupported = "entry_unsupported",
    /// An entry of the archive before it has the same name, perhaps in another case.
    EntryRepeated = "entry_repeated",
    /// The body is larger than this operation takes.
    BodyTooLarge = "body_too_large",
    /// The body's content type is not one that this operation reads.
    UnsupportedMediaType = "unsupported_media_type",
    /// The range lies outside the content.
    RangeNotSatisfiable = "range_not_satisfiable",
    /// Too many attempts; `Retry-After` says when to try again.
    TooManyRequests = "too_many_requests",
    /// The server's disk is full; nothing was kept of this request.
    StorageFull = "storage_full",
    /// The audit trail can't be written just now, and no token is given out without its line; try again.
    AuditUnavailable = "audit_unavailable",
    /// The server can't do this just now; try again.
    Unavailable = "unavailable",
    /// Something went wrong in the server; its log has more under the request id.
    Internal = "internal",
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own_snake_case_word() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }
}
