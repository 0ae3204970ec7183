//! Tasks.

use serde_json::{Value, json};

use crate::support::{Studio, normalised};

fn path(task: &Value) -> String {
    format!("/workspaces/tasks/{}", task["id"].as_str().unwrap())
}

fn titles(tasks: &Value) -> Vec<&str> {
    tasks.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn task_has_every_member_that_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "lantern.png", "1").await;
    let me = artist.get("/users").send().await.ok();
    let input = json!({
        "title": "Redo the lantern", "description": "It is too dim.", "priority": "Urgent",
        "status": "In Progress", "assignee_id": me["id"], "asset_id": asset["id"],
    });

    let made = artist.post("/workspaces/tasks").json(&input).send().await.ok();

    for (member, value) in input.as_object().unwrap() {
        assert_eq!(made[member], *value, "{member}");
    }
    assert_eq!((&made["creator_id"], &made["asset"]), (&me["id"], &asset));
    assert_eq!(made["account_id"].as_str(), Some(studio.account.as_str()));
    assert_eq!(made["workspace_id"].as_str(), Some(studio.workspace.as_str()));
    let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let documented = [
        "account_id",
        "asset",
        "asset_id",
        "assignee_id",
        "created_at",
        "creator_id",
        "description",
        "id",
        "priority",
        "status",
        "title",
        "updated_at",
        "workspace_id",
    ];
    assert_eq!(members, documented);
    assert_eq!(artist.get(&path(&made)).send().await.ok(), made);
    let of_asset = format!("/workspaces/assets/{}/tasks", asset["id"].as_str().unwrap());
    assert_eq!(artist.get(&of_asset).send().await.ok(), json!([made]));
}

#[tokio::test]
async fn task_is_made_from_the_query_alone_with_defaults() {
    let studio = Studio::start();
    let artist = studio.key_with(&["review"]).await;

    let made = artist.post("/tasks/?title=Look%20again").send().await.ok();

    assert_eq!(
        [&made["title"], &made["priority"], &made["status"]],
        [&json!("Look again"), &json!("Medium"), &json!("Pending")]
    );
    for member in ["assignee_id", "asset_id", "asset", "description"] {
        assert_eq!(made[member], Value::Null, "{member}");
    }
}

#[tokio::test]
async fn tasks_are_narrowed_by_asset_assignee_and_status_and_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let me = artist.get("/users").send().await.ok();
    for input in [
        json!({"title": "plain"}),
        json!({"title": "asset", "asset_id": asset["id"]}),
        json!({"title": "mine", "assignee_id": me["id"]}),
        json!({"title": "done", "status": "completed"}),
    ] {
        artist.post("/workspaces/tasks").json(&input).send().await.ok();
    }
    let listed = async |query: &str| artist.get(&format!("/workspaces/tasks{query}")).send().await;
    for (query, expected) in [
        (String::new(), &["plain", "asset", "mine", "done"][..]),
        (format!("?asset_id={}", asset["id"].as_str().unwrap()), &["asset"]),
        (format!("?assignee_id={}", me["id"].as_str().unwrap()), &["mine"]),
        ("?status=Completed".into(), &["done"]),
        ("?status=In%20Progress".into(), &[]),
    ] {
        assert_eq!(titles(&listed(&query).await.ok()), expected, "{query}");
    }
    let first = listed("?limit=3").await;
    assert_eq!(first.header("x-total-count"), Some("4"));
    let link = first.header("link").unwrap().to_owned();
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(titles(&artist.get(next).send().await.ok()), ["done"]);
    let cursor = next.split("cursor=").nth(1).unwrap();
    listed(&format!("?status=Pending&cursor={cursor}")).await.refused(400, "invalid_input");
}

#[tokio::test]
async fn task_is_changed_and_deleted_only_as_it_was_last_seen() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let made = artist.post("/workspaces/tasks").json(&json!({"title": "a", "description": "b"})).send().await;
    let tag = made.header("etag").unwrap().to_owned();
    let made = made.ok();

    let patch = json!({"status": "Completed", "description": null, "creator_id": "ignored"});
    let patched = artist.patch(&path(&made)).header("if-match", &tag).json(&patch).send().await.ok();

    assert_eq!((&patched["status"], &patched["description"]), (&json!("Completed"), &Value::Null));
    assert_eq!((&patched["title"], &patched["creator_id"]), (&json!("a"), &made["creator_id"]));
    let stale = artist.patch(&path(&made)).header("if-match", &tag).json(&json!({"title": "x"})).send().await;
    stale.refused(412, "precondition_failed");
    artist.delete(&path(&made)).header("if-match", &tag).send().await.refused(412, "precondition_failed");
    assert_eq!(artist.delete(&path(&made)).send().await.status, 204);
    artist.get(&path(&made)).send().await.refused(404, "not_found");
    artist.delete(&path(&made)).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn people_and_assets_from_outside_the_workspace_are_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let outsider = studio.key_with(&["member"]).await.get("/users").send().await.ok();
    let other = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Other"]);
    let elsewhere = studio.key_with(&["admin"]).await.with_workspace(other["id"].as_str());
    let theirs = elsewhere.put_asset("/", "a.png", "1").await;
    let gone = artist.put_asset("/", "gone.png", "1").await;
    artist.delete(&format!("/workspaces/assets/{}", gone["id"].as_str().unwrap())).send().await;
    let absent = json!("0198c0de-0000-7000-8000-00000000dead");
    let made = artist.post("/workspaces/tasks").json(&json!({"title": "a"})).send().await.ok();
    for (field, value) in [
        ("assignee_id", &outsider["id"]),
        ("assignee_id", &absent),
        ("asset_id", &theirs["id"]),
        ("asset_id", &gone["id"]),
        ("asset_id", &absent),
    ] {
        let input = json!({"title": "a", field: value});
        let refusal = artist.post("/workspaces/tasks").json(&input).send().await;
        assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], field);
        let refusal = artist.patch(&path(&made)).json(&json!({field: value})).send().await;
        assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], field);
    }
    let through_other = elsewhere.get(&path(&made)).send().await;
    let never = elsewhere.get(&format!("/workspaces/tasks/{}", absent.as_str().unwrap())).send().await;
    assert_eq!(normalised(&through_other.json()), normalised(&never.json()));
    assert_eq!(titles(&artist.get("/workspaces/tasks").send().await.ok()), ["a"]);
}

#[tokio::test]
async fn bad_members_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for (input, field) in [
        (json!({}), "title"),
        (json!({"title": " "}), "title"),
        (json!({"title": "two\nlines"}), "title"),
        (json!({"title": "t".repeat(256)}), "title"),
        (json!({"title": "a", "description": "d".repeat(10_001)}), "description"),
        (json!({"title": "a", "priority": "Soon"}), "priority"),
        (json!({"title": "a", "status": "Begun"}), "status"),
        (json!({"title": "a", "asset_id": "x"}), "asset_id"),
        (json!({"title": "a", "assignee_id": 5}), "assignee_id"),
    ] {
        let refusal = artist.post("/workspaces/tasks").json(&input).send().await;
        assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], field, "{input}");
    }
    artist.get("/workspaces/tasks?status=Begun").send().await.refused(400, "invalid_input");
    artist.get("/workspaces/tasks/x").send().await.refused(400, "invalid_input");
    assert_eq!(artist.get("/workspaces/tasks").send().await.ok(), json!([]));
}

#[tokio::test]
async fn task_of_an_asset_in_the_trash_is_shown_without_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let asset_path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let made = artist.post("/workspaces/tasks").json(&json!({"title": "a", "asset_id": asset["id"]}));
    let made = made.send().await.ok();

    artist.delete(&asset_path).send().await;

    let task = artist.get(&path(&made)).send().await.ok();
    assert_eq!((&task["asset_id"], &task["asset"]), (&asset["id"], &Value::Null));
    artist.get(&format!("{asset_path}/tasks")).send().await.refused(404, "not_found");
    artist.patch(&format!("{asset_path}/restore")).send().await.ok();
    assert_eq!(artist.get(&path(&made)).send().await.ok()["asset"]["id"], asset["id"]);
}

#[tokio::test]
async fn repeated_request_makes_one_task() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let post = async || {
        let call = artist.post("/workspaces/tasks").header("idempotency-key", "once");
        call.json(&json!({"title": "a"})).send().await.ok()
    };
    assert_eq!(post().await, post().await);
    assert_eq!(titles(&artist.get("/workspaces/tasks").send().await.ok()), ["a"]);
}
