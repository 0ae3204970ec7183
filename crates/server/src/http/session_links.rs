//! Passwords: chosen by links that are good for once, and changed by those who are signed in. Whoever makes a link here passes
//! it on; those that go out by letters are in `password_letters`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission, Password};
use mudlark_store::UserKind;
use mudlark_types::wire::PasswordLink;
use mudlark_types::{ErrorCode, Scope, Timestamp, UserId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Email, Line, Path, required};
use crate::http::guard::{Authenticated, Person};
use crate::http::idempotency::NO_STORE;
use crate::http::public_base::public_base;
use crate::http::registry::{Api, Origin};
use crate::http::sessions::{admit, body_alone, signed_in};
use crate::ops::join;
use crate::ops::sign_in_links::{self, FirstOwner};

const ADMINISTER: Access = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(welcome_session));
    api.add(Access::Public, Origin::Mudlark, routes!(reset_session));
    api.add(Access::Public, Origin::Mudlark, routes!(join_session));
    api.add(Access::Session, Origin::Mudlark, routes!(update_password));
    api.add(ADMINISTER, Origin::Mudlark, routes!(create_password_link));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct WelcomeInput {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "mdl_lnk_0123456789")]
    token: Option<String>,
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Mira Holm")]
    name: Option<Line<255>>,
    #[schema(value_type = String, format = Email, max_length = 254, required, example = "mira@studio.example")]
    email: Option<Email>,
    /// At least 12 characters.
    #[schema(value_type = String, min_length = 12, max_length = 256, required, example = "a long and quiet river")]
    password: Option<String>,
    /// What the account is called; `Studio` where it is left out.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Low Tide Games")]
    account_name: Option<Line<255>>,
}

/// Make the first account and its owner, by the link that the server's first start shows. Signs in.
#[utoipa::path(
    post, path = "/session/welcome", tag = "Sessions", operation_id = "welcome_session",
    request_body = WelcomeInput,
    responses(
        (status = 200, description = "Who is signed in; with `Set-Cookie`.", body = mudlark_types::wire::CurrentSession),
        (status = 403, description = "The request comes from another site's page."),
        (status = 404, description = "The link was used before, or has expired."),
        (status = 409, description = "There is an account already."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn welcome_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let origin = admit(&app, &request)?;
    let input: WelcomeInput = body_alone(&app, request).await?;
    let Line(name) = required(input.name, "name")?;
    let email = required(input.email, "email")?;
    let password = required(input.password, "password")?;
    let owner = FirstOwner {
        name,
        email: email.as_str().to_owned(),
        email_key: email.key(),
        password: &password,
        account_name: input.account_name.map_or_else(|| "Studio".to_owned(), |Line(name)| name),
    };
    let token = sign_in_links::welcome(&app, &required(input.token, "token")?, owner, origin).await?;
    signed_in(&app, &token).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ResetInput {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "mdl_lnk_0123456789")]
    token: Option<String>,
    /// At least 12 characters.
    #[schema(value_type = String, min_length = 12, max_length = 256, required, example = "a long and quiet river")]
    password: Option<String>,
}

/// Choose a password, by a link that somebody made for you. Ends all your sessions, and signs in.
#[utoipa::path(
    post, path = "/session/reset", tag = "Sessions", operation_id = "reset_session",
    request_body = ResetInput,
    responses(
        (status = 200, description = "Who is signed in; with `Set-Cookie`.", body = mudlark_types::wire::CurrentSession),
        (status = 403, description = "The request comes from another site's page."),
        (status = 404, description = "The link was used before, or has expired."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn reset_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let origin = admit(&app, &request)?;
    let input: ResetInput = body_alone(&app, request).await?;
    let (token, password) = (required(input.token, "token")?, required(input.password, "password")?);
    let token = sign_in_links::reset(&app, &token, &password, origin).await?;
    signed_in(&app, &token).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct JoinInput {
    /// The invite's token.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "mdl_inv_0123456789")]
    token: Option<String>,
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Mira Holm")]
    name: Option<Line<255>>,
    /// At least 12 characters.
    #[schema(value_type = String, min_length = 12, max_length = 256, required, example = "a long and quiet river")]
    password: Option<String>,
}

/// Accept an invite as somebody who is new here, and choose a password. Signs in.
///
/// Whoever can sign in already, or belongs to an account, does so and accepts the invite as themselves (`POST
/// /users/invites/{token}/accept`): an invite opens nothing that a person has elsewhere.
#[utoipa::path(
    post, path = "/session/join", tag = "Sessions", operation_id = "join_session",
    request_body = JoinInput,
    responses(
        (status = 200, description = "Who is signed in; with `Set-Cookie`.", body = mudlark_types::wire::CurrentSession),
        (status = 403, description = "The request comes from another site's page."),
        (status = 404, description = "No invite has this token."),
        (status = 409, description = "It was answered before, or has expired; or its person is known here."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn join_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let origin = admit(&app, &request)?;
    let input: JoinInput = body_alone(&app, request).await?;
    let (token, Line(name)) = (required(input.token, "token")?, required(input.name, "name")?);
    let password = required(input.password, "password")?;
    let token = join::join(&app, &token, name, &password, origin).await?;
    signed_in(&app, &token).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasswordInput {
    #[schema(value_type = String, min_length = 1, max_length = 256, required, example = "a long and quiet river")]
    current_password: Option<String>,
    /// At least 12 characters.
    #[schema(value_type = String, min_length = 12, max_length = 256, required, example = "an even longer river")]
    new_password: Option<String>,
}

/// Change your password. Your other sessions end.
#[utoipa::path(
    post, path = "/session/password", tag = "Sessions", operation_id = "update_password",
    request_body = PasswordInput,
    responses(
        (status = 204, description = "The password is changed."),
        (status = 409, description = "It was changed meanwhile."),
        (status = 429, description = "Too many failures; `Retry-After` says when to try again."),
    )
)]
async fn update_password(State(app): State<App>, person: Person, request: Request) -> ApiResult<StatusCode> {
    let input: PasswordInput = body_alone(&app, request).await?;
    let current = Password::from_presented(&required(input.current_password, "current_password")?);
    let new = required(input.new_password, "new_password")?;
    sign_in_links::change_password(&app, &person.signed_in, (current, &new), person.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a link by which a member chooses a password. It is shown this once, and is good for 24 hours and once; links for
/// the same person before it are good for nothing.
///
/// For people who belong to this account alone: who belongs to others as well gets a link from the operator (`mudlark user
/// link`). Nobody makes a link for somebody who may do more than they. Sent again with the same `Idempotency-Key`, the
/// request is answered 409 `secret_shown_once`.
#[utoipa::path(
    post, path = "/accounts/members/{member_id}/password-link", tag = "Accounts", operation_id = "create_password_link",
    params(("member_id" = UserId, Path, description = "The user id of a member.")),
    responses(
        (status = 200, description = "The link.", body = PasswordLink),
        (status = 404, description = "The account has no such member."),
        (status = 409, description = "It is an API key, or belongs to other accounts too."),
    )
)]
async fn create_password_link(
    State(app): State<App>,
    caller: Authenticated,
    Path(user_id): Path<UserId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let base = public_base(&app, &headers)?;
    let account_id = caller.account_id();
    let mut change = caller.begin(&app).await?;
    let giver = caller.as_giver(&mut change, ADMINISTER).await?;
    let no_such = || ApiError::new(ErrorCode::NotFound, "There is no such member in this account");
    let member = change.tx.find_account_member(account_id, user_id).await?.ok_or_else(no_such)?;
    let user = change.tx.find_user(user_id).await?.ok_or_else(no_such)?;
    if user.kind == UserKind::Service {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "This member is an API key: it has no password, and gets a new secret by being rotated",
        ));
    }
    if change.tx.list_account_roles_of_user(user_id).await?.len() > 1 {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "This person belongs to other accounts too: the operator makes their link, with mudlark user link",
        ));
    }
    let memberships = change.tx.list_workspace_roles_of_user(user_id).await?.into_iter().collect();
    giver.check_person(member.roles, memberships)?;
    let (vault, now_ms) = (app.vault.current(), change.now_ms);
    let link = sign_in_links::password_link(
        &mut change.tx,
        &vault,
        user_id,
        Some(account_id),
        caller.actor(),
        now_ms,
    )
    .await?;
    change.commit().await?;
    let shown = PasswordLink { link: link.address(&base), expires_at: Timestamp(link.expires_at_ms) };
    Ok((NO_STORE, Json(shown)).into_response())
}
