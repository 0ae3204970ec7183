//! Signing in by way of the studio's own OpenID provider: the browser is sent there, and comes back. Both operations are for
//! browsers that go to an address, not for scripts: whatever comes of it is told by a redirect to a page of the console.
//! Beside them, which ways of signing in there are.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mudlark_auth::{Access, OpenIdLogin};
use mudlark_types::ErrorCode;
use mudlark_types::wire::{OpenIdWay, SignInWays};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::config::PasswordSignIn;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Email, Query};
use crate::http::guard::client_of;
use crate::http::passkeys;
use crate::http::public_base::public_base;
use crate::http::refusals;
use crate::http::registry::{Api, Origin};
use crate::http::session_cookie::{clear_openid, read_openid, set, set_openid};
use crate::openid::OpenIdProvider;
use crate::ops::openid::{Named, Stranger, sign_in};
use crate::ops::{letters, limits};

/// A page of the console that somebody is to come to after signing in. *Units*: bytes.
const MAX_TO: usize = 1024;

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Public, Origin::Mudlark, routes!(list_sign_in_ways));
    api.add(Access::Public, Origin::Mudlark, routes!(begin_openid_session));
    api.add(Access::Public, Origin::Mudlark, routes!(openid_session));
}

/// Which ways of signing in there are, at the address that is asked.
#[utoipa::path(
    get, path = "/session/ways", tag = "Sessions", operation_id = "list_sign_in_ways",
    responses((status = 200, description = "The ways.", body = SignInWays))
)]
async fn list_sign_in_ways(State(app): State<App>, headers: HeaderMap) -> Json<SignInWays> {
    let openid = app
        .openid
        .as_ref()
        .map(|_| OpenIdWay { name: app.settings.openid_name.clone(), address: "/session/openid".to_owned() });
    Json(SignInWays {
        password: app.settings.password_sign_in == PasswordSignIn::On,
        password_letter: letters::sends_password_letters(&app),
        passkey: passkeys::site(&app, &headers).is_some(),
        openid,
    })
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct BeginQuery {
    /// The page of the console to come to, such as `/w/…/browse`; its first where it is left out.
    #[param(max_length = 1024, required = false, nullable = false)]
    to: Option<String>,
}

/// Go to the studio's provider, to sign in there.
///
/// For a browser: it is sent on, and comes back to `/session/openid/callback`.
#[utoipa::path(
    get, path = "/session/openid", tag = "Sessions", operation_id = "begin_openid_session", params(BeginQuery),
    responses(
        (status = 303, description = "To the provider; or to the console, whose address then says by `problem` why not."),
        (status = 403, description = "No provider is set."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn begin_openid_session(
    State(app): State<App>,
    Query(query): Query<BeginQuery>,
    request: Request,
) -> ApiResult<Response> {
    limits::check_address(&app, client_of(&request), app.clock.now_ms())?;
    let provider = provider(&app)?;
    let to = query.to.filter(|to| is_page(to)).unwrap_or_default();
    let login = OpenIdLogin::generate();
    // The page goes along in what the provider brings back: it is no secret, and looked at again then.
    let state = format!("{}.{}", login.state(), URL_SAFE_NO_PAD.encode(&to));
    let callback = callback(&app, request.headers())?;
    match provider.authorization_url(&login, &state, &callback).await {
        Ok(url) => see_other(url.as_str(), &[set_openid(&app.settings, &login)?]),
        Err(error) => {
            tracing::warn!(error = %error, "nobody can sign in by the OpenID provider");
            to_sign_in("openid_unavailable", &to, &[])
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CallbackQuery {
    /// What the provider gives for its token.
    #[param(max_length = 4096, required = false, nullable = false)]
    code: Option<String>,
    /// What the provider was told to bring back.
    #[param(max_length = 4096, required = false, nullable = false)]
    state: Option<String>,
    /// Why the provider has not let somebody in.
    #[param(max_length = 255, required = false, nullable = false)]
    error: Option<String>,
}

/// Come back from the studio's provider. Signs in.
#[utoipa::path(
    get, path = "/session/openid/callback", tag = "Sessions", operation_id = "openid_session",
    params(CallbackQuery),
    responses(
        (status = 303, description = "To the console, with `Set-Cookie`; or to its page for signing in, whose address then \
                                      says by `problem` why not."),
        (status = 403, description = "No provider is set."),
        (status = 429, description = "Too many requests; `Retry-After` says when to try again."),
    )
)]
async fn openid_session(
    State(app): State<App>,
    Query(query): Query<CallbackQuery>,
    request: Request,
) -> ApiResult<Response> {
    let address = client_of(&request);
    limits::check_address(&app, address, app.clock.now_ms())?;
    let provider = provider(&app)?;
    let (settings, headers) = (&app.settings, request.headers());
    let over = clear_openid(settings);
    let (state, to) = query.state.as_deref().and_then(|state| state.split_once('.')).unwrap_or_default();
    let to = URL_SAFE_NO_PAD.decode(to).ok().and_then(|to| String::from_utf8(to).ok());
    let to = to.filter(|to| is_page(to)).unwrap_or_default();
    let login = read_openid(settings, headers).filter(|login| login.has_state(state));
    // Without its cookie this is no end of a sign-in that this browser has begun: somebody may have made it follow a link.
    let Some(login) = login else { return to_sign_in("openid_stale", &to, &[over]) };
    let (Some(code), None) = (&query.code, &query.error) else {
        return to_sign_in("openid_refused", &to, &[over]);
    };
    let now_s = app.clock.now_ms().div_euclid(1000);
    let identity = match provider.identify(&login, code, &callback(&app, headers)?, now_s).await {
        Ok(identity) => identity,
        Err(error) => {
            tracing::warn!(error = %error, "somebody could not sign in by the OpenID provider");
            return to_sign_in("openid_unavailable", &to, &[over]);
        }
    };
    let email = identity.email.as_deref().and_then(Email::parse);
    let named = Named { identity, email: email.map(|email| (email.as_str().to_owned(), email.key())) };
    let origin = refusals::origin(address, headers, request.extensions());
    match sign_in(&app, provider.issuer(), named, origin).await? {
        Ok(token) => see_other(&format!("/console{to}"), &[set(settings, &token)?, over]),
        Err(stranger) => {
            tracing::info!(?stranger, "somebody whom the OpenID provider knows is not known here");
            let problem = match stranger {
                Stranger::Unverified => "openid_unverified",
                Stranger::Unknown => "openid_unknown",
                Stranger::Taken => "openid_taken",
            };
            to_sign_in(problem, &to, &[over])
        }
    }
}

fn provider(app: &App) -> ApiResult<&OpenIdProvider> {
    app.openid.as_ref().ok_or_else(|| {
        ApiError::new(
            ErrorCode::SignInWayClosed,
            "This server has no OpenID provider; sign in another way, or set openid_issuer",
        )
    })
}

fn callback(app: &App, headers: &HeaderMap) -> ApiResult<String> {
    Ok(format!("{}/session/openid/callback", public_base(app, headers)?))
}

/// Whether a text is a page of the console, and nothing that a browser would take for another site.
fn is_page(to: &str) -> bool {
    to.len() <= MAX_TO
        && to.starts_with('/')
        && !to.starts_with("//")
        && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn to_sign_in(problem: &str, to: &str, cookies: &[HeaderValue]) -> ApiResult<Response> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("problem", problem);
    if !to.is_empty() {
        query.append_pair("to", to);
    }
    see_other(&format!("/console/sign-in?{}", query.finish()), cookies)
}

fn see_other(place: &str, cookies: &[HeaderValue]) -> ApiResult<Response> {
    let place = HeaderValue::from_str(place).map_err(ApiError::internal)?;
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_to_come_to_is_one_of_ours() {
        for (to, is_one) in [
            ("/w/0198c0de/browse?q=rock", true),
            ("/", true),
            ("", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("/\r\nset-cookie: x", false),
            ("w/browse", false),
        ] {
            assert_eq!(is_page(to), is_one, "{to}");
        }
    }
}
