//! Which asset is in which of the workspace's libraries, seen from either side.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::{Asset, Library};
use mudlark_types::{AssetId, ErrorCode, EventType, LibraryId, Scope};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::{self, Ids};
use crate::http::conditional::Tagged;
use crate::http::extract::{BareList, InputOrList, Path, Query, ids, required_list};
use crate::http::guard::InWorkspace;
use crate::http::libraries;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::LibrariesRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::LibrariesWrite, WorkspacePermission::EditArt);
    api.add(read, Origin::Mudlark, routes!(list_library_assets));
    api.add(edit, Origin::Mudlark, routes!(add_library_assets));
    api.add(edit, Origin::Mudlark, routes!(remove_library_assets));
    api.add(read, Origin::Mudlark, routes!(list_asset_libraries));
    api.add(edit, Origin::Mudlark, routes!(add_asset_libraries));
    api.add(read, Origin::Mudlark, routes!(find_asset_library));
    api.add(edit, Origin::Mudlark, routes!(add_asset_library));
    api.add(edit, Origin::Mudlark, routes!(remove_asset_library));
}

/// The assets in a library, oldest first; without those in the trash.
#[utoipa::path(
    get, path = "/workspaces/libraries/{library_id}/assets", tag = "Libraries", operation_id = "list_library_assets",
    params(("library_id" = LibraryId, Path), PageQuery),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_library_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    let workspace = caller.workspace_id;
    let list = format!("library {id}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    libraries::get(&mut session, workspace, id).await?;
    let rows = session.list_assets_in_library(workspace, id, page).await?;
    let total = session.count_assets_in_library(workspace, id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    assets::show_page(&mut session, app.clock.now_ms(), workspace, paged).await
}

impl BareList for Ids {
    const MEMBER: &'static str = "ids";
}

/// What goes over the wire: the members, or the list alone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "read as Ids; this is what the document shows")]
enum IdsBody {
    Members(Ids),
    List(Vec<AssetId>),
}

/// Put assets into a library. It keeps those that it has.
///
/// The body is the list of their ids, or an object with it as `ids`.
#[utoipa::path(
    post, path = "/workspaces/libraries/{library_id}/assets", tag = "Libraries", operation_id = "add_library_assets",
    params(("library_id" = LibraryId, Path)),
    request_body(content = IdsBody, description = "`ids` may be given in the query, repeated or with commas between."),
    responses(
        (status = 200, description = "The assets asked for, in that order.", body = Vec<Asset>),
        (status = 404, description = "One is not in this workspace; nothing was changed."),
    )
)]
async fn add_library_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
    InputOrList(input): InputOrList<Ids>,
) -> ApiResult<Json<Vec<Asset>>> {
    let ids = required_list(input.ids, "ids")?;
    let mut change = caller.begin(&app).await?;
    libraries::get(&mut change.tx, caller.workspace_id, id).await?;
    for asset in &ids {
        if !put(&mut change, &caller, id, *asset).await? {
            return Err(missing("asset", asset, "workspace"));
        }
    }
    let shown = assets::show_by_ids(&mut change.tx, change.now_ms, caller.workspace_id, &ids).await?;
    change.commit().await?;
    Ok(Json(shown))
}

/// Puts an asset into a library. Answers whether the workspace has such an asset.
async fn put(
    change: &mut Change,
    caller: &InWorkspace,
    library: LibraryId,
    asset: AssetId,
) -> ApiResult<bool> {
    let (workspace, user, now_ms) = (caller.workspace_id, caller.user_id, change.now_ms);
    let inserted = change.tx.insert_library_asset(workspace, library, asset, user, now_ms).await?;
    if inserted == Some(true) {
        change.record(Event::of_asset(workspace, asset, EventType::LibraryAssetAdded, library));
    }
    Ok(inserted.is_some())
}

/// Takes an asset out of a library. Answers whether it was in it.
async fn take(
    change: &mut Change,
    caller: &InWorkspace,
    library: LibraryId,
    asset: AssetId,
) -> ApiResult<bool> {
    let was_in_it = change.tx.delete_library_asset(library, asset).await?;
    if was_in_it {
        let removed = EventType::LibraryAssetRemoved;
        change.record(Event::of_asset(caller.workspace_id, asset, removed, library));
    }
    Ok(was_in_it)
}

/// The refusal of a list of which one thing is not there.
fn missing(what: &str, id: impl std::fmt::Display, place: &str) -> ApiError {
    let message = format!("There is no {what} {id} in this {place}; nothing was changed");
    ApiError::new(ErrorCode::NotFound, message)
}

/// Take assets out of a library: all of them, or, where one of them is not in it, none. They stay in their folders.
#[utoipa::path(
    delete, path = "/workspaces/libraries/{library_id}/assets", tag = "Libraries",
    operation_id = "remove_library_assets",
    params(
        ("library_id" = LibraryId, Path),
        ("ids" = Option<Vec<AssetId>>, Query, description = "At most 1000; repeated, or with commas between. Or in the body."),
    ),
    request_body(content = Option<IdsBody>, description = "May be left out where the ids are in the query."),
    responses(
        (status = 204, description = "They are not in the library."),
        (status = 404, description = "One was not in it; nothing was changed."),
    )
)]
async fn remove_library_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
    InputOrList(input): InputOrList<Ids>,
) -> ApiResult<StatusCode> {
    let assets: BTreeSet<AssetId> = required_list(input.ids, "ids")?.into_iter().collect();
    let mut change = caller.begin(&app).await?;
    libraries::get(&mut change.tx, caller.workspace_id, id).await?;
    for asset in assets {
        if !take(&mut change, &caller, id, asset).await? {
            return Err(missing("asset", asset, "library"));
        }
    }
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The libraries that an asset is in, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/libraries", tag = "Libraries", operation_id = "list_asset_libraries",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The libraries.", body = Vec<Library>))
)]
async fn list_asset_libraries(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Library>>> {
    let workspace = caller.workspace_id;
    let list = format!("libraries of {asset_id}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, asset_id).await?;
    let rows = session.list_libraries_of_asset(workspace, asset_id, page).await?;
    let total = session.count_libraries_of_asset(workspace, asset_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| views::library(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct LibraryIds {
    /// At most 1000.
    #[schema(required, value_type = Vec<LibraryId>)]
    #[serde(default, alias = "library_ids", deserialize_with = "ids::<1000, _, _>")]
    ids: Option<Vec<LibraryId>>,
}

impl BareList for LibraryIds {
    const MEMBER: &'static str = "ids";
}

/// What goes over the wire: the members, or the list alone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "read as LibraryIds; this is what the document shows")]
enum LibraryIdsBody {
    Members(LibraryIds),
    List(Vec<LibraryId>),
}

/// Put an asset into libraries. It stays in those that it is in.
///
/// The body is the list of the libraries' ids, or an object with it as `ids`.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/libraries", tag = "Libraries", operation_id = "add_asset_libraries",
    params(("asset_id" = AssetId, Path)),
    request_body(content = LibraryIdsBody, description = "`ids` may be given in the query, repeated or with commas between."),
    responses(
        (status = 200, description = "The libraries asked for, in that order.", body = Vec<Library>),
        (status = 404, description = "One is not in this workspace; nothing was changed."),
    )
)]
async fn add_asset_libraries(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    InputOrList(input): InputOrList<LibraryIds>,
) -> ApiResult<Json<Vec<Library>>> {
    let ids = required_list(input.ids, "ids")?;
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, caller.workspace_id, asset_id).await?;
    let mut shown = Vec::with_capacity(ids.len());
    for id in ids {
        let library = change.tx.find_library(caller.workspace_id, id).await?;
        shown.push(views::library(&library.ok_or_else(|| missing("library", id, "workspace"))?));
        put(&mut change, &caller, id, asset_id).await?;
    }
    change.commit().await?;
    Ok(Json(shown))
}

/// One of the libraries that an asset is in.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/libraries/{library_id}", tag = "Libraries",
    operation_id = "find_asset_library",
    params(("asset_id" = AssetId, Path), ("library_id" = LibraryId, Path)),
    responses((status = 200, description = "The library, which the asset is in.", body = Library))
)]
async fn find_asset_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, LibraryId)>,
) -> ApiResult<Tagged<Library>> {
    let mut session = app.store.read().await?;
    assets::get(&mut session, caller.workspace_id, asset_id).await?;
    let library = libraries::get(&mut session, caller.workspace_id, id).await?;
    if !session.is_in_library(id, asset_id).await? {
        return Err(ApiError::not_found("library"));
    }
    Ok(Tagged(views::library(&library)))
}

/// Put an asset into a library. Where it is in it already, nothing changes.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/libraries/{library_id}", tag = "Libraries",
    operation_id = "add_asset_library",
    params(("asset_id" = AssetId, Path), ("library_id" = LibraryId, Path)),
    responses((status = 200, description = "The library.", body = Library))
)]
async fn add_asset_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, LibraryId)>,
) -> ApiResult<Tagged<Library>> {
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, caller.workspace_id, asset_id).await?;
    let library = libraries::get(&mut change.tx, caller.workspace_id, id).await?;
    put(&mut change, &caller, id, asset_id).await?;
    change.commit().await?;
    Ok(Tagged(views::library(&library)))
}

/// Take an asset out of a library. It stays in its folder.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/libraries/{library_id}", tag = "Libraries",
    operation_id = "remove_asset_library",
    params(("asset_id" = AssetId, Path), ("library_id" = LibraryId, Path)),
    responses((status = 204, description = "It is not in the library."))
)]
async fn remove_asset_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path((asset_id, id)): Path<(AssetId, LibraryId)>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    assets::get(&mut change.tx, caller.workspace_id, asset_id).await?;
    libraries::get(&mut change.tx, caller.workspace_id, id).await?;
    if !take(&mut change, &caller, id, asset_id).await? {
        return Err(ApiError::not_found("library"));
    }
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
