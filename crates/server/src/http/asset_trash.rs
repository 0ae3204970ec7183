//! Assets put into the trash, and taken out again.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_types::wire::Asset;
use mudlark_types::{AssetId, ErrorCode, EventType, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::{self, Ids};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, required_list};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::ops::asset_locks::check_open;
use crate::ops::event::Event;
use crate::ops::previews;
use crate::ops::trash::restore_asset as restore_asset_into_its_folder;

pub(crate) fn routes(api: &mut Api) {
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Listed, routes!(delete_asset));
    api.add(edit, Origin::Listed, routes!(delete_assets));
    api.add(edit, Origin::Listed, routes!(restore_asset));
}

/// Put an asset into the trash.
#[utoipa::path(
    delete, path = "/workspaces/assets/{asset_id}", tag = "Assets", operation_id = "delete_asset",
    params(("asset_id" = AssetId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses((status = 204, description = "It is in the trash."))
)]
async fn delete_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let asset = assets::get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&assets::show(&mut change.tx, &asset, change.now_ms).await?)?;
    check_open(&mut change, caller.place(), &asset).await?;
    change.tx.delete_asset(caller.workspace_id, id, caller.user_id, change.sequence, change.now_ms).await?;
    let event = Event::of_asset(caller.workspace_id, id, EventType::AssetDeleted, id);
    change.record(event.with("name", &asset.name));
    previews::asset_changed(&mut change, &asset, None).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an asset out of the trash. One that is not there is answered as it is.
#[utoipa::path(
    patch, path = "/workspaces/assets/{asset_id}/restore", tag = "Assets", operation_id = "restore_asset",
    params(("asset_id" = AssetId, Path)),
    responses(
        (status = 200, description = "The asset.", body = Asset),
        (status = 409, description = "Another asset has taken its name."),
    )
)]
async fn restore_asset(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<AssetId>,
) -> ApiResult<Tagged<Asset>> {
    let mut change = caller.begin(&app).await?;
    let workspace = caller.workspace_id;
    let asset = change.tx.find_asset_any(workspace, id).await?.ok_or_else(|| ApiError::not_found("asset"))?;
    if asset.deleted_at_ms.is_none() {
        return assets::show(&mut change.tx, &asset, change.now_ms).await.map(Tagged);
    }
    restore_asset_into_its_folder(&app, &mut change, caller.place(), &asset).await?;
    assets::finish(change, workspace, id).await
}

/// Put several assets into the trash: all of them, or, where one of them is not there, none.
#[utoipa::path(
    delete, path = "/workspaces/assets", tag = "Assets", operation_id = "delete_assets",
    params(("ids" = Option<Vec<AssetId>>, Query, description = "At most 1000; repeated, or with commas between. Or in the body.")),
    request_body(content = Option<Ids>, description = "May be left out where the ids are in the query."),
    responses(
        (status = 204, description = "They are in the trash."),
        (status = 404, description = "One is not in this workspace; nothing was deleted."),
    )
)]
async fn delete_assets(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<Ids>,
) -> ApiResult<StatusCode> {
    let ids: BTreeSet<AssetId> = required_list(input.ids, "ids")?.into_iter().collect();
    let mut change = caller.begin(&app).await?;
    let (sequence, now_ms) = (change.sequence, change.now_ms);
    let asked: Vec<AssetId> = ids.iter().copied().collect();
    let assets = change.tx.list_assets_by_ids(caller.workspace_id, &asked).await?;
    for asset in &assets {
        check_open(&mut change, caller.place(), asset).await?;
    }
    for id in ids {
        if !change.tx.delete_asset(caller.workspace_id, id, caller.user_id, sequence, now_ms).await? {
            let message = format!("There is no asset {id} in this workspace; nothing was deleted");
            return Err(ApiError::new(ErrorCode::NotFound, message));
        }
        change.record(Event::of_asset(caller.workspace_id, id, EventType::AssetDeleted, id));
    }
    for asset in &assets {
        previews::asset_changed(&mut change, asset, None).await?;
    }
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
