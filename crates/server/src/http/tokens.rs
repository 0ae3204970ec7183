//! From a key and its secret to a token, and the public keys that tokens are checked with.
//! *Source*: wire contract, section 2; the API's authentication page.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{
    Access, Claims, KeyState, Secret, StoredSecret, check_account_state, check_secret, new_token_id,
};
use mudlark_store::StoreError;
use mudlark_types::{AccountId, ErrorCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::app::{AUDIENCE, App, AppState};
use crate::config::TokenFormat;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Input, required};
use crate::http::guard::{denied, optional_id, peer_of};
use crate::http::registry::{Api, Origin};
use crate::ops::revoke::stored_secret;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Documented, routes!(create_token));
    api.add(Access::Public, Origin::Mudlark, routes!(list_signing_keys));
}

/// A key with its secret.
#[derive(Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "read as Presented; this is what the document shows")]
struct TokenRequest {
    /// The key's account. May be left out, or be given as `x-account-id` instead.
    account_id: Option<AccountId>,
    /// The API key.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    key: String,
    /// The key's secret.
    secret: String,
}

#[derive(Deserialize)]
struct Presented {
    #[serde(default, deserialize_with = "crate::http::extract::nullable")]
    account_id: Option<Option<String>>,
    key: Option<String>,
    secret: Option<String>,
}

/// A token with what is known of it: the answer for `?format=object`.
#[derive(Serialize, utoipa::ToSchema)]
struct TokenObject {
    token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// *Units*: seconds.
    expires_in: u32,
}

const OBJECT_MEDIA_TYPE: &str = "application/vnd.mudlark.token+json";

/// Exchange a key and its secret for a token.
///
/// The answer is the token as a bare JSON string; with `?format=object` or `Accept:
/// application/vnd.mudlark.token+json` an object with `token`, `token_type` and `expires_in`. JSON or form body;
/// the account in `account_id`, in `x-account-id`, or nowhere: the key names it.
#[utoipa::path(
    post, path = "/auth/token", tag = "Authentication", operation_id = "create_token",
    params(
        ("format" = Option<String>, Query, description = "`string` or `object`."),
        ("x-account-id" = Option<AccountId>, Header, description = "The key's account, if not in the body."),
    ),
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The token.", body = String, content_type = "application/json", example = json!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9…")),
        (status = 401, description = "The key, the secret or the account is wrong, or the key may not be used.", body = crate::http::error_body::ErrorBody),
        (status = 403, description = "The account's plan has no API access, or the account is suspended.", body = crate::http::error_body::ErrorBody),
        (status = 429, description = "Too many failures; `Retry-After` says when to try again.", body = crate::http::error_body::ErrorBody),
    )
)]
async fn create_token(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let peer = peer_of(&request).unwrap_or(IpAddr::from([0, 0, 0, 0]));
    let format = answer_format(&app, request.uri(), request.headers())?;
    let in_header: Option<AccountId> = optional_id(request.headers(), "x-account-id")?;
    // What is presented must come in the body: a secret in an address would end in logs.
    let Input(presented) = Input::<Presented>::from_request(without_query(request), &app).await?;
    let key_id = not_empty(required(presented.key, "key")?, "key")?;
    let secret = Secret::from_presented(not_empty(required(presented.secret, "secret")?, "secret")?);
    let account = named_account(presented.account_id, in_header)?;

    let now_ms = app.clock.now_ms();
    app.failures.check(peer, &key_id, now_ms).map_err(|wait| {
        ApiError::new(
            ErrorCode::TooManyRequests,
            "Too many failures with this key from this address; wait and try again",
        )
        .retry_after_s(wait.seconds)
    })?;
    let authenticated = authenticate(&app, &key_id, &secret, account, peer, now_ms).await?;
    // A process that may not decide refuses nobody either: the key may be newer than what it knows.
    app.feed.check_lease()?;
    let Some((key, version)) = authenticated else {
        app.failures.failed(peer, &key_id, now_ms);
        app.metrics.credentials_refused.increment(1);
        return Err(invalid_credentials());
    };
    app.failures.succeeded(peer, &key_id);
    let token = issue(&app, &key, version, now_ms)?;
    app.metrics.tokens_issued.increment(1);
    let body = match format {
        TokenFormat::String => Json(token).into_response(),
        TokenFormat::Object => {
            Json(TokenObject { token, token_type: "Bearer", expires_in: app.settings.token_ttl_s })
                .into_response()
        }
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response())
}

fn without_query(mut request: Request) -> Request {
    *request.uri_mut() = Uri::from_static("/auth/token");
    request
}

fn answer_format(app: &App, uri: &Uri, headers: &HeaderMap) -> ApiResult<TokenFormat> {
    let asked = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("format="));
    match asked {
        Some("object") => return Ok(TokenFormat::Object),
        Some("string") => return Ok(TokenFormat::String),
        Some(_) => return Err(ApiError::invalid_field("format", "must be `string` or `object`")),
        None => {}
    }
    let accepts_object = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains(OBJECT_MEDIA_TYPE)));
    Ok(if accepts_object { TokenFormat::Object } else { app.settings.token_format })
}

fn not_empty(text: String, name: &str) -> ApiResult<String> {
    if text.is_empty() { Err(ApiError::invalid_field(name, "must not be empty")) } else { Ok(text) }
}

/// The account that the request names, if any. A text that is no uuid names an account that can't exist.
enum NamedAccount {
    None,
    Given(AccountId),
    Impossible,
}

fn named_account(in_body: Option<Option<String>>, in_header: Option<AccountId>) -> ApiResult<NamedAccount> {
    let in_body = match in_body {
        None => None,
        Some(None) => return Err(ApiError::invalid_field("account_id", "must be a text; it is null")),
        Some(Some(text)) => Some(not_empty(text, "account_id")?),
    };
    let parsed = in_body.as_deref().map(str::parse::<AccountId>);
    match (parsed, in_header) {
        (None, None) => Ok(NamedAccount::None),
        (None, Some(header)) => Ok(NamedAccount::Given(header)),
        (Some(Ok(body)), None) => Ok(NamedAccount::Given(body)),
        (Some(Ok(body)), Some(header)) if body == header => Ok(NamedAccount::Given(body)),
        (Some(Err(_)), None) => Ok(NamedAccount::Impossible),
        (Some(_), Some(_)) => {
            Err(ApiError::invalid_field("account_id", "must be the same account as in x-account-id"))
        }
    }
}

/// No key or secret of ours is as long. *Units*: bytes.
const MAX_PRESENTED_BYTES: usize = 512;

/// The key that the secret opens, with the secret's version. Every failure takes the same road to its end, so that
/// neither the answer nor its time tells them apart.
async fn authenticate(
    app: &App,
    key_id: &str,
    secret: &Secret,
    account: NamedAccount,
    peer: IpAddr,
    now_ms: i64,
) -> ApiResult<Option<(std::sync::Arc<KeyState>, i64)>> {
    if key_id.len().max(secret.expose().len()) > MAX_PRESENTED_BYTES {
        return Ok(None);
    }
    // Those that are good alone: how many there were before must not show in the time.
    let rows = app.store.read().await?.list_live_api_key_secrets(key_id, now_ms).await?;
    let stored: Vec<StoredSecret> = rows.iter().filter_map(stored_secret).collect();
    let matched = check_secret(&app.vault, key_id, secret.expose(), &stored, now_ms);
    let key = app.live.find_key(key_id);
    let (Some(matched), Some(key)) = (matched, key) else { return Ok(None) };
    let account_fits = match account {
        NamedAccount::None => true,
        NamedAccount::Given(id) => id == key.account_id,
        NamedAccount::Impossible => false,
    };
    if !account_fits || !key.is_usable(now_ms) || !key.limits.allow_address(Some(peer)) {
        return Ok(None);
    }
    if matched.needs_rehash {
        rehash(app, &key, secret, matched.version).await.map_err(ApiError::from_store)?;
    }
    Ok(Some((key, matched.version)))
}

/// Hashes the secret anew under the newest pepper.
async fn rehash(app: &App, key: &KeyState, secret: &Secret, version: i64) -> Result<(), StoreError> {
    let pepper_id = app.vault.newest_pepper_id();
    if let Some(mac) = app.vault.mac(pepper_id, &key.key_id, secret.expose()) {
        let mut tx = app.store.begin().await?;
        tx.update_api_key_secret_mac(key.key_id.as_str(), version, pepper_id, &mac).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn invalid_credentials() -> ApiError {
    ApiError::new(ErrorCode::InvalidCredentials, "Invalid API key or secret")
}

fn issue(app: &App, key: &KeyState, secret_version: i64, now_ms: i64) -> ApiResult<String> {
    let account = app.live.find_account(key.account_id).ok_or_else(invalid_credentials)?;
    check_account_state(account).map_err(denied)?;
    let issued_at_s = now_ms / 1000;
    let signing_key = app.signing_key.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let claims = Claims {
        iss: AppState::issuer(&app.settings).into(),
        aud: AUDIENCE.into(),
        sub: key.key_id.clone(),
        client_id: key.key_id.clone(),
        account_id: key.account_id,
        uid: key.user_id,
        iat: issued_at_s,
        exp: issued_at_s + i64::from(app.settings.token_ttl_s),
        jti: new_token_id(),
        sv: secret_version,
        ep: account.token_epoch,
    };
    mudlark_auth::mint(&signing_key, &claims).map_err(ApiError::internal)
}

/// The public keys that tokens are checked with (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Authentication", operation_id = "list_signing_keys",
    responses((status = 200, description = "A JSON Web Key Set.", body = serde_json::Value))
)]
async fn list_signing_keys(State(app): State<App>) -> Response {
    let jwks = app.jwks.read().unwrap_or_else(std::sync::PoisonError::into_inner).to_string();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, jwks).into_response()
}
