//! Secrets that follow one another, and everything that ends a key, a secret or a token: true when it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::api_keys::KEYS;
use crate::support::{Actor, Answer, Program, Studio, program_command};

/// A moment that every clock here starts at: 2027-01-15T08:00:00Z. *Units*: Unix milliseconds.
const START_MS: i64 = 1_800_000_000_000;

async fn rotate(actor: &Actor, key: &Value, body: &Value) -> Answer {
    actor.post(&format!("{KEYS}/{}/rotate", key["key"].as_str().unwrap())).json(body).send().await
}

/// The key with the secret of a rotation's answer.
fn with_secret(key: &Value, rotated: &Value) -> Value {
    let mut key = key.clone();
    key["secret"] = rotated["secret"].clone();
    key
}

async fn token_is_refused(actor: &Actor) {
    actor.get("/users").send().await.refused(401, "invalid_token");
}

async fn secret_is_refused(studio: &Studio, key: &Value) {
    let credentials = json!({"key": key["key"], "secret": key["secret"]});
    let answer = studio.anonymous().post("/auth/token").json(&credentials).send().await;
    answer.refused(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secret_before_lives_on_for_the_overlap_and_no_longer() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let admin_key = studio.new_key(&["admin"]);
    let key = studio.new_key(&["viewer"]);
    let old = studio.actor_of(&key).await;

    let answer = rotate(&studio.actor_of(&admin_key).await, &key, &json!({})).await;

    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let rotated = answer.ok();
    let expected = json!({
        "key": key["key"], "secret": rotated["secret"], "version": 2, "previous_expires_at": "2027-01-16T08:00:00.000Z",
    });
    assert_eq!(rotated, expected);
    assert_ne!(rotated["secret"], key["secret"]);
    let new_key = with_secret(&key, &rotated);
    old.get("/users").send().await.ok();
    studio.actor_of(&new_key).await.get("/users").send().await.ok();

    clock.advance_ms(24 * 3_600_000 - 1);
    let last_moment = studio.actor_of(&key).await;
    last_moment.get("/users").send().await.ok();
    clock.advance_ms(1);
    token_is_refused(&last_moment).await;
    secret_is_refused(&studio, &key).await;
    studio.actor_of(&new_key).await.get("/users").send().await.ok();
}

#[tokio::test]
async fn rotation_without_overlap_ends_the_secret_before_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let key = studio.new_key(&["viewer"]);
    let old = studio.actor_of(&key).await;

    let rotated = rotate(&admin, &key, &json!({"overlap_seconds": 0})).await.ok();

    token_is_refused(&old).await;
    secret_is_refused(&studio, &key).await;
    studio.actor_of(&with_secret(&key, &rotated)).await.get("/users").send().await.ok();
    let shown = admin.get(&format!("{KEYS}/{}", key["key"].as_str().unwrap())).send().await.ok();
    assert_eq!(shown["secrets"][0]["revoked_at"], rotated["previous_expires_at"]);
    assert_eq!(shown["secrets"][1]["revoked_at"], Value::Null);
}

#[tokio::test]
async fn rotation_during_an_overlap_ends_the_oldest_secret_at_once() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let first = studio.new_key(&["viewer"]);
    let second =
        with_secret(&first, &rotate(&admin, &first, &json!({"overlap_seconds": 2_592_000})).await.ok());
    let (of_first, of_second) = (studio.actor_of(&first).await, studio.actor_of(&second).await);

    let third = with_secret(&first, &rotate(&admin, &first, &json!({"overlap_seconds": "60"})).await.ok());

    token_is_refused(&of_first).await;
    secret_is_refused(&studio, &first).await;
    for key in [&second, &third] {
        studio.actor_of(key).await.get("/users").send().await.ok();
    }
    of_second.get("/users").send().await.ok();
}

#[tokio::test]
async fn key_can_rotate_itself() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let itself = studio.actor_of(&key).await;
    let rotated = rotate(&itself, &key, &json!({"overlap_seconds": 0})).await.ok();
    token_is_refused(&itself).await;
    studio.actor_of(&with_secret(&key, &rotated)).await.get("/users").send().await.ok();
}

#[tokio::test]
async fn old_secrets_are_not_shown_without_end() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let key = studio.new_key(&["viewer"]);
    for _ in 0..24 {
        rotate(&admin, &key, &json!({"overlap_seconds": 0})).await.ok();
    }
    let shown = admin.get(&format!("{KEYS}/{}", key["key"].as_str().unwrap())).send().await.ok();
    let versions: Vec<i64> =
        shown["secrets"].as_array().unwrap().iter().map(|row| row["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, (6..=25).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_request_fails_while_a_key_is_rotated() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let key = studio.new_key(&["viewer"]);
    let current = Arc::new(std::sync::Mutex::new(key.clone()));
    let (stop, requests) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let client = tokio::spawn({
        let (nobody, current) = (studio.anonymous(), Arc::clone(&current));
        let (stop, requests) = (Arc::clone(&stop), Arc::clone(&requests));
        let account = studio.account.clone();
        async move {
            while !stop.load(Ordering::Relaxed) {
                let key = current.lock().unwrap().clone();
                let credentials = json!({"key": key["key"], "secret": key["secret"]});
                let token = nobody.post("/auth/token").json(&credentials).send().await.ok();
                let user = nobody.with_token(token.as_str()).with_account(Some(&account));
                for _ in 0..3 {
                    user.get("/users").send().await.ok();
                }
                requests.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let mut rounds = 0;
    for _ in 0..8 {
        // Each rotation happens after the client has taken the secret before into use.
        while requests.load(Ordering::Relaxed) <= rounds && !client.is_finished() {
            tokio::task::yield_now().await;
        }
        let rotated = rotate(&admin, &key, &json!({})).await.ok();
        *current.lock().unwrap() = with_secret(&key, &rotated);
        // The round under way may still use the secret before; the one after next doesn't.
        rounds = requests.load(Ordering::Relaxed) + 1;
    }
    stop.store(true, Ordering::Relaxed);
    client.await.expect("every request of the client was answered");
    secret_is_refused(&studio, &key).await;
}

#[tokio::test]
async fn one_secret_of_two_is_revoked_with_its_tokens() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let first = studio.new_key(&["viewer"]);
    let second = with_secret(&first, &rotate(&admin, &first, &json!({})).await.ok());
    let (of_first, of_second) = (studio.actor_of(&first).await, studio.actor_of(&second).await);
    let secrets = format!("{KEYS}/{}/secrets", first["key"].as_str().unwrap());

    admin.delete(&format!("{secrets}/1")).send().await.ok_empty(204);

    token_is_refused(&of_first).await;
    secret_is_refused(&studio, &first).await;
    of_second.get("/users").send().await.ok();
    admin.delete(&format!("{secrets}/1")).send().await.ok_empty(204);
    for absent in ["3", "0", "-1", "x", "99999999999999999999"] {
        admin.delete(&format!("{secrets}/{absent}")).send().await.refused(404, "not_found");
    }
    // The last one, too; the key is there for a rotation.
    admin.delete(&format!("{secrets}/2")).send().await.ok_empty(204);
    token_is_refused(&of_second).await;
    let rotated = rotate(&admin, &first, &json!({})).await.ok();
    assert_eq!((&rotated["version"], &rotated["previous_expires_at"]), (&json!(3), &Value::Null));
    studio.token_of(&with_secret(&first, &rotated)).await;
}

#[tokio::test]
async fn revoked_key_is_refused_when_the_answer_comes() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    for _ in 0..5 {
        let key = studio.new_key(&["viewer"]);
        let user = studio.actor_of(&key).await;
        user.get("/users").send().await.ok();
        admin.delete(&format!("{KEYS}/{}", key["key"].as_str().unwrap())).send().await.ok_empty(204);
        token_is_refused(&user).await;
        secret_is_refused(&studio, &key).await;
    }
}

#[tokio::test]
async fn every_token_of_an_account_is_revoked_and_no_other() {
    let studio = Studio::start();
    let (admin_key, viewer_key) = (studio.new_key(&["admin"]), studio.new_key(&["viewer"]));
    let (admin, viewer) = (studio.actor_of(&admin_key).await, studio.actor_of(&viewer_key).await);
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let stranger_key = crate::support::new_key(&studio.data(), other["id"].as_str().unwrap(), &["viewer"]);
    let stranger = studio.actor_of(&stranger_key).await;

    admin.post(&format!("{KEYS}/revoke-all")).send().await.ok_empty(204);

    token_is_refused(&admin).await;
    token_is_refused(&viewer).await;
    stranger.get("/users").send().await.ok();
    for key in [&admin_key, &viewer_key] {
        studio.actor_of(key).await.get("/users").send().await.ok();
    }
}

#[tokio::test]
async fn token_is_revoked_by_whoever_has_it_and_stays_so() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let (first, second, third) =
        (studio.actor_of(&key).await, studio.actor_of(&key).await, studio.actor_of(&key).await);
    let nobody = studio.anonymous();
    let token = |actor: &Actor| actor.token.clone().unwrap();

    let by_json = nobody.post("/auth/revoke").json(&json!({"token": token(&first)})).send().await.ok();
    let by_form = nobody
        .post("/auth/revoke")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={}&token_type_hint=access_token", token(&second)))
        .send()
        .await
        .ok();

    assert_eq!((by_json, by_form), (json!({}), json!({})));
    token_is_refused(&first).await;
    token_is_refused(&second).await;
    third.get("/users").send().await.ok();
    // In an address it would end in logs, so it is not looked for there.
    let in_query = nobody.post(&format!("/auth/revoke?token={}", token(&third))).send().await;
    in_query.refused(400, "invalid_input");
    third.get("/users").send().await.ok();

    let data = studio.data();
    studio.program().kill();
    *studio.program() = Program::start_on(&data, &[]);
    let again = |actor: Actor| Actor { base: studio.base(), ..actor };
    token_is_refused(&again(first)).await;
    again(third).get("/users").send().await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_to_a_token_says_nothing_of_it() {
    let clock = Clock::fixed(START_MS);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["viewer"]);
    let (expired, good) = (studio.token_of(&key).await, {
        clock.advance_ms(3_606_000);
        studio.token_of(&key).await
    });
    let altered = format!("{}A", &good[..good.len() - 1]);
    for text in [expired.as_str(), &altered, "x", "", "a.b.c", &"x".repeat(10_000), &good, &good] {
        let answer = studio.anonymous().post("/auth/revoke").json(&json!({"token": text})).send().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "{}"), "{text}");
    }
    for body in [json!({}), json!({"token": null}), json!({"token": 7})] {
        let answer = studio.anonymous().post("/auth/revoke").json(&body).send().await;
        answer.refused(400, "invalid_input");
    }
}

#[tokio::test]
async fn leaked_secret_is_revoked_with_and_without_its_key() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let unrelated = studio.new_key(&["viewer"]);
    let hand_in = async |body: Value| studio.anonymous().post("/auth/leaked").json(&body).send().await;
    for named in [json!("its own"), Value::Null, unrelated["key"].clone(), json!("x")] {
        let first = studio.new_key(&["viewer"]);
        let second = with_secret(&first, &rotate(&admin, &first, &json!({})).await.ok());
        let (of_first, of_second) = (studio.actor_of(&first).await, studio.actor_of(&second).await);
        let key = if named == "its own" { first["key"].clone() } else { named.clone() };

        let answer = hand_in(json!({"secret": first["secret"], "key": key})).await;

        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "{}"), "{named}");
        token_is_refused(&of_first).await;
        secret_is_refused(&studio, &first).await;
        of_second.get("/users").send().await.ok();
        // Once more: the answer is the same.
        assert_eq!(hand_in(json!({"secret": first["secret"]})).await.text(), "{}");
    }
    studio.token_of(&unrelated).await;
}

#[tokio::test]
async fn answer_to_a_secret_says_nothing_of_it() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let secret = key["secret"].as_str().unwrap();
    let wrong = format!("{}{}", &secret[..50], if secret.ends_with('x') { "yyyyyyy" } else { "xxxxxxx" });
    for (secret, key) in [
        (wrong.as_str(), Value::Null),
        (wrong.as_str(), key["key"].clone()),
        ("x", Value::Null),
        ("", Value::Null),
        (secret, key["key"].clone()),
        (secret, key["key"].clone()),
    ] {
        let answer =
            studio.anonymous().post("/auth/leaked").json(&json!({"secret": secret, "key": key})).send().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "{}"), "{secret}");
    }
    studio.anonymous().post("/auth/leaked").json(&json!({})).send().await.refused(400, "invalid_input");
    let in_query = studio.anonymous().post(&format!("/auth/leaked?secret={secret}")).send().await;
    in_query.refused(400, "invalid_input");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn key_that_is_being_revoked_leaves_no_heir() {
    let studio = Studio::start();
    let owner = studio.key_with(&["owner"]).await;
    for _ in 0..6 {
        let key = studio.new_key(&["admin"]);
        let thief = studio.actor_of(&key).await;
        let asked = json!({"name": "heir", "roles": ["admin"]});
        let attempts: Vec<_> = (0..16)
            .map(|_| {
                let (thief, asked) = (thief.clone(), asked.clone());
                tokio::spawn(async move { thief.post(KEYS).json(&asked).send().await })
            })
            .collect();

        owner.delete(&format!("{KEYS}/{}", key["key"].as_str().unwrap())).send().await.ok_empty(204);

        let when_revoked = owner.get(KEYS).send().await.ok().as_array().unwrap().len();
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            assert!(matches!(answer.status.as_u16(), 201 | 401), "{}", answer.text());
        }
        let afterwards = owner.get(KEYS).send().await.ok().as_array().unwrap().len();
        assert_eq!(when_revoked, afterwards, "a key was made after its maker was revoked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked_tokens_are_forgotten_once_they_have_ended_by_themselves() {
    let clock = Clock::fixed(START_MS);
    let mut studio = Studio::start_in_process(&clock).await;
    let token = studio.token_of(&studio.new_key(&["viewer"])).await;
    studio.anonymous().post("/auth/revoke").json(&json!({"token": token})).send().await.ok();
    let store = studio.store().await;
    let kept = store.read().await.unwrap().list_revoked_tokens(0).await.unwrap();
    // Kept for as long as the verifier would believe the token: five seconds past its end.
    assert_eq!(kept.iter().map(|row| row.expires_at_ms).collect::<Vec<_>>(), [START_MS + 3_605_000]);

    studio.stop_in_process().await;
    let settings = mudlark_server::config::Settings {
        data: studio.data(),
        database_url: crate::support::database_of(&studio.data()).and_then(|url| url.parse().ok()),
        listen: ([127, 0, 0, 1], 0).into(),
        log: "warn".into(),
        ..Default::default()
    };
    // A server sweeps at its start.
    let server = mudlark_server::start(settings, Clock::fixed(START_MS + 3_605_000)).await.unwrap();
    let began = std::time::Instant::now();
    while !store.read().await.unwrap().list_revoked_tokens(0).await.unwrap().is_empty() {
        assert!(began.elapsed().as_secs() < 20, "it was never swept");
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn secrets_that_are_made_rotated_and_handed_in_never_reach_the_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let account = crate::support::admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let account = account["id"].as_str().unwrap();
    let admin_key = crate::support::new_key(&data, account, &["admin"]);
    let mut command = program_command(&["serve", "--listen", "127.0.0.1:0", "--log", "trace"]);
    crate::support::use_data(&mut command, &data).stderr(std::fs::File::create(&log).unwrap());
    let mut program = Program::spawn(command);
    let nobody = Actor::anonymous(program.base());
    let token = async |key: &Value| {
        let credentials = json!({"key": key["key"], "secret": key["secret"]});
        nobody.post("/auth/token").json(&credentials).send().await.ok().as_str().unwrap().to_owned()
    };
    let admin = nobody.with_token(Some(&token(&admin_key).await)).with_account(Some(account));
    let asked = json!({"name": "a", "roles": ["viewer"]});
    let key = admin.post(KEYS).header("idempotency-key", "k").json(&asked).send().await.ok();
    let rotated = rotate(&admin, &key, &json!({})).await.ok();
    let handed_in = token(&key).await;
    nobody.post("/auth/revoke").json(&json!({"token": handed_in})).send().await.ok();
    nobody.post("/auth/leaked").json(&json!({"secret": key["secret"]})).send().await.ok();
    nobody.post(&format!("/auth/leaked?secret={}", rotated["secret"].as_str().unwrap())).send().await;
    program.terminate();
    program.wait();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("/auth/leaked") && log.contains("/rotate"), "the log is there: {log}");
    for secret in [&key["secret"], &rotated["secret"], &json!(handed_in)] {
        assert!(!log.contains(secret.as_str().unwrap()), "a secret is in the log");
    }
}
