//! What a token says, and making one. Not the checking ([`crate::verifier`]); called by `POST /auth/token`.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mudlark_types::{AccountId, UserId};
use serde::{Serialize, Serializer};

use crate::base62;
use crate::key::KeyId;
use crate::random::random_bytes;
use crate::signing::{SigningError, SigningKey};
use crate::verifier::LEEWAY_S;

/// The claims of an access token.
///
/// No plan, no role and no scope is among them: those are read live, so that a change counts from the next request on.
/// *Source*: RFC 9068 section 2.2; `account_id`, `uid`, `sv` and `ep` are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The server that made it.
    #[serde(serialize_with = "text")]
    pub iss: Arc<str>,
    /// The server that it is for.
    #[serde(serialize_with = "text")]
    pub aud: Arc<str>,
    /// The key that it was made from.
    pub sub: KeyId,
    /// The same key: in this grant the client is the subject.
    pub client_id: KeyId,
    /// The account that the key belongs to.
    pub account_id: AccountId,
    /// The service user that the key acts as.
    pub uid: UserId,
    /// When it was made. *Units*: Unix seconds.
    pub iat: i64,
    /// From when on it is no longer good. *Units*: Unix seconds.
    pub exp: i64,
    /// Its own id, 128 random bits: see [`new_token_id`].
    pub jti: String,
    /// The version of the secret that it was made from.
    pub sv: i64,
    /// The account's token epoch when it was made.
    pub ep: i64,
}

impl Claims {
    /// From when on the verifier accepts the token no longer, its leeway counted in. *Units*: Unix milliseconds.
    pub fn refused_from_ms(&self) -> i64 {
        self.exp.saturating_add(LEEWAY_S).saturating_mul(1000)
    }
}

/// An id for a new token (`jti`): 22 base62 characters, 128 random bits.
pub fn new_token_id() -> String {
    let mut text = [0; base62::WIDTH_128];
    base62::encode(&mut random_bytes::<16>(), &mut text);
    std::str::from_utf8(&text).expect("base62 is ASCII").to_owned()
}

/// Makes the token: header, claims and ES256 signature in compact form.
///
/// *Errors*: [`SigningError::Failed`] if the crypto library fails. *Source*: RFC 7515 section 3.1.
pub fn mint(key: &SigningKey, claims: &Claims) -> Result<String, SigningError> {
    let claims = serde_json::to_vec(claims).map_err(|_| SigningError::Failed)?;
    let mut token = String::with_capacity(key.encoded_header().len() + claims.len() * 4 / 3 + 96);
    token.push_str(key.encoded_header());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use uuid::Uuid;

    use super::*;

    fn claims() -> Claims {
        let key = KeyId::generate();
        Claims {
            iss: "http://mudlark.test".into(),
            aud: "http://mudlark.test".into(),
            sub: key.clone(),
            client_id: key,
            account_id: AccountId::from_uuid(Uuid::from_u128(1)),
            uid: UserId::from_uuid(Uuid::from_u128(2)),
            iat: 1_700_000_000,
            exp: 1_700_003_600,
            jti: new_token_id(),
            sv: 1,
            ep: 0,
        }
    }

    #[test]
    fn minted_token_is_read_by_the_token_library() {
        crate::signing::install_crypto_provider();
        let key = SigningKey::generate();
        let claims = claims();

        let token = mint(&key, &claims).unwrap();

        let jwk = key.public_jwk();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["http://mudlark.test"]);
        validation.set_issuer(&["http://mudlark.test"]);
        validation.validate_exp = false;
        let decoded = jsonwebtoken::decode::<serde_json::Value>(
            &token,
            &DecodingKey::from_ec_components(&jwk.x, &jwk.y).unwrap(),
            &validation,
        )
        .unwrap();
        assert_eq!(decoded.header.kid.as_deref(), Some(key.kid()));
        assert_eq!(decoded.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(decoded.claims, serde_json::to_value(&claims).unwrap());
    }

    #[test]
    fn claims_have_exactly_the_published_members() {
        let json = serde_json::to_value(claims()).unwrap();

        let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let expected =
            ["account_id", "aud", "client_id", "ep", "exp", "iat", "iss", "jti", "sub", "sv", "uid"];
        assert_eq!(names, expected);
    }

    #[test]
    fn token_ids_are_128_bits_and_differ() {
        let (one, two) = (new_token_id(), new_token_id());
        assert_eq!(one.len(), 22);
        assert!(base62::decode::<16>(&one).is_some());
        assert_ne!(one, two);
    }
}
