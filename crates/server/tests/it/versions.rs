//! Versions of an asset over the wire.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio};

fn path(asset: &Value, rest: &str) -> String {
    format!("/workspaces/assets/{}/versions{rest}", asset["id"].as_str().unwrap())
}

fn of(asset: &Value, version: &Value, rest: &str) -> String {
    path(asset, &format!("/{}{rest}", version["id"].as_str().unwrap()))
}

async fn add(actor: &Actor, asset: &Value, bytes: &str) -> Answer {
    let form = Form::new().part("file", Part::bytes(bytes.as_bytes().to_vec()).file_name("a.png"));
    actor.post(&path(asset, "")).multipart(form.text("description", "d")).send().await
}

#[tokio::test]
async fn versions_are_added_listed_and_read() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let answer = add(&artist, &asset, "2").await;
    assert_eq!(answer.status, 201);
    let second = answer.json();
    assert_eq!(
        (&second["version_number"], &second["name"], &second["description"]),
        (&json!(2), &json!("v2"), &json!("d"))
    );
    assert_eq!(second["commit_parent_id"], asset["current_version_id"]);
    let listed = artist.get(&path(&asset, "")).send().await.ok();
    assert_eq!(listed, json!([asset["currentVersion"], second]));
    assert_eq!(artist.get(&of(&asset, &second, "")).send().await.ok(), second);
    assert_eq!(artist.get(&of(&asset, &asset["version"], "/download")).send().await.body, b"1");
    let current =
        artist.get(&format!("/workspaces/assets/{}", asset["id"].as_str().unwrap())).send().await.ok();
    assert_eq!(current["current_version_id"], second["id"]);
    artist
        .post(&path(&asset, ""))
        .multipart(Form::new().text("name", "x"))
        .send()
        .await
        .refused(400, "invalid_input");
}

#[tokio::test]
async fn versions_made_at_once_are_numbered_without_gap_or_double() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "0").await;
    let bytes: Vec<String> = (1..=12).map(|index| index.to_string()).collect();
    let answers = futures_util::future::join_all(bytes.iter().map(|bytes| add(&artist, &asset, bytes))).await;
    let mut numbers: Vec<i64> =
        answers.iter().map(|answer| answer.json()["version_number"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=13).collect::<Vec<_>>());
}

#[tokio::test]
async fn new_asset_put_by_many_at_once_is_one_asset() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let bytes: Vec<String> = (1..=8).map(|index| index.to_string()).collect();
    let puts = bytes.iter().map(|bytes| artist.put_asset("/New/Folder", "a.png", bytes.as_str()));
    let assets = futures_util::future::join_all(puts).await;
    assert!(assets.iter().all(|asset| asset["id"] == assets[0]["id"]));
    let listed = artist.get(&path(&assets[0], "")).send().await.ok();
    assert_eq!(listed.as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn version_can_be_changed_deleted_and_restored() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let first = asset["currentVersion"].clone();
    artist.delete(&of(&asset, &first, "")).send().await.refused(409, "conflict");
    let second = add(&artist, &asset, "2").await.json();
    let patched = artist
        .patch(&of(&asset, &second, ""))
        .json(&json!({"name": "final", "description": null}))
        .send()
        .await
        .ok();
    assert_eq!(
        (&patched["name"], &patched["description"], &patched["checksum"]),
        (&json!("final"), &Value::Null, &second["checksum"])
    );

    let deleted = artist.delete(&of(&asset, &second, "")).send().await;
    assert_eq!(deleted.status, 204);
    artist.get(&of(&asset, &second, "")).send().await.refused(404, "not_found");
    artist.get(&of(&asset, &second, "/download")).send().await.refused(404, "not_found");
    let asset_path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    assert_eq!(artist.get(&asset_path).send().await.ok()["current_version_id"], first["id"]);
    let third = add(&artist, &asset, "3").await.json();
    assert_eq!(third["version_number"], 3, "numbers are never used twice");

    let restored = artist.patch(&of(&asset, &second, "/restore")).send().await.ok();
    assert_eq!(restored["id"], second["id"]);
    assert_eq!(artist.get(&asset_path).send().await.ok()["current_version_id"], second["id"]);
    artist.patch(&of(&asset, &first, "/restore")).send().await.ok();
    assert_eq!(artist.get(&format!("{asset_path}/download")).send().await.body, b"1");
}

#[tokio::test]
async fn version_of_another_asset_is_not_found() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (one, other) = (artist.put_asset("/", "a", "1").await, artist.put_asset("/", "b", "2").await);
    for rest in ["", "/download"] {
        artist.get(&of(&one, &other["version"], rest)).send().await.refused(404, "not_found");
    }
    artist
        .patch(&of(&one, &other["version"], ""))
        .json(&json!({"name": "x"}))
        .send()
        .await
        .refused(404, "not_found");
    artist.delete(&of(&one, &other["version"], "")).send().await.refused(404, "not_found");
    artist.patch(&of(&one, &other["version"], "/restore")).send().await.refused(404, "not_found");
}
