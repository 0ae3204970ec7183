//! Favorites and subscriptions: assets that the caller chose for themselves. Nobody else sees them.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::AssetMark;
use mudlark_types::wire::Asset;
use mudlark_types::{AssetId, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::assets;
use crate::http::conditional::Tagged;
use crate::http::extract::{Path, Query};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let mark = Access::Workspace(Scope::FavoritesWrite, WorkspacePermission::Read);
    api.add(read, Origin::Mudlark, routes!(list_favorites));
    api.add(mark, Origin::Mudlark, routes!(add_favorite));
    api.add(mark, Origin::Mudlark, routes!(remove_favorite));
    api.add(read, Origin::Mudlark, routes!(list_asset_subscriptions));
    api.add(mark, Origin::Mudlark, routes!(add_asset_subscription));
    api.add(mark, Origin::Mudlark, routes!(remove_asset_subscription));
}

/// The caller's favorites in the workspace, oldest asset first; without those in the trash.
#[utoipa::path(
    get, path = "/workspaces/assets/favorites", tag = "Favorites", operation_id = "list_favorites",
    params(PageQuery),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_favorites(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    list(&app, &caller, AssetMark::Favorite, &query, &uri).await
}

async fn list(
    app: &App,
    caller: &InWorkspace,
    mark: AssetMark,
    query: &PageQuery,
    uri: &Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    let (workspace, user) = (caller.workspace_id, caller.user_id);
    let list = format!("{}s {workspace} {user}", mark.as_str());
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_marked_assets(workspace, user, mark, page).await?;
    let total = session.count_marked_assets(workspace, user, mark).await?;
    let paged = paging::finish(rows, &page, total, &list, uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    assets::show_page(&mut session, app.clock.now_ms(), workspace, paged).await
}

/// Make an asset a favorite of the caller's. Where it is one already, nothing changes.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/favorites", tag = "Favorites", operation_id = "add_favorite",
    params(("asset_id" = AssetId, Path)),
    responses((status = 200, description = "The asset.", body = Asset))
)]
async fn add_favorite(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<Tagged<Asset>> {
    add(&app, &caller, id, AssetMark::Favorite).await
}

async fn add(app: &App, caller: &InWorkspace, id: AssetId, mark: AssetMark) -> ApiResult<Tagged<Asset>> {
    let mut change = caller.begin(app).await?;
    let asset = assets::get(&mut change.tx, caller.workspace_id, id).await?;
    change.tx.insert_asset_mark(&asset, caller.user_id, mark, change.now_ms).await?;
    assets::finish(change, caller.workspace_id, id).await
}

/// Let an asset be no favorite of the caller's, whether it was one or not.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/favorites", tag = "Favorites", operation_id = "remove_favorite",
    params(("asset_id" = AssetId, Path)),
    responses((status = 204, description = "It is no favorite."))
)]
async fn remove_favorite(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<StatusCode> {
    remove(&app, &caller, id, AssetMark::Favorite).await
}

async fn remove(app: &App, caller: &InWorkspace, id: AssetId, mark: AssetMark) -> ApiResult<StatusCode> {
    let mut change = caller.begin(app).await?;
    let asset = assets::get(&mut change.tx, caller.workspace_id, id).await?;
    change.tx.delete_asset_mark(&asset, caller.user_id, mark).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The assets in the workspace that the caller wants to hear of, oldest asset first; without those in the trash.
#[utoipa::path(
    get, path = "/workspaces/assets/subscriptions", tag = "Favorites", operation_id = "list_asset_subscriptions",
    params(PageQuery),
    responses((status = 200, description = "The assets.", body = Vec<Asset>))
)]
async fn list_asset_subscriptions(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Asset>>> {
    list(&app, &caller, AssetMark::Subscription, &query, &uri).await
}

/// Let the caller hear of what happens to an asset. Where they do already, nothing changes.
#[utoipa::path(
    post, path = "/workspaces/assets/{asset_id}/subscriptions", tag = "Favorites",
    operation_id = "add_asset_subscription",
    params(("asset_id" = AssetId, Path)),
    responses((status = 200, description = "The asset.", body = Asset))
)]
async fn add_asset_subscription(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<Tagged<Asset>> {
    add(&app, &caller, id, AssetMark::Subscription).await
}

/// Let the caller hear of an asset no longer, whether they did or not.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}/subscriptions", tag = "Favorites",
    operation_id = "remove_asset_subscription",
    params(("asset_id" = AssetId, Path)),
    responses((status = 204, description = "The caller does not hear of it."))
)]
async fn remove_asset_subscription(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<StatusCode> {
    remove(&app, &caller, id, AssetMark::Subscription).await
}
