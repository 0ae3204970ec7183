//! The same exchange as `/auth/token` in the words of OAuth 2.0, for stock clients, and the page by which they find it.
//! *Source*: RFC 6749, sections 2.3.1, 4.4 and 5; RFC 8414.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use mudlark_auth::{Access, Secret};
use mudlark_types::{ErrorCode, Scope, Scopes};
use serde::Serialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::access_log::InTrail;
use crate::http::guard::client_of;
use crate::http::oauth_request::{self, TokenRequest};
use crate::http::public_base::public_base;
use crate::http::registry::{Api, Origin};
use crate::http::tokens::refusal;
use crate::http::{body, error_body, refusals};
use crate::ops::issue_token::{Credentials, NamedAccount, issue_token};
use crate::ops::limits;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(create_oauth_token));
    api.add(Access::Public, Origin::Mudlark, routes!(find_authorization_server));
}

/// What stands in the form of a token request.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "read by hand, since a name may stand only once; this is what the document shows"
)]
struct OauthTokenRequest {
    /// Always `client_credentials`.
    #[schema(pattern = "^client_credentials$", example = "client_credentials")]
    grant_type: String,
    /// Scopes with spaces between; the key must have each.
    scope: Option<String>,
    /// The API key, where the request has no `Authorization: Basic`.
    #[schema(example = "mdl_key_0123456789ABCDEFGHIJKL")]
    client_id: Option<String>,
    /// The key's secret, where the request has no `Authorization: Basic`.
    #[schema(example = "mdl_sec_…")]
    client_secret: Option<String>,
}

/// A token, as RFC 6749 has it.
#[derive(Serialize, utoipa::ToSchema)]
struct OauthToken {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// *Units*: seconds.
    expires_in: u32,
    /// All scopes that the key has, with spaces between, also where fewer were asked for.
    scope: String,
}

/// Exchange a key and its secret for a token, as OAuth 2.0 clients do.
///
/// The grant `client_credentials` of RFC 6749, section 4.4: the key is the client's id, its secret the client's secret,
/// given by HTTP Basic or in the form, never both. What is asked for in `scope` does not narrow the token: it is
/// good for what its key is. Other parameters are ignored; none may be given twice.
#[utoipa::path(
    post, path = "/oauth/token", tag = "Authentication", operation_id = "create_oauth_token",
    params(("authorization" = Option<String>, Header, description = "`Basic`, with key and secret.")),
    request_body(content = OauthTokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token.", body = OauthToken),
        (status = 400, description = "`invalid_request`, `unsupported_grant_type` or `invalid_scope`.", body = error_body::OauthErrorBody),
        (status = 401, description = "`invalid_client`: the key or the secret is wrong, or the key may not be used.", body = error_body::OauthErrorBody),
        (status = 403, description = "`unauthorized_client`: the account's plan has no API access; `access_denied`: it is suspended.", body = error_body::OauthErrorBody),
        (status = 429, description = "Too many failures; `Retry-After` says when to try again.", body = error_body::OauthErrorBody),
    )
)]
async fn create_oauth_token(State(app): State<App>, request: Request) -> Response {
    let mut response = match exchange(&app, request).await {
        Ok(token) => (Extension(InTrail), Json(token)).into_response(),
        Err(error) => in_oauth_words(error).into_response(),
    };
    // RFC 6749, section 5.1.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn exchange(app: &App, request: Request) -> ApiResult<OauthToken> {
    let (address, headers) = (client_of(&request), request.headers().clone());
    limits::check_address(app, address, app.clock.now_ms())?;
    let origin = refusals::origin(address, &headers, request.extensions());
    let whole = body::read_whole(request, app.settings.max_body_bytes).await?;
    let TokenRequest { client_id, client_secret, scopes } = oauth_request::parse(&headers, &whole)?;
    let secret = Secret::from_presented(client_secret);
    let credentials =
        Credentials { key_id: &client_id, secret: &secret, account: NamedAccount::None, scopes, address };
    let issued = issue_token(app, &credentials, origin).await.map_err(refusal)?;
    let held: Scopes =
        Scope::ALL.iter().copied().filter(|scope| issued.key.limits.allow_scope(*scope)).collect();
    Ok(OauthToken {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.expires_in_s,
        scope: held.iter().map(Scope::as_str).collect::<Vec<_>>().join(" "),
    })
}

/// Gives a refusal the name that RFC 6749 has for it. *Source*: its sections 5.2 and, for what that has no name for,
/// 4.1.2.1.
fn in_oauth_words(error: ApiError) -> ApiError {
    let name = match error.code() {
        ErrorCode::InvalidCredentials => {
            let challenge = HeaderValue::from_static(r#"Basic realm="mudlark""#);
            return error.with_header(header::WWW_AUTHENTICATE, challenge).with_oauth_error("invalid_client");
        }
        ErrorCode::UnsupportedGrantType => "unsupported_grant_type",
        ErrorCode::InvalidScope => "invalid_scope",
        ErrorCode::PlanWithoutApiAccess => "unauthorized_client",
        ErrorCode::AccountSuspended => "access_denied",
        ErrorCode::TooManyRequests | ErrorCode::Unavailable => "temporarily_unavailable",
        ErrorCode::Internal | ErrorCode::StorageFull => "server_error",
        _ => "invalid_request",
    };
    error.with_oauth_error(name)
}

/// What a client learns of this server before it asks for a token (RFC 8414).
#[derive(Serialize, utoipa::ToSchema)]
struct AuthorizationServer {
    /// The address that clients reach the server by. Where it is configured, tokens name it as their `iss`.
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    scopes_supported: Vec<&'static str>,
    /// None: there is no authorization endpoint.
    response_types_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    service_documentation: String,
}

/// Where OAuth 2.0 clients find everything (RFC 8414).
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", tag = "Authentication",
    operation_id = "find_authorization_server",
    responses((status = 200, description = "The server's metadata.", body = AuthorizationServer))
)]
async fn find_authorization_server(
    State(app): State<App>,
    headers: HeaderMap,
) -> ApiResult<Json<AuthorizationServer>> {
    let issuer = public_base(&app, &headers)?;
    let at = |path: &str| format!("{issuer}{path}");
    Ok(Json(AuthorizationServer {
        token_endpoint: at("/oauth/token"),
        jwks_uri: at("/.well-known/jwks.json"),
        revocation_endpoint: at("/auth/revoke"),
        scopes_supported: Scope::ALL.iter().map(|scope| scope.as_str()).collect(),
        response_types_supported: Vec::new(),
        grant_types_supported: vec!["client_credentials"],
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
        service_documentation: at("/docs"),
        issuer,
    }))
}
