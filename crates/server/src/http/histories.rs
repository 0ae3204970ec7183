//! Histories: who did what to an asset, in a workspace, in an account; and what happened to the caller.

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_store::{EventPlace, EventRow, Session};
use mudlark_types::wire::{AccountHistory, AssetHistory, UserHistory, WorkspaceHistory};
use mudlark_types::{AssetId, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Path, Query};
use crate::http::guard::{Authenticated, InWorkspace};
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::views::history;

pub(crate) fn routes(api: &mut Api) {
    let in_workspace = Access::Workspace(Scope::HistoryRead, WorkspacePermission::Read);
    let in_account = Access::Account(Scope::HistoryRead, AccountPermission::Read);
    api.add(in_workspace, Origin::Documented, routes!(list_asset_history));
    api.add(in_workspace, Origin::Documented, routes!(list_workspace_history));
    api.add(in_account, Origin::Documented, routes!(list_account_history));
    api.add(Access::Token(Scope::UsersRead), Origin::Documented, routes!(list_user_history));
}

/// What happened to an asset, oldest first. One in the trash has its history still.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/history", tag = "Histories", operation_id = "list_asset_history",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The entries.", body = Vec<AssetHistory>))
)]
async fn list_asset_history(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<AssetHistory>>> {
    let workspace = caller.workspace_id;
    let mut session = app.store.read().await?;
    if session.find_asset_any(workspace, asset_id).await?.is_none() {
        return Err(ApiError::not_found("asset"));
    }
    let place = EventPlace::Asset(workspace, asset_id);
    list(&mut session, place, &query, &uri).await?.try_map(history::asset_history)
}

/// What happened in the workspace, to its assets too, oldest first.
#[utoipa::path(
    get, path = "/workspaces/history", tag = "Histories", operation_id = "list_workspace_history",
    params(PageQuery),
    responses((status = 200, description = "The entries.", body = Vec<WorkspaceHistory>))
)]
async fn list_workspace_history(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<WorkspaceHistory>>> {
    let place = EventPlace::Workspace(caller.workspace_id);
    let paged = list(&mut app.store.read().await?, place, &query, &uri).await?;
    paged.try_map(history::workspace_history)
}

/// What happened in the account outside its workspaces, oldest first. What was done with keys is in the audit trail.
#[utoipa::path(
    get, path = "/accounts/history", tag = "Histories", operation_id = "list_account_history",
    params(PageQuery),
    responses((status = 200, description = "The entries.", body = Vec<AccountHistory>))
)]
async fn list_account_history(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<AccountHistory>>> {
    let place = EventPlace::Account(caller.account_id());
    let paged = list(&mut app.store.read().await?, place, &query, &uri).await?;
    paged.try_map(history::account_history)
}

/// What happened to the caller, oldest first.
#[utoipa::path(
    get, path = "/users/history", tag = "Histories", operation_id = "list_user_history",
    params(PageQuery),
    responses((status = 200, description = "The entries.", body = Vec<UserHistory>))
)]
async fn list_user_history(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<UserHistory>>> {
    let user = caller.user_id();
    let list = format!("user history {user}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_events_about_user(user, page).await?;
    let total = session.count_events_about_user(user).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    paged.try_map(history::user_history)
}

async fn list(
    session: &mut Session,
    place: EventPlace,
    query: &PageQuery,
    uri: &Uri,
) -> ApiResult<Paged<Vec<EventRow>>> {
    let list = format!("history {place:?}");
    let page = query.page(&list)?;
    let rows = session.list_events(place, page).await?;
    let total = session.count_events(place).await?;
    paging::finish(rows, &page, total, &list, uri, |row| (row.sequence, row.id.as_uuid()))
}
