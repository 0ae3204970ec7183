//! Everything the API can refuse, and the only place where a refusal gets its HTTP status.
//! An [`ApiError`] has a public half (code, message, fields) and a private one (the cause), which is logged once
//! by `http::edge` and never sent. *Source*: wire contract, section 1, "Error body".

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::KeyId;
use mudlark_blobs::BlobError;
use mudlark_store::StoreError;
use mudlark_types::wire::Lock;
use mudlark_types::{AccountId, ErrorCode, UserId};
use serde::Serialize;

/// One field of the input that is not acceptable.
#[derive(Clone, Debug, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub(crate) struct FieldError {
    /// The member, parameter or header.
    pub(crate) field: String,
    /// What it must be.
    pub(crate) message: String,
}

/// A refusal on its way to the client. Boxed: most results are none, and should stay small.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Refusal>);

#[derive(Debug)]
struct Refusal {
    code: ErrorCode,
    message: Cow<'static, str>,
    fields: Vec<FieldError>,
    headers: HeaderMap,
    /// The name that RFC 6749 has for it, on an operation of that RFC.
    oauth_error: Option<&'static str>,
    /// What is in the way, where it is a lock.
    lock: Option<Lock>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    facts: RefusalFacts,
}

/// What is known of a refusal and not told to the caller: for the audit trail, and for when the answer may go.
#[derive(Debug, Default)]
pub(crate) struct RefusalFacts {
    /// Why, more exactly than the code says; the code where there is none.
    pub(crate) reason: Option<&'static str>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) key_id: Option<KeyId>,
    pub(crate) user_id: Option<UserId>,
    pub(crate) token_id: Option<String>,
    /// Where credentials were refused, since when they were looked at: the answer is held back by it.
    pub(crate) looked_at_since: Option<Instant>,
}

/// The challenge where credentials were sent, and are no good.
const TOKEN_REFUSED: &str = r#"Bearer realm="mudlark", error="invalid_token""#;

pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// The status of each code.
pub(crate) fn status_of(code: ErrorCode) -> StatusCode {
    use ErrorCode as C;
    match code {
        C::InvalidToken | C::InvalidCredentials => StatusCode::UNAUTHORIZED,
        C::AccountMismatch
        | C::CsrfRefused
        | C::SessionRequired
        | C::SignInAgain
        | C::SignInWayClosed
        | C::AccountSuspended
        | C::PlanWithoutApiAccess
        | C::WorkspaceForbidden
        | C::ScopeMissing
        | C::RoleMissing
        | C::ExceedsCaller
        | C::LimitReached
        | C::UploadUrlInvalid => StatusCode::FORBIDDEN,
        C::HeaderMissing
        | C::HeaderMalformed
        | C::BodyMalformed
        | C::ArchiveUnreadable
        | C::EntryUnsupported
        | C::InvalidInput
        | C::UnsupportedGrantType
        | C::InvalidScope => StatusCode::BAD_REQUEST,
        C::RouteNotFound | C::NotFound => StatusCode::NOT_FOUND,
        C::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        C::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        C::NameTaken
        | C::EntryRepeated
        | C::Conflict
        | C::UploadAlreadyReceived
        | C::UploadNotReceived
        | C::UploadAlreadyUsed
        | C::IdempotencyInProgress
        | C::IdempotencyOutcomeUnknown
        | C::SecretShownOnce => StatusCode::CONFLICT,
        C::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        C::AssetLocked => StatusCode::LOCKED,
        C::PreconditionFailed | C::LockFenceStale => StatusCode::PRECONDITION_FAILED,
        C::BodyTooLarge | C::ArchiveTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        C::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        C::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        C::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        C::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        C::AuditUnavailable | C::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        C::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status's reason phrase: the member `error` of every error body.
pub(crate) fn reason_phrase(code: ErrorCode) -> &'static str {
    status_of(code).canonical_reason().unwrap_or("Error")
}

impl ApiError {
    /// A refusal with a code and one sentence for the caller.
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let (message, fields, headers) = (message.into(), Vec::new(), HeaderMap::new());
        Self(Box::new(Refusal {
            code,
            message,
            fields,
            headers,
            oauth_error: None,
            lock: None,
            cause: None,
            facts: RefusalFacts::default(),
        }))
    }

    /// 401 for a token. *Source*: the API's authentication page gives the body; RFC 6750, section 3 the header.
    pub(crate) fn invalid_token(one_was_sent: bool) -> Self {
        let challenge = if one_was_sent { TOKEN_REFUSED } else { r#"Bearer realm="mudlark""# };
        Self::new(ErrorCode::InvalidToken, "Invalid or expired token")
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// 401 for a session: the same code as for a token, in words for people.
    pub(crate) fn signed_out() -> Self {
        Self::new(ErrorCode::InvalidToken, "You are not signed in, or your session has ended; sign in again")
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(TOKEN_REFUSED))
    }

    /// 400 for one field of the input. The message names the field and what it must be.
    pub(crate) fn invalid_field(field: &str, must: impl fmt::Display) -> Self {
        let must = must.to_string();
        let mut error = Self::new(ErrorCode::InvalidInput, format!("`{field}` {must}"));
        error.0.fields.push(FieldError { field: field.to_owned(), message: must });
        error
    }

    /// 404 for a thing that is not there, or not for this caller: the same words for both.
    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what} in this workspace"))
    }

    /// 500: the caller learns nothing but the request id.
    pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something went wrong in the server; its log has more under this request_id",
        )
        .with_cause(cause)
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Names a field of the input, beside a code that is not `invalid_input`.
    pub(crate) fn with_field(mut self, field: &str, message: impl Into<String>) -> Self {
        self.0.fields.push(FieldError { field: field.to_owned(), message: message.into() });
        self
    }

    /// Says which lock is in the way.
    pub(crate) fn with_lock(mut self, lock: Lock) -> Self {
        self.0.lock = Some(lock);
        self
    }

    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.0.lock.as_ref()
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The body's member `error` becomes this name instead of the status's reason phrase. *Source*: RFC 6749, 5.2.
    pub(crate) fn with_oauth_error(mut self, name: &'static str) -> Self {
        self.0.oauth_error = Some(name);
        self
    }

    pub(crate) fn oauth_error(&self) -> Option<&'static str> {
        self.0.oauth_error
    }

    /// Adds `Retry-After`. *Units*: whole seconds, at least 1 (RFC 9110, section 10.2.3).
    pub(crate) fn retry_after_s(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// Says more for the audit trail.
    pub(crate) fn audited(mut self, facts: RefusalFacts) -> Self {
        self.0.facts = facts;
        self
    }

    /// Says why for the audit trail.
    pub(crate) fn because(mut self, reason: &'static str) -> Self {
        self.0.facts.reason = Some(reason);
        self
    }

    /// What the audit trail learns.
    pub(crate) fn facts(&self) -> &RefusalFacts {
        &self.0.facts
    }

    /// 503: the line of what was asked for can't be written, so it isn't done.
    pub(crate) fn audit_unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(
            ErrorCode::AuditUnavailable,
            "The audit trail can't be written just now, and no token is given out without its line; try again",
        )
        .retry_after_s(1)
        .with_cause(cause)
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The refusal, for those who look after the server.
    pub(crate) fn described(&self) -> anyhow::Error {
        anyhow::anyhow!("{}: {}", self.message(), self.cause_chain().unwrap_or_default())
    }

    /// The private half: each cause of the chain, outermost first, for the log alone.
    pub(crate) fn cause_chain(&self) -> Option<String> {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(self.0.cause.as_deref()?);
        let mut chain = String::new();
        while let Some(error) = next {
            if !chain.is_empty() {
                chain.push_str(": ");
            }
            chain.push_str(&error.to_string());
            next = error.source();
        }
        Some(chain)
    }

    /// What a failing database means for the caller, where the situation has no meaning of its own to the operation.
    /// An operation that knows better (a name taken, say) looks at the error first.
    pub(crate) fn from_store(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::storage_full().with_cause(error),
            StoreError::Busy | StoreError::Unavailable(_) => {
                Self::new(ErrorCode::Unavailable, "The database can't be reached just now; try again")
                    .retry_after_s(1)
                    .with_cause(error)
            }
            other => Self::internal(other),
        }
    }

    /// What failing storage means for the caller.
    pub(crate) fn from_blobs(error: BlobError) -> Self {
        match error {
            BlobError::Full { .. } => Self::storage_full().with_cause(error),
            BlobError::Unavailable { .. } => {
                Self::new(ErrorCode::Unavailable, "The files' storage can't be reached just now; try again")
                    .retry_after_s(2)
                    .with_cause(error)
            }
            other => Self::internal(other),
        }
    }

    fn storage_full() -> Self {
        Self::new(ErrorCode::StorageFull, "The server's disk is full; nothing was kept of this request")
    }
}

/// The error travels to `http::edge` in the response's extensions; there it gets its body, once the request id
/// and the form the client accepts are known.
impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_of(self.0.code);
        *response.headers_mut() = std::mem::take(&mut self.0.headers);
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// For `?` where the database's situation has no meaning of its own.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::from_store(error)
    }
}

/// For `?` where the storage's situation has no meaning of its own.
impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        Self::from_blobs(error)
    }
}
