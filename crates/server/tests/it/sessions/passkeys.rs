//! Passkeys: made by who is signed in, and signed in with, by a device in software.

use mudlark_server::Clock;
use mudlark_server::config::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use super::EMAIL;
use crate::support::{Answer, Authenticator, PASSWORD, Person, Studio};

const ORIGIN: &str = "https://art.studio.example";
const FLAGS: &[&str] = &["--public-url", ORIGIN, "--limit-failures", "0"];

async fn asked(person: &Person) -> Value {
    person.post("/session/passkeys/options").json(&json!({})).send().await.ok()
}

async fn keep(person: &Person, credential: &Value) -> Answer {
    let body = json!({"credential": credential, "name": "Laptop"});
    person.post("/session/passkeys").json(&body).send().await
}

/// A person with a passkey on a device.
async fn with_passkey(studio: &Studio) -> (Person, Authenticator) {
    let person = studio.person(EMAIL, &["owner"]).await;
    let (device, made) = Authenticator::create(ORIGIN, &asked(&person).await);
    keep(&person, &made).await.ok();
    (person, device)
}

async fn asked_to_sign_in(studio: &Studio) -> Value {
    studio.anonymous().post("/session/passkey/options").send().await.ok()
}

async fn sign_in(studio: &Studio, credential: &Value) -> Answer {
    studio.anonymous().post("/session/passkey").json(&json!({"credential": credential})).send().await
}

#[tokio::test]
async fn passkey_is_made_signs_in_is_named_and_forgotten() {
    let studio = Studio::start_with(FLAGS);
    let person = studio.person(EMAIL, &["owner"]).await;
    let options = asked(&person).await;
    let (device, made) = Authenticator::create(ORIGIN, &options);

    let kept = keep(&person, &made).await.ok();
    let answer = device.answer(&asked_to_sign_in(&studio).await);
    let again = Person::of(&studio.base(), sign_in(&studio, &answer).await);

    assert_eq!(options["publicKey"]["rp"]["id"], "art.studio.example");
    assert_eq!(options["publicKey"]["user"]["name"], EMAIL);
    assert_eq!(options["publicKey"]["attestation"], "none");
    let chosen = &options["publicKey"]["authenticatorSelection"];
    assert_eq!(
        (&chosen["userVerification"], &chosen["residentKey"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!((&kept["name"], &kept["last_used_at"]), (&json!("Laptop"), &Value::Null));
    assert_eq!(again.session["user"], person.session["user"]);
    let listed = again.get("/session/passkeys").send().await.ok();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_ne!(listed[0]["last_used_at"], Value::Null);

    let path = format!("/session/passkeys/{}", kept["id"].as_str().unwrap());
    let named = again.call(Method::PATCH, &path).json(&json!({"name": "Phone"})).send().await.ok();
    assert_eq!(named["name"], "Phone");
    // A device that has one already is told so, and makes no second.
    let excluded = &asked(&again).await["publicKey"]["excludeCredentials"];
    assert_eq!(excluded[0]["id"], made["rawId"]);

    again.delete(&path).send().await.ok_empty(204);
    again.delete(&path).send().await.refused(404, "not_found");
    let answer = device.answer(&asked_to_sign_in(&studio).await);
    sign_in(&studio, &answer).await.refused(401, "invalid_credentials");
    // What it had opened goes on.
    again.get("/session").send().await.ok();
    let trail = studio.admin(&["audit", "list", "--account", &studio.account]).to_string();
    for action in ["passkey.created", "passkey.deleted", r#""way":"passkey""#] {
        assert!(trail.contains(action), "{action} in {trail}");
    }
}

#[tokio::test]
async fn answer_that_is_not_to_our_challenge_for_our_page_by_a_verified_person_opens_nothing() {
    let studio = Studio::start_with(FLAGS);
    let (_, mut device) = with_passkey(&studio).await;
    let foreign = json!({"publicKey": {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"}});
    let good = device.answer(&asked_to_sign_in(&studio).await);

    let mut wrong = vec![device.answer(&foreign)];
    device.origin = "https://art.studio.example.evil.example".to_owned();
    wrong.push(device.answer(&asked_to_sign_in(&studio).await));
    device.origin = ORIGIN.to_owned();
    device.verifies = false;
    wrong.push(device.answer(&asked_to_sign_in(&studio).await));
    device.verifies = true;
    let mut forged = device.answer(&asked_to_sign_in(&studio).await);
    forged["response"]["signature"] = good["response"]["signature"].clone();
    wrong.push(forged);
    let mut in_anothers_name = device.answer(&asked_to_sign_in(&studio).await);
    in_anothers_name["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    wrong.push(in_anothers_name);
    let mut without_a_name = device.answer(&asked_to_sign_in(&studio).await);
    without_a_name["response"].as_object_mut().unwrap().remove("userHandle");
    wrong.push(without_a_name);

    for answer in wrong {
        let refused = sign_in(&studio, &answer).await;
        assert!(refused.header("set-cookie").is_none());
        refused.refused(401, "invalid_credentials");
    }
    for garbage in [json!(null), json!({}), json!("x"), json!({"rawId": 7, "response": {}})] {
        sign_in(&studio, &garbage).await.refused(400, "invalid_input");
    }
    // An answer is good once.
    sign_in(&studio, &good).await.ok();
    sign_in(&studio, &good).await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn one_answer_that_comes_many_times_at_once_opens_one_session() {
    let studio = Studio::start_with(FLAGS);
    let (_, device) = with_passkey(&studio).await;
    let answer = device.answer(&asked_to_sign_in(&studio).await);

    let answers = futures_util::future::join_all((0..8).map(|_| sign_in(&studio, &answer))).await;

    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
}

#[tokio::test]
async fn device_whose_count_has_not_grown_is_doubted() {
    let studio = Studio::start_with(FLAGS);
    let (_, mut device) = with_passkey(&studio).await;
    device.count = 7;
    let first = device.answer(&asked_to_sign_in(&studio).await);
    sign_in(&studio, &first).await.ok();

    for count in [7, 3, 0] {
        device.count = count;
        let answer = device.answer(&asked_to_sign_in(&studio).await);
        sign_in(&studio, &answer).await.refused(401, "invalid_credentials");
    }

    device.count = 8;
    let answer = device.answer(&asked_to_sign_in(&studio).await);
    sign_in(&studio, &answer).await.ok();
    let trail = studio.admin(&["audit", "list", "--account", &studio.account]).to_string();
    assert!(trail.contains("passkey.doubted"), "{trail}");
}

#[tokio::test]
async fn passkey_is_made_for_whom_it_was_asked_alone_and_once() {
    let studio = Studio::start_with(FLAGS);
    let (mira, device) = with_passkey(&studio).await;
    let iris = studio.person("iris@studio.example", &["owner"]).await;
    let options = asked(&mira).await;
    let (_, made) = Authenticator::create(ORIGIN, &options);

    keep(&iris, &made).await.refused(400, "invalid_input");
    keep(&mira, &made).await.ok();
    keep(&mira, &made).await.refused(409, "conflict");
    // The same credential under another challenge.
    let challenge = asked(&mira).await["publicKey"]["challenge"].as_str().unwrap().to_owned();
    keep(&mira, &device.creation(&challenge)).await.refused(409, "conflict");
    let nameless = json!({"credential": made, "name": ""});
    mira.post("/session/passkeys").json(&nameless).send().await.refused(400, "invalid_input");
    let key = studio.key_with(&["owner"]).await;
    key.get("/session/passkeys").send().await.refused(403, "session_required");
}

#[tokio::test]
async fn person_has_twenty_passkeys_at_the_most() {
    let studio = Studio::start_with(FLAGS);
    let (mira, _) = with_passkey(&studio).await;
    let before = asked(&mira).await;
    for _ in 1..20 {
        let (_, made) = Authenticator::create(ORIGIN, &asked(&mira).await);
        keep(&mira, &made).await.ok();
    }

    mira.post("/session/passkeys/options").json(&json!({})).send().await.refused(409, "conflict");
    let (_, made) = Authenticator::create(ORIGIN, &before);
    keep(&mira, &made).await.refused(409, "conflict");
}

#[tokio::test]
async fn passkeys_are_not_open_at_an_address_in_numbers() {
    let studio = Studio::start();
    let person = studio.person(EMAIL, &["owner"]).await;

    let ways = studio.anonymous().get("/session/ways").send().await.ok();

    assert_eq!(ways, json!({"password": true, "password_letter": false, "passkey": false, "openid": null}));
    let refused = studio.anonymous().post("/session/passkey/options").send().await;
    refused.refused(403, "sign_in_way_closed");
    let refused = person.post("/session/passkeys/options").json(&json!({})).send().await;
    refused.refused(403, "sign_in_way_closed");
}

#[tokio::test]
async fn where_nobody_signs_in_by_password_a_passkey_does() {
    let flags = [FLAGS, &["--password-sign-in", "off"]].concat();
    let studio = Studio::start_with(&flags);
    let (_, device) = with_passkey(&studio).await;

    studio.sign_in(EMAIL, PASSWORD).await.refused(403, "sign_in_way_closed");

    let answer = device.answer(&asked_to_sign_in(&studio).await);
    sign_in(&studio, &answer).await.ok();
    let ways = studio.anonymous().get("/session/ways").send().await.ok();
    assert_eq!(ways, json!({"password": false, "password_letter": false, "passkey": true, "openid": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn challenge_ends_and_an_old_sign_in_needs_the_password() {
    let clock = Clock::fixed(1_800_000_000_000);
    let settings = Settings { public_url: Some(ORIGIN.to_owned()), ..Settings::default() };
    let studio = Studio::start_in_process_with(&clock, settings).await;
    let person = super::times::signed_in(&studio).await;
    let (device, made) = Authenticator::create(ORIGIN, &asked(&person).await);
    keep(&person, &made).await.ok();
    let late = device.answer(&asked_to_sign_in(&studio).await);
    let (_, late_made) = Authenticator::create(ORIGIN, &asked(&person).await);

    clock.advance_ms(5 * 60 * 1000);
    sign_in(&studio, &late).await.refused(401, "invalid_credentials");
    keep(&person, &late_made).await.refused(400, "invalid_input");
    clock.advance_ms(5 * 60 * 1000);

    let ask = |body: Value| person.post("/session/passkeys/options").json(&body).send();
    ask(json!({})).await.refused(403, "sign_in_again");
    ask(json!({"current_password": "another long river"})).await.refused(401, "invalid_credentials");
    ask(json!({"current_password": PASSWORD})).await.ok();
}

#[tokio::test]
async fn operator_forgets_all_that_somebody_signs_in_with() {
    let studio = Studio::start_with(FLAGS);
    let (person, device) = with_passkey(&studio).await;

    let done = studio.admin(&["user", "sign-out", "--email", EMAIL, "--forget-ways"]);

    assert_eq!((&done["ended_sessions"], &done["forgotten_passkeys"]), (&json!(1), &json!(1)));
    person.get("/session").send().await.refused(401, "invalid_token");
    studio.sign_in(EMAIL, PASSWORD).await.refused(401, "invalid_credentials");
    let answer = device.answer(&asked_to_sign_in(&studio).await);
    sign_in(&studio, &answer).await.refused(401, "invalid_credentials");
}
