//! Handing in a token or a secret that should no longer work. Whoever has one may: having it is the proof, and it can
//! do nothing but end it. *Source*: RFC 7009 for tokens; the secrets are ours.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::Uri;
use mudlark_auth::{Access, KeyId, Secret};
use mudlark_types::{AuditAction, ErrorCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Input, required};
use crate::http::guard::client_of;
use crate::http::refusals;
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::audit;
use crate::ops::limits;
use crate::ops::revoke;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(revoke_token));
    api.add(Access::Public, Origin::Mudlark, routes!(revoke_leaked_secret));
}

/// A token to revoke.
#[derive(Deserialize, utoipa::ToSchema)]
struct RevokeInput {
    /// The token, as `POST /auth/token` gave it.
    #[schema(value_type = String, required)]
    token: Option<String>,
}

/// A secret that has leaked.
#[derive(Deserialize, utoipa::ToSchema)]
struct LeakedInput {
    /// The secret.
    #[schema(value_type = String, required, example = "mdl_sec_…")]
    secret: Option<String>,
    /// Its key, where it is known: then nothing has to be searched.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    key: Option<String>,
}

/// Revoke one token.
///
/// JSON or form body, as RFC 7009 has it. The answer is the same for every text: when it comes, a request with this
/// token is refused, and whether it would have been before is not said.
#[utoipa::path(
    post, path = "/auth/revoke", tag = "Authentication", operation_id = "revoke_token",
    request_body(content((RevokeInput = "application/json"), (RevokeInput = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The token is not accepted.", body = serde_json::Value, example = json!({})))
)]
async fn revoke_token(State(app): State<App>, request: Request) -> ApiResult<Json<Value>> {
    let actor = stranger(&request);
    limits::check_address(&app, client_of(&request), app.clock.now_ms())?;
    let Input(input) = Input::<RevokeInput>::from_request(body_alone(request), &app).await?;
    let token = required(input.token, "token")?;
    let now_ms = app.clock.now_ms();
    // What was never a token of ours, or has ended, is refused as it is. A token whose key is gone from the table
    // is too, and has nothing to be noted with.
    let Ok(claims) = app.verifier.verify(token.trim(), now_ms) else { return Ok(done()) };
    if app.live.find_key(claims.sub.as_str()).is_none() {
        return Ok(done());
    }
    if app.live.is_token_revoked(&claims.jti) {
        // Nothing to write, but the revocation before may still be on its way to where this one is promised.
        let revision = app.store.read().await?.auth_revision().await?;
        settle(&app, revision).await?;
        return Ok(done());
    }
    let mut tx = app.store.begin().await?;
    let revision = revoke::revoke_token(&mut tx, &claims, now_ms).await?;
    let entry = audit::Entry {
        token_id: Some(claims.jti.clone()),
        ..audit::Entry::new(now_ms, AuditAction::TokenRevoked, claims.account_id, actor).on(&claims.sub)
    };
    audit::record(&mut tx, &app.vault.current(), entry).await?;
    tx.commit().await?;
    settle(&app, revision).await?;
    Ok(done())
}

/// Revoke a secret that has leaked.
///
/// JSON or form body. The answer is the same for every text: when it comes, no key can be used with this secret, and no
/// token that was made with it. The key that it belonged to needs a rotation for a new one.
#[utoipa::path(
    post, path = "/auth/leaked", tag = "Authentication", operation_id = "revoke_leaked_secret",
    request_body(content((LeakedInput = "application/json"), (LeakedInput = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "The secret is not accepted.", body = serde_json::Value, example = json!({})))
)]
async fn revoke_leaked_secret(State(app): State<App>, request: Request) -> ApiResult<Json<Value>> {
    let actor = stranger(&request);
    limits::check_address(&app, client_of(&request), app.clock.now_ms())?;
    let Input(input) = Input::<LeakedInput>::from_request(body_alone(request), &app).await?;
    let secret = Secret::from_presented(required(input.secret, "secret")?.trim().to_owned());
    let key_id = input.key.as_deref().and_then(KeyId::parse);
    let now_ms = app.clock.now_ms();
    let found = {
        let _turn = turn_to_search(&app).await?;
        let vault = app.vault.current();
        let search = revoke::find_leaked_secret(&app.store, &vault, key_id.as_ref(), &secret, now_ms);
        tokio::time::timeout(revoke::LONGEST_SEARCH, search).await.map_err(|_| busy())??
    };
    let Some(found) = found else { return Ok(done()) };
    let mut tx = app.store.begin().await?;
    let revision = revoke::revoke_secret(&mut tx, &found.key_id, found.version, now_ms).await?;
    let account_id = app.live.find_key(&found.key_id).map(|key| key.account_id);
    let entry = audit::Entry::new(now_ms, AuditAction::KeyLeaked, account_id, actor).on(&found.key_id);
    audit::record(&mut tx, &app.vault.current(), entry.with(json!({ "version": found.version }))).await?;
    tx.commit().await?;
    settle(&app, revision).await?;
    Ok(done())
}

/// Whoever hands something in: nobody is asked who they are.
fn stranger(request: &Request) -> audit::Actor {
    let origin = refusals::origin(client_of(request), request.headers(), request.extensions());
    audit::Actor::client(None, None, origin)
}

/// What is handed in must come in the body: in an address it would end in logs.
fn body_alone(mut request: Request) -> Request {
    *request.uri_mut() = Uri::from_static("/auth");
    request
}

fn done() -> Json<Value> {
    Json(Value::Object(Map::new()))
}

/// Searches take their turns, so that however many are asked for at once, they take one processor's time at most.
async fn turn_to_search(app: &App) -> ApiResult<tokio::sync::SemaphorePermit<'_>> {
    const LONGEST_WAIT: Duration = Duration::from_secs(5);
    match tokio::time::timeout(LONGEST_WAIT, app.secret_searches.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(closed)) => Err(ApiError::internal(closed)),
        Err(_) => Err(busy()),
    }
}

fn busy() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "Too many secrets are being looked for just now, and this one was not; try again, with the key's id if it is known",
    )
    .retry_after_s(1)
}
