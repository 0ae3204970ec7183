//! What the account is subscribed to, how much it and its workspaces hold, and which plans there are.

use axum::Json;
use axum::extract::State;
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_types::wire::{AccountLimits, AccountSubscription, AccountTier, AccountType, WorkspaceUsage};
use mudlark_types::{Plan, Scope};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::Tagged;
use crate::http::guard::{Authenticated, InWorkspace};
use crate::http::registry::{Api, Origin};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let in_account = Access::Account(Scope::AccountsRead, AccountPermission::Read);
    api.add(in_account, Origin::Documented, routes!(find_account_subscription));
    api.add(in_account, Origin::Documented, routes!(find_account_limits));
    api.add(in_account, Origin::Mudlark, routes!(list_account_tiers));
    api.add(in_account, Origin::Mudlark, routes!(list_account_types));
    let in_workspace = Access::Workspace(Scope::WorkspacesRead, WorkspacePermission::Read);
    api.add(in_workspace, Origin::Documented, routes!(find_workspace_usage));
}

/// What the account is subscribed to.
#[utoipa::path(
    get, path = "/accounts/subscriptions", tag = "Accounts", operation_id = "find_account_subscription",
    responses((status = 200, description = "The subscription.", body = AccountSubscription))
)]
async fn find_account_subscription(
    State(app): State<App>,
    caller: Authenticated,
) -> ApiResult<Tagged<AccountSubscription>> {
    let account = app.store.read().await?.find_account(caller.account_id()).await?;
    let account = account.ok_or_else(|| ApiError::internal("a token's account has no row"))?;
    let limit = app.settings.plan_limits.of(account.plan);
    Ok(Tagged(views::subscription(&account, limit)))
}

/// How much the account holds, and how much it may hold.
#[utoipa::path(
    get, path = "/accounts/limits", tag = "Accounts", operation_id = "find_account_limits",
    responses((status = 200, description = "The figures with their bounds.", body = AccountLimits))
)]
async fn find_account_limits(
    State(app): State<App>,
    caller: Authenticated,
) -> ApiResult<Tagged<AccountLimits>> {
    let usage = app.store.read().await?.account_usage(caller.account_id()).await?;
    let limit = app.settings.plan_limits.of(caller.caller().account.plan);
    Ok(Tagged(views::account_limits(&usage, limit)))
}

/// The plans that there are.
#[utoipa::path(
    get, path = "/accounts/tiers", tag = "Accounts", operation_id = "list_account_tiers",
    responses((status = 200, description = "The plans, the smallest first.", body = Vec<AccountTier>))
)]
async fn list_account_tiers(State(app): State<App>, _caller: Authenticated) -> Json<Vec<AccountTier>> {
    let limits = &app.settings.plan_limits;
    Json(Plan::ALL.iter().map(|plan| views::tier(*plan, limits.of(*plan))).collect())
}

/// The kinds of account that there are: one.
#[utoipa::path(
    get, path = "/accounts/types", tag = "Accounts", operation_id = "list_account_types",
    responses((status = 200, description = "The kinds.", body = Vec<AccountType>))
)]
async fn list_account_types(_caller: Authenticated) -> Json<Vec<AccountType>> {
    Json(vec![views::account_type()])
}

/// How much the workspace holds.
#[utoipa::path(
    get, path = "/workspaces/usage", tag = "Workspaces", operation_id = "find_workspace_usage",
    responses((status = 200, description = "Members, assets, and bytes.", body = WorkspaceUsage))
)]
async fn find_workspace_usage(
    State(app): State<App>,
    caller: InWorkspace,
) -> ApiResult<Tagged<WorkspaceUsage>> {
    let usage = app.store.read().await?.workspace_usage(caller.workspace_id).await?;
    Ok(Tagged(views::usage(&usage)))
}
