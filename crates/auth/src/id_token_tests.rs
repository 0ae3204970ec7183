//! Tokens of a provider, believed and refused: a provider of its own for each test, whose key is made for it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::signing::install_crypto_provider;

const NOW_S: i64 = 1_700_000_000;
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://login.studio.example", client_id: "mudlark", nonce: "n-1", now_s: NOW_S };

/// A provider's key: an ES256 one, as the house makes them.
struct Provider {
    signing: EncodingKey,
    keys: JwkSet,
}

impl Provider {
    fn new() -> Self {
        install_crypto_provider();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let keys = json!({"keys": [
            {"kty": "of tomorrow", "kid": "none"},
            {
                "kty": "EC", "crv": "P-256", "kid": "one", "alg": "ES256", "use": "sig",
                "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
            },
        ]});
        Self { signing: EncodingKey::from_ec_der(pkcs8.as_ref()), keys: read_keys(&keys) }
    }

    fn token_with(&self, kid: Option<&str>, changes: &Value) -> String {
        let mut claims = json!({
            "iss": EXPECTED.issuer, "sub": "248289761001", "aud": "mudlark", "exp": NOW_S + 300, "iat": NOW_S,
            "nonce": "n-1", "email": "mira@studio.example", "email_verified": true, "name": "Mira Holm",
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &self.signing).expect("a token is made")
    }

    fn check(&self, changes: &Value) -> Result<Identity, IdTokenError> {
        check_id_token(&self.token_with(Some("one"), changes), &self.keys, EXPECTED)
    }
}

#[test]
fn token_of_the_provider_for_us_and_this_sign_in_is_believed() {
    let provider = Provider::new();
    let identity = Identity {
        subject: "248289761001".to_owned(),
        email: Some("mira@studio.example".to_owned()),
        email_verified: Some(true),
        name: Some("Mira Holm".to_owned()),
    };

    assert_eq!(provider.check(&json!({})), Ok(identity.clone()));
    assert_eq!(provider.check(&json!({"aud": ["mudlark"], "email_verified": "true"})), Ok(identity.clone()));
    let several = json!({"aud": ["mudlark", "other"], "azp": "mudlark", "nbf": NOW_S + 59});
    assert_eq!(provider.check(&several), Ok(identity.clone()));
    let without_kid = provider.token_with(None, &json!({}));
    assert_eq!(check_id_token(&without_kid, &provider.keys, EXPECTED), Ok(identity));
}

#[test]
fn each_claim_that_is_not_ours_is_refused_by_its_name() {
    let provider = Provider::new();
    for (changes, error) in [
        (json!({"iss": "https://login.studio.example/"}), IdTokenError::Issuer),
        (json!({"aud": "other"}), IdTokenError::Audience),
        (json!({"aud": []}), IdTokenError::Audience),
        (json!({"aud": ["mudlark", "other"]}), IdTokenError::Audience),
        (json!({"azp": "other"}), IdTokenError::Audience),
        (json!({"nonce": "n-2"}), IdTokenError::Nonce),
        (json!({"nonce": null}), IdTokenError::Nonce),
        (json!({"exp": NOW_S - 60}), IdTokenError::Time),
        (json!({"iat": NOW_S + 61}), IdTokenError::Time),
        (json!({"iat": NOW_S - 601}), IdTokenError::Time),
        (json!({"nbf": NOW_S + 61}), IdTokenError::Time),
        (json!({"exp": i64::MAX, "iat": i64::MIN}), IdTokenError::Time),
        (json!({"sub": null}), IdTokenError::Subject),
        (json!({"sub": "x".repeat(256)}), IdTokenError::Subject),
        (json!({"iat": "now"}), IdTokenError::Malformed),
    ] {
        assert_eq!(provider.check(&changes), Err(error), "{changes}");
    }
}

#[test]
fn token_that_somebody_else_signed_or_nobody_is_refused() {
    let (provider, other) = (Provider::new(), Provider::new());
    let refused = |token: &str| check_id_token(token, &provider.keys, EXPECTED).unwrap_err();
    let body = provider.token_with(Some("one"), &json!({}));
    let (_, payload) =
        body.split_once('.').and_then(|(head, rest)| Some((head, rest.split_once('.')?.0))).unwrap();
    let head = |text: &str| URL_SAFE_NO_PAD.encode(text);

    assert_eq!(refused(&other.token_with(Some("one"), &json!({}))), IdTokenError::Signature);
    assert_eq!(refused(&provider.token_with(Some("two"), &json!({}))), IdTokenError::UnknownKey);
    assert_eq!(refused(&format!("{}.{payload}.", head(r#"{"alg":"none"}"#))), IdTokenError::Malformed);
    assert_eq!(refused(&format!("{}.{payload}.AAAA", head(r#"{"alg":"HS256"}"#))), IdTokenError::Algorithm);
    assert_eq!(
        refused(&format!("{}.{payload}.AAAA", head(r#"{"alg":"RS256","kid":"one"}"#))),
        IdTokenError::UnknownKey
    );
    for garbage in ["", ".", "..", "a.b.c", &"x".repeat(MAX_LENGTH + 1)] {
        assert_eq!(refused(garbage), IdTokenError::Malformed, "{garbage:.20}");
    }
}
