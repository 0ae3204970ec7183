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

#[tokio::test]
async fn asset_tells_of_what_it_carries_too() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let me = artist.get("/users").send().await.ok();
    let asset = artist.put_asset("/", "robot.png", *b"one").await;
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let library = artist.post("/workspaces/libraries?name=Props").send().await.ok();
    let id = |thing: &Value| thing["id"].as_str().unwrap().to_owned();
    let in_library = format!("{path}/libraries/{}", id(&library));
    for _ in 0..2 {
        artist.post(&in_library).send().await.ok();
    }
    let asked = artist.post(&format!("{path}/reviewRequests?user_ids={}", id(&me))).send().await.ok();
    let review = artist.post(&format!("{path}/reviews?content=a&mentions={}", id(&me))).send().await.ok();
    let reviewed = format!("{path}/reviews/{}", id(&review));
    artist.put(&format!("{reviewed}?status=approved")).send().await.ok();
    let file = reqwest::multipart::Part::bytes(b"1".to_vec()).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", file);
    let attachment = artist.post(&format!("{path}/attachments")).multipart(form).send().await.ok();
    let attached = format!("{path}/attachments/{}", id(&attachment));
    artist.patch(&format!("{attached}?name=b")).send().await.ok();
    let request = format!("{path}/reviewRequests/{}", id(&asked));
    for gone in [&attached, &reviewed, &request, &in_library] {
        artist.delete(gone).send().await.ok_empty(204);
    }
    artist.post(&format!("{path}/favorites")).send().await.ok();

    let entries = artist.get(&format!("{path}/history")).send().await.ok();

    let expected = [
        "asset_created",
        "library_asset_added",
        "review_request_created",
        "review_created",
        "review_updated",
        "attachment_created",
        "attachment_updated",
        "attachment_deleted",
        "review_deleted",
        "review_request_deleted",
        "library_asset_removed",
    ];
    assert_eq!(types(&entries), expected);
    assert_eq!(entries[1]["record_id"], library["id"]);
    let made = json!({
        "asset_version_id": asset["current_version_id"], "status": "pending", "assigned_user_id": null,
        "mentions": [me["id"]],
    });
    assert_eq!((&entries[3]["record_id"], &entries[3]["data"]), (&review["id"], &made));
    assert_eq!(entries[4]["data"]["status"], "approved");
    let of_workspace = artist.get("/workspaces/history").send().await.ok();
    assert!(types(&of_workspace).contains(&"library_created"), "{of_workspace}");
}
