//! Passkeys: made, listed, named and forgotten by people who are signed in, and signed in with. The objects that browsers and
//! devices exchange are those of WebAuthn, as `PublicKeyCredential` reads and writes them.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, PasskeySite, Password};
use mudlark_types::wire::Passkey;
use mudlark_types::{ErrorCode, PasskeyId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Input, Line, Path, required};
use crate::http::guard::Person;
use crate::http::idempotency::NO_STORE;
use crate::http::public_base::public_base;
use crate::http::registry::{Api, Origin};
use crate::http::sessions::{admit, body_alone, signed_in};
use crate::ops::passkeys;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(ask_passkey_session));
    api.add(Access::Public, Origin::Mudlark, routes!(passkey_session));
    api.add(Access::Session, Origin::Mudlark, routes!(list_passkeys));
    api.add(Access::Session, Origin::Mudlark, routes!(ask_passkey));
    api.add(Access::Session, Origin::Mudlark, routes!(create_passkey));
    api.add(Access::Session, Origin::Mudlark, routes!(update_passkey));
    api.add(Access::Session, Origin::Mudlark, routes!(delete_passkey));
}

/// What a browser is to be asked for.
#[derive(Serialize, utoipa::ToSchema)]
struct PasskeyOptions {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON`, or `parseRequestOptionsFromJSON`. Good for five minutes.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: Value,
}

/// The site that this request is made to, if passkeys can be there.
pub(super) fn site(app: &App, headers: &HeaderMap) -> Option<PasskeySite> {
    PasskeySite::at(&public_base(app, headers).ok()?)
}

fn required_site(app: &App, headers: &HeaderMap) -> ApiResult<PasskeySite> {
    site(app, headers).ok_or_else(|| {
        ApiError::new(
            ErrorCode::SignInWayClosed,
            "Passkeys need a name and encryption: open the server at its https address (the setting public_url), or at \
             http://localhost on its own machine",
        )
    })
}

fn fresh(body: Value) -> Response {
    (NO_STORE, Json(PasskeyOptions { public_key: body })).into_response()
}

/// Ask what a browser needs to sign in with a passkey.
#[utoipa::path(
    post, path = "/session/passkey/options", tag = "Sessions", operation_id = "ask_passkey_session",
    responses(
        (status = 200, description = "What to give to `navigator.credentials.get`.", body = PasskeyOptions),
        (status = 403, description = "Passkeys are not open at this address, or the request comes from another site's page."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn ask_passkey_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    admit(&app, &request)?;
    let site = required_site(&app, request.headers())?;
    Ok(fresh(passkeys::request_options(&app, &site)?))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasskeySignInInput {
    /// `PublicKeyCredential.toJSON()` of what `navigator.credentials.get` has answered.
    #[schema(value_type = Object, required)]
    credential: Option<Value>,
}

/// Sign in with a passkey.
#[utoipa::path(
    post, path = "/session/passkey", tag = "Sessions", operation_id = "passkey_session",
    request_body = PasskeySignInInput,
    responses(
        (status = 200, description = "Who is signed in; with `Set-Cookie`.", body = mudlark_types::wire::CurrentSession),
        (status = 401, description = "The passkey is not known here, or its answer is not good, or took too long."),
        (status = 403, description = "Passkeys are not open at this address, or the request comes from another site's page."),
        (status = 429, description = "Too many requests or failures; `Retry-After` says when to try again."),
    )
)]
async fn passkey_session(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let origin = admit(&app, &request)?;
    let site = required_site(&app, request.headers());
    let input: PasskeySignInInput = body_alone(&app, request).await?;
    let credential = required(input.credential, "credential")?;
    let token = passkeys::sign_in(&app, &site?, credential, origin).await?;
    signed_in(&app, &token).await
}

/// The caller's passkeys.
#[utoipa::path(
    get, path = "/session/passkeys", tag = "Sessions", operation_id = "list_passkeys",
    responses((status = 200, description = "The passkeys, oldest first; at most 20.", body = Vec<Passkey>))
)]
async fn list_passkeys(State(app): State<App>, person: Person) -> ApiResult<Json<Vec<Passkey>>> {
    let rows = app.store.read().await?.list_passkeys(person.signed_in.person.user_id).await?;
    Ok(Json(rows.iter().map(views::passkey).collect()))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasskeyAskInput {
    /// Needed where the sign-in is more than ten minutes ago.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, example = "a long and quiet river")]
    current_password: Option<String>,
}

/// Ask what a browser needs to make a passkey for the caller.
#[utoipa::path(
    post, path = "/session/passkeys/options", tag = "Sessions", operation_id = "ask_passkey",
    request_body = PasskeyAskInput,
    responses(
        (status = 200, description = "What to give to `navigator.credentials.create`.", body = PasskeyOptions),
        (status = 401, description = "The password is wrong."),
        (status = 403, description = "Passkeys are not open at this address; or the sign-in is too long ago."),
        (status = 409, description = "The caller has the most passkeys that one may have."),
        (status = 429, description = "Too many failures; `Retry-After` says when to try again."),
    )
)]
async fn ask_passkey(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    request: Request,
) -> ApiResult<Response> {
    let input: PasskeyAskInput = body_alone(&app, request).await?;
    let site = required_site(&app, &headers)?;
    let password = input.current_password.as_deref().map(Password::from_presented);
    let asked = passkeys::creation_options(&app, &site, &person.signed_in, password, &person.origin).await?;
    Ok(fresh(asked))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasskeyInput {
    /// `PublicKeyCredential.toJSON()` of what `navigator.credentials.create` has answered.
    #[schema(value_type = Object, required)]
    credential: Option<Value>,
    /// What to call it.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Laptop in the studio")]
    name: Option<Line<255>>,
}

/// Keep a passkey that was made for the caller.
#[utoipa::path(
    post, path = "/session/passkeys", tag = "Sessions", operation_id = "create_passkey",
    request_body = PasskeyInput,
    responses(
        (status = 200, description = "The passkey; from now on it opens sessions.", body = Passkey),
        (status = 403, description = "Passkeys are not open at this address."),
        (status = 409, description = "It is here already; or the caller has the most passkeys that one may have."),
    )
)]
async fn create_passkey(
    State(app): State<App>,
    person: Person,
    headers: HeaderMap,
    Input(input): Input<PasskeyInput>,
) -> ApiResult<Json<Passkey>> {
    let Line(name) = required(input.name, "name")?;
    let made = (required(input.credential, "credential")?, name);
    let site = required_site(&app, &headers)?;
    let row = passkeys::create(&app, &site, person.signed_in.person.user_id, made, person.origin).await?;
    Ok(Json(views::passkey(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct PasskeyNameInput {
    /// What to call it.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Phone")]
    name: Option<Line<255>>,
}

/// Call one of the caller's passkeys something else.
#[utoipa::path(
    patch, path = "/session/passkeys/{passkey_id}", tag = "Sessions", operation_id = "update_passkey",
    params(("passkey_id" = PasskeyId, Path)),
    request_body = PasskeyNameInput,
    responses(
        (status = 200, description = "The passkey.", body = Passkey),
        (status = 404, description = "The caller has no such passkey."),
    )
)]
async fn update_passkey(
    State(app): State<App>,
    person: Person,
    Path(id): Path<PasskeyId>,
    Input(input): Input<PasskeyNameInput>,
) -> ApiResult<Json<Passkey>> {
    let Line(name) = required(input.name, "name")?;
    let user_id = person.signed_in.person.user_id;
    let mut tx = app.store.begin().await?;
    tx.update_passkey_name(user_id, id, &name).await?;
    let row = tx.list_passkeys(user_id).await?.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(passkeys::no_such_passkey)?;
    tx.commit().await?;
    Ok(Json(views::passkey(&row)))
}

/// Forget one of the caller's passkeys. It opens nothing from then on; sessions that it opened go on.
#[utoipa::path(
    delete, path = "/session/passkeys/{passkey_id}", tag = "Sessions", operation_id = "delete_passkey",
    params(("passkey_id" = PasskeyId, Path)),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 404, description = "The caller has no such passkey."),
    )
)]
async fn delete_passkey(
    State(app): State<App>,
    person: Person,
    Path(id): Path<PasskeyId>,
) -> ApiResult<StatusCode> {
    passkeys::delete(&app, person.signed_in.person.user_id, id, person.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
