//! The caller's account and the workspaces it may enter there.

use axum::Json;
use axum::extract::State;
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{Page, Session, UserRow};
use mudlark_types::wire::{Account, Workspace};
use mudlark_types::{Scope, WorkspaceId};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::guard::{Authenticated, denied};
use crate::http::registry::{Api, Origin};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(
        Access::Account(Scope::AccountsRead, AccountPermission::Read),
        Origin::Documented,
        routes!(list_accounts),
    );
    api.add(
        Access::Account(Scope::WorkspacesRead, AccountPermission::Read),
        Origin::Documented,
        routes!(list_account_workspaces),
    );
}

/// The caller's accounts. A key has one.
#[utoipa::path(
    get, path = "/accounts", tag = "Accounts", operation_id = "list_accounts",
    responses((status = 200, description = "The accounts; the one in `x-account-id` first.", body = Vec<Account>))
)]
async fn list_accounts(State(app): State<App>, caller: Authenticated) -> ApiResult<Json<Vec<Account>>> {
    Ok(Json(vec![own_account(&app, &caller).await?]))
}

/// The account's workspaces that the caller may enter.
#[utoipa::path(
    get, path = "/accounts/workspaces", tag = "Accounts", operation_id = "list_account_workspaces",
    responses((status = 200, description = "The workspaces, oldest first.", body = Vec<Workspace>))
)]
async fn list_account_workspaces(
    State(app): State<App>,
    caller: Authenticated,
) -> ApiResult<Json<Vec<Workspace>>> {
    let mut session = app.store.read().await?;
    let user = own_user(&mut session, &caller).await?;
    Ok(Json(open_workspaces(&app, &mut session, &caller, &user).await?))
}

/// The caller's account as the caller sees it.
pub(super) async fn own_account(app: &App, caller: &Authenticated) -> ApiResult<Account> {
    own_account_in(app, &mut app.store.read().await?, caller).await
}

/// The same inside a session.
pub(super) async fn own_account_in(
    app: &App,
    session: &mut Session,
    caller: &Authenticated,
) -> ApiResult<Account> {
    let account_id = caller.account_id();
    let account = session
        .find_account(account_id)
        .await?
        .ok_or_else(|| ApiError::internal("a token's account has no row"))?;
    let user = own_user(session, caller).await?;
    let membership = session.find_account_member(account_id, caller.user_id()).await?;
    let creator = match account.created_by_user_id {
        Some(creator) => session.find_user(creator).await?,
        None => None,
    };
    let workspaces = open_workspaces(app, session, caller, &user).await?;
    let limit = app.settings.plan_limits.of(account.plan);
    Ok(views::account(
        &account,
        limit,
        membership.as_ref().map(|row| (row, &user)),
        creator.as_ref(),
        workspaces,
    ))
}

/// The caller's own row.
pub(super) async fn own_user(session: &mut Session, caller: &Authenticated) -> ApiResult<UserRow> {
    session.find_user(caller.user_id()).await?.ok_or_else(|| ApiError::internal("a token's user has no row"))
}

/// The workspaces of the account that the caller may enter, oldest first.
pub(super) async fn open_workspaces(
    app: &App,
    session: &mut Session,
    caller: &Authenticated,
    user: &UserRow,
) -> ApiResult<Vec<Workspace>> {
    let mut workspaces = Vec::new();
    for row in session.list_workspaces(caller.account_id(), Page::first(i64::MAX)).await? {
        if let Some(roles) = app.live.roles_in_workspace(caller.caller(), row.id) {
            let usage = session.workspace_usage(row.id).await?;
            workspaces.push(views::workspace(&row, &usage, caller.caller(), user, roles));
        }
    }
    Ok(workspaces)
}

/// One workspace that the caller was let into.
pub(super) async fn open_workspace(
    app: &App,
    caller: &Authenticated,
    id: WorkspaceId,
) -> ApiResult<Workspace> {
    open_workspace_in(app, &mut app.store.read().await?, caller, id).await
}

/// The same inside a session.
pub(super) async fn open_workspace_in(
    app: &App,
    session: &mut Session,
    caller: &Authenticated,
    id: WorkspaceId,
) -> ApiResult<Workspace> {
    let row = session
        .find_workspace(caller.account_id(), id)
        .await?
        .ok_or_else(|| denied(mudlark_auth::Denial::WorkspaceClosed))?;
    let user = own_user(session, caller).await?;
    let usage = session.workspace_usage(id).await?;
    let roles = app.live.roles_in_workspace(caller.caller(), id).unwrap_or_default();
    Ok(views::workspace(&row, &usage, caller.caller(), &user, roles))
}
