//! What fuzz targets ask of the parsers of requests: that any bytes get an answer, and what must hold of it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use mudlark_types::{AccountId, WorkspaceId};

use super::extract::parse_plain_body;
use super::tokens::Presented;
use super::{admission, conditional, downloads, edge, error_body, id_headers};

/// Reads headers of these bytes: a line each.
pub fn headers(bytes: &[u8]) {
    let named = [
        header::AUTHORIZATION,
        HeaderName::from_static("x-account-id"),
        HeaderName::from_static("x-workspace-id"),
        header::IF_NONE_MATCH,
        header::RANGE,
        header::ACCEPT,
        HeaderName::from_static("x-request-id"),
        header::CONTENT_TYPE,
    ];
    let mut headers = HeaderMap::new();
    for (line, name) in bytes.split(|byte| *byte == b'\n').zip(named.iter().cycle()).take(16) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name, value);
        }
    }
    if let Ok(token) = admission::bearer_token(&headers) {
        assert!(headers.get_all(header::AUTHORIZATION).iter().count() == 1 && !token.starts_with(' '));
    }
    id_headers::optional_id::<AccountId>(&headers, "x-account-id").ok();
    id_headers::optional_id::<WorkspaceId>(&headers, "x-workspace-id").ok();
    if let Some(condition) = conditional::if_none_match(&Method::GET, &headers) {
        conditional::client_has(&condition, &HeaderValue::from_static("\"tag\""));
    }
    if let Some(spec) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) {
        for size_bytes in [0, 1, 10, u64::MAX] {
            downloads::check_range(spec, size_bytes);
        }
    }
    error_body::wants_problem(&headers);
    let id = edge::request_id(&headers, uuid::Uuid::nil);
    assert!((1..=64).contains(&id.len()) && HeaderValue::from_str(&id).is_ok());
}

/// Reads a body as `POST /auth/token` does, as JSON and as a form.
pub fn token_request(bytes: &[u8]) {
    for is_form in [false, true] {
        if let Ok(presented) = parse_plain_body::<Presented>(&bytes.to_vec().into(), is_form) {
            let (key, secret) = presented.into_pair();
            let holds_nul = [key, secret].into_iter().flatten().any(|text| text.contains('\0'));
            assert!(!holds_nul, "NUL is refused wherever it stands");
        }
    }
}
