//! The body of every refusal: the documented `error` and `message`, and ours; or the same facts as RFC 9457.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use mudlark_types::ErrorCode;
use mudlark_types::wire::Lock;
use serde::Serialize;

use crate::error::{ApiError, FieldError, reason_phrase, status_of};

/// What a refusal says.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErrorBody<'a> {
    /// The status's reason phrase.
    #[schema(example = "Unauthorized")]
    error: &'a str,
    /// One sentence for people.
    #[schema(example = "Invalid or expired token")]
    message: &'a str,
    /// A stable name for programs; `docs/errors.md` lists them.
    #[schema(value_type = String, example = "invalid_token")]
    code: ErrorCode,
    /// The same as the header `x-request-id`.
    request_id: &'a str,
    /// For input errors: each field with what it must be.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldError],
    /// With `asset_locked`: the lock that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a Lock>,
}

/// What a refusal of `/oauth/token` says: the members of RFC 6749, section 5.2, and ours.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OauthErrorBody<'a> {
    /// The name that the RFC has for it.
    #[schema(example = "invalid_client")]
    error: &'a str,
    /// One sentence for people, in the RFC's characters.
    #[schema(example = "Invalid API key or secret")]
    error_description: String,
    /// The same sentence.
    message: &'a str,
    /// A stable name for programs; `docs/errors.md` lists them.
    #[schema(value_type = String, example = "invalid_credentials")]
    code: ErrorCode,
    /// The same as the header `x-request-id`.
    request_id: &'a str,
    /// For input errors: each field with what it must be.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldError],
}

/// RFC 9457, section 3.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: ErrorCode,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a Lock>,
}

const PROBLEM_JSON: &str = "application/problem+json";

/// Whether the client asked for RFC 9457's form.
pub(crate) fn wants_problem(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(PROBLEM_JSON))
        })
}

/// Gives a refusal its body.
pub(crate) fn write(response: &mut Response, error: &ApiError, request_id: &str, as_problem: bool) {
    let (error_text, message, fields) = (reason_phrase(error.code()), error.message(), error.fields());
    let code = error.code();
    let (body, content_type) = if as_problem {
        let problem = Problem {
            kind: "about:blank",
            title: error_text,
            status: status_of(error.code()).as_u16(),
            detail: message,
            code,
            request_id,
            fields,
            lock: error.lock(),
        };
        (serde_json::to_vec(&problem), PROBLEM_JSON)
    } else if let Some(error) = error.oauth_error() {
        let error_description = in_oauth_characters(message);
        let body = OauthErrorBody { error, error_description, message, code, request_id, fields };
        (serde_json::to_vec(&body), "application/json")
    } else {
        let body = ErrorBody { error: error_text, message, code, request_id, fields, lock: error.lock() };
        (serde_json::to_vec(&body), "application/json")
    };
    let body = body.unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

/// *Source*: RFC 6749, appendix A.8: printable ASCII without quotation mark and backslash.
fn in_oauth_characters(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && !"\"\\".contains(c) { c } else { '\'' }).collect()
}

/// `docs/errors.md`.
pub(crate) fn errors_page() -> String {
    let mut page = String::from(
        "# Errors\n\nPrinted by `cargo xtask gen` from `crates/types/src/error_code.rs` and \
         `crates/server/src/error.rs`; don't edit by hand.\n\nEvery refusal is a JSON object with `error` (the \
         status's reason phrase), `message` (one sentence for people), `code` (below), `request_id`, and, for input \
         errors, `fields`. With `Accept: application/problem+json` the same facts come as RFC 9457 has them.\n\n\
         | status | code | meaning |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let meaning = code.meaning().trim();
        let (status, phrase, name) = (status_of(*code).as_u16(), reason_phrase(*code), code.as_str());
        page.push_str(&format!("| {status} {phrase} | `{name}` | {meaning} |\n"));
    }
    page
}
