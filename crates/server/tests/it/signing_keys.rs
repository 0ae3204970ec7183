//! The life of signing keys: published, used, retired, revoked; by the server itself and by the operator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_server::Clock;
use serde_json::Value;

use crate::support::{ForeignVerifier, NO_LIMITS, Studio, admin_failing, eventually};

/// A moment that every clock here starts at. *Units*: Unix milliseconds.
const START_MS: i64 = 1_800_000_000_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The keys' states, oldest first.
fn states(studio: &Studio) -> Vec<String> {
    let keys = studio.admin(&["signing-key", "list"]);
    keys.as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
}

fn reaches(studio: &Studio, expected: &[&str]) {
    eventually(&format!("{expected:?}"), || states(studio) == expected);
}

fn kid_in(studio: &Studio, state: &str) -> String {
    let keys = studio.admin(&["signing-key", "list"]);
    let key = keys.as_array().unwrap().iter().find(|key| key["state"] == state).expect("a key in this state");
    key["kid"].as_str().unwrap().to_owned()
}

/// The ids of the published keys.
async fn published(studio: &Studio) -> Vec<String> {
    let keys = studio.anonymous().get("/.well-known/jwks.json").send().await.ok();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The key that signed a token.
fn kid_of(token: &str) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_published_an_hour_before_they_sign_and_a_day_after() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["viewer"]);
    let first = kid_of(&studio.token_of(&key).await);
    assert_eq!(published(&studio).await, [first.as_str()]);

    clock.advance_ms(60 * DAY_MS - HOUR_MS);
    reaches(&studio, &["active", "next"]);
    let second = kid_in(&studio, "next");
    assert_eq!(published(&studio).await, [first.as_str(), second.as_str()]);
    let before = studio.actor_of(&key).await;
    assert_eq!(kid_of(before.token.as_ref().unwrap()), first, "what is next does not sign");

    clock.advance_ms(HOUR_MS);
    reaches(&studio, &["retired", "active"]);
    assert_eq!(kid_of(&studio.token_of(&key).await), second);
    assert_eq!(published(&studio).await, [first.as_str(), second.as_str()]);
    // The token from an hour ago has just ended; one that a retired key signed is good in its time.
    clock.advance_ms(-1000);
    before.get("/users").send().await.ok();
    clock.advance_ms(1000);

    clock.advance_ms(DAY_MS + 5 * 60_000);
    reaches(&studio, &["active"]);
    assert_eq!(published(&studio).await, [second.as_str()]);
}

#[tokio::test]
async fn published_keys_may_be_kept_for_less_than_the_hour() {
    let studio = Studio::start();
    let answer = studio.anonymous().get("/.well-known/jwks.json").send().await;
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    let keep: i64 =
        answer.header("cache-control").unwrap().strip_prefix("public, max-age=").unwrap().parse().unwrap();
    assert!(keep * 1000 * 2 <= HOUR_MS, "{keep}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verifier_of_another_language_follows_the_keys_without_a_failed_check() {
    // The operator's commands have the machine's clock: when the first key is due, the server's says the same.
    let clock = Clock::fixed(Clock::system().now_ms() - 60 * DAY_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["viewer"]);
    let mut verifier = ForeignVerifier::start(&studio.base());
    let ok = |fetches| ("ok".to_owned(), fetches);
    let first = studio.token_of(&key).await;
    assert_eq!(verifier.verify(&first), ok(1));

    // By itself: who has taken the keys within the hour needs not ask again when the next one signs.
    clock.advance_ms(60 * DAY_MS - HOUR_MS);
    reaches(&studio, &["active", "next"]);
    verifier.fetch();
    clock.advance_ms(HOUR_MS);
    reaches(&studio, &["retired", "active"]);
    let second = studio.token_of(&key).await;
    assert_eq!(verifier.verify(&second), ok(2));
    assert_eq!(verifier.verify(&first), ok(2));

    // At once: a key that the verifier has not seen yet makes it ask, and it is there.
    studio.admin(&["signing-key", "rotate", "--now"]);
    let third = studio.token_of(&key).await;
    assert_ne!(kid_of(&third), kid_of(&second));
    assert_eq!(verifier.verify(&third), ok(3));
    assert_eq!(verifier.verify(&second), ok(3));

    // A token of a revoked key fails once the verifier has the keys of now.
    studio.admin(&["signing-key", "revoke", &kid_of(&third)]);
    verifier.fetch();
    let (refused, _) = verifier.verify(&third);
    assert!(refused.contains("Unable to find a signing key"), "{refused}");
    let fourth = studio.token_of(&key).await;
    assert_eq!(verifier.verify(&fourth).0, "ok");
    assert_eq!(verifier.verify(&second).0, "ok");
}

#[tokio::test]
async fn rotation_says_when_the_next_key_signs() {
    let studio = Studio::start();
    let active = kid_in(&studio, "active");
    let made = studio.admin(&["signing-key", "rotate"]);
    assert_eq!(made["state"], "next");
    let again = studio.admin(&["signing-key", "rotate"]);
    assert_eq!(again, made, "one waits, no more");
    let listed = studio.admin(&["signing-key", "list"]);
    let next = listed.as_array().unwrap().iter().find(|key| key["kid"] == made["kid"]).unwrap();
    assert_eq!((&next["state"], &next["active_from"]), (&made["state"], &made["active_from"]));
    assert!(next["active_from"].as_str() > next["created_at"].as_str());
    assert_eq!(published(&studio).await.len(), 2, "published by the time the command returns");

    let promoted = studio.admin(&["signing-key", "rotate", "--now"]);
    assert_eq!((&promoted["kid"], &promoted["state"]), (&made["kid"], &Value::from("active")));
    let key = studio.new_key(&["viewer"]);
    assert_eq!(kid_of(&studio.token_of(&key).await), promoted["kid"].as_str().unwrap());
    let listed = studio.admin(&["signing-key", "list"]);
    let retired = listed.as_array().unwrap().iter().find(|key| key["kid"] == active.as_str()).unwrap();
    assert_eq!(retired["state"], "retired");
    assert!(retired["verifies_until"].as_str() > retired["retired_at"].as_str());
    assert!(!listed.to_string().contains("private"), "{listed}");
}

#[tokio::test]
async fn rotation_at_once_fails_no_request() {
    let studio = Studio::start_with(&NO_LIMITS);
    let key = studio.new_key(&["viewer"]);
    let stop = Arc::new(AtomicBool::new(false));
    let requests: Vec<_> = (0..4)
        .map(|_| {
            let (actor, stop) = (studio.anonymous(), Arc::clone(&stop));
            let credentials = serde_json::json!({"key": key["key"], "secret": key["secret"]});
            tokio::spawn(async move {
                let mut kids = std::collections::BTreeSet::new();
                while !stop.load(Ordering::Relaxed) {
                    let token = actor.post("/auth/token").json(&credentials).send().await.ok();
                    let token = token.as_str().unwrap();
                    kids.insert(kid_of(token));
                    actor.with_token(Some(token)).get("/users").send().await.ok();
                }
                kids.len()
            })
        })
        .collect();
    let data = studio.data();
    let rotations = tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            crate::support::admin(&data, &["signing-key", "rotate", "--now"]);
        }
    });
    rotations.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    for request in requests {
        assert!(request.await.unwrap() > 1, "tokens of several keys were used");
    }
}

#[tokio::test]
async fn nothing_accepts_a_token_of_a_revoked_signing_key_once_the_command_returns() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let old = studio.actor_of(&key).await;
    let kid = kid_of(old.token.as_ref().unwrap());
    let revoked = Arc::new(AtomicBool::new(false));
    let (accepted_before, accepted_after) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let users: Vec<_> = (0..8)
        .map(|_| {
            let (old, revoked) = (old.clone(), Arc::clone(&revoked));
            let (before, after) = (Arc::clone(&accepted_before), Arc::clone(&accepted_after));
            tokio::spawn(async move {
                let mut left = 50;
                while left > 0 {
                    // Only what was asked after the command had returned must be refused.
                    let is_after = revoked.load(Ordering::SeqCst);
                    left -= i32::from(is_after);
                    if old.get("/users").send().await.status.is_success() {
                        if is_after { &after } else { &before }.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let (data, revoking) = (studio.data(), kid.clone());
    let command = move || crate::support::admin(&data, &["signing-key", "revoke", &revoking]);
    let answer = tokio::task::spawn_blocking(command).await.unwrap();
    revoked.store(true, Ordering::SeqCst);
    for user in users {
        user.await.unwrap();
    }

    assert!(accepted_before.load(Ordering::Relaxed) > 0, "it was in use");
    assert_eq!(accepted_after.load(Ordering::Relaxed), 0);
    let new = studio.token_of(&key).await;
    assert_eq!(kid_of(&new), answer["active"].as_str().unwrap());
    assert_ne!(kid_of(&new), kid);
    studio.anonymous().with_token(Some(&new)).get("/users").send().await.ok();
    assert!(!published(&studio).await.contains(&kid));
    // Revoking it once more is no error, and ends nothing else.
    let again = studio.admin(&["signing-key", "revoke", &kid]);
    assert_eq!(again["active"], answer["active"]);
    let said = admin_failing(&studio.data(), &["signing-key", "revoke", "absent"]);
    assert!(said.contains("mudlark signing-key list"), "{said}");
}

#[tokio::test]
async fn retired_and_waiting_keys_are_revoked_without_another_in_their_place() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let old = studio.actor_of(&key).await;
    studio.admin(&["signing-key", "rotate", "--now"]);
    let active = kid_in(&studio, "active");
    studio.admin(&["signing-key", "rotate"]);
    let next = kid_in(&studio, "next");
    old.get("/users").send().await.ok();

    for kid in [&kid_of(old.token.as_ref().unwrap()), &next] {
        assert_eq!(studio.admin(&["signing-key", "revoke", kid])["active"], active.as_str());
    }

    old.get("/users").send().await.refused(401, "invalid_token");
    assert_eq!(published(&studio).await, [active]);
}
