//! An OpenID provider's word on who somebody is: whether it is the provider's, for us, for this sign-in, and of now.
//! *Source*: OpenID Connect Core 1.0, section 3.1.3.7.

use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// How far the clocks of provider and server may be apart. *Units*: seconds.
const LEEWAY_S: i64 = 60;
/// How long ago a token may have been made: it comes straight from the provider. *Units*: seconds.
const MAX_AGE_S: i64 = 600;
/// *Source*: OpenID Connect Core, section 2.
const MAX_SUBJECT: usize = 255;
/// A token of this length holds more than a person. *Units*: bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Keys of a provider that are looked at.
const MAX_KEYS: usize = 64;

/// The keys that a provider publishes.
pub type ProviderKeys = JwkSet;

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no signed JWT.
    #[error("it is not a signed JWT")]
    Malformed,
    /// Its algorithm is none that a provider signs by: `none`, or one with a shared secret.
    #[error("it is signed by an algorithm that is not accepted")]
    Algorithm,
    /// The provider publishes no such key: it may have a new one.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// Another provider's.
    #[error("its `iss` is not the provider's")]
    Issuer,
    /// For somebody else.
    #[error("its `aud` or `azp` is not this server")]
    Audience,
    /// Of another sign-in.
    #[error("its `nonce` is not this sign-in's")]
    Nonce,
    /// Too old, or of tomorrow.
    #[error("its `exp`, `iat` or `nbf` does not fit the time")]
    Time,
    /// It says nothing of whom it is about.
    #[error("its `sub` is missing or too long")]
    Subject,
}

/// What is expected of a token.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider, as it calls itself.
    pub issuer: &'a str,
    /// Us, as the provider calls us.
    pub client_id: &'a str,
    /// The sign-in's.
    pub nonce: &'a str,
    /// *Units*: Unix seconds.
    pub now_s: i64,
}

/// Who somebody is, by the provider's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's name for them, which never changes and is never given to another.
    pub subject: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider has made sure that it is theirs; `None` where it says nothing of that.
    pub email_verified: Option<bool>,
    /// What they are called.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
}

/// What a provider's `userinfo_endpoint` answers. *Source*: OpenID Connect Core, section 5.3.2.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some providers write `"true"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(String),
}

impl Flag {
    fn is_true(&self) -> bool {
        match self {
            Self::Bool(is) => *is,
            Self::Text(text) => text == "true",
        }
    }
}

/// The keys that a provider publishes, as far as they are of a kind that is known here: one of another kind makes the rest no
/// worse.
pub fn read_keys(published: &Value) -> ProviderKeys {
    let keys = published["keys"].as_array().into_iter().flatten();
    JwkSet { keys: keys.filter_map(|key| serde_json::from_value(key.clone()).ok()).take(MAX_KEYS).collect() }
}

/// Who somebody is, as a provider's `userinfo_endpoint` tells it. Whether that is whom the token named is for the caller.
pub fn read_user_info(body: &[u8]) -> Option<Identity> {
    let told: UserInfo = serde_json::from_slice(body).ok()?;
    Some(Identity {
        subject: told.sub,
        email: told.email.filter(|email| !email.is_empty()),
        email_verified: told.email_verified.as_ref().map(Flag::is_true),
        name: told.name.filter(|name| !name.trim().is_empty()),
    })
}

/// Whether somebody is who the token says.
pub fn check_id_token(
    token: &str,
    keys: &ProviderKeys,
    expected: Expected<'_>,
) -> Result<Identity, IdTokenError> {
    if token.len() > MAX_LENGTH {
        return Err(IdTokenError::Malformed);
    }
    let header = decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    if !is_accepted(header.alg) {
        return Err(IdTokenError::Algorithm);
    }
    let mut validation = Validation::new(header.alg);
    // The time is the caller's, and each of the rest has a word of its own where it is wrong.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let candidates = keys.keys.iter().filter(|key| fits(key, header.kid.as_deref(), header.alg));
    let mut outcome = IdTokenError::UnknownKey;
    for key in candidates {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        match decode::<Claims>(token, &key, &validation) {
            Ok(decoded) => return check_claims(decoded.claims, expected),
            Err(error) => {
                outcome = match error.kind() {
                    jsonwebtoken::errors::ErrorKind::InvalidSignature => IdTokenError::Signature,
                    _ => IdTokenError::Malformed,
                }
            }
        }
    }
    Err(outcome)
}

/// Those by which a provider signs with a key of its own. *Why* a list: a token that says `none`, or is signed with a secret
/// that is a public key, is an old attack. *Source*: RFC 8725, sections 2.1 and 3.1.
fn is_accepted(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    matches!(
        algorithm,
        A::RS256 | A::RS384 | A::RS512 | A::PS256 | A::PS384 | A::PS512 | A::ES256 | A::ES384 | A::EdDSA
    )
}

/// Whether a published key may have made the signature: a token that names none may be signed with any.
fn fits(key: &Jwk, kid: Option<&str>, algorithm: Algorithm) -> bool {
    let is_named = kid.is_none_or(|kid| key.common.key_id.as_deref() == Some(kid));
    let is_of_algorithm = key.common.key_algorithm.is_none_or(|of_key: KeyAlgorithm| {
        of_key.to_string().parse::<Algorithm>().is_ok_and(|of_key| of_key == algorithm)
    });
    is_named && is_of_algorithm
}

fn check_claims(claims: Claims, expected: Expected<'_>) -> Result<Identity, IdTokenError> {
    if claims.iss != expected.issuer {
        return Err(IdTokenError::Issuer);
    }
    let (is_for_us, is_for_us_alone) = match &claims.aud {
        Audience::One(one) => (one == expected.client_id, true),
        Audience::Many(many) => (many.iter().any(|one| one == expected.client_id), many.len() == 1),
    };
    let was_asked_by_us = match claims.azp.as_deref() {
        Some(azp) => azp == expected.client_id,
        None => is_for_us_alone,
    };
    if !is_for_us || !was_asked_by_us {
        return Err(IdTokenError::Audience);
    }
    let nonce = claims.nonce.unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(IdTokenError::Nonce);
    }
    let now_s = expected.now_s;
    let is_of_now = now_s < claims.exp.saturating_add(LEEWAY_S)
        && claims.iat <= now_s + LEEWAY_S
        && claims.iat >= now_s - MAX_AGE_S
        && claims.nbf.is_none_or(|nbf| nbf <= now_s + LEEWAY_S);
    if !is_of_now {
        return Err(IdTokenError::Time);
    }
    let subject = claims.sub.filter(|sub| !sub.is_empty() && sub.len() <= MAX_SUBJECT);
    Ok(Identity {
        subject: subject.ok_or(IdTokenError::Subject)?,
        email: claims.email.filter(|email| !email.is_empty()),
        email_verified: claims.email_verified.as_ref().map(Flag::is_true),
        name: claims.name.filter(|name| !name.trim().is_empty()),
    })
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
