//! Who belongs to the account and to a workspace.

use std::collections::HashSet;

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_store::Session;
use mudlark_types::wire::{AccountMember, WorkspaceMember};
use mudlark_types::{Scope, UserId, WorkspaceId};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::Query;
use crate::http::guard::{Authenticated, InWorkspace};
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let in_account = Access::Account(Scope::AccountsRead, AccountPermission::Read);
    api.add(in_account, Origin::Documented, routes!(list_account_members));
    let in_workspace = Access::Workspace(Scope::WorkspacesRead, WorkspacePermission::Read);
    api.add(in_workspace, Origin::Documented, routes!(list_workspace_members));
}

/// The account's members, longest first. Keys are among them, as the service users that they act as.
#[utoipa::path(
    get, path = "/accounts/members", tag = "Accounts", operation_id = "list_account_members",
    params(PageQuery),
    responses((status = 200, description = "The members.", body = Vec<AccountMember>))
)]
async fn list_account_members(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<AccountMember>>> {
    let list = format!("account members {}", caller.account_id());
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_account_members(caller.account_id(), page).await?;
    let total = session.count_account_members(caller.account_id()).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| {
        (row.member.created_at_ms, row.member.user_id.as_uuid())
    })?;
    Ok(paged.map(|row| views::account_member(&row.member, &row.user)))
}

/// The members of the workspace, longest first. Who enters by a key with roles in every workspace is not among them.
#[utoipa::path(
    get, path = "/workspaces/members", tag = "Workspaces", operation_id = "list_workspace_members",
    params(PageQuery),
    responses((status = 200, description = "The members.", body = Vec<WorkspaceMember>))
)]
async fn list_workspace_members(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<WorkspaceMember>>> {
    let list = format!("workspace members {}", caller.workspace_id);
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_workspace_members(caller.workspace_id, page).await?;
    let total = session.count_workspace_members(caller.workspace_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| {
        (row.member.created_at_ms, row.member.user_id.as_uuid())
    })?;
    Ok(paged.map(|row| views::workspace_member(&row.member, &row.user)))
}

/// Refuses, for an input, users who are not in the workspace.
pub(super) async fn check_in_workspace(
    session: &mut Session,
    workspace: WorkspaceId,
    users: impl IntoIterator<Item = UserId>,
    field: &str,
) -> ApiResult<()> {
    for user in users {
        if !session.is_in_workspace(workspace, user).await? {
            return Err(ApiError::invalid_field(field, "must be somebody in the workspace"));
        }
    }
    Ok(())
}

/// The users in their order, without repetitions.
pub(super) fn each_once(mut users: Vec<UserId>) -> Vec<UserId> {
    let mut seen = HashSet::new();
    users.retain(|user| seen.insert(*user));
    users
}
