//! Limits on requests: who is held and who is not, that the wait that is named is enough, and whom a proxy speaks for.

use mudlark_server::Clock;
use mudlark_server::config::Settings;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio};

const START_MS: i64 = 1_800_000_000_000;

async fn ask(nobody: &Actor, key: &Value, secret: &Value) -> Answer {
    nobody.post("/auth/token").json(&json!({"key": key["key"], "secret": secret})).send().await
}

/// Somebody whose connections come from another address of this machine.
fn from_address(studio: &Studio, address: &str) -> Actor {
    let client = reqwest::Client::builder().local_address(address.parse().ok()).build().unwrap();
    Actor { client, ..studio.anonymous() }
}

#[track_caller]
fn wait_ms(refusal: &Answer) -> i64 {
    refusal.refused(429, "too_many_requests");
    let seconds: i64 = refusal.header("retry-after").expect("a wait").parse().expect("whole seconds");
    assert!(seconds >= 1);
    seconds * 1000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brute_force_slows_to_a_crawl_and_the_owner_goes_on_elsewhere() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["viewer"]);
    let (attacker, owner) = (from_address(&studio, "127.0.0.1"), from_address(&studio, "127.0.0.2"));
    let end_ms = START_MS + 3_600_000;
    let mut guesses = 0;
    while clock.now_ms() < end_ms {
        let answer = ask(&attacker, &key, &json!("guess")).await;
        match answer.status.as_u16() {
            401 => guesses += 1,
            _ => clock.advance_ms(wait_ms(&answer)),
        }
    }
    assert!((300..=400).contains(&guesses), "{guesses} guesses in an hour");
    // The owner was never held, and whoever failed may go on after the wait.
    ask(&owner, &key, &key["secret"]).await.ok();
    let held = ask(&attacker, &key, &key["secret"]).await;
    if held.status == 429 {
        clock.advance_ms(wait_ms(&held));
        ask(&attacker, &key, &key["secret"]).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_that_asks_too_often_is_held_for_the_wait_that_is_named() {
    let clock = Clock::fixed(START_MS);
    let settings = Settings { limit_token_per_minute: 20, limit_token_burst: 4, ..Settings::default() };
    let studio = Studio::start_in_process_with(&clock, settings).await;
    let key = studio.new_key(&["viewer"]);
    let (nobody, other) = (studio.anonymous(), from_address(&studio, "127.0.0.2"));
    for _ in 0..4 {
        ask(&nobody, &key, &key["secret"]).await.ok();
    }
    // Also what is no request for a token at all counts, and is held.
    let held = nobody.post("/auth/token").body("{").send().await;
    let wait = wait_ms(&held);
    assert_eq!(wait, 3000);
    ask(&other, &key, &key["secret"]).await.ok();
    clock.advance_ms(wait - 1000);
    wait_ms(&ask(&nobody, &key, &key["secret"]).await);
    clock.advance_ms(1000);
    ask(&nobody, &key, &key["secret"]).await.ok();
    let metrics = nobody.get("/metrics").send().await.text();
    assert!(metrics.contains(r#"mudlark_limit_trips_total{limit="token_requests"} 2"#), "{metrics}");
    nobody.get("/health/live").send().await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_strangers_use_up_nothing_of_a_key() {
    let clock = Clock::fixed(START_MS);
    let settings = Settings { limit_issue_per_minute: 1, limit_issue_burst: 2, ..Settings::default() };
    let studio = Studio::start_in_process_with(&clock, settings).await;
    let (key, other_key) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    let owner = studio.anonymous();
    for stranger in 2..30 {
        let stranger = from_address(&studio, &format!("127.0.0.{stranger}"));
        for _ in 0..4 {
            ask(&stranger, &key, &json!("guess")).await.refused(401, "invalid_credentials");
        }
    }
    ask(&owner, &key, &key["secret"]).await.ok();
    ask(&owner, &key, &key["secret"]).await.ok();
    let wait = wait_ms(&ask(&owner, &key, &key["secret"]).await);
    // Somebody without the secret doesn't learn that the key is held.
    ask(&owner, &key, &json!("guess")).await.refused(401, "invalid_credentials");
    ask(&owner, &other_key, &other_key["secret"]).await.ok();
    clock.advance_ms(wait);
    ask(&owner, &key, &key["secret"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn account_that_asks_too_often_is_held_by_its_plan_and_no_other() {
    let clock = Clock::fixed(START_MS);
    let settings = Settings {
        limit_api_pro_per_second: 1,
        limit_api_pro_burst: 3,
        limit_api_enterprise_per_second: 1,
        limit_api_enterprise_burst: 6,
        ..Settings::default()
    };
    let studio = Studio::start_in_process_with(&clock, settings).await;
    let (one, two) = (studio.key_with(&["viewer"]).await, studio.key_with(&["admin"]).await);
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "enterprise"]);
    let other_key = crate::support::new_key(&studio.data(), other["id"].as_str().unwrap(), &["viewer"]);
    let other = studio.actor_of(&other_key).await;
    one.get("/users").send().await.ok();
    two.get("/accounts").send().await.ok();
    // A refused request counts like any other.
    one.post("/workspaces").json(&json!({"name": "x"})).send().await.refused(403, "role_missing");
    let wait = wait_ms(&two.get("/accounts").send().await);
    for _ in 0..6 {
        other.get("/users").send().await.ok();
    }
    wait_ms(&other.get("/users").send().await);
    // What is open to all is open still, and a token that is none is told so.
    studio.anonymous().get("/health/live").send().await.ok();
    studio.anonymous().get("/.well-known/jwks.json").send().await.ok();
    one.with_token(Some("x")).get("/users").send().await.refused(401, "invalid_token");
    clock.advance_ms(wait);
    two.get("/accounts").send().await.ok();
}

#[tokio::test]
async fn client_behind_a_trusted_proxy_is_held_by_its_own_address() {
    let flags = [
        "--trusted-proxies",
        "127.0.0.1,10.0.0.0/8",
        "--limit-token-per-minute",
        "1",
        "--limit-token-burst",
        "1",
    ];
    let studio = Studio::start_with(&flags);
    let key = studio.new_key(&["viewer"]);
    let ask_for = async |lines: &[&str]| {
        let mut call = studio.anonymous().post("/auth/token");
        for line in lines {
            call = call.header("x-forwarded-for", line);
        }
        call.json(&json!({"key": key["key"], "secret": key["secret"]})).send().await.status.as_u16()
    };
    assert_eq!(ask_for(&["198.51.100.1"]).await, 200);
    assert_eq!(ask_for(&["198.51.100.1"]).await, 429);
    // What the client itself wrote stands left of its address, and changes nothing; nor does a further proxy.
    assert_eq!(ask_for(&["203.0.113.5, 198.51.100.1"]).await, 429);
    assert_eq!(ask_for(&["203.0.113.6", "198.51.100.1, 10.0.0.9"]).await, 429);
    assert_eq!(ask_for(&["198.51.100.2"]).await, 200);
    assert_eq!(ask_for(&["[2001:db8:1:2::1]:443"]).await, 200);
    assert_eq!(ask_for(&["2001:db8:1:2:ffff::2"]).await, 429, "of the same /64");
    // Garbage is nobody: the proxy itself is held.
    assert_eq!(ask_for(&["198.51.100.3, unknown"]).await, 200);
    assert_eq!(ask_for(&["198.51.100.4, garbage"]).await, 429);
}
