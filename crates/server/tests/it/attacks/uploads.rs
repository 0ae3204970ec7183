//! Upload addresses in the wrong hands: altered, guessed, expired, or used for something else than they were given for.

use mudlark_server::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio};

async fn begin(artist: &Actor) -> (String, String) {
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a.txt"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap().to_owned();
    (url[url.find("/uploads/").unwrap()..].to_owned(), begun["key"].as_str().unwrap().to_owned())
}

async fn put(nobody: &Actor, path: &str) -> Answer {
    nobody.put(path).body("bytes").send().await
}

/// A part of `…?expires=E&signature=S`.
fn parameter<'a>(path: &'a str, name: &str) -> &'a str {
    path.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap()
}

#[tokio::test]
async fn upload_address_that_was_altered_or_guessed_is_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let nobody = studio.anonymous();
    let ((path, key), (other_path, other_key)) = (begin(&artist).await, begin(&artist).await);
    let (expires, signature) = (parameter(&path, "expires"), parameter(&path, "signature"));
    let other_signature = parameter(&other_path, "signature");
    let later = expires.parse::<i64>().unwrap() + 1;
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    for altered in [
        format!("/uploads/{other_key}?expires={expires}&signature={signature}"),
        format!("/uploads/{key}?expires={expires}&signature={other_signature}"),
        format!("/uploads/{key}?expires={later}&signature={signature}"),
        format!("/uploads/{key}?expires={}&signature={signature}", i64::MAX),
        format!("/uploads/{key}?expires={}&signature={signature}", i64::MIN),
        format!("/uploads/{key}?expires=0{expires}&signature="),
        format!("/uploads/{key}?expires=&signature={signature}"),
        format!("/uploads/{key}?expires={expires}"),
        format!("/uploads/{key}?signature={signature}"),
        format!("/uploads/{key}"),
        format!("/uploads/{key}?expires={expires}&signature={}", &signature[1..]),
        format!("/uploads/{key}?expires={expires}&signature={signature}A"),
        format!("/uploads/{key}?expires={expires}&signature={}", "A".repeat(43)),
        format!("/uploads/{}?expires={expires}&signature={signature}", key.to_uppercase()),
        format!("/uploads/{absent}?expires={expires}&signature={signature}"),
        format!("/uploads/..%2f{key}?expires={expires}&signature={signature}"),
        format!("/uploads/{key}%00?expires={expires}&signature={signature}"),
    ] {
        put(&nobody, &altered).await.refused(403, "upload_url_invalid");
        // A token gives an upload address nothing.
        put(&artist, &altered).await.refused(403, "upload_url_invalid");
    }
    let doubled = put(&nobody, &format!("{path}&expires={later}")).await;
    assert_eq!(doubled.status.as_u16(), 400, "{}", doubled.text());
    for method in [Method::GET, Method::POST, Method::DELETE, Method::PATCH] {
        let answer = nobody.call(method.clone(), &path).send().await;
        answer.refused(405, "method_not_allowed");
    }
    // None of it has used up the address, and it works once.
    assert_eq!(put(&nobody, &path).await.status, 200);
    put(&nobody, &path).await.refused(409, "upload_already_received");
    assert_eq!(put(&nobody, &other_path).await.status, 200);
}

#[tokio::test]
async fn upload_key_of_another_caller_makes_no_asset() {
    let studio = Studio::start();
    let (artist, other) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["manage_art"]).await);
    let (path, key) = begin(&artist).await;
    assert_eq!(put(&studio.anonymous(), &path).await.status, 200);
    let asset = json!({"temp_file_key": key, "original_file_name": "a.txt", "file_location": "/"});
    let take = async |actor: &Actor| actor.post("/workspaces/assets/upload/assets").json(&asset).send().await;
    take(&other).await.refused(404, "not_found");
    let mine: Value = take(&artist).await.ok();
    assert_eq!(mine["name"], "a.txt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_address_is_refused_after_its_expiry() {
    let clock = Clock::fixed(1_800_000_000_000);
    let studio = Studio::start_in_process(&clock).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let (path, _) = begin(&artist).await;
    let later = path.replace(parameter(&path, "expires"), "1900000000");
    clock.advance_ms(3_600_000);
    put(&studio.anonymous(), &path).await.refused(403, "upload_url_invalid");
    put(&studio.anonymous(), &later).await.refused(403, "upload_url_invalid");
}
