//! Comments on assets.

use serde_json::{Value, json};

use crate::support::{Actor, Studio};

fn comments_of(asset: &Value) -> String {
    format!("/workspaces/assets/{}/comments", asset["id"].as_str().unwrap())
}

fn path(comment: &Value) -> String {
    let asset = comment["asset_id"].as_str().unwrap();
    format!("/workspaces/assets/{asset}/comments/{}", comment["id"].as_str().unwrap())
}

fn contents(comments: &Value) -> Vec<&str> {
    comments.as_array().unwrap().iter().map(|comment| comment["content"].as_str().unwrap()).collect()
}

async fn say(actor: &Actor, asset: &Value, content: &str) -> Value {
    actor.post(&comments_of(asset)).json(&json!({"content": content})).send().await.ok()
}

#[tokio::test]
async fn comment_has_all_its_members_and_a_viewer_may_write_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let me = viewer.get("/users").send().await.ok();
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let first = say(&artist, &asset, "Look at this.").await;
    let camera = json!({"camera": [1.5, 0, -2], "note": "目"});
    let input = json!({
        "content": "The left eye\nis too dim.", "asset_version_id": asset["current_version_id"],
        "parent_id": first["id"], "viewer_metadata": camera,
    });

    let made = viewer.post(&comments_of(&asset)).json(&input).send().await.ok();

    for (member, value) in input.as_object().unwrap() {
        assert_eq!(made[member], *value, "{member}");
    }
    assert_eq!((&made["user_id"], &made["user"], &made["asset_id"]), (&me["id"], &me, &asset["id"]));
    let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let all = [
        "asset_id",
        "asset_version_id",
        "attachments",
        "content",
        "created_at",
        "id",
        "parent_id",
        "updated_at",
        "user",
        "user_id",
        "viewer_metadata",
    ];
    assert_eq!(members, all);
    assert_eq!(viewer.get(&path(&made)).send().await.ok(), made);
    assert_eq!(artist.get(&comments_of(&asset)).send().await.ok(), json!([first, made]));
}

#[tokio::test]
async fn comment_is_made_from_the_query_alone_about_the_current_version() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    artist.put_asset("/", "robot.glb", "1").await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;

    let query = "content=Nice&viewer_metadata=%7B%22x%22%3A1%7D";
    let made = artist.post(&format!("{}?{query}", comments_of(&asset))).send().await.ok();

    assert_eq!((&made["content"], &made["viewer_metadata"]), (&json!("Nice"), &json!({"x": 1})));
    assert_eq!(made["asset_version_id"], asset["current_version_id"]);
    assert_eq!(made["parent_id"], Value::Null);
}

#[tokio::test]
async fn comments_are_narrowed_by_version_and_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let before = artist.put_asset("/", "robot.glb", "1").await;
    say(&artist, &before, "one").await;
    let asset = artist.put_asset("/", "robot.glb", "2").await;
    say(&artist, &asset, "two").await;
    say(&artist, &asset, "three").await;
    let listed = async |query: &str| artist.get(&format!("{}{query}", comments_of(&asset))).send().await;

    let of_first = format!("?asset_version_id={}", before["current_version_id"].as_str().unwrap());
    assert_eq!(contents(&listed(&of_first).await.ok()), ["one"]);
    let first = listed("?limit=2").await;
    assert_eq!(first.header("x-total-count"), Some("3"));
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(contents(&first.ok()), ["one", "two"]);
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(contents(&artist.get(next).send().await.ok()), ["three"]);
}

#[tokio::test]
async fn only_the_author_changes_a_comment_and_an_admin_may_delete_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let other = studio.key_with(&["manage_art", "review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let answer = artist.post(&comments_of(&asset)).json(&json!({"content": "a"})).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();
    let reply = artist.post(&comments_of(&asset)).json(&json!({"content": "b", "parent_id": made["id"]}));
    let reply = reply.send().await.ok();

    for stranger in [&other, &admin] {
        stranger.patch(&path(&made)).json(&json!({"content": "x"})).send().await.refused(403, "role_missing");
    }
    other.delete(&path(&made)).send().await.refused(403, "role_missing");
    let patch = json!({"content": "A", "viewer_metadata": {"x": 1}, "user_id": "ignored"});
    let changed = artist.patch(&path(&made)).header("if-match", &tag).json(&patch).send().await.ok();
    assert_eq!((&changed["content"], &changed["viewer_metadata"]), (&json!("A"), &json!({"x": 1})));
    assert_eq!(changed["user_id"], made["user_id"]);
    let stale = artist.patch(&path(&made)).header("if-match", &tag).json(&json!({"content": "x"}));
    stale.send().await.refused(412, "precondition_failed");

    assert_eq!(admin.delete(&path(&made)).send().await.status, 204);
    admin.delete(&path(&made)).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&comments_of(&asset)).send().await.ok(), json!([reply]));
    assert_eq!(artist.delete(&path(&reply)).send().await.status, 204);
}

#[tokio::test]
async fn bad_members_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let other = artist.put_asset("/", "b.glb", "1").await;
    let elsewhere = say(&artist, &other, "on another asset").await;
    let made = say(&artist, &asset, "a").await;
    for (body, field) in [
        (json!({}), "content"),
        (json!({"content": " \n"}), "content"),
        (json!({"content": "x".repeat(10_001)}), "content"),
        (json!({"content": "a\u{7}"}), "content"),
        (json!({"content": "a", "asset_version_id": other["current_version_id"]}), "asset_version_id"),
        (json!({"content": "a", "parent_id": elsewhere["id"]}), "parent_id"),
        (json!({"content": "a", "viewer_metadata": [1]}), "viewer_metadata"),
        (json!({"content": "a", "viewer_metadata": "{"}), "viewer_metadata"),
        (json!({"content": "a", "viewer_metadata": {"x": "y".repeat(16_384)}}), "viewer_metadata"),
        (json!({"content": "a", "viewer_metadata": "{\"x\":\"\\u0000\"}"}), "viewer_metadata"),
    ] {
        let refused = artist.post(&comments_of(&asset)).json(&body).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], field, "{body}");
    }
    let empty = artist.patch(&path(&made)).json(&json!({"content": ""})).send().await;
    assert_eq!(empty.refused(400, "invalid_input")["fields"][0]["field"], "content");
    artist.delete(&format!("/workspaces/assets/{}", asset["id"].as_str().unwrap())).send().await;
    artist.get(&path(&made)).send().await.refused(404, "not_found");
    artist.post(&comments_of(&asset)).json(&json!({"content": "a"})).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn repeated_request_makes_one_comment() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let once = || {
        let call = artist.post(&comments_of(&asset)).header("idempotency-key", "once");
        call.json(&json!({"content": "a"})).send()
    };
    assert_eq!(once().await.ok(), once().await.ok());
    assert_eq!(artist.get(&comments_of(&asset)).send().await.ok().as_array().unwrap().len(), 1);
}
