//! The cookie by which a browser shows a session, what must come with it, and how it is given and taken back. Whether the
//! session is good is for `guard` and the live table.

use axum::http::header::InvalidHeaderValue;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use mudlark_auth::{OpenIdLogin, SessionToken};
use mudlark_types::ErrorCode;

use crate::config::Settings;
use crate::error::{ApiError, ApiResult};
use crate::http::edge::is_read;

/// What requests that change something show beside the cookie.
pub(crate) const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const PLAIN_NAME: &str = "mudlark_session";
/// *Source*: RFC 6265bis, section 4.1.3.2: a browser takes a cookie of such a name only by https, for this host alone.
const HOST_NAME: &str = "__Host-mudlark_session";

fn is_https(settings: &Settings) -> bool {
    settings.public_base().is_some_and(|base| base.starts_with("https://"))
}

fn name(settings: &Settings) -> &'static str {
    if is_https(settings) { HOST_NAME } else { PLAIN_NAME }
}

/// The session's token, where the request shows one by its cookie.
///
/// *Errors*: 401 where the cookie is there twice: one of them somebody else has planted.
pub(crate) fn read(settings: &Settings, headers: &HeaderMap) -> ApiResult<Option<SessionToken>> {
    let mut values = values_of(name(settings), headers);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ApiError::signed_out().because("two_session_cookies"));
    }
    Ok(Some(SessionToken::from_presented(value)))
}

fn values_of<'a>(name: &'a str, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(given, _)| *given == name).map(|(_, value)| value)
}

/// Gives the browser a session, for as long as one may last.
pub(crate) fn set(settings: &Settings, token: &SessionToken) -> ApiResult<HeaderValue> {
    let max_age_s = settings.session_lifetime_ms() / 1000;
    cookie(settings, name(settings), token.expose(), "Strict", max_age_s).map_err(ApiError::internal)
}

/// Takes the cookie back.
pub(crate) fn clear(settings: &Settings) -> HeaderValue {
    cookie(settings, name(settings), "", "Strict", 0).expect("an empty value is one of a header")
}

/// A cookie of ours: for this server alone, and for no script.
fn cookie(
    settings: &Settings,
    name: &str,
    value: &str,
    same_site: &str,
    max_age_s: i64,
) -> Result<HeaderValue, InvalidHeaderValue> {
    let secure = if is_https(settings) { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={max_age_s}{secure}");
    let mut value = HeaderValue::from_str(&cookie)?;
    value.set_sensitive(true);
    Ok(value)
}

const OPENID_PLAIN_NAME: &str = "mudlark_openid";
const OPENID_HOST_NAME: &str = "__Host-mudlark_openid";
/// How long somebody may take at the provider. *Units*: seconds.
const OPENID_MAX_AGE_S: i64 = 600;

fn openid_name(settings: &Settings) -> &'static str {
    if is_https(settings) { OPENID_HOST_NAME } else { OPENID_PLAIN_NAME }
}

/// Gives the browser what it must show when it comes back from the provider.
///
/// *Why* `Lax`: it comes back from another site's page, which a `Strict` cookie would not survive. It opens nothing by itself.
pub(crate) fn set_openid(settings: &Settings, login: &OpenIdLogin) -> ApiResult<HeaderValue> {
    let name = openid_name(settings);
    cookie(settings, name, login.expose(), "Lax", OPENID_MAX_AGE_S).map_err(ApiError::internal)
}

/// Takes it back.
pub(crate) fn clear_openid(settings: &Settings) -> HeaderValue {
    cookie(settings, openid_name(settings), "", "Lax", 0).expect("an empty value is one of a header")
}

/// The sign-in by the provider that this browser has begun, if it shows one, and not two.
pub(crate) fn read_openid(settings: &Settings, headers: &HeaderMap) -> Option<OpenIdLogin> {
    let mut values = values_of(openid_name(settings), headers);
    let value = values.next().filter(|_| values.next().is_none())?;
    Some(OpenIdLogin::from_presented(value))
}

/// Refuses a request that another site's page makes in the person's name.
///
/// *Why* three: `SameSite` keeps the cookie to this site, but a site is more than a host; the origin is sent by every
/// browser of today with what changes something; the token holds where neither does.
///
/// *Errors*: 403.
pub(crate) fn check_csrf(
    settings: &Settings,
    token: &SessionToken,
    method: &Method,
    headers: &HeaderMap,
) -> ApiResult<()> {
    check_origin(settings, headers)?;
    if is_read(method) {
        return Ok(());
    }
    let mut presented = headers.get_all(&CSRF_TOKEN).iter();
    match (presented.next(), presented.next()) {
        (Some(one), None) if token.has_csrf_token(one.as_bytes()) => Ok(()),
        _ => Err(ApiError::new(
            ErrorCode::CsrfRefused,
            "A request with a session that changes something needs the header x-csrf-token with the `csrf_token` of GET \
             /session",
        )
        .because("csrf_token")),
    }
}

/// Refuses a request that says itself that it comes from another origin's page. One that says nothing comes from no
/// browser of today.
///
/// *Errors*: 403.
pub(crate) fn check_origin(settings: &Settings, headers: &HeaderMap) -> ApiResult<()> {
    let refuse = || {
        Err(ApiError::new(
            ErrorCode::CsrfRefused,
            "The request comes from a page of another origin; sign in and work in this server's own console",
        )
        .because("other_origin"))
    };
    let fetch_site = headers.get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    if fetch_site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return refuse();
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin: Option<Uri> = origin.to_str().ok().and_then(|text| text.parse().ok());
    let origin = origin.as_ref().and_then(Uri::authority);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let public: Option<Uri> = settings.public_base().and_then(|base| base.parse().ok());
    let public = public.as_ref().and_then(Uri::authority);
    let is_own = origin.is_some_and(|origin| {
        host.is_some_and(|host| origin.as_str().eq_ignore_ascii_case(host))
            || public.is_some_and(|public| public.as_str().eq_ignore_ascii_case(origin.as_str()))
    });
    if is_own { Ok(()) } else { refuse() }
}
