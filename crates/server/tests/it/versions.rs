//! Versions of an asset over the wire.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, content_files, eventually, normalised, staged_files};

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

#[tokio::test]
async fn version_has_every_member_that_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let mut version = normalised(&add(&artist, &asset, "22").await.json());
    let user = version.as_object_mut().unwrap().remove("user").unwrap();
    assert_eq!(user["username"], "test key");
    insta::assert_json_snapshot!(version, @r#"
    {
      "asset_id": "[id]",
      "checksum": "785f3ec7eb32f30b90cd0fcf3657d388b5ff4297f2f9716ff66e9b69c05ddd09",
      "commit_parent_id": "[id]",
      "created_at": "[time]",
      "created_by_user_id": "[id]",
      "description": "d",
      "facts": null,
      "id": "[id]",
      "key": "content/785f3ec7eb32f30b90cd0fcf3657d388b5ff4297f2f9716ff66e9b69c05ddd09",
      "name": "v2",
      "preview_id": null,
      "sequence": 3,
      "size": 2,
      "thumbnail_file_id": null,
      "updated_at": "[time]",
      "version_number": 2
    }
    "#);
}

#[tokio::test]
async fn current_version_falls_back_to_the_newest_other() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let first = asset["currentVersion"].clone();
    let (second, third) = (add(&artist, &asset, "2").await.json(), add(&artist, &asset, "3").await.json());
    let asset_path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let current = async || artist.get(&asset_path).send().await.ok();

    artist.delete(&of(&asset, &first, "")).send().await;
    assert_eq!(current().await["current_version_id"], third["id"], "another one's end changes nothing");
    artist.patch(&of(&asset, &first, "/restore")).send().await.ok();
    artist.patch(&of(&asset, &third, "/restore")).send().await.ok();
    artist.delete(&of(&asset, &third, "")).send().await;
    let now = current().await;
    assert_eq!((&now["current_version_id"], &now["version"]["id"]), (&second["id"], &second["id"]));
    assert_eq!(artist.get(&format!("{asset_path}/download")).send().await.body, b"2");
    artist.delete(&of(&asset, &second, "")).send().await;
    artist.delete(&of(&asset, &first, "")).send().await.refused(409, "conflict");
    artist.delete(&of(&asset, &third, "")).send().await.refused(404, "not_found");
    assert_eq!(current().await["current_version_id"], first["id"]);
}

#[tokio::test]
async fn version_for_an_asset_that_is_not_there_leaves_nothing() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let gone = artist.put_asset("/", "gone", "1").await;
    artist.delete(&format!("/workspaces/assets/{}", gone["id"].as_str().unwrap())).send().await;
    let data = studio.data();
    let before = content_files(&data);
    let large = "x".repeat(400_000);
    for asset in [&gone, &json!({"id": "0198c0de-0000-7000-8000-00000000dead"})] {
        add(&artist, asset, &large).await.refused(404, "not_found");
        artist.patch(&of(asset, &gone["version"], "/restore")).send().await.refused(404, "not_found");
    }
    eventually("nothing is staged", || staged_files(&data) == 0);
    assert_eq!(content_files(&data), before);
}

#[tokio::test]
async fn version_is_changed_by_query_and_within_bounds() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let version = asset["currentVersion"].clone();
    let by_query = artist.patch(&of(&asset, &version, "?name=final%20cut&description=d")).send().await.ok();
    assert_eq!((&by_query["name"], &by_query["description"]), (&json!("final cut"), &json!("d")));
    let untouched = artist
        .patch(&of(&asset, &version, ""))
        .json(&json!({"checksum": "0", "size": 9, "version_number": 7}));
    let untouched = untouched.send().await.ok();
    for member in ["name", "description", "checksum", "size", "version_number", "id"] {
        assert_eq!(untouched[member], by_query[member], "{member}");
    }
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "two\nlines"}), "name"),
        (json!({"name": "n".repeat(256)}), "name"),
        (json!({"description": "d".repeat(10_001)}), "description"),
        (json!({"description": "a\u{0}b"}), "description"),
    ] {
        let refusal = artist.patch(&of(&asset, &version, "")).json(&body).send().await;
        assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], field);
    }
    let stale = artist.patch(&of(&asset, &version, "?name=x")).header("if-match", "\"old\"").send().await;
    stale.refused(412, "precondition_failed");
}
