//! The pictures that stand for versions: set and sent. One is taken away by a change of the version itself.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{VersionChanges, VersionRow};
use mudlark_types::wire::Version;
use mudlark_types::{AssetId, ErrorCode, EventType, Scope, VersionId};
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::Tagged;
use crate::http::extract::{Path, Query, flag, required, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::http::versions;
use crate::ops::event::Event;
use crate::ops::{pictures, previews};

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Documented, routes!(create_version_thumbnail));
    api.add(read, Origin::Mudlark, routes!(find_version_thumbnail));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ThumbnailInput {
    /// The picture: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = String, format = Binary, required)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
}

/// Give a version a picture, in place of the one it has. `PATCH` of the version with `thumbnail_file_id` as `null` takes it
/// away.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/versions/{version_id}/thumbnail", tag = "Versions",
    operation_id = "create_version_thumbnail",
    params(("asset_id" = AssetId, Path), ("version_id" = VersionId, Path)),
    request_body(content = ThumbnailInput, content_type = "multipart/form-data"),
    responses((status = 200, description = "The version as it is now.", body = Version))
)]
async fn create_version_thumbnail(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    input: WithPicture<ThumbnailInput>,
) -> ApiResult<Tagged<Version>> {
    let (_, picture) = input.taken(&app, caller.account_id).await?;
    let picture = required(picture, "file")?;
    let mut change = caller.begin(&app).await?;
    let row = versions::get_version(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    let before = row.version.thumbnail_file_id;
    let thumbnail_file_id =
        pictures::keep(&app, &mut change, caller.account_id, Some(Some(picture)), before).await?;
    let changes = VersionChanges { thumbnail_file_id, ..VersionChanges::default() };
    change.tx.update_version(asset_id, id, &changes, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::VersionUpdated, id));
    versions::finish(change, caller.workspace_id, asset_id, id).await
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ThumbnailQuery {
    /// The longest side in pixels that the caller has room for, 1 to 4096 (default 512). The server has pictures of 128, 256, 512,
    /// 1024 and 2048, none larger than the file's own, and sends the next larger one. A picture that was uploaded comes as it
    /// is.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 4096)]
    #[serde(default, deserialize_with = "side")]
    size: Option<i64>,
    /// Send the sheet instead: eight views around a model, or eight stills of a film, in one row.
    #[param(value_type = Option<bool>)]
    #[serde(default, deserialize_with = "flag")]
    sheet: Option<bool>,
    /// The version's `thumbnail_file_id`, or else its `preview_id`. What is sent then is the same for ever, and says so.
    #[param(value_type = Option<Uuid>)]
    picture_id: Option<Uuid>,
}

/// The side where none is asked for. *Units*: pixels.
const USUAL_SIDE: i64 = 512;
/// The largest icon. *Units*: pixels.
const MAX_ICON_SIDE: u32 = 512;

fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let given = whole_number(deserializer)?.filter(|side| (1..=4096).contains(side));
    given.map(Some).ok_or_else(|| D::Error::custom("must be a whole number of pixels from 1 to 4096"))
}

/// A picture of the version's file: the one that was uploaded for it, or else the one that the server has made, as WebP, or, for
/// those who accept no WebP, as PNG or JPEG. Of a file that can't be seen, an icon with its extension: the version's `facts` tell
/// which it is.
///
/// A file that the server has not looked at yet is looked at before others now.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/versions/{version_id}/thumbnail", tag = "Versions",
    operation_id = "find_version_thumbnail",
    params(("asset_id" = AssetId, Path), ("version_id" = VersionId, Path), ThumbnailQuery),
    responses(
        (status = 200, description = "The image.", body = String, content_type = "image/*"),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "There is no such version, or no sheet of it; or the server has not looked at it yet, where `Retry-After` is given."),
    )
)]
async fn find_version_thumbnail(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    Query(query): Query<ThumbnailQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let mut session = app.store.read().await?;
    let VersionRow { thumbnail_file_id, preview_id, file_name, .. } =
        versions::get_version(&mut session, caller.workspace_id, asset_id, id).await?.version;
    let wants_sheet = query.sheet.unwrap_or_default();
    let (picture_id, mut response) = match (thumbnail_file_id, preview_id) {
        (Some(uploaded), _) if !wants_sheet => {
            drop(session);
            let sent = picture_files::send(&app, caller.account_id, Some(uploaded)).await?;
            (uploaded.as_uuid(), sent)
        }
        (_, Some(preview_id)) => {
            let side = if wants_sheet { 0 } else { query.size.unwrap_or(USUAL_SIDE) };
            let picture = session.find_preview_picture(caller.account_id, preview_id, side).await?;
            drop(session);
            let sent = match picture {
                Some(picture) => picture_files::send_preview(&app, &picture, &headers).await?,
                None if wants_sheet => {
                    let message = "Files of this kind have no sheet";
                    return Err(ApiError::new(ErrorCode::NotFound, message));
                }
                None => {
                    let side = u32::try_from(side).unwrap_or(0).clamp(1, MAX_ICON_SIDE);
                    let extension = mudlark_previews::extension_of(&file_name);
                    picture_files::send_icon(&app, extension, side, &headers).await?
                }
            };
            (preview_id.as_uuid(), sent)
        }
        (_, None) => {
            drop(session);
            previews::look_at(&app, caller.account_id, id).await?;
            let refusal = ApiError::new(ErrorCode::NotFound, NOT_LOOKED_AT_YET);
            return Err(refusal.with_header(header::RETRY_AFTER, SOON));
        }
    };
    let cached = if query.picture_id == Some(picture_id) { FOR_EVER } else { ASK_AGAIN };
    response.headers_mut().insert(header::CACHE_CONTROL, cached);
    Ok(response)
}

/// What is said of a file that the server has not looked at.
pub(super) const NOT_LOOKED_AT_YET: &str =
    "There is no picture yet: the server looks at the file as soon as it can";
/// When a picture is likely to be there. *Units*: seconds.
pub(super) const SOON: HeaderValue = HeaderValue::from_static("2");
/// Of an address that names the picture: it never shows another.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// Of an address that shows whatever there is.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
