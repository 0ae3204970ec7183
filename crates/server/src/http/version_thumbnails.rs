//! The pictures that stand for versions: set and sent. One is taken away by a change of the version itself.

use axum::extract::State;
use axum::response::Response;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::VersionChanges;
use mudlark_types::wire::Version;
use mudlark_types::{AssetId, EventType, Scope, VersionId};
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::conditional::Tagged;
use crate::http::extract::{Path, Query, required, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::http::versions;
use crate::ops::event::Event;
use crate::ops::pictures;

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
    /// The side in pixels that the caller has room for, 1 to 4096. The picture comes as it was sent: this server scales
    /// none.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 4096)]
    #[serde(default, deserialize_with = "side")]
    #[expect(dead_code, reason = "clients send it; that it is well formed is all that is looked at")]
    size: Option<i64>,
}

fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let given = whole_number(deserializer)?.filter(|side| (1..=4096).contains(side));
    given.map(Some).ok_or_else(|| D::Error::custom("must be a whole number of pixels from 1 to 4096"))
}

/// The version's picture, as it was sent.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/versions/{version_id}/thumbnail", tag = "Versions",
    operation_id = "find_version_thumbnail",
    params(("asset_id" = AssetId, Path), ("version_id" = VersionId, Path), ThumbnailQuery),
    responses(
        (status = 200, description = "The image.", body = String, content_type = "image/*"),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "There is no such version, or it has none."),
    )
)]
async fn find_version_thumbnail(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    Query(ThumbnailQuery { .. }): Query<ThumbnailQuery>,
) -> ApiResult<Response> {
    let row = versions::get_version(&mut app.store.read().await?, caller.workspace_id, asset_id, id).await?;
    picture_files::send(&app, caller.account_id, row.version.thumbnail_file_id).await
}
