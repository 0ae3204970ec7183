//! The key pairs that sign tokens, and their public halves. Not when they are made, used and retired, which the server
//! decides; called when a token is minted, when the verifier's keys are set, and for the published key set.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};

use crate::vault::{Vault, VaultError};

/// The only algorithm of ours. *Source*: RFC 7518 section 3.4.
pub(crate) const ALGORITHM: &str = "ES256";
/// The `typ` of an access token. *Source*: RFC 9068 section 2.1.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";
/// Bound into the sealed form, before the key's id, so that no other sealed text passes for a signing key.
const SEAL_PURPOSE: &[u8] = b"mudlark signing key\0";

/// Makes the token library use its `aws_lc_rs` back end. Call it first thing in `main`; calling it again does nothing.
///
/// *Why*: were another back end ever compiled in beside it, the library would panic at its first use.
pub fn install_crypto_provider() {
    // An error says that a provider is installed already: by us, since nobody else does it.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// Why a signing or verification key couldn't be used. No message holds key material.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The sealed private key couldn't be opened.
    #[error("the signing key can't be opened")]
    Sealed(#[source] VaultError),
    /// What was sealed is not a P-256 private key.
    #[error("the signing key is not a P-256 private key")]
    BadPrivateKey,
    /// The key is not the one its id names.
    #[error("the key is not the one that its id names")]
    WrongKeyId,
    /// The JWK is not an ES256 signature key on P-256, or its point is not on the curve.
    #[error("the JWK is not an ES256 signature key")]
    BadJwk,
    /// The crypto library failed to sign.
    #[error("the crypto library failed to sign")]
    Failed,
}

/// A private key that signs tokens (ES256). Lives in the crypto library's memory, which wipes it on drop.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicJwk,
    /// The first part of every token that it signs.
    encoded_header: String,
}

impl SigningKey {
    /// A new key pair.
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("the crypto library makes a P-256 key");
        Self::new(pair)
    }

    fn new(pair: EcdsaKeyPair) -> Self {
        let public = PublicJwk::from_point(pair.public_key().as_ref());
        // A thumbprint is base64url: nothing in the header needs escaping.
        let header = format!(r#"{{"alg":"{ALGORITHM}","kid":"{}","typ":"{TOKEN_TYPE}"}}"#, public.kid);
        Self { pair, public, encoded_header: URL_SAFE_NO_PAD.encode(header) }
    }

    /// The key's id, derived from its public half. *Source*: RFC 7638 (SHA-256, base64url).
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// The public half, to be published and to verify with.
    pub fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    /// The private half for the database, encrypted under the vault's newest key-encryption key and bound to its id.
    pub fn seal(&self, vault: &Vault) -> Vec<u8> {
        let document = self.pair.to_pkcs8v1().expect("a key pair in memory can be written as PKCS#8");
        vault.seal(&seal_purpose(self.kid()), document.as_ref())
    }

    /// Opens what [`SigningKey::seal`] made for the key `kid`.
    ///
    /// *Errors*: [`SigningError::Sealed`], [`SigningError::BadPrivateKey`], [`SigningError::WrongKeyId`].
    pub fn unseal(vault: &Vault, kid: &str, sealed: &[u8]) -> Result<Self, SigningError> {
        let document = vault.open(&seal_purpose(kid), sealed).map_err(SigningError::Sealed)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document)
            .map_err(|_| SigningError::BadPrivateKey)?;
        let key = Self::new(pair);
        if key.kid() == kid { Ok(key) } else { Err(SigningError::WrongKeyId) }
    }

    pub(crate) fn encoded_header(&self) -> &str {
        &self.encoded_header
    }

    /// The 64 bytes of the ES256 signature. *Source*: RFC 7518 section 3.4.
    ///
    /// *Why* not by way of the token library: it would parse and check the private key anew for each signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; 64], SigningError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SigningError::Failed)?;
        signature.as_ref().try_into().map_err(|_| SigningError::Failed)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

fn seal_purpose(kid: &str) -> Vec<u8> {
    [SEAL_PURPOSE, kid.as_bytes()].concat()
}

/// The public half of a signing key as published in the key set. *Source*: RFC 7517 section 4, RFC 7518 section 6.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// The kind of key: `EC`.
    pub kty: String,
    /// The curve: `P-256`.
    pub crv: String,
    /// The point's first coordinate, 32 bytes in base64url.
    pub x: String,
    /// The point's second coordinate, 32 bytes in base64url.
    pub y: String,
    /// The key's id, which is its RFC 7638 thumbprint.
    pub kid: String,
    /// What it is used with: `ES256`.
    pub alg: String,
    /// What it is used for: `sig`.
    #[serde(rename = "use")]
    pub key_use: String,
}

impl PublicJwk {
    /// Takes a point in uncompressed form: the byte 4 and two coordinates. *Source*: SEC 1 section 2.3.3.
    fn from_point(point: &[u8]) -> Self {
        let (x, y) = point[1..].split_at(32);
        let mut jwk = Self {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
            kid: String::new(),
            alg: ALGORITHM.to_owned(),
            key_use: "sig".to_owned(),
        };
        jwk.kid = jwk.thumbprint();
        jwk
    }

    /// *Source*: RFC 7638 section 3.2: the required members only, in the order of their names, with no space.
    fn thumbprint(&self) -> String {
        let Self { kty, crv, x, y, .. } = self;
        let members = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
    }
}

/// A public key that tokens are verified with, checked and made ready. Bound to ES256 and to its id.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Arc<str>,
    key: DecodingKey,
}

impl VerifyingKey {
    /// Checks a JWK: kind, curve, algorithm, use, that the id is its thumbprint, that the point lies on the curve.
    ///
    /// *Errors*: [`SigningError::BadJwk`], [`SigningError::WrongKeyId`].
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, SigningError> {
        let fixed = [jwk.kty.as_str(), &jwk.crv, &jwk.alg, &jwk.key_use];
        if fixed != ["EC", "P-256", ALGORITHM, "sig"] {
            return Err(SigningError::BadJwk);
        }
        let mut point = [4_u8; 65];
        point[1..33].copy_from_slice(&coordinate(&jwk.x)?);
        point[33..].copy_from_slice(&coordinate(&jwk.y)?);
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| SigningError::BadJwk)?;
        if jwk.kid != jwk.thumbprint() {
            return Err(SigningError::WrongKeyId);
        }
        let key = DecodingKey::from_ec_components(&jwk.x, &jwk.y).map_err(|_| SigningError::BadJwk)?;
        Ok(Self { kid: jwk.kid.as_str().into(), key })
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn shared_kid(&self) -> Arc<str> {
        Arc::clone(&self.kid)
    }

    /// Whether `signature` (in base64url) is this key's over `message`. An error of the library counts as no.
    pub(crate) fn verify(&self, message: &[u8], signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.key, Algorithm::ES256).unwrap_or(false)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn coordinate(text: &str) -> Result<[u8; 32], SigningError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SigningError::BadJwk)?;
    bytes.try_into().map_err(|_| SigningError::BadJwk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_key_comes_back_whole() {
        let vault = Vault::generate();
        let key = SigningKey::generate();

        let again = SigningKey::unseal(&vault, key.kid(), &key.seal(&vault)).unwrap();

        assert_eq!(again.public_jwk(), key.public_jwk());
        let verifying = VerifyingKey::from_jwk(key.public_jwk()).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(again.sign(b"message").unwrap());
        assert!(verifying.verify(b"message", &signature));
        assert!(!verifying.verify(b"massage", &signature));
    }

    #[test]
    fn sealed_key_is_opened_only_under_its_own_id_and_vault() {
        let vault = Vault::generate();
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let sealed = key.seal(&vault);

        for (vault, kid) in [(&vault, other.kid()), (&Vault::generate(), key.kid())] {
            let refused = SigningKey::unseal(vault, kid, &sealed).unwrap_err();
            assert_eq!(refused, SigningError::Sealed(VaultError::NotAuthentic));
        }
    }

    #[test]
    fn sealed_text_that_is_no_key_or_another_key_is_refused() {
        let vault = Vault::generate();
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let document = other.pair.to_pkcs8v1().unwrap();
        let purpose = seal_purpose(key.kid());

        let unseal =
            |text: &[u8]| SigningKey::unseal(&vault, key.kid(), &vault.seal(&purpose, text)).unwrap_err();

        assert_eq!(unseal(b"noise"), SigningError::BadPrivateKey);
        assert_eq!(unseal(document.as_ref()), SigningError::WrongKeyId);
    }

    #[test]
    fn thumbprint_agrees_with_the_token_library() {
        let key = SigningKey::generate();

        let json = serde_json::to_string(key.public_jwk()).unwrap();
        let theirs: jsonwebtoken::jwk::Jwk = serde_json::from_str(&json).unwrap();

        let thumbprint = theirs.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(key.kid(), thumbprint);
    }

    #[test]
    fn public_jwk_has_the_published_members_and_no_private_one() {
        let json = serde_json::to_value(SigningKey::generate().public_jwk()).unwrap();

        let names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!((&json["alg"], &json["use"]), (&"ES256".into(), &"sig".into()));
    }

    #[test]
    fn jwk_of_another_kind_is_refused() {
        let good = SigningKey::generate().public_jwk().clone();
        let other = SigningKey::generate().public_jwk().clone();
        assert!(VerifyingKey::from_jwk(&good).is_ok());

        let bad = SigningError::BadJwk;
        for (jwk, expected) in [
            (PublicJwk { kty: "oct".into(), ..good.clone() }, &bad),
            (PublicJwk { crv: "P-384".into(), ..good.clone() }, &bad),
            (PublicJwk { alg: "HS256".into(), ..good.clone() }, &bad),
            (PublicJwk { key_use: "enc".into(), ..good.clone() }, &bad),
            (PublicJwk { x: other.x.clone(), ..good.clone() }, &bad),
            (PublicJwk { x: format!("{}=", good.x), ..good.clone() }, &bad),
            (PublicJwk { y: good.y[..42].into(), ..good.clone() }, &bad),
            (PublicJwk { kid: other.kid.clone(), ..good.clone() }, &SigningError::WrongKeyId),
        ] {
            assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), *expected, "{jwk:?}");
        }
    }

    #[test]
    fn crypto_provider_may_be_installed_twice() {
        install_crypto_provider();
        install_crypto_provider();
    }

    #[test]
    fn private_half_is_not_shown_by_debug() {
        let key = SigningKey::generate();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
    }
}
