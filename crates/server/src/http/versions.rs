//! Versions of an asset.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{Session, VersionChanges, VersionWithUser};
use mudlark_types::wire::Version;
use mudlark_types::{AssetId, ErrorCode, EventType, Scope, VersionId, WorkspaceId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::{file_name, get};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Line, Path, Query, Text, Upload, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::pictures as picture_files;
use crate::http::registry::{Api, Origin};
use crate::ops::asset_locks::check_open;
use crate::ops::change::Change;
use crate::ops::commit_content::{VersionFacts, add_version, publish};
use crate::ops::event::Event;
use crate::ops::pictures;
use crate::ops::previews;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(read, Origin::Documented, routes!(list_versions));
    api.add(edit, Origin::Documented, routes!(create_version));
    api.add(read, Origin::Documented, routes!(find_version));
    api.add(edit, Origin::Documented, routes!(update_version));
    api.add(edit, Origin::Documented, routes!(delete_version));
    api.add(edit, Origin::Documented, routes!(restore_version));
}

/// The asset's versions, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/versions", tag = "Versions", operation_id = "list_versions",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The versions.", body = Vec<Version>))
)]
async fn list_versions(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Version>>> {
    let list = format!("versions {asset_id}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    get(&mut session, caller.workspace_id, asset_id).await?;
    let rows = session.list_versions(asset_id, page).await?;
    let total = session.count_versions(asset_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row: &VersionWithUser| {
        (row.version.created_at_ms, row.version.id.as_uuid())
    })?;
    Ok(paged.map(|row| views::version(&row.version, &row.user)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewVersionInput {
    /// The content.
    #[schema(value_type = String, format = Binary, required)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// By default `v` and the version's number.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    name: Option<Line<255>>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    description: Option<Text<10_000>>,
}

/// Add a version. It becomes the current one.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/versions", tag = "Versions", operation_id = "create_version",
    params(("asset_id" = AssetId, Path)),
    request_body(content = NewVersionInput, content_type = "multipart/form-data"),
    responses((status = 201, description = "The version.", body = Version))
)]
async fn create_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Upload { input, file }: Upload<NewVersionInput>,
) -> ApiResult<Response> {
    let file = required(file, "file")?;
    let current_name = get(&mut app.store.read().await?, caller.workspace_id, asset_id).await?.file_name;
    let file_name = match file.name.as_deref() {
        Some(name) if !name.is_empty() => file_name(Some(name), None)?.as_str().to_owned(),
        _ => current_name,
    };
    let content = publish(&app, caller.account_id, file_name, file.content).await?;
    let facts = VersionFacts {
        name: input.name.map(|Line(name)| name),
        description: input.description.map(|Text(text)| text),
    };
    let mut change = caller.begin(&app).await?;
    let asset = get(&mut change.tx, caller.workspace_id, asset_id).await?;
    check_open(&mut change, caller.place(), &asset).await?;
    let id = add_version(&app, &mut change, caller.place(), &asset, facts, &content).await?;
    let version = finish(change, caller.workspace_id, asset_id, id).await?;
    Ok((StatusCode::CREATED, version).into_response())
}

/// Commits a change of a version and answers the version as it is now.
pub(super) async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    asset: AssetId,
    id: VersionId,
) -> ApiResult<Tagged<Version>> {
    let row = get_version(&mut change.tx, workspace, asset, id).await?;
    change.commit().await?;
    Ok(Tagged(views::version(&row.version, &row.user)))
}

/// The version, or 404.
pub(super) async fn get_version(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: VersionId,
) -> ApiResult<VersionWithUser> {
    session.find_version(workspace, asset, id).await?.ok_or_else(|| ApiError::not_found("version"))
}

/// Refuses, for an input, a version that is not one of the asset's, or is in the trash.
pub(super) async fn check_own(
    session: &mut Session,
    workspace: WorkspaceId,
    asset: AssetId,
    id: VersionId,
    field: &str,
) -> ApiResult<()> {
    if session.find_version(workspace, asset, id).await?.is_some() {
        return Ok(());
    }
    let must = match session.find_version_any(workspace, asset, id).await? {
        Some(_) => "must be a version that is not in the trash; restore it first",
        None => "must be one of the asset's versions",
    };
    Err(ApiError::invalid_field(field, must))
}

/// Those of the asset's versions that are not in the trash, by their ids.
pub(super) async fn by_id(
    session: &mut Session,
    asset: AssetId,
    ids: impl Iterator<Item = VersionId>,
) -> ApiResult<HashMap<VersionId, VersionWithUser>> {
    let ids: BTreeSet<VersionId> = ids.collect();
    let rows = session.list_versions_by_ids(asset, &Vec::from_iter(ids)).await?;
    Ok(rows.into_iter().map(|row| (row.version.id, row)).collect())
}

/// One version.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/versions/{version_id}", tag = "Versions", operation_id = "find_version",
    params(("asset_id" = AssetId, Path), ("version_id" = VersionId, Path)),
    responses((status = 200, description = "The version.", body = Version))
)]
async fn find_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
) -> ApiResult<Tagged<Version>> {
    let row = get_version(&mut app.store.read().await?, caller.workspace_id, asset_id, id).await?;
    Ok(Tagged(views::version(&row.version, &row.user)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct VersionPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Brighter eyes")]
    name: Option<Line<255>>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<10_000>>>,
    /// `null` takes the picture away; anything else is ignored.
    #[schema(value_type = serde_json::Value)]
    #[serde(default, deserialize_with = "nullable")]
    thumbnail_file_id: Option<Option<IgnoredAny>>,
}

/// Change a version's name or description, or take its picture away. Its content never changes.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/versions/{version_id}", tag = "Versions",
    operation_id = "update_version",
    params(
        ("asset_id" = AssetId, Path), ("version_id" = VersionId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    request_body(content = VersionPatch, description = "The same members may be given in the query."),
    responses((status = 200, description = "The version as it is now.", body = Version))
)]
async fn update_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    if_match: IfMatch,
    Input(patch): Input<VersionPatch>,
) -> ApiResult<Tagged<Version>> {
    let mut change = caller.begin(&app).await?;
    let row = get_version(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    if_match.check(&views::version(&row.version, &row.user))?;
    let picture = picture_files::or_taken_away(None, patch.thumbnail_file_id);
    let before = row.version.thumbnail_file_id;
    let changes = VersionChanges {
        name: patch.name.map(|Line(name)| name),
        description: patch.description.map(|text| text.map(|Text(text)| text)),
        thumbnail_file_id: pictures::keep(&app, &mut change, caller.account_id, picture, before).await?,
    };
    change.tx.update_version(asset_id, id, &changes, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::VersionUpdated, id));
    finish(change, caller.workspace_id, asset_id, id).await
}

/// Put a version into the trash. Where it was the current one, the newest of the others becomes it.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/versions/{version_id}", tag = "Versions",
    operation_id = "delete_version",
    params(
        ("asset_id" = AssetId, Path), ("version_id" = VersionId, Path),
        ("if-match" = Option<String>, Header, description = "The ETag last seen."),
    ),
    responses(
        (status = 204, description = "It is in the trash."),
        (status = 409, description = "It is the asset's only version."),
    )
)]
async fn delete_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let asset = get(&mut change.tx, caller.workspace_id, asset_id).await?;
    let row = get_version(&mut change.tx, caller.workspace_id, asset_id, id).await?;
    if_match.check(&views::version(&row.version, &row.user))?;
    check_open(&mut change, caller.place(), &asset).await?;
    let Some(newest_other) = change.tx.newest_live_version(asset_id, Some(id)).await? else {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "This is the asset's only version; delete the asset, or add a version first",
        ));
    };
    if asset.current_version.id == id {
        change
            .tx
            .update_asset_current_version(asset_id, newest_other.id, change.sequence, change.now_ms)
            .await?;
    }
    change.tx.delete_version(asset_id, id, caller.user_id, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::VersionDeleted, id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a version the current one again, out of the trash if it is there.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/versions/{version_id}/restore", tag = "Versions",
    operation_id = "restore_version",
    params(("asset_id" = AssetId, Path), ("version_id" = VersionId, Path)),
    responses((status = 200, description = "The version, now the current one.", body = Version))
)]
async fn restore_version(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, VersionId)>,
) -> ApiResult<Tagged<Version>> {
    let mut change = caller.begin(&app).await?;
    let asset = get(&mut change.tx, caller.workspace_id, asset_id).await?;
    check_open(&mut change, caller.place(), &asset).await?;
    change
        .tx
        .find_version_any(caller.workspace_id, asset_id, id)
        .await?
        .ok_or_else(|| ApiError::not_found("version"))?;
    change.tx.restore_version(asset_id, id, change.sequence, change.now_ms).await?;
    change.tx.update_asset_current_version(asset_id, id, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(caller.workspace_id, asset_id, EventType::VersionRestored, id));
    previews::asset_changed(&mut change, &asset, None).await?;
    finish(change, caller.workspace_id, asset_id, id).await
}
