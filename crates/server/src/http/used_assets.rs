//! What an asset is made with, and where it is used: a model's textures and materials, as the server has seen them.

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::used_assets::Use;
use mudlark_types::wire::Asset;
use mudlark_types::{AssetId, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::assets;
use crate::http::extract::{Path, Query};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_used_assets));
    api.add(read, Origin::Mudlark, routes!(list_assets_using));
}

/// Assets that an asset's file names, such as the textures of a model, found by their paths from it: those that its current version
/// was last seen with. Oldest first, without those in the trash. What was not found is in the version's `facts.missing`.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/uses", tag = "Assets", operation_id = "list_used_assets",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_used_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    list(&app, &caller, id, Use::Of, &query, &uri).await
}

/// Assets in whose files an asset is used, such as the models that a texture shows on, by their current versions. Oldest first,
/// without those in the trash.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/used-by", tag = "Assets", operation_id = "list_assets_using",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_assets_using(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    list(&app, &caller, id, Use::By, &query, &uri).await
}

async fn list(
    app: &App,
    caller: &InWorkspace,
    id: AssetId,
    way: Use,
    query: &PageQuery,
    uri: &Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    let workspace = caller.workspace_id;
    let list = format!("use {way:?} {id}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    assets::get(&mut session, workspace, id).await?;
    let rows = session.list_used_assets(workspace, id, way, page).await?;
    let total = session.count_used_assets(workspace, id, way).await?;
    let paged = paging::finish(rows, &page, total, &list, uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    assets::show_page(&mut session, app.clock.now_ms(), workspace, paged).await
}
