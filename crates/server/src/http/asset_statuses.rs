//! The statuses that a workspace's assets can have.

use axum::Json;
use axum::extract::State;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::Scope;
use mudlark_types::wire::AssetStatus;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(
        Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read),
        Origin::Listed,
        routes!(list_asset_statuses),
    );
}

/// The workspace's asset statuses, in their order.
#[utoipa::path(
    get, path = "/workspaces/assetStatuses", tag = "Assets", operation_id = "list_asset_statuses",
    responses((status = 200, description = "The statuses.", body = Vec<AssetStatus>))
)]
async fn list_asset_statuses(
    State(app): State<App>,
    caller: InWorkspace,
) -> ApiResult<Json<Vec<AssetStatus>>> {
    let rows = app.store.read().await?.list_asset_statuses(caller.workspace_id).await?;
    Ok(Json(rows.iter().map(views::asset_status).collect()))
}
