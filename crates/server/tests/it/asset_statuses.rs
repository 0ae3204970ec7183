//! The statuses that a workspace's assets can have.

use serde_json::{Value, json};

use crate::support::Studio;

const STATUSES: &str = "/workspaces/assetStatuses";

fn path(status: &Value) -> String {
    format!("{STATUSES}/{}", status["id"].as_str().unwrap())
}

fn names(statuses: &Value) -> Vec<&str> {
    statuses.as_array().unwrap().iter().map(|status| status["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn statuses_are_made_moved_renamed_and_deleted_by_an_admin() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let defaults = ["To Do", "In Progress", "In Review", "Approved", "Final"];
    assert_eq!(names(&admin.get(STATUSES).send().await.ok()), defaults);

    let made = admin.post(STATUSES).json(&json!({"name": "Retopo", "color": "#FF8800"})).send().await.ok();

    assert_eq!((&made["name"], &made["color"]), (&json!("Retopo"), &json!("#ff8800")));
    assert_eq!(made["workspace_id"].as_str(), Some(studio.workspace.as_str()));
    assert_eq!(names(&admin.get(STATUSES).send().await.ok()).last(), Some(&"Retopo"));
    let first = admin.post(&format!("{STATUSES}?name=First&position=0")).send().await.ok();
    let moved = admin.patch(&path(&made)).json(&json!({"position": 0, "color": null})).send().await.ok();
    assert_eq!(
        (&moved["name"], &moved["color"], &moved["position"]),
        (&json!("Retopo"), &Value::Null, &json!(0))
    );
    assert_eq!(names(&admin.get(STATUSES).send().await.ok()).len(), 7);
    assert_eq!(admin.delete(&path(&first)).send().await.status, 204);
    admin.delete(&path(&first)).send().await.refused(404, "not_found");
    admin.patch(&path(&first)).json(&json!({})).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn status_that_assets_have_is_not_deleted() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made = admin.post(STATUSES).json(&json!({"name": "Retopo"})).send().await.ok();
    let asset = admin.put_asset("/", "robot.png", "1").await;
    let asset = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    admin.patch(&asset).json(&json!({"status_id": made["id"]})).send().await.ok();

    admin.delete(&path(&made)).send().await.refused(409, "conflict");

    assert_eq!(admin.get(&asset).send().await.ok()["status_id"], made["id"]);
    admin.patch(&asset).json(&json!({"status_id": null})).send().await.ok();
    assert_eq!(admin.delete(&path(&made)).send().await.status, 204);
}

#[tokio::test]
async fn status_is_changed_only_as_it_was_last_seen_and_keeps_names_apart() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let answer = admin.post(STATUSES).json(&json!({"name": "Retopo"})).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();

    admin.post(STATUSES).json(&json!({"name": "RETOPO"})).send().await.refused(409, "name_taken");
    admin.patch(&path(&made)).json(&json!({"name": "final"})).send().await.refused(409, "name_taken");
    admin.patch(&path(&made)).header("if-match", &tag).json(&json!({"name": "RETOPO"})).send().await.ok();
    admin
        .patch(&path(&made))
        .header("if-match", &tag)
        .json(&json!({"name": "x"}))
        .send()
        .await
        .refused(412, "precondition_failed");
    admin.delete(&path(&made)).header("if-match", &tag).send().await.refused(412, "precondition_failed");
}

#[tokio::test]
async fn bad_members_are_named_and_too_many_statuses_refused() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "a", "color": "blue"}), "color"),
        (json!({"name": "a", "position": -1}), "position"),
        (json!({"name": "a", "position": 1_000_001}), "position"),
        (json!({"name": "a", "position": "first"}), "position"),
        (json!({"name": "a", "position": 1.5}), "position"),
    ] {
        let refused = admin.post(STATUSES).json(&body).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], field, "{body}");
    }
    for number in 5..100 {
        admin.post(STATUSES).json(&json!({"name": format!("s{number}")})).send().await.ok();
    }
    admin.post(STATUSES).json(&json!({"name": "one more"})).send().await.refused(409, "conflict");
}
