//! Reading a token request of OAuth 2.0: the form, and the client's id and secret from wherever they are given.
//! Strict: what could be read in two ways is refused. *Source*: RFC 6749, sections 2.3.1, 3.2, 3.3 and 4.4.2.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mudlark_types::{ErrorCode, Scope, Scopes};
use percent_encoding::percent_decode_str;

use crate::error::{ApiError, ApiResult};

/// A request that is well formed. Whether its credentials are good is not known yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TokenRequest {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) scopes: Scopes,
}

type Parameters<'a> = HashMap<Cow<'a, str>, Cow<'a, str>>;

/// Reads the head and the whole body.
pub(super) fn parse(headers: &HeaderMap, body: &[u8]) -> ApiResult<TokenRequest> {
    check_content_type(headers)?;
    let parameters = parameters(body)?;
    // A parameter without a value counts as one that was left out (RFC 6749, section 3.2).
    let given = |name: &str| parameters.get(name).map(|value| &**value).filter(|value| !value.is_empty());
    match given("grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(ApiError::new(
                ErrorCode::UnsupportedGrantType,
                "The grant_type must be client_credentials; this server knows no other",
            ));
        }
        None => return Err(ApiError::invalid_field("grant_type", "is required: client_credentials")),
    }
    let (client_id, client_secret) = credentials(headers, given("client_id"), given("client_secret"))?;
    let scopes = scopes(given("scope").unwrap_or_default())?;
    Ok(TokenRequest { client_id, client_secret, scopes })
}

fn check_content_type(headers: &HeaderMap) -> ApiResult<()> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(ApiError::invalid_field("content-type", "must be application/x-www-form-urlencoded"))
}

/// The form's pairs. A name that stands twice is refused: two readers could take two values.
fn parameters(body: &[u8]) -> ApiResult<Parameters<'_>> {
    let malformed =
        || ApiError::new(ErrorCode::BodyMalformed, "The body must be a form in UTF-8, without NUL");
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut parameters = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (form_decoded(name), form_decoded(value));
        let (Some(name), Some(value)) = (name, value) else { return Err(malformed()) };
        if parameters.insert(name, value).is_some() {
            return Err(ApiError::new(ErrorCode::InvalidInput, "Each parameter may be given once"));
        }
    }
    Ok(parameters)
}

/// `None` for what is not UTF-8 or holds a NUL.
fn form_decoded(text: &str) -> Option<Cow<'_, str>> {
    let decoded = if text.contains('+') {
        let spaced = text.replace('+', " ");
        Cow::Owned(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
    } else {
        percent_decode_str(text).decode_utf8().ok()?
    };
    (!decoded.contains('\0')).then_some(decoded)
}

/// The client's id and secret: by HTTP Basic, or in the form, never both.
fn credentials(
    headers: &HeaderMap,
    id_in_form: Option<&str>,
    secret_in_form: Option<&str>,
) -> ApiResult<(String, String)> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        let (Some(id), Some(secret)) = (id_in_form, secret_in_form) else {
            return Err(unauthenticated(
                "Key and secret are required: by HTTP Basic, or as client_id and client_secret",
            ));
        };
        return Ok((id.to_owned(), secret.to_owned()));
    };
    if values.next().is_some() {
        return Err(ApiError::new(ErrorCode::HeaderMalformed, "The header Authorization may be given once"));
    }
    if secret_in_form.is_some() {
        return Err(ApiError::new(
            ErrorCode::InvalidInput,
            "Key and secret must be given by HTTP Basic or in the form, not both",
        ));
    }
    let (id, secret) = value.to_str().ok().and_then(basic).ok_or_else(|| {
        unauthenticated("The header Authorization must be Basic, with the base64 of key, colon and secret")
    })?;
    if id_in_form.is_some_and(|in_form| in_form != id) {
        return Err(ApiError::invalid_field("client_id", "must be the key in the header Authorization"));
    }
    Ok((id, secret))
}

/// *Source*: RFC 7617, section 2, with both parts in the form's encoding (RFC 6749, section 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = zeroize::Zeroizing::new(BASE64_STANDARD.decode(encoded.trim_matches(' ')).ok()?);
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some((form_decoded(id)?.into_owned(), form_decoded(secret)?.into_owned()))
}

/// *Source*: RFC 6749, section 5.2: no or unreadable credentials are an `invalid_client` too.
fn unauthenticated(message: &'static str) -> ApiError {
    ApiError::new(ErrorCode::InvalidCredentials, message)
}

fn scopes(text: &str) -> ApiResult<Scopes> {
    let names = text.split(' ').filter(|name| !name.is_empty());
    names.map(str::parse::<Scope>).collect::<Result<Scopes, _>>().map_err(|_| {
        ApiError::new(
            ErrorCode::InvalidScope,
            "A scope is not known; GET /.well-known/oauth-authorization-server lists those there are",
        )
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

    fn parsed(authorization: &[&str], body: &str) -> Result<TokenRequest, ErrorCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        for value in authorization {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        parse(&headers, body.as_bytes()).map_err(|error| error.code())
    }

    fn basic_header(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    #[test]
    fn id_and_secret_are_read_from_either_place() {
        let expected = |scopes: &[Scope]| TokenRequest {
            client_id: "the key".into(),
            client_secret: "s:%é".into(),
            scopes: scopes.iter().copied().collect(),
        };
        let header = basic_header("the+key:s%3A%25%C3%A9");

        for (authorization, body) in [
            (None, "grant_type=client_credentials&client_id=the+key&client_secret=s%3A%25%C3%A9"),
            (Some(&*header), "grant_type=client_credentials"),
            (Some(&*header), "client_id=the%20key&client_secret=&scope=&grant_type=client_credentials"),
            (Some(&*header.replacen("Basic", "bAsIc ", 1)), "&&grant_type=client_credentials&resource=x"),
        ] {
            let authorization: Vec<_> = authorization.into_iter().collect();
            assert_eq!(parsed(&authorization, body), Ok(expected(&[])), "{authorization:?} {body}");
        }
        let two = "grant_type=client_credentials&scope=assets:read++users%3Aread";
        assert_eq!(parsed(&[&header], two), Ok(expected(&[Scope::AssetsRead, Scope::UsersRead])));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let header = basic_header("k:s");
        let (grant, both) = ("grant_type=client_credentials", "client_id=k&client_secret=s");

        for (authorization, body, code) in [
            (&[&*header][..], format!("{grant}&client_secret=s"), ErrorCode::InvalidInput),
            (&[&header], format!("{grant}&{both}"), ErrorCode::InvalidInput),
            (&[&header], format!("{grant}&client_id=other"), ErrorCode::InvalidInput),
            (&[&header, &header], grant.into(), ErrorCode::HeaderMalformed),
            (&[], format!("{grant}&{both}&client_id=k"), ErrorCode::InvalidInput),
            (&[], format!("{grant}&{both}&{grant}"), ErrorCode::InvalidInput),
            (&[], format!("{grant}&{both}&%67rant_type="), ErrorCode::InvalidInput),
            (&[], format!("{grant}&{both}&x&x"), ErrorCode::InvalidInput),
        ] {
            assert_eq!(parsed(authorization, &body), Err(code), "{authorization:?} {body}");
        }
    }

    #[test]
    fn what_is_missing_or_malformed_has_its_own_code() {
        let (grant, both) = ("grant_type=client_credentials", "client_id=k&client_secret=s");
        let no_colon = basic_header("ks");
        let not_utf8 = format!("Basic {}", BASE64_STANDARD.encode([b'k', b':', 0xff]));

        for (authorization, body, code) in [
            (&[][..], both.into(), ErrorCode::InvalidInput),
            (&[], format!("grant_type=&{both}"), ErrorCode::InvalidInput),
            (&[], format!("grant_type=password&{both}"), ErrorCode::UnsupportedGrantType),
            (&[], format!("grant_type=CLIENT_CREDENTIALS&{both}"), ErrorCode::UnsupportedGrantType),
            (&[], grant.into(), ErrorCode::InvalidCredentials),
            (&[], format!("{grant}&client_id=k"), ErrorCode::InvalidCredentials),
            (&["Bearer x"], grant.into(), ErrorCode::InvalidCredentials),
            (&["Basic"], grant.into(), ErrorCode::InvalidCredentials),
            (&["Basic a:b"], grant.into(), ErrorCode::InvalidCredentials),
            (&[&*no_colon], grant.into(), ErrorCode::InvalidCredentials),
            (&[&*not_utf8], grant.into(), ErrorCode::InvalidCredentials),
            (&[&*basic_header("k%00:s")], grant.into(), ErrorCode::InvalidCredentials),
            (&[], format!("{grant}&{both}&scope=everything"), ErrorCode::InvalidScope),
            (&[], format!("{grant}&{both}&scope=assets:read,users:read"), ErrorCode::InvalidScope),
            (&[], format!("{grant}&{both}&a=%ff"), ErrorCode::BodyMalformed),
            (&[], format!("{grant}&{both}&a=%00"), ErrorCode::BodyMalformed),
        ] {
            assert_eq!(parsed(authorization, &body), Err(code), "{authorization:?} {body}");
        }
        let refused = parse(&HeaderMap::new(), grant.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidInput, "no content type");
    }
}
