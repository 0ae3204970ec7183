//! Histories: what changes leave behind.

use serde_json::{Value, json};

use crate::support::Studio;

fn types(entries: &Value) -> Vec<&str> {
    entries.as_array().unwrap().iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn asset_tells_what_was_done_to_it_in_order_and_by_whom() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let me = artist.get("/users").send().await.ok();
    let asset = artist.put_asset("/Concepts", "robot.png", *b"one").await;
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let statuses = artist.get("/workspaces/assetStatuses").send().await.ok();
    let input = json!({"name": "hero.png", "status_id": statuses[1]["id"], "description": null});
    artist.patch(&path).json(&input).send().await.ok();
    artist.put_asset("/Concepts", "hero.png", *b"two").await;
    artist.post(&format!("{path}/tags")).json(&json!(["prop"])).send().await.ok();
    artist.post(&format!("{path}/comments")).json(&json!({"content": "Fine."})).send().await.ok();
    assert_eq!(artist.delete(&path).send().await.status, 204);

    let entries = artist.get(&format!("{path}/history")).send().await.ok();

    let expected = [
        "asset_created",
        "asset_renamed",
        "asset_status_changed",
        "version_created",
        "asset_tag_added",
        "comment_created",
        "asset_deleted",
    ];
    assert_eq!(types(&entries), expected);
    let renamed = &entries[1];
    assert_eq!(renamed["data"], json!({"name": "hero.png", "previous_name": "robot.png"}));
    assert_eq!((&renamed["asset_id"], &renamed["record_id"]), (&asset["id"], &asset["id"]));
    assert_eq!((&renamed["user_id"], &renamed["workspace_id"]), (&me["id"], &asset["workspace_id"]));
    assert_eq!(entries[2]["data"]["status_name"], "In Progress");
    let paged = artist.get(&format!("{path}/history?limit=2")).send().await;
    assert_eq!(paged.header("x-total-count"), Some("7"));
}

#[tokio::test]
async fn refused_change_leaves_no_entry() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    artist.post("/workspaces/tags").json(&json!({"name": "prop"})).send().await.ok();
    let before = artist.get("/workspaces/history").send().await.ok();

    artist.post("/workspaces/tags").json(&json!({"name": "PROP"})).send().await.refused(409, "name_taken");

    assert_eq!(types(&before), ["tag_created"]);
    assert_eq!(artist.get("/workspaces/history").send().await.ok(), before);
}

#[tokio::test]
async fn histories_of_other_places_are_apart() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made = admin.post("/workspaces?name=Second").send().await.ok();
    let asset = admin.put_asset("/", "robot.png", *b"one").await;

    let account = admin.get("/accounts/history").send().await.ok();

    assert_eq!(types(&account), ["workspace_created"]);
    assert_eq!((&account[0]["record_id"], &account[0]["data"]), (&made["id"], &json!({"name": "Second"})));
    let of_asset = format!("/workspaces/assets/{}/history", asset["id"].as_str().unwrap());
    let elsewhere = admin.with_workspace(made["id"].as_str());
    elsewhere.get(&of_asset).send().await.refused(404, "not_found");
}
