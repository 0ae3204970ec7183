//! From a key and its secret to a token, and the public keys that tokens are checked with.
//! *Source*: wire contract, section 2; the API's authentication page.

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use mudlark_auth::{Access, Secret};
use mudlark_types::{AccountId, ErrorCode, Scopes};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::app::App;
use crate::config::TokenFormat;
use crate::error::{ApiError, ApiResult, RefusalFacts};
use crate::http::access_log::InTrail;
use crate::http::extract::{Input, required};
use crate::http::guard::{client_of, denial_reason, denied};
use crate::http::id_headers::optional_id;
use crate::http::refusals;
use crate::http::registry::{Api, Origin};
use crate::ops::issue_token::{Credentials, Issued, NamedAccount, Refused, issue_token};
use crate::ops::limits;
use crate::ops::signing_keys::KEYS_KEPT_BY_VERIFIERS_S;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Documented, routes!(create_token));
    api.add(Access::Public, Origin::Mudlark, routes!(list_signing_keys));
}

/// A key with its secret.
#[derive(Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "read as Presented; this is what the document shows")]
struct TokenRequest {
    /// The key's account. May be left out, or be given as `x-account-id` instead.
    #[schema(nullable = false)]
    account_id: Option<AccountId>,
    /// The API key.
    #[schema(min_length = 1, example = "mdl_key_0123456789ABCDEFGHIJKL")]
    key: String,
    /// The key's secret.
    #[schema(min_length = 1)]
    secret: String,
}

#[derive(Deserialize)]
pub(super) struct Presented {
    #[serde(default, deserialize_with = "crate::http::extract::nullable")]
    account_id: Option<Option<String>>,
    key: Option<String>,
    secret: Option<String>,
}

#[cfg(any(test, feature = "fuzzing"))]
impl Presented {
    /// Key and secret.
    pub(super) fn into_pair(self) -> (Option<String>, Option<String>) {
        (self.key, self.secret)
    }
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
        ("format" = Option<String>, Query, pattern = "^(string|object)$", description = "`string` or `object`."),
        ("x-account-id" = Option<AccountId>, Header, description = "The key's account, if not in the body."),
    ),
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The token.", body = String, content_type = "application/json", example = json!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9…")),
        (status = 401, description = "The key, the secret or the account is wrong, or the key may not be used."),
        (status = 403, description = "The account's plan has no API access, or the account is suspended."),
        (status = 429, description = "Too many requests, failures or tokens; `Retry-After` says when to try again."),
        (status = 503, description = "The audit trail can't be written, and no token is given out without its line."),
    )
)]
async fn create_token(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let address = client_of(&request);
    limits::check_address(&app, address, app.clock.now_ms())?;
    let origin = refusals::origin(address, request.headers(), request.extensions());
    let format = answer_format(&app, request.uri(), request.headers())?;
    let in_header: Option<AccountId> = optional_id(request.headers(), "x-account-id")?;
    // What is presented must come in the body: a secret in an address would end in logs.
    let Input(presented) = Input::<Presented>::from_request(without_query(request), &app).await?;
    let key_id = not_empty(required(presented.key, "key")?, "key")?;
    let secret = Secret::from_presented(not_empty(required(presented.secret, "secret")?, "secret")?);
    let account = named_account(presented.account_id, in_header)?;

    let credentials =
        Credentials { key_id: &key_id, secret: &secret, account, scopes: Scopes::EMPTY, address };
    let Issued { token, expires_in_s, .. } =
        issue_token(&app, &credentials, origin).await.map_err(refusal)?;
    let body = match format {
        TokenFormat::String => Json(token).into_response(),
        TokenFormat::Object => {
            Json(TokenObject { token, token_type: "Bearer", expires_in: expires_in_s }).into_response()
        }
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((Extension(InTrail), no_store, body).into_response())
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

/// The words of a refusal, and its code.
pub(super) fn refusal(refused: Refused) -> ApiError {
    match refused {
        Refused::Limited(error) | Refused::NoLease(error) => error,
        Refused::Credentials(facts) => {
            ApiError::new(ErrorCode::InvalidCredentials, "Invalid API key or secret").audited(facts)
        }
        Refused::Account(denial, facts) => {
            denied(denial).audited(RefusalFacts { reason: Some(denial_reason(denial)), ..facts })
        }
        Refused::Scope(scope, facts) => {
            ApiError::new(ErrorCode::InvalidScope, format!("The key does not have the scope {scope}"))
                .audited(facts)
        }
        Refused::Store(error) => ApiError::from_store(error),
        Refused::Signing(error) => ApiError::internal(error),
        Refused::Audit(error) => ApiError::audit_unavailable(error),
    }
}

/// The public keys that tokens are checked with (RFC 7517).
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Authentication", operation_id = "list_signing_keys",
    responses((status = 200, description = "A JSON Web Key Set.", body = serde_json::Value, content_type = "application/jwk-set+json"))
)]
async fn list_signing_keys(State(app): State<App>) -> Response {
    let jwks = app.jwks.read().unwrap_or_else(std::sync::PoisonError::into_inner).to_string();
    let content_type = HeaderValue::from_static("application/jwk-set+json");
    let keep = format!("public, max-age={KEYS_KEPT_BY_VERIFIERS_S}");
    ([(header::CONTENT_TYPE, content_type)], [(header::CACHE_CONTROL, keep)], jwks).into_response()
}
