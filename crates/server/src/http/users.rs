//! The caller as a user. These operations need no `x-account-id`: the token says who is asking.

use axum::Json;
use axum::extract::State;
use mudlark_auth::Access;
use mudlark_types::Scope;
use mudlark_types::wire::{Account, User};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::accounts;
use crate::http::conditional::Tagged;
use crate::http::guard::Authenticated;
use crate::http::registry::{Api, Origin};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Token(Scope::UsersRead), Origin::Mudlark, routes!(find_user));
    api.add(Access::Token(Scope::AccountsRead), Origin::Documented, routes!(list_user_accounts));
}

/// The caller. A caller that is an API key is a service user with the key's name.
#[utoipa::path(
    get, path = "/users", tag = "Users", operation_id = "find_user",
    responses((status = 200, description = "The caller.", body = User))
)]
async fn find_user(State(app): State<App>, caller: Authenticated) -> ApiResult<Tagged<User>> {
    let mut session = app.store.read().await?;
    Ok(Tagged(views::user(&accounts::own_user(&mut session, &caller).await?)))
}

/// The accounts that the caller belongs to. A key belongs to one.
#[utoipa::path(
    get, path = "/users/accounts", tag = "Users", operation_id = "list_user_accounts",
    responses((status = 200, description = "The accounts.", body = Vec<Account>))
)]
async fn list_user_accounts(State(app): State<App>, caller: Authenticated) -> ApiResult<Json<Vec<Account>>> {
    Ok(Json(vec![accounts::own_account(&app, &caller).await?]))
}
