//! Conditional requests: every answer of one object carries an `ETag`, a read with `If-None-Match` can get 304, and a
//! write with `If-Match` is refused when the object has changed meanwhile. *Source*: RFC 9110, section 13.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_types::ErrorCode;
use serde::Serialize;

use crate::error::{ApiError, ApiResult};
use crate::http::edge::is_read;

/// One object as JSON with its `ETag`. The tag is a digest of the very bytes sent, so that it changes with whatever
/// of the object changes, joined parts as well.
pub(crate) struct Tagged<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        match written(&self.0, USUAL_BODY_BYTES) {
            Ok(body) => {
                let tag = tag_of(&body);
                ([(header::CONTENT_TYPE, JSON), (header::ETAG, tag)], body).into_response()
            }
            Err(error) => error.into_response(),
        }
    }
}

/// The type of all bodies that are objects or lists.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The value as JSON. `usual_bytes`: room made at once, so that most bodies are not copied as they grow.
pub(crate) fn written(value: &impl Serialize, usual_bytes: usize) -> ApiResult<Vec<u8>> {
    let mut body = Vec::with_capacity(usual_bytes);
    serde_json::to_writer(&mut body, value).map_err(ApiError::internal)?;
    Ok(body)
}

/// Room for most objects at once. *Units*: bytes.
const USUAL_BODY_BYTES: usize = 4096;

/// The tag of a body: half of its SHA-256.
pub(super) fn tag_of(body: &[u8]) -> HeaderValue {
    let digest = digest(&SHA256, body);
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What a client that writes last saw, from `If-Match`.
pub(crate) struct IfMatch(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> ApiResult<Self> {
        joined(&parts.headers, &header::IF_MATCH).map(Self)
    }
}

impl IfMatch {
    /// Refuses the write unless the object is as the client last saw it. Called inside the write's transaction.
    pub(crate) fn check<T: Serialize>(&self, current: &T) -> ApiResult<()> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let tag = tag_of(&serde_json::to_vec(current).map_err(ApiError::internal)?);
        if wanted.trim() == "*" || lists(wanted, &tag, Comparison::Strong) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::PreconditionFailed,
            "The object has changed since the state that If-Match names; read it again",
        )
        .with_header(header::ETAG, tag))
    }
}

/// The condition of a read, from `If-None-Match`.
pub(crate) fn if_none_match(method: &Method, headers: &HeaderMap) -> Option<String> {
    if !is_read(method) {
        return None;
    }
    joined(headers, &header::IF_NONE_MATCH).ok().flatten()
}

/// Turns an answer that the client already has into 304.
pub(crate) fn apply(if_none_match: &str, response: &mut Response) {
    let Some(tag) = response.headers().get(header::ETAG) else { return };
    let is_whole_or_part = matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT);
    if is_whole_or_part && client_has(if_none_match, tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
}

/// Whether what `If-None-Match` says the client has is what this tag stands for.
pub(crate) fn client_has(if_none_match: &str, tag: &HeaderValue) -> bool {
    if_none_match.trim() == "*" || lists(if_none_match, tag, Comparison::Weak)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of entity tags holds this one. *Source*: RFC 9110, section 8.8.3.2.
fn lists(list: &str, tag: &HeaderValue, comparison: Comparison) -> bool {
    list.split(',').map(str::trim).any(|listed| {
        let listed = match comparison {
            Comparison::Weak => listed.strip_prefix("W/").unwrap_or(listed),
            Comparison::Strong => listed,
        };
        listed.as_bytes() == tag.as_bytes()
    })
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> ApiResult<Option<String>> {
    let mut list: Option<String> = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| {
            ApiError::new(
                ErrorCode::HeaderMalformed,
                format!("The header {name} must be a list of entity tags"),
            )
        })?;
        match &mut list {
            Some(list) => *list = format!("{list},{text}"),
            None => list = Some(text.to_owned()),
        }
    }
    Ok(list)
}
