//! Pictures on their way in and out: the multipart body of an operation that takes one beside its other members, and the
//! bytes of one as they were sent.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mudlark_blobs::BlobKey;
use mudlark_types::{AccountId, ErrorCode, PictureId};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
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
    let sha256 = digest_of(&row.sha256).ok_or_else(|| ApiError::internal("a picture without a digest"))?;
    let size_bytes = u64::try_from(row.size_bytes).map_err(ApiError::internal)?;
    let mut headers = HeaderMap::from_iter(digest_headers(&row.sha256)?);
    let content_type = HeaderValue::try_from(row.content_type).map_err(ApiError::internal)?;
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size_bytes));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    let key = BlobKey { scope: account_id.as_uuid(), sha256 };
    app.metrics.sent_bytes.increment(size_bytes);
    let bytes = app.blobs.read(&key, 0..size_bytes).await?;
    Ok((headers, Body::from_stream(bytes)).into_response())
}
