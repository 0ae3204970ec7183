//! Changes of who belongs to the account and to a workspace, and with which roles.

use axum::extract::State;
use axum::http::StatusCode;
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_types::wire::{AccountMember, WorkspaceMember};
use mudlark_types::{AccountRole, AccountRoles, Scope, UserId, WorkspaceRole, WorkspaceRoles};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Path, required, role_names};
use crate::http::guard::Authenticated;
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::change::Change;
use crate::ops::change_member::{self, By};
use crate::views;

/// Who changes the members of an account, and of a workspace.
const ACCOUNT: Access = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);
const WORKSPACE: Access = Access::Workspace(Scope::WorkspacesWrite, WorkspacePermission::Administer);

pub(crate) fn routes(api: &mut Api) {
    api.add(ACCOUNT, Origin::Listed, routes!(update_account_member));
    api.add(ACCOUNT, Origin::Listed, routes!(delete_account_member));
    api.add(WORKSPACE, Origin::Documented, routes!(put_workspace_member));
    api.add(WORKSPACE, Origin::Listed, routes!(delete_workspace_member));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AccountRolesInput {
    /// In place of those that the member has: `owner`, `admin`, `member`. In the query or in the body.
    #[schema(value_type = Vec<AccountRole>, min_items = 1, required)]
    #[serde(default, deserialize_with = "role_names")]
    roles: Option<AccountRoles>,
}

/// Give a person other roles in the account.
///
/// Nobody gives more than they have, and only an owner changes an owner. The account keeps one owner at least. An
/// API key's roles are changed at `/accounts/api-keys/{key_id}`.
#[utoipa::path(
    put, path = "/accounts/members/{member_id}", tag = "Accounts", operation_id = "update_account_member",
    params(("member_id" = UserId, Path, description = "The member's user id.")),
    request_body(content = AccountRolesInput, description = "The same member may be given in the query."),
    responses(
        (status = 200, description = "The member as it is now.", body = AccountMember),
        (status = 409, description = "It is the last owner, or an API key."),
    )
)]
async fn update_account_member(
    State(app): State<App>,
    caller: Authenticated,
    Path(user_id): Path<UserId>,
    Input(input): Input<AccountRolesInput>,
) -> ApiResult<Tagged<AccountMember>> {
    let roles = required(input.roles, "roles")?;
    let mut change = caller.begin(&app).await?;
    let by = by(&caller, &mut change, ACCOUNT).await?;
    let revision = change_member::put_in_account(&app, &mut change, by, user_id, roles).await?;
    let member = change.tx.find_account_member(caller.account_id(), user_id).await?;
    let user = change.tx.find_user(user_id).await?;
    finish(&app, change, revision).await?;
    member.zip(user).map(|(member, user)| Tagged(views::account_member(&member, &user))).ok_or_else(gone)
}

/// Take a member out of the account and all its workspaces. An API key is revoked by it.
///
/// Only an owner removes an owner, and the account keeps one at least. What the member made stays.
#[utoipa::path(
    delete, path = "/accounts/members/{member_id}", tag = "Accounts", operation_id = "delete_account_member",
    params(("member_id" = UserId, Path, description = "The member's user id.")),
    responses(
        (status = 204, description = "It is no member any more."),
        (status = 409, description = "It is the last owner."),
    )
)]
async fn delete_account_member(
    State(app): State<App>,
    caller: Authenticated,
    Path(user_id): Path<UserId>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let by = by(&caller, &mut change, ACCOUNT).await?;
    let revision = change_member::remove_from_account(&app, &mut change, by, user_id).await?;
    finish(&app, change, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
struct WorkspaceRolesInput {
    /// In place of those that the member has: `admin`, `manage_art`, `review`, `viewer`. In the query or in the body.
    #[schema(value_type = Vec<WorkspaceRole>, min_items = 1, required)]
    #[serde(default, deserialize_with = "role_names")]
    roles: Option<WorkspaceRoles>,
}

/// Put a member of the account into the workspace, or give one who is in it other roles.
///
/// Nobody gives more than they have. To an API key the roles come on top of those it has in every workspace.
#[utoipa::path(
    post, path = "/workspaces/members/{user_id}", tag = "Workspaces", operation_id = "put_workspace_member",
    params(
        ("user_id" = UserId, Path),
        ("roles" = Option<Vec<WorkspaceRole>>, Query, description = "The roles, if not in the body; repeated."),
    ),
    request_body(content = WorkspaceRolesInput, description = "May be empty where the query has the roles."),
    responses(
        (status = 200, description = "The member as it is now.", body = WorkspaceMember),
        (status = 404, description = "The account has no such member."),
        (status = 409, description = "It is an API key whose own roles or limits say something else."),
    )
)]
async fn put_workspace_member(
    State(app): State<App>,
    caller: Authenticated,
    Path(user_id): Path<UserId>,
    Input(input): Input<WorkspaceRolesInput>,
) -> ApiResult<Tagged<WorkspaceMember>> {
    let roles = required(input.roles, "roles")?;
    let id = caller.workspace_id()?;
    let mut change = caller.begin(&app).await?;
    let by = by(&caller, &mut change, WORKSPACE).await?;
    let revision = change_member::put_in_workspace(&app, &mut change, by, id, user_id, roles).await?;
    let member = change.tx.find_workspace_member(id, user_id).await?;
    let user = change.tx.find_user(user_id).await?;
    finish(&app, change, revision).await?;
    member.zip(user).map(|(member, user)| Tagged(views::workspace_member(&member, &user))).ok_or_else(gone)
}

/// Take a member out of the workspace. It stays a member of the account.
///
/// A workspace needs no member who is its admin: keys with the role `admin` or `owner` enter every workspace.
#[utoipa::path(
    delete, path = "/workspaces/members/{user_id}", tag = "Workspaces", operation_id = "delete_workspace_member",
    params(("user_id" = UserId, Path)),
    responses(
        (status = 204, description = "It is no member any more."),
        (status = 409, description = "It is an API key with roles in every workspace."),
    )
)]
async fn delete_workspace_member(
    State(app): State<App>,
    caller: Authenticated,
    Path(user_id): Path<UserId>,
) -> ApiResult<StatusCode> {
    let id = caller.workspace_id()?;
    let mut change = caller.begin(&app).await?;
    let by = by(&caller, &mut change, WORKSPACE).await?;
    let revision = change_member::remove_from_workspace(&app, &mut change, by, id, user_id).await?;
    finish(&app, change, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn by(caller: &Authenticated, change: &mut Change, access: Access) -> ApiResult<By> {
    let giver = caller.as_giver(change, access).await?;
    Ok(By { account_id: caller.account_id(), giver, actor: caller.actor() })
}

/// Commits, and waits until what was given or taken away is so in every process.
async fn finish(app: &App, change: Change, revision: i64) -> ApiResult<()> {
    change.commit().await?;
    settle(app, revision).await
}

fn gone() -> ApiError {
    ApiError::internal("a member that was just written has no row")
}
