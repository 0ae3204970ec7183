//! The console's files, as they were built (`cargo xtask console`) and taken into the program: one page for every deep link
//! below `/console`, and what it loads. Not operations of the API: they read nothing of a studio and know no caller; all
//! that the page shows, it asks the API for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use mudlark_auth::Access;
use mudlark_types::ErrorCode;
use rust_embed::{Embed, EmbeddedFile};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::registry::{Api, Origin};

/// *Why* without `'unsafe-inline'`: the build writes scripts and styles to files. `blob:` is what files become that are asked
/// for with the account's headers, and what a model has inside it; only our own scripts make such addresses.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
     connect-src 'self' blob:; media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

const NOT_BUILT: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mudlark</title>\
     <h1>This program was built without its console</h1><p>The API is here all the same, and \
     <a href=\"/docs\">its reference</a>. To have the console, run <code>cargo xtask console</code>, then build the \
     program again.</p></html>\n";

/// What the build of the console left; empty where it was not built.
#[derive(Embed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Dist;

/// Files that were compressed, by the digest of what they are: each once in a process's life.
#[derive(Default)]
pub(crate) struct Compressed(Mutex<HashMap<[u8; 32], Bytes>>);

/// The console's pages and files.
pub(crate) fn router() -> Router<App> {
    let page =
        async |State(app): State<App>, headers: HeaderMap| answer(&app.console, "", &headers, Dist::get);
    let below = async |State(app): State<App>, Path(path): Path<String>, headers: HeaderMap| {
        answer(&app.console, &path, &headers, Dist::get)
    };
    Router::new().route("/console", get(page)).route("/console/{*path}", get(below))
}

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(redirect_to_console));
}

/// The way from the bare address to the console.
#[utoipa::path(
    get, path = "/", tag = "Operation", operation_id = "redirect_to_console",
    responses((status = 303, description = "To `/console/`."))
)]
async fn redirect_to_console() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/console/"))]).into_response()
}

/// A file of the console, or its page, which knows what to show by the address.
///
/// *Errors*: `RouteNotFound` for a file of another build: a page there would be read as a script.
fn answer(
    compressed: &Compressed,
    path: &str,
    request: &HeaderMap,
    find: impl Fn(&str) -> Option<EmbeddedFile>,
) -> ApiResult<Response> {
    let is_built_file = path.starts_with("assets/");
    let (name, file) = match find(path).filter(|_| !path.is_empty()) {
        Some(file) => (path, file),
        None if is_built_file => {
            return Err(ApiError::new(
                ErrorCode::RouteNotFound,
                "This console has no such file; load the page again, it may be newer",
            ));
        }
        None => match find("index.html") {
            Some(page) => ("index.html", page),
            None => return Ok(with_headers(false, "text/html; charset=utf-8", NOT_BUILT.into_response())),
        },
    };
    let digest = file.metadata.sha256_hash();
    let content_type = content_type_of(name);
    let mut response = if gains_by_compression(&content_type) && accepts_gzip(request) {
        let mut response = compressed.of(digest, &file.data)?.into_response();
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes).into_response(),
            Cow::Owned(bytes) => Bytes::from(bytes).into_response(),
        }
    };
    let tag = digest[..16].iter().fold(String::from("W/\""), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
    let tag = HeaderValue::from_str(&tag).map_err(ApiError::internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(with_headers(is_built_file, &content_type, response))
}

/// The headers of everything here. Files whose names change with what is in them are kept for good.
fn with_headers(is_built_file: bool, content_type: &str, mut response: Response) -> Response {
    let keep = if is_built_file { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CACHE_CONTROL, keep),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let headers = response.headers_mut();
    headers.extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if let Ok(value) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    response
}

fn content_type_of(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

fn gains_by_compression(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || ["javascript", "json", "svg+xml", "wasm"].iter().any(|kind| content_type.contains(kind))
}

/// Whether the client takes gzip. *Source*: RFC 9110, section 12.5.3; a weight of 0 is a no.
fn accepts_gzip(request: &HeaderMap) -> bool {
    request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused =
                parts.any(|weight| weight.strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0));
            is_gzip && !refused
        })
    })
}

impl Compressed {
    fn of(&self, digest: [u8; 32], bytes: &[u8]) -> ApiResult<Bytes> {
        let known = |table: &HashMap<_, Bytes>| table.get(&digest).cloned();
        if let Some(known) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let compressed: Bytes =
            encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(ApiError::internal)?.into();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, compressed.clone());
        Ok(compressed)
    }
}

#[cfg(test)]
mod tests {
    use rust_embed::Metadata;

    use super::*;

    fn built(path: &str) -> Option<EmbeddedFile> {
        let text = match path {
            "index.html" => "<!DOCTYPE html>",
            "assets/app-1a2b.js" => "export {}",
            _ => return None,
        };
        let metadata = Metadata::__rust_embed_new([0; 32], None, None);
        Some(EmbeddedFile { data: text.as_bytes().into(), metadata })
    }

    fn asked(path: &str, accept_encoding: &'static str) -> ApiResult<Response> {
        let request =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept_encoding))]);
        answer(&Compressed::default(), path, &request, built)
    }

    #[test]
    fn files_with_hashed_names_are_kept_for_good_and_pages_are_asked_for_anew() {
        for (path, content_type, keep) in [
            ("assets/app-1a2b.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
            ("", "text/html; charset=utf-8", "no-cache"),
            ("workspaces/1/assets", "text/html; charset=utf-8", "no-cache"),
            ("index.html", "text/html; charset=utf-8", "no-cache"),
        ] {
            let response = asked(path, "").unwrap();
            assert_eq!(response.headers()[header::CONTENT_TYPE], content_type, "{path}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], keep, "{path}");
            assert_eq!(
                response.headers()[header::CONTENT_SECURITY_POLICY],
                CONTENT_SECURITY_POLICY,
                "{path}"
            );
        }
    }

    #[test]
    fn file_of_another_build_is_refused_and_not_answered_with_the_page() {
        assert_eq!(asked("assets/app-0000.js", "").unwrap_err().code(), ErrorCode::RouteNotFound);
    }

    #[test]
    fn script_is_compressed_for_those_alone_who_take_gzip() {
        for (accepted, is_compressed) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0, br", false),
            ("", false),
            ("identity", false),
        ] {
            let response = asked("assets/app-1a2b.js", accepted).unwrap();
            assert_eq!(
                response.headers().contains_key(header::CONTENT_ENCODING),
                is_compressed,
                "{accepted}"
            );
        }
    }
}
