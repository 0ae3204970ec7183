//! From what a request shows of who calls to a caller who is let in, or a refusal: a token, or a person's session by its
//! cookie. `guard` calls this before anything of the request but its head is read; what is allowed, `mudlark_auth::decide`
//! says. *Source*: wire contract, section 1, "Order of answers".

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use mudlark_auth::{Access, Caller, Denial, Grant, SessionToken, SignedIn, TokenRefusal, decide};
use mudlark_types::{AccountId, ErrorCode};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::denials::{denial_reason, denied};
use crate::http::guard::client_of;
use crate::http::id_headers::{optional_id, required_headers};
use crate::http::session_cookie;
use crate::ops;
use crate::ops::credential::Credential;
use crate::ops::limits;

/// A caller with what was granted.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(super) access: Access,
    pub(super) grant: Grant,
    /// What was presented, and from where: for asking once more inside a transaction.
    pub(super) credential: Credential,
    pub(super) client: Option<IpAddr>,
}

/// A person who has signed in, by what their browser showed: for what concerns the session itself.
pub(super) struct AdmittedPerson {
    pub(super) signed_in: SignedIn,
    pub(super) token: SessionToken,
}

/// Who was let in.
pub(super) enum Admission {
    /// Anybody.
    Open,
    Caller(Admitted),
    Person(AdmittedPerson),
}

pub(super) fn admit(app: &App, access: Access, request: &Request) -> ApiResult<Admission> {
    if matches!(access, Access::Public | Access::SignedUrl) {
        return Ok(Admission::Open);
    }
    let (headers, client) = (request.headers(), client_of(request));
    // Whoever sends a token means it, whatever the browser adds.
    let session = if headers.contains_key(header::AUTHORIZATION) {
        None
    } else {
        session_cookie::read(&app.settings, headers)?
    };
    let admission = match session {
        Some(token) => decide_on_session(app, access, token, request.method(), headers),
        None => decide_on_token(app, access, headers, client).map(Admission::Caller),
    };
    // Last of all: were the process stopped before this, what it decided by may be over by now.
    app.feed.check_lease()?;
    let admission = admission?;
    let now_ms = app.clock.now_ms();
    match &admission {
        Admission::Open => {}
        Admission::Person(person) => ops::session_use::note(app, &person.signed_in, now_ms),
        Admission::Caller(Admitted { caller, .. }) => match caller.signed_in() {
            Some(signed_in) => ops::session_use::note(app, signed_in, now_ms),
            None => ops::key_use::note(app, caller, client, now_ms),
        },
    }
    Ok(admission)
}

fn decide_on_session(
    app: &App,
    access: Access,
    token: SessionToken,
    method: &Method,
    headers: &HeaderMap,
) -> ApiResult<Admission> {
    let now_ms = app.clock.now_ms();
    let digest = token.digest();
    let signed_in = app.live.signed_in(&digest, now_ms).map_err(session_refused)?;
    session_cookie::check_csrf(&app.settings, &token, method, headers)?;
    if access == Access::Session {
        return Ok(Admission::Person(AdmittedPerson { signed_in, token }));
    }
    let (account, workspace) = required_headers(access, headers)?;
    let user_id = signed_in.person.user_id;
    let account_id = account_of(&signed_in, account, headers)?;
    let credential = Credential::Session { digest, user_id, account_id };
    let refuse = |denial| denied(denial).audited(credential.facts(denial_reason(denial)));
    let caller = app.live.person_in(signed_in, account_id).map_err(|_| refuse(Denial::OtherAccount))?;
    limits::check_api(app, &caller, now_ms)
        .map_err(|error| error.audited(credential.facts("too_many_requests")))?;
    let grant = decide(access, &caller, account, workspace, &app.live).map_err(refuse)?;
    Ok(Admission::Caller(Admitted { caller, access, grant, credential, client: None }))
}

/// The account that a person acts in. Where the operation asks for no account it is the one of the header all the same, and
/// may be left out by those who have one only.
fn account_of(signed_in: &SignedIn, account: Option<AccountId>, headers: &HeaderMap) -> ApiResult<AccountId> {
    let named = match account {
        Some(id) => Some(id),
        None => optional_id(headers, "x-account-id")?,
    };
    let mut own = signed_in.person.account_roles.keys();
    match (named, own.next(), own.next()) {
        (Some(id), _, _) | (None, Some(&id), None) => Ok(id),
        (None, None, _) => Err(denied(Denial::OtherAccount)),
        (None, Some(_), Some(_)) => Err(ApiError::new(
            ErrorCode::HeaderMissing,
            "The header x-account-id is required: you belong to several accounts",
        )),
    }
}

fn session_refused(refusal: TokenRefusal) -> ApiError {
    ApiError::signed_out().because(refusal.as_str()).with_cause(refusal)
}

fn decide_on_token(
    app: &App,
    access: Access,
    headers: &HeaderMap,
    client: Option<IpAddr>,
) -> ApiResult<Admitted> {
    let now_ms = app.clock.now_ms();
    let token = bearer_token(headers)?;
    let claims =
        app.verifier.verify(token, now_ms).map_err(|refusal| refused(refusal).because(refusal.as_str()))?;
    let credential = Credential::Token(claims);
    let caller = credential
        .caller(&app.live, client, now_ms)
        .map_err(|refusal| refused(refusal).audited(credential.facts(refusal.as_str())))?;
    limits::check_api(app, &caller, now_ms)
        .map_err(|error| error.audited(credential.facts("too_many_requests")))?;
    let (account, workspace) = required_headers(access, headers)?;
    let grant = decide(access, &caller, account, workspace, &app.live)
        .map_err(|denial| denied(denial).audited(credential.facts(denial_reason(denial))))?;
    Ok(Admitted { caller, access, grant, credential, client })
}

pub(super) fn refused(refusal: TokenRefusal) -> ApiError {
    ApiError::invalid_token(true).with_cause(refusal)
}

/// The token of `Authorization: Bearer …`; the scheme in any case. *Source*: RFC 6750, section 2.1.
pub(super) fn bearer_token(headers: &HeaderMap) -> ApiResult<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| ApiError::invalid_token(false).because("no_token"))?;
    let refuse = || ApiError::invalid_token(true).because("malformed_authorization");
    if values.next().is_some() {
        return Err(refuse());
    }
    let (scheme, token) = value.to_str().map_err(|_| refuse())?.split_once(' ').ok_or_else(refuse)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_matches(' ')) } else { Err(refuse()) }
}
