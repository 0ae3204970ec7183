//! Pictures on their way in and out: the multipart body of an operation that takes one beside its other members, and the
//! bytes of one as they were sent.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use mudlark_blobs::{BlobKey, Sha256Digest};
use mudlark_previews::{Encoding, convert, encode, icon};
use mudlark_store::PreviewPictureRow;
use mudlark_types::{AccountId, ErrorCode, PictureId};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::tag_of;
use crate::http::downloads::digest_headers;
use crate::http::extract::{ReceivedFile, read_with_picture};
use crate::ops::pictures::{self, Picture};
use crate::views::digest_of;

/// The inputs of an operation that takes a picture.
pub(crate) struct WithPicture<T> {
    pub(crate) input: T,
    /// The part called `file`; not yet looked at.
    pub(crate) file: Option<ReceivedFile>,
}

impl<T: DeserializeOwned> FromRequest<App> for WithPicture<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> ApiResult<Self> {
        let (input, file) = read_with_picture(app, request).await?;
        Ok(Self { input, file })
    }
}

impl<T> WithPicture<T> {
    /// The picture, looked at and on disk, and the other members.
    pub(crate) async fn taken(self, app: &App, account_id: AccountId) -> ApiResult<(T, Option<Picture>)> {
        let picture = match self.file {
            Some(ReceivedFile { head, content, .. }) => {
                Some(pictures::take(app, account_id, &head, content).await?)
            }
            None => None,
        };
        Ok((self.input, picture))
    }
}

/// What an operation says of a picture: another one, none (its id is `null`), or nothing.
pub(crate) fn or_taken_away(
    picture: Option<Picture>,
    id: Option<Option<IgnoredAny>>,
) -> Option<Option<Picture>> {
    picture.map(Some).or_else(|| matches!(id, Some(None)).then_some(None))
}

/// Sends a picture; 404 where there is none.
pub(crate) async fn send(app: &App, account_id: AccountId, id: Option<PictureId>) -> ApiResult<Response> {
    let row = match id {
        Some(id) => app.store.read().await?.find_picture(account_id, id).await?,
        None => None,
    };
    let row = row.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no picture"))?;
    let content_type = HeaderValue::try_from(row.content_type).map_err(ApiError::internal)?;
    send_blob(app, account_id, &row.sha256, row.size_bytes, content_type).await
}

/// Sends a picture that the server has made, in the best form that the client accepts.
pub(crate) async fn send_preview(
    app: &App,
    picture: &PreviewPictureRow,
    request: &HeaderMap,
) -> ApiResult<Response> {
    let PreviewPictureRow { account_id, sha256, size_bytes, .. } = picture;
    let encoding = accepted(request);
    let content_type = HeaderValue::from_static(encoding.content_type());
    let mut response = if encoding == Encoding::WebP {
        send_blob(app, *account_id, sha256, *size_bytes, content_type).await?
    } else {
        let key = BlobKey { scope: account_id.as_uuid(), sha256: digest(sha256)? };
        let mut stored = Vec::new();
        let mut bytes =
            app.blobs.read(&key, 0..u64::try_from(*size_bytes).map_err(ApiError::internal)?).await?;
        while let Some(piece) = bytes.next().await {
            stored.extend_from_slice(&piece?);
        }
        let _place = app.conversions.acquire().await.map_err(ApiError::internal)?;
        let converted = tokio::task::spawn_blocking(move || convert(&stored, encoding)).await;
        let converted = converted.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
        app.metrics.sent_bytes.increment(converted.len() as u64);
        let name = if encoding == Encoding::Png { "png" } else { "jpeg" };
        let tag =
            HeaderValue::try_from(format!("\"{}-{name}\"", digest(sha256)?)).map_err(ApiError::internal)?;
        ([(header::CONTENT_TYPE, content_type), (header::ETAG, tag)], converted).into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Sends what stands for a file that has no picture, in the best form that the client accepts.
pub(crate) async fn send_icon(
    app: &App,
    extension: String,
    side: u32,
    request: &HeaderMap,
) -> ApiResult<Response> {
    let encoding = accepted(request);
    let _place = app.conversions.acquire().await.map_err(ApiError::internal)?;
    let drawn = tokio::task::spawn_blocking(move || encode(&icon(&extension, side), encoding)).await;
    let drawn = drawn.map_err(ApiError::internal)?.map_err(ApiError::internal)?;
    app.metrics.sent_bytes.increment(drawn.len() as u64);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(encoding.content_type())),
        (header::ETAG, tag_of(&drawn)),
        (header::VARY, HeaderValue::from_static("accept")),
    ];
    Ok((headers, drawn).into_response())
}

/// WebP, unless other images are named and it is not among what is accepted.
fn accepted(request: &HeaderMap) -> Encoding {
    let values = request.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = values
        .flat_map(|value| value.split(','))
        .filter(|range| !range.trim_end().ends_with(";q=0"))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .collect();
    let has = |wanted: &str| ranges.iter().any(|range| range.eq_ignore_ascii_case(wanted));
    let has_webp = ["image/webp", "image/*", "*/*"].into_iter().any(has);
    match (has_webp, has("image/png"), has("image/jpeg")) {
        (false, true, _) => Encoding::Png,
        (false, false, true) => Encoding::Jpeg,
        _ => Encoding::WebP,
    }
}

async fn send_blob(
    app: &App,
    account_id: AccountId,
    sha256: &[u8],
    size_bytes: i64,
    content_type: HeaderValue,
) -> ApiResult<Response> {
    let size_bytes = u64::try_from(size_bytes).map_err(ApiError::internal)?;
    let mut headers = HeaderMap::from_iter(digest_headers(sha256)?);
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size_bytes));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    let key = BlobKey { scope: account_id.as_uuid(), sha256: digest(sha256)? };
    app.metrics.sent_bytes.increment(size_bytes);
    let bytes = app.blobs.read(&key, 0..size_bytes).await?;
    Ok((headers, Body::from_stream(bytes)).into_response())
}

fn digest(sha256: &[u8]) -> ApiResult<Sha256Digest> {
    digest_of(sha256).ok_or_else(|| ApiError::internal("a picture without a digest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webp_is_sent_unless_only_others_are_accepted() {
        let of = |accept: &str| {
            accepted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]))
        };
        assert_eq!(accepted(&HeaderMap::new()), Encoding::WebP);
        for accept in ["*/*", "image/avif,image/webp,image/png,*/*;q=0.8", "image/*", "text/html", "", ",;,"]
        {
            assert_eq!(of(accept), Encoding::WebP, "{accept}");
        }
        assert_eq!(of("image/png"), Encoding::Png);
        assert_eq!(of("image/jpeg, image/PNG;q=0.9"), Encoding::Png);
        assert_eq!(of("image/jpeg"), Encoding::Jpeg);
        assert_eq!(of("image/webp;q=0, image/jpeg"), Encoding::Jpeg);
    }
}
