//! Tests of the verifier with tokens of its own making: the clock, the keys, the cache.

use mudlark_types::{AccountId, UserId};
use uuid::Uuid;

use super::*;
use crate::signing::SigningKey;
use crate::token::{mint, new_token_id};

const IAT_S: i64 = 1_700_000_000;
const EXP_S: i64 = IAT_S + 3600;
const NOW_MS: i64 = IAT_S * 1000 + 500;

struct Server {
    key: SigningKey,
    verifier: Verifier,
}

impl Server {
    fn new() -> Self {
        let key = SigningKey::generate();
        let verifier = Verifier::new("http://mudlark.test", "http://mudlark.test/api", 100);
        verifier.set_keys(vec![verifying(&key)]);
        Self { key, verifier }
    }

    fn mint(&self) -> String {
        mint(&self.key, &claims()).unwrap()
    }

    fn refusal(&self, token: &str, now_ms: i64) -> Option<TokenRefusal> {
        self.verifier.verify(token, now_ms).err()
    }
}

fn verifying(key: &SigningKey) -> VerifyingKey {
    VerifyingKey::from_jwk(key.public_jwk()).unwrap()
}

fn claims() -> Claims {
    let key = KeyId::generate();
    Claims {
        iss: "http://mudlark.test".into(),
        aud: "http://mudlark.test/api".into(),
        sub: key.clone(),
        client_id: key,
        account_id: AccountId::from_uuid(Uuid::from_u128(1)),
        uid: UserId::from_uuid(Uuid::from_u128(2)),
        iat: IAT_S,
        exp: EXP_S,
        jti: new_token_id(),
        sv: 1,
        ep: 0,
    }
}

#[test]
fn minted_token_gives_its_claims_on_miss_and_hit() {
    let server = Server::new();
    let claims = claims();
    let token = mint(&server.key, &claims).unwrap();

    assert_eq!(*server.verifier.verify(&token, NOW_MS).unwrap(), claims);
    assert_eq!(server.verifier.cached_tokens(), 1);
    assert_eq!(*server.verifier.verify(&token, NOW_MS).unwrap(), claims);
}

#[test]
fn token_is_good_up_to_five_seconds_past_its_expiry() {
    let token = Server::new();
    let text = token.mint();
    let end_ms = (EXP_S + 5) * 1000;

    assert_eq!(token.refusal(&text, end_ms), Some(TokenRefusal::Expired), "on a miss");
    assert_eq!(token.refusal(&text, end_ms - 1), None);
    assert_eq!(token.refusal(&text, end_ms), Some(TokenRefusal::Expired), "on a hit");
}

#[test]
fn token_is_good_from_five_seconds_before_it_was_issued() {
    let server = Server::new();
    let token = server.mint();
    let start_ms = (IAT_S - 5) * 1000;

    assert_eq!(server.refusal(&token, start_ms - 1), Some(TokenRefusal::IssuedInFuture), "on a miss");
    assert_eq!(server.refusal(&token, start_ms), None);
    assert_eq!(server.refusal(&token, start_ms - 1), Some(TokenRefusal::IssuedInFuture), "on a hit");
}

#[test]
fn refused_token_is_not_remembered() {
    let server = Server::new();
    let token = server.mint();

    assert!(server.refusal(&format!("{token}A"), NOW_MS).is_some());
    assert!(server.refusal(&token, 0).is_some());
    assert_eq!(server.verifier.cached_tokens(), 0);
}

#[test]
fn expired_token_leaves_the_cache_when_presented() {
    let server = Server::new();
    let token = server.mint();
    server.verifier.verify(&token, NOW_MS).unwrap();

    assert!(server.refusal(&token, (EXP_S + 5) * 1000).is_some());

    assert_eq!(server.verifier.cached_tokens(), 0);
}

#[test]
fn expired_tokens_are_dropped_on_demand() {
    let server = Server::new();
    let late = mint(&server.key, &Claims { exp: EXP_S + 60, ..claims() }).unwrap();
    for token in [&server.mint(), &late] {
        server.verifier.verify(token, NOW_MS).unwrap();
    }

    server.verifier.drop_expired((EXP_S + 5) * 1000);

    assert_eq!(server.verifier.cached_tokens(), 1);
}

#[test]
fn token_of_a_removed_key_is_refused_although_cached() {
    let server = Server::new();
    let token = server.mint();
    server.verifier.verify(&token, NOW_MS).unwrap();

    server.verifier.set_keys(vec![verifying(&SigningKey::generate())]);

    assert_eq!(server.verifier.cached_tokens(), 0);
    assert_eq!(server.refusal(&token, NOW_MS), Some(TokenRefusal::UnknownSigningKey));
}

#[test]
fn token_cached_by_a_verification_that_overlapped_the_removal_is_refused() {
    let server = Server::new();
    let token = server.mint();
    let accepted = server.verifier.check_whole(&token).unwrap();
    server.verifier.set_keys(Vec::new());
    server.verifier.cache.insert(token_digest(&token), Arc::new(accepted));

    assert_eq!(server.refusal(&token, NOW_MS), Some(TokenRefusal::UnknownSigningKey));
}

#[test]
fn tokens_of_kept_and_added_keys_are_good() {
    let server = Server::new();
    let next = SigningKey::generate();
    let (old, new) = (server.mint(), mint(&next, &claims()).unwrap());
    server.verifier.verify(&old, NOW_MS).unwrap();

    server.verifier.set_keys(vec![verifying(&server.key), verifying(&next)]);

    assert_eq!(server.verifier.cached_tokens(), 1, "the kept key's token stays");
    assert_eq!(server.refusal(&old, NOW_MS), None);
    assert_eq!(server.refusal(&new, NOW_MS), None);
}

#[test]
fn cache_is_bounded() {
    let server = Server::new();
    for _ in 0..150 {
        server.verifier.verify(&server.mint(), NOW_MS).unwrap();
    }
    assert!(server.verifier.cached_tokens() <= 100);
}

#[test]
fn verifier_without_keys_accepts_nothing() {
    let server = Server::new();
    let empty = Verifier::new("http://mudlark.test", "http://mudlark.test/api", 100);
    assert_eq!(empty.verify(&server.mint(), NOW_MS).unwrap_err(), TokenRefusal::UnknownSigningKey);
}
