//! People who sign in, and their sessions. What a signed-in person may do elsewhere is decided where it is for keys
//! (`guard`); the cookie is in `session_cookie`.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, Password, PersonState, SessionToken};
use mudlark_types::wire::{CurrentSession, UserSession};
use mudlark_types::{ErrorCode, UserSessionId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::PasswordSignIn;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Email, Input, Path, required};
use crate::http::guard::{Person, client_of};
use crate::http::idempotency::NO_STORE;
use crate::http::refusals;
use crate::http::registry::{Api, Origin};
use crate::http::session_cookie::{check_origin, clear, set};
use crate::ops::sign_in::{self, Presented, sign_in};
use crate::ops::{audit, limits};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(create_session));
    api.add(Access::Session, Origin::Mudlark, routes!(find_session));
    api.add(Access::Session, Origin::Mudlark, routes!(delete_session));
    api.add(Access::Session, Origin::Mudlark, routes!(list_sessions));
    api.add(Access::Session, Origin::Mudlark, routes!(delete_listed_session));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct SignInInput {
    #[schema(value_type = String, format = Email, max_length = 254, required, example = "mira@studio.example")]
    email: Option<Email>,
    #[schema(value_type = String, min_length = 1, max_length = 256, required, example = "a long and quiet river")]
    password: Option<String>,
}

/// Sign in, with the address and the password of a person.
///
/// The answer sets a cookie, which stands in place of a token with every operation: with the same headers, and `x-csrf-token`
/// where something is changed.
#[utoipa::path(
    post, path = "/session", tag = "Sessions", operation_id = "create_session",
    request_body = SignInInput,
    responses(
        (status = 200, description = "Who is signed in; with `Set-Cookie`.", body = CurrentSession),
        (status = 401, description = "The address or the password is wrong."),
        (status = 403, description = "The request comes from another site's page, or nobody signs in by password here."),
        (status = 429, description = "Too many requests or failures; `Retry-After` says when to try again."),
    )
)]
async fn create_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let origin = admit(&app, &request)?;
    if app.settings.password_sign_in == PasswordSignIn::Off {
        return Err(ApiError::new(
            ErrorCode::SignInWayClosed,
            "Nobody signs in by password here; use a passkey, or the studio's provider",
        ));
    }
    let input: SignInInput = body_alone(&app, request).await?;
    let email_key = required(input.email, "email")?.key();
    let password = Password::from_presented(&required(input.password, "password")?);
    let token = sign_in(&app, Presented { email_key, password }, origin).await?;
    signed_in(&app, &token).await
}

/// What stands before everything that takes a secret from nobody in particular.
///
/// *Errors*: 429 for an address that asks too often; 403 for another site's page.
pub(super) fn admit(app: &App, request: &Request) -> ApiResult<audit::Origin> {
    let address = client_of(request);
    limits::check_address(app, address, app.clock.now_ms())?;
    check_origin(&app.settings, request.headers())?;
    Ok(refusals::origin(address, request.headers(), request.extensions()))
}

/// Reads the inputs from the body alone: a secret in an address would end in logs.
pub(super) async fn body_alone<T: serde::de::DeserializeOwned>(
    app: &App,
    mut request: Request,
) -> ApiResult<T> {
    *request.uri_mut() = Uri::from_static("/session");
    Input::<T>::from_request(request, app).await.map(|Input(input)| input)
}

/// The answer that gives a session to the browser.
pub(super) async fn signed_in(app: &App, token: &SessionToken) -> ApiResult<Response> {
    let found = app.live.signed_in(&token.digest(), app.clock.now_ms());
    let person = found.map_err(|refusal| ApiError::signed_out().with_cause(refusal))?.person;
    let body = current(app, &person, token).await?;
    let headers = [
        (header::SET_COOKIE, set(&app.settings, token)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Json(body)).into_response())
}

async fn current(app: &App, person: &PersonState, token: &SessionToken) -> ApiResult<CurrentSession> {
    let mut session = app.store.read().await?;
    let user = session.find_user(person.user_id).await?;
    let user = user.ok_or_else(|| ApiError::internal("a session's user has no row"))?;
    let mut accounts = Vec::new();
    for (id, roles) in session.list_account_roles_of_user(person.user_id).await? {
        let Some(account) = session.find_account(id).await? else { continue };
        let workspaces = session.list_workspaces(id, mudlark_store::Page::first(i64::MAX)).await?;
        accounts.push(views::session_account(&account, roles, &workspaces, &person.memberships));
    }
    Ok(views::current_session(&user, token.csrf_token(), accounts))
}

/// Who is signed in, and where they may go.
#[utoipa::path(
    get, path = "/session", tag = "Sessions", operation_id = "find_session",
    responses((status = 200, description = "Who is signed in.", body = CurrentSession))
)]
async fn find_session(State(app): State<App>, person: Person) -> ApiResult<Response> {
    let body = current(&app, &person.signed_in.person, &person.token).await?;
    Ok((NO_STORE, Json(body)).into_response())
}

/// Sign out: the session ends.
#[utoipa::path(
    delete, path = "/session", tag = "Sessions", operation_id = "delete_session",
    responses((status = 204, description = "The session is over; its cookie is taken back."))
)]
async fn delete_session(State(app): State<App>, person: Person) -> ApiResult<Response> {
    let signed_in = &person.signed_in;
    sign_in::end_session(&app, signed_in.person.user_id, signed_in.session_id, person.origin).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear(&app.settings))]).into_response())
}

/// The caller's sessions.
#[utoipa::path(
    get, path = "/session/list", tag = "Sessions", operation_id = "list_sessions",
    responses((status = 200, description = "The sessions that are not over, oldest first; at most 50.", body = Vec<UserSession>))
)]
async fn list_sessions(State(app): State<App>, person: Person) -> ApiResult<Json<Vec<UserSession>>> {
    let rows = app.store.read().await?.list_user_sessions(person.signed_in.person.user_id).await?;
    let now_ms = app.clock.now_ms();
    let idle_since_ms = now_ms - app.settings.session_idle_ms();
    let open = rows.iter().filter(|row| row.expires_at_ms > now_ms && row.last_used_at_ms > idle_since_ms);
    Ok(Json(open.map(|row| views::user_session(row, person.signed_in.session_id)).collect()))
}

/// End one of the caller's sessions.
#[utoipa::path(
    delete, path = "/session/list/{session_id}", tag = "Sessions", operation_id = "delete_listed_session",
    params(("session_id" = UserSessionId, Path)),
    responses(
        (status = 204, description = "The session is over, in every process."),
        (status = 404, description = "The caller has no such session."),
    )
)]
async fn delete_listed_session(
    State(app): State<App>,
    person: Person,
    Path(id): Path<UserSessionId>,
) -> ApiResult<StatusCode> {
    sign_in::end_session(&app, person.signed_in.person.user_id, id, person.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
