//! Assets: put, read and changed. Their bytes go out in `downloads`, and in through `uploads` as well; how they are deleted
//! is in `asset_trash`.

mod beside;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::assets::ASSET_NAME_TAKEN;
use mudlark_store::{AssetChanges, AssetRow, Session, StatusRow, StoreError};
use mudlark_types::wire::Asset;
use mudlark_types::{AssetId, EventType, FileName, FolderPath, Scope, StatusId, VersionId, WorkspaceId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) use beside::Beside;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, Query, Text, Upload, ids, nullable, required};
use crate::http::folders::name_taken;
use crate::http::guard::InWorkspace;
use crate::http::paging::Paged;
use crate::http::registry::{Api, Origin};
use crate::http::versions;
use crate::ops::asset_events;
use crate::ops::asset_locks::check_open;
use crate::ops::change::Change;
use crate::ops::commit_content::{AssetFacts, publish, put_asset};
use crate::ops::event::Event;
use crate::ops::make_folders::make_folders;
use crate::ops::previews;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Documented, routes!(create_asset));
    api.add(read, Origin::Documented, routes!(list_assets_by_ids));
    api.add(read, Origin::Documented, routes!(find_asset));
    api.add(edit, Origin::Documented, routes!(update_asset));
    api.add(edit, Origin::Listed, routes!(rename_asset));
}

/// The longest description. *Units*: bytes.
const MAX_DESCRIPTION: usize = 10_000;

#[derive(Deserialize, utoipa::ToSchema)]
struct NewAssetInput {
    /// The content.
    #[schema(value_type = String, format = Binary, required)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// The folder; made if missing. By default the root, `/`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/Robot")]
    file_location: Option<FolderPath>,
    /// By default the file's own name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, format = "file-name", example = "robot.png")]
    name: Option<FileName>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_type_id: Option<Option<Uuid>>,
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    status_id: Option<Option<StatusId>>,
}

/// Put a file: a new asset, or, where the folder has one of this name, its next version.
#[utoipa::path(
    post, path = "/workspaces/assets", tag = "Assets", operation_id = "create_asset",
    request_body(content = NewAssetInput, content_type = "multipart/form-data"),
    responses((status = 200, description = "The asset, with the new version as its current one.", body = Asset))
)]
async fn create_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Upload { input, file }: Upload<NewAssetInput>,
) -> ApiResult<Tagged<Asset>> {
    let file = required(file, "file")?;
    let file_name = file_name(file.name.as_deref(), input.name.as_ref())?;
    let name = input.name.unwrap_or_else(|| file_name.clone());
    status_of(&mut app.store.read().await?, caller.workspace_id, input.status_id.flatten()).await?;
    let folder_path = input.file_location.unwrap_or_else(FolderPath::root);
    let content = publish(&app, caller.account_id, file_name.as_str().to_owned(), file.content).await?;
    let facts = AssetFacts {
        description: input.description.map(|text| text.map(|Text(text)| text)),
        asset_type_id: input.asset_type_id,
        status_id: input.status_id,
    };
    let mut change = caller.begin(&app).await?;
    let folder = make_folders(&app, &mut change, caller.workspace_id, caller.user_id, &folder_path).await?;
    let id = put_asset(&app, &mut change, caller.place(), &folder, &name, facts, &content).await?;
    finish(change, caller.workspace_id, id).await
}

/// What the file is called: by its own name where the client gives one, else by the asset's.
pub(super) fn file_name(given: Option<&str>, asset_name: Option<&FileName>) -> ApiResult<FileName> {
    // Some clients send a path; the last segment is the name.
    match given.map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path)).filter(|name| !name.is_empty()) {
        Some(name) => FileName::parse(name).map_err(|error| ApiError::invalid_field("file", error)),
        None => asset_name
            .cloned()
            .ok_or_else(|| ApiError::invalid_field("name", "is required: the file has none")),
    }
}

/// The status, if one is given. One that is not the workspace's is refused.
async fn status_of(
    session: &mut Session,
    workspace: WorkspaceId,
    status: Option<StatusId>,
) -> ApiResult<Option<StatusRow>> {
    let Some(status) = status else { return Ok(None) };
    match session.find_asset_status(workspace, status).await? {
        Some(status) => Ok(Some(status)),
        None => Err(ApiError::invalid_field("status_id", "must be one of the workspace's asset statuses")),
    }
}

/// Commits a change of an asset and answers the asset as it is now.
pub(super) async fn finish(
    mut change: Change,
    workspace: WorkspaceId,
    id: AssetId,
) -> ApiResult<Tagged<Asset>> {
    let asset = get(&mut change.tx, workspace, id).await?;
    let asset = show(&mut change.tx, &asset, change.now_ms).await?;
    change.commit().await?;
    Ok(Tagged(asset))
}

/// The asset, or 404.
pub(super) async fn get(session: &mut Session, workspace: WorkspaceId, id: AssetId) -> ApiResult<AssetRow> {
    session.find_asset(workspace, id).await?.ok_or_else(|| ApiError::not_found("asset"))
}

/// The asset as it goes over the wire.
pub(super) async fn show(session: &mut Session, row: &AssetRow, now_ms: i64) -> ApiResult<Asset> {
    Beside::of(session, row.workspace_id, std::slice::from_ref(row)).await?.show(row.clone(), now_ms)
}

/// One asset.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}", tag = "Assets", operation_id = "find_asset",
    params(("asset_id" = AssetId, Path)),
    responses(
        (status = 200, description = "The asset.", body = Asset),
        (status = 404, description = "There is no such asset in this workspace."),
    )
)]
async fn find_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<Tagged<Asset>> {
    let mut session = app.store.read().await?;
    let found = session.find_asset_with_user(caller.workspace_id, id).await?;
    let found = found.ok_or_else(|| ApiError::not_found("asset"))?;
    beside::show_with_user(&mut session, found, app.clock.now_ms()).await.map(Tagged)
}

#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct Ids {
    /// At most 1000.
    #[schema(required, value_type = Vec<AssetId>)]
    #[serde(default, deserialize_with = "ids::<1000, _, _>")]
    pub(super) ids: Option<Vec<AssetId>>,
}

/// Several assets, in the order asked for; unknown ids are left out.
#[utoipa::path(
    get, path = "/workspaces/assets/getByIds", tag = "Assets", operation_id = "list_assets_by_ids",
    params(("ids" = Vec<AssetId>, Query, description = "At most 1000; repeated, or with commas between.")),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_assets_by_ids(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<Ids>,
) -> ApiResult<Json<Vec<Asset>>> {
    let ids = required(query.ids, "ids")?;
    let now_ms = app.clock.now_ms();
    show_by_ids(&mut app.store.read().await?, now_ms, caller.workspace_id, &ids).await.map(Json)
}

/// The workspace's assets of these ids as they go over the wire, in their order; unknown ids are left out.
pub(super) async fn show_by_ids(
    session: &mut Session,
    now_ms: i64,
    workspace: WorkspaceId,
    ids: &[AssetId],
) -> ApiResult<Vec<Asset>> {
    let rows = session.list_assets_by_ids(workspace, ids).await?;
    let beside = Beside::of(session, workspace, &rows).await?;
    let mut by_id: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    let found = ids.iter().filter_map(|id| by_id.remove(id));
    found.map(|row| beside.show(row, now_ms)).collect()
}

/// A page of assets as they go over the wire.
pub(super) async fn show_page(
    session: &mut Session,
    now_ms: i64,
    workspace: WorkspaceId,
    page: Paged<Vec<AssetRow>>,
) -> ApiResult<Paged<Vec<Asset>>> {
    let beside = Beside::of(session, workspace, &page.rows).await?;
    page.try_map(|row| beside.show(row, now_ms))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AssetPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, format = "file-name")]
    name: Option<FileName>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    /// One of the workspace's asset statuses; `null` for none.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    status_id: Option<Option<StatusId>>,
    /// A label of the studio's own; `null` for none.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_type_id: Option<Option<Uuid>>,
    /// Moves the asset to this folder, which is made if missing.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/Robot")]
    file_location: Option<FolderPath>,
    /// Makes another of the asset's versions the current one: rolls back.
    current_version_id: Option<VersionId>,
}

impl AssetPatch {
    /// Whether it changes what is the lock's holder's alone to change.
    fn is_of_what_locks_keep(&self) -> bool {
        self.name.is_some() || self.file_location.is_some() || self.current_version_id.is_some()
    }
}

/// Change an asset: its name, description, status, type, folder, or current version.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}", tag = "Assets", operation_id = "update_asset",
    params(("asset_id" = AssetId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = AssetPatch, description = "The same members may be given in the query."),
    responses(
        (status = 200, description = "The asset as it is now.", body = Asset),
        (status = 409, description = "Another asset in the folder has this name."),
    )
)]
async fn update_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    if_match: IfMatch,
    Input(patch): Input<AssetPatch>,
) -> ApiResult<Tagged<Asset>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let asset = get(&mut change.tx, workspace, id).await?;
    if_match.check(&show(&mut change.tx, &asset, change.now_ms).await?)?;
    if patch.is_of_what_locks_keep() {
        check_open(&mut change, caller.place(), &asset).await?;
    }
    let status = status_of(&mut change.tx, workspace, patch.status_id.flatten()).await?;
    let folder = match &patch.file_location {
        Some(location) => Some(make_folders(&app, &mut change, workspace, caller.user_id, location).await?),
        None => None,
    };
    if let Some(version) = patch.current_version_id {
        versions::check_own(&mut change.tx, workspace, id, version, "current_version_id").await?;
        change.tx.update_asset_current_version(id, version, change.sequence, change.now_ms).await?;
        change.record(Event::of_asset(workspace, id, EventType::VersionRestored, version));
    }
    let changes = AssetChanges {
        file_name: renamed_file(&asset, patch.name.as_ref()),
        name: patch.name.as_ref().map(|name| name.as_str().to_owned()),
        name_key: patch.name.as_ref().map(FileName::key),
        description: patch.description.map(|text| text.map(|Text(text)| text)),
        asset_type_id: patch.asset_type_id,
        status_id: patch.status_id,
        folder_id: folder.as_ref().map(|folder| folder.id),
    };
    let name = patch.name.as_ref().map_or(asset.name.as_str(), FileName::as_str);
    change
        .tx
        .update_asset(workspace, id, &changes, change.sequence, change.now_ms)
        .await
        .map_err(|error| taken(error, name))?;
    asset_events::record(&mut change, &asset, &changes, folder.as_ref(), status.as_ref());
    if patch.name.is_some() || folder.is_some() || patch.current_version_id.is_some() {
        previews::asset_changed(&mut change, &asset, patch.name.as_ref()).await?;
    }
    finish(change, workspace, id).await
}

/// The file keeps following the asset's name as long as the two were the same.
fn renamed_file(asset: &AssetRow, name: Option<&FileName>) -> Option<String> {
    name.filter(|_| asset.file_name == asset.name).map(|name| name.as_str().to_owned())
}

pub(super) fn taken(error: StoreError, name: &str) -> ApiError {
    if error.is_conflict_on(ASSET_NAME_TAKEN) {
        name_taken("asset", name)
    } else {
        ApiError::from_store(error)
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewName {
    #[schema(value_type = String, min_length = 1, max_length = 255, format = "file-name", required, example = "robot_final.png")]
    name: Option<FileName>,
}

/// Rename an asset.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/rename", tag = "Assets", operation_id = "rename_asset",
    params(("asset_id" = AssetId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = NewName, description = "`name` may be given in the query."),
    responses(
        (status = 200, description = "The asset as it is now.", body = Asset),
        (status = 409, description = "Another asset in the folder has this name."),
    )
)]
async fn rename_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    if_match: IfMatch,
    Input(input): Input<NewName>,
) -> ApiResult<Tagged<Asset>> {
    let name = required(input.name, "name")?;
    let mut change = caller.begin(&app).await?;
    let asset = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&show(&mut change.tx, &asset, change.now_ms).await?)?;
    check_open(&mut change, caller.place(), &asset).await?;
    let changes = AssetChanges {
        file_name: renamed_file(&asset, Some(&name)),
        name: Some(name.as_str().to_owned()),
        name_key: Some(name.key()),
        ..AssetChanges::default()
    };
    change
        .tx
        .update_asset(caller.workspace_id, id, &changes, change.sequence, change.now_ms)
        .await
        .map_err(|error| taken(error, name.as_str()))?;
    asset_events::record(&mut change, &asset, &changes, None, None);
    previews::asset_changed(&mut change, &asset, Some(&name)).await?;
    finish(change, caller.workspace_id, id).await
}
