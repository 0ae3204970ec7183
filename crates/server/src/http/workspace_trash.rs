//! The workspaces in an account's trash: looked through, restored, removed for good. They get there by
//! `DELETE /workspaces`; what is inside a workspace has a trash of its own.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{Session, TrashedWorkspaceRow};
use mudlark_types::wire::{TrashedWorkspace, Workspace};
use mudlark_types::{Scope, WorkspaceId};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::accounts;
use crate::http::conditional::Tagged;
use crate::http::extract::{Path, Query};
use crate::http::guard::Authenticated;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::trash::retention_ms;
use crate::ops::workspace_trash::{restore, start_purge};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let see = Access::Account(Scope::WorkspacesRead, AccountPermission::Administer);
    let change = Access::Account(Scope::WorkspacesWrite, AccountPermission::Administer);
    api.add(see, Origin::Mudlark, routes!(list_trashed_workspaces));
    api.add(change, Origin::Mudlark, routes!(restore_trashed_workspace));
    api.add(change, Origin::Mudlark, routes!(purge_trashed_workspace));
}

/// The account's workspaces in the trash, oldest first. A key that is narrowed to workspaces sees those of its own.
#[utoipa::path(
    get, path = "/accounts/trash", tag = "Trash", operation_id = "list_trashed_workspaces",
    params(PageQuery),
    responses((status = 200, description = "The workspaces, and until when each can be restored.", body = Vec<TrashedWorkspace>))
)]
async fn list_trashed_workspaces(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<TrashedWorkspace>>> {
    let id = caller.account_id();
    let only = caller
        .caller()
        .limits()
        .and_then(|limits| limits.workspace_ids.as_ref())
        .map(|ids| ids.iter().copied().collect::<Vec<_>>());
    let list = format!("workspaces in the trash {id}");
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_trashed_workspaces(id, only.as_deref(), page).await?;
    let total = session.count_trashed_workspaces(id, only.as_deref()).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.deleted_at_ms, row.id.as_uuid()))?;
    let kept_ms = retention_ms(&app);
    Ok(paged.map(|row| views::trashed_workspace(row, kept_ms)))
}

/// The workspace, or 404.
async fn get(
    session: &mut Session,
    caller: &Authenticated,
    id: WorkspaceId,
) -> ApiResult<TrashedWorkspaceRow> {
    let found = if caller.caller().limits().is_none_or(|limits| limits.allow_workspace(id)) {
        session.find_trashed_workspace(caller.account_id(), id).await?
    } else {
        None
    };
    found.ok_or_else(|| ApiError::not_found("workspace in the trash"))
}

/// Take a workspace out of the trash, with all that is in it. Its members may enter it again once this is answered.
#[utoipa::path(
    post, path = "/accounts/trash/{workspace_id}/restore", tag = "Trash", operation_id = "restore_trashed_workspace",
    params(("workspace_id" = WorkspaceId, Path)),
    responses((status = 200, description = "The workspace.", body = Workspace))
)]
async fn restore_trashed_workspace(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<WorkspaceId>,
) -> ApiResult<Tagged<Workspace>> {
    let mut change = caller.begin(&app).await?;
    let entry = get(&mut change.tx, &caller, id).await?;
    let revision = restore(&app, &mut change, &entry, caller.actor()).await?;
    change.commit().await?;
    settle(&app, revision).await?;
    accounts::open_workspace(&app, &caller, id).await.map(Tagged)
}

/// Remove a workspace of the trash for good, with all that is in it. It can't be restored once this is answered; what it
/// holds counts for the account until it has been cleared away.
#[utoipa::path(
    delete, path = "/accounts/trash/{workspace_id}", tag = "Trash", operation_id = "purge_trashed_workspace",
    params(("workspace_id" = WorkspaceId, Path)),
    responses((status = 204, description = "It is gone."))
)]
async fn purge_trashed_workspace(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<WorkspaceId>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let entry = get(&mut change.tx, &caller, id).await?;
    start_purge(&app, &mut change, &entry, caller.actor()).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
