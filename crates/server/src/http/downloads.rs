//! Bytes on their way out: whole or in a range, with their digest, under the name they came with.
//! *Source*: RFC 9110, section 14 (ranges); RFC 9530 (`Repr-Digest`); RFC 6266 (`Content-Disposition`).

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_blobs::BlobKey;
use mudlark_store::VersionRow;
use mudlark_types::{AccountId, AssetId, ErrorCode, Scope, VersionId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::get;
use crate::http::conditional;
use crate::http::extract::{Path, Query, flag};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::ops::direct_uploads;
use crate::views::digest_of;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsDownload, WorkspacePermission::Read);
    api.add(read, Origin::Listed, routes!(download_asset));
    api.add(read, Origin::Documented, routes!(download_version));
}

/// How long the address of a redirected download holds: as long as it takes to follow it.
const REDIRECT_TTL: Duration = Duration::from_mins(5);

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The bytes of the asset's current version.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/download", tag = "Downloads", operation_id = "download_asset",
    params(
        ("asset_id" = AssetId, Path), DownloadForm,
        ("range" = Option<String>, Header, description = "One range of bytes."),
    ),
    responses(
        (status = 200, description = "All bytes.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 206, description = "The range asked for.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 304, description = "The client has these bytes already."),
        (status = 307, description = "The bytes are at this address of the bucket (`redirect=true`)."),
        (status = 416, description = "The range lies outside the content."),
    )
)]
async fn download_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Query(form): Query<DownloadForm>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let asset = get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    let content = Content::of(&asset.current_version, &asset.file_name);
    if let Some(elsewhere) = redirect(&app, caller.account_id, &form, &content, &method)? {
        return Ok(elsewhere);
    }
    send(&app, caller.account_id, content, &method, &headers).await
}

/// The bytes of one version.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/versions/{version_id}/download", tag = "Downloads",
    operation_id = "download_version",
    params(
        ("asset_id" = AssetId, Path), ("version_id" = VersionId, Path), DownloadForm,
        ("range" = Option<String>, Header, description = "One range of bytes."),
    ),
    responses(
        (status = 200, description = "All bytes.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 206, description = "The range asked for.", content((String = "application/octet-stream"), (String = "*/*"))),
        (status = 304, description = "The client has these bytes already."),
        (status = 307, description = "The bytes are at this address of the bucket (`redirect=true`)."),
        (status = 416, description = "The range lies outside the content."),
    )
)]
async fn download_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    Query(form): Query<DownloadForm>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let row = app
        .store
        .read()
        .await?
        .find_version(caller.workspace_id, asset_id, id)
        .await?
        .ok_or_else(|| ApiError::not_found("version"))?;
    let content = Content::of(&row.version, &row.version.file_name);
    if let Some(elsewhere) = redirect(&app, caller.account_id, &form, &content, &method)? {
        return Ok(elsewhere);
    }
    send(&app, caller.account_id, content, &method, &headers).await
}

/// Stored content, and what the file is called in which it goes out.
pub(super) struct Content<'a> {
    pub(super) sha256: &'a [u8],
    pub(super) size_bytes: i64,
    pub(super) file_name: &'a str,
}

impl<'a> Content<'a> {
    fn of(version: &'a VersionRow, file_name: &'a str) -> Self {
        Self { sha256: &version.sha256, size_bytes: version.size_bytes, file_name }
    }
}

/// How the bytes are wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DownloadForm {
    /// With `true`, and where files are kept in a bucket, the answer to a GET is a redirect to a signed address there, which
    /// holds for five minutes; the bytes come from there, without this server's headers but their type and name.
    #[param(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "flag")]
    redirect: Option<bool>,
}

/// Sends a client that wants it to the bucket. `None` where there is none, or clients are not to use it.
fn redirect(
    app: &App,
    account_id: AccountId,
    form: &DownloadForm,
    content: &Content<'_>,
    method: &Method,
) -> ApiResult<Option<Response>> {
    if form.redirect != Some(true) || method != Method::GET {
        return Ok(None);
    }
    let Some(direct) = direct_uploads::addresses(app) else { return Ok(None) };
    let sha256 = digest_of(content.sha256).ok_or_else(|| ApiError::internal("content without a digest"))?;
    let key = BlobKey { scope: account_id.as_uuid(), sha256 };
    let disposition = content_disposition(content.file_name)?;
    let [content_type, disposition] = [&content_type(content.file_name), &disposition]
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    let address = direct.get_address(&key, &content_type, &disposition, REDIRECT_TTL);
    app.metrics.direct_sent_bytes.increment(u64::try_from(content.size_bytes).unwrap_or(0));
    let headers = [
        (header::LOCATION, HeaderValue::try_from(address).map_err(ApiError::internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok(Some((StatusCode::TEMPORARY_REDIRECT, headers).into_response()))
}

/// Answers content: whole, the range asked for, or that the client has it.
pub(super) async fn send(
    app: &App,
    account_id: AccountId,
    content: Content<'_>,
    method: &Method,
    request: &HeaderMap,
) -> ApiResult<Response> {
    let Content { sha256, size_bytes, file_name } = content;
    let digest = digest_of(sha256).ok_or_else(|| ApiError::internal("content without a digest"))?;
    let size_bytes = u64::try_from(size_bytes).map_err(ApiError::internal)?;
    let mut headers = HeaderMap::from_iter(digest_headers(sha256)?);
    let part = wanted_range(method, request, &headers, size_bytes)?;
    let range = part.clone().unwrap_or(0..size_bytes);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    headers.insert(header::CONTENT_TYPE, content_type(file_name));
    headers.insert(header::CONTENT_DISPOSITION, content_disposition(file_name)?);
    // Files are studios' own, and may be pages with scripts: none may run under this server's name.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    let status = if part.is_some() {
        let value = format!("bytes {}-{}/{size_bytes}", range.start, range.end - 1);
        headers.insert(header::CONTENT_RANGE, HeaderValue::try_from(value).map_err(ApiError::internal)?);
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let key = BlobKey { scope: account_id.as_uuid(), sha256: digest };
    app.metrics.sent_bytes.increment(range.end - range.start);
    let bytes = app.blobs.read(&key, range).await?;
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}

/// `ETag` and `Repr-Digest` of content with this SHA-256.
pub(super) fn digest_headers(sha256: &[u8]) -> ApiResult<[(HeaderName, HeaderValue); 2]> {
    let hex = digest_of(sha256).ok_or_else(|| ApiError::internal("a digest of another length"))?;
    let tag = HeaderValue::try_from(format!("\"{hex}\"")).map_err(ApiError::internal)?;
    let digest = format!("sha-256=:{}:", BASE64_STANDARD.encode(sha256));
    Ok([(header::ETAG, tag), (REPR_DIGEST, HeaderValue::try_from(digest).map_err(ApiError::internal)?)])
}

/// The range to send, or `None` for everything. A range that is not understood, or that speaks of another state of
/// the content (`If-Range`), counts as none; several at once as well. So does one beside an `If-None-Match` that makes
/// the answer 304, and one of a HEAD. *Source*: RFC 9110, sections 13.1.5, 13.2.2 and 14.2.
fn wanted_range(
    method: &Method,
    request: &HeaderMap,
    headers: &HeaderMap,
    size_bytes: u64,
) -> ApiResult<Option<Range<u64>>> {
    let has_it = || {
        let condition = conditional::if_none_match(method, request)?;
        Some(conditional::client_has(&condition, headers.get(header::ETAG)?))
    };
    if method != Method::GET || has_it() == Some(true) {
        return Ok(None);
    }
    let Some(spec) = request.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    if request.get(header::IF_RANGE).is_some_and(|tag| Some(tag) != headers.get(header::ETAG)) {
        return Ok(None);
    }
    match parse_range(spec, size_bytes) {
        ParsedRange::Ignored => Ok(None),
        ParsedRange::Satisfiable(range) => Ok(Some(range)),
        ParsedRange::Unsatisfiable => {
            let size = HeaderValue::try_from(format!("bytes */{size_bytes}")).map_err(ApiError::internal)?;
            Err(ApiError::new(
                ErrorCode::RangeNotSatisfiable,
                format!("The range lies outside the content, which has {size_bytes} bytes"),
            )
            .with_header(header::CONTENT_RANGE, size))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ParsedRange {
    Ignored,
    Unsatisfiable,
    Satisfiable(Range<u64>),
}

pub(super) fn parse_range(spec: &str, size_bytes: u64) -> ParsedRange {
    use ParsedRange::{Ignored, Satisfiable, Unsatisfiable};
    let Some((first, last)) = spec
        .split_once('=')
        .filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))
        .and_then(|(_, range)| range.trim().split_once('-'))
    else {
        return Ignored;
    };
    let number = |text: &str| -> Option<Option<u64>> {
        match text {
            "" => Some(None),
            // A number too large for us lies after any content's end.
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(Some(digits.parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        }
    };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(Some(last))) if first > last => Ignored,
        (Some(Some(first)), Some(last)) if first < size_bytes => {
            Satisfiable(first..last.map_or(size_bytes, |last| last.saturating_add(1).min(size_bytes)))
        }
        (Some(None), Some(Some(suffix))) if suffix > 0 && size_bytes > 0 => {
            Satisfiable(size_bytes - suffix.min(size_bytes)..size_bytes)
        }
        (Some(Some(_)), Some(_)) | (Some(None), Some(Some(_))) => Unsatisfiable,
        _ => Ignored,
    }
}

fn content_type(file_name: &str) -> HeaderValue {
    let guess = mime_guess::from_path(file_name).first_raw().unwrap_or("application/octet-stream");
    HeaderValue::from_static(guess)
}

/// `attachment` with the name twice: for old clients what ASCII can say of it, and the whole of it in UTF-8.
pub(super) fn content_disposition(file_name: &str) -> ApiResult<HeaderValue> {
    /// What RFC 8187, section 3.2.1 calls `attr-char`.
    const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'!')
        .remove(b'#')
        .remove(b'$')
        .remove(b'&')
        .remove(b'+')
        .remove(b'-')
        .remove(b'.')
        .remove(b'^')
        .remove(b'_')
        .remove(b'`')
        .remove(b'|')
        .remove(b'~');
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let whole = utf8_percent_encode(file_name, ATTR_CHAR);
    HeaderValue::try_from(format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"))
        .map_err(ApiError::internal)
}

#[cfg(feature = "fuzzing")]
pub(super) fn check_range(spec: &str, size_bytes: u64) {
    if let ParsedRange::Satisfiable(range) = parse_range(spec, size_bytes) {
        assert!(range.start < range.end && range.end <= size_bytes, "{spec} of {size_bytes}: {range:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_has_them() {
        use ParsedRange::{Ignored, Satisfiable, Unsatisfiable};
        for (spec, meaning) in [
            ("bytes=0-0", Satisfiable(0..1)),
            ("bytes=0-9", Satisfiable(0..10)),
            ("bytes=5-", Satisfiable(5..10)),
            ("bytes=-3", Satisfiable(7..10)),
            ("bytes=-99", Satisfiable(0..10)),
            ("bytes=9-99999999999999999999999", Satisfiable(9..10)),
            ("Bytes=0-0", Satisfiable(0..1)),
            ("bytes=10-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=4-2", Ignored),
            ("bytes=a-b", Ignored),
            ("bytes=0-1,3-4", Ignored),
            ("bytes=-", Ignored),
            ("items=0-1", Ignored),
            ("bytes", Ignored),
        ] {
            assert_eq!(parse_range(spec, 10), meaning, "{spec}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Unsatisfiable);
    }

    #[test]
    fn names_in_any_script_go_out_whole() {
        let value = content_disposition("Ро\"бот 1.png").unwrap();
        assert_eq!(
            value.to_str().unwrap(),
            "attachment; filename=\"___ ___ 1.png\"; filename*=UTF-8''%D0%A0%D0%BE%22%D0%B1%D0%BE%D1%82%201.png"
                .replace("___ ___", "______")
        );
    }
}
