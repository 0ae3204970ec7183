//! The examples of the API's documentation, as programs of `docs/examples` that run as they are against a real server.

use std::time::{SystemTime, UNIX_EPOCH};

use mudlark_server::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Studio, root, run_example, run_python_tool, text};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A clock that stands still so many days before now.
fn days_ago(days: i64) -> Clock {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Clock::fixed(i64::try_from(now.as_millis()).unwrap() - days * DAY_MS)
}

async fn make(actor: &Actor, path: &str, body: Value) -> Value {
    actor.call(Method::POST, path).json(&body).send().await.ok()
}

#[tokio::test]
async fn people_are_invited() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let people = ["mika@studio.example", "sam@studio.example"];

    let printed = run_example(&studio, &key, "invite_users.py", &people);

    let admin = studio.actor_of(&key).await;
    let invites = admin.get("/accounts/invites").send().await.ok();
    let invites = invites.as_array().unwrap();
    let lines = invites.iter().map(|it| format!("{} until {}\n", text(it, "email"), text(it, "expires_at")));
    assert_eq!(printed, lines.collect::<String>());
    assert_eq!(invites.iter().map(|it| text(it, "email")).collect::<Vec<_>>(), people);
    for invite in invites {
        assert_eq!(invite["roles"], json!(["member", "manage_art"]));
        assert_eq!(invite["workspace_ids"], json!([studio.workspace]));
    }
}

#[tokio::test]
async fn assets_are_found_by_text_by_library_and_by_review() {
    let studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let artist = studio.actor_of(&key).await;
    let lantern = artist.put_asset("/Props/Lights", "lantern.fbx", "1").await;
    let crate_ = artist.put_asset("/Props", "crate.fbx", "1").await;
    let wall = artist.put_asset("/", "wall.png", "1").await;
    for (name, assets) in [("Hero props", vec![&lantern, &crate_]), ("Walls", vec![&wall])] {
        let library = make(&artist, "/workspaces/libraries", json!({"name": name})).await;
        let ids: Vec<_> = assets.iter().map(|asset| &asset["id"]).collect();
        let path = format!("/workspaces/libraries/{}/assets", text(&library, "id"));
        make(&artist, &path, json!({"ids": ids})).await;
    }
    for (asset, status) in [(&lantern, "approved"), (&wall, "rejected")] {
        let path = format!("/workspaces/assets/{}/reviews", text(asset, "id"));
        make(&artist, &path, json!({"content": "I have looked at it", "status": status})).await;
    }

    for (by, wanted, found) in [
        ("text", "lantern", vec!["/Props/Lights/lantern.fbx"]),
        ("text", "sword", vec![]),
        ("library", "Hero props", vec!["/Props/Lights/lantern.fbx", "/Props/crate.fbx"]),
        ("review", "rejected", vec!["/wall.png"]),
    ] {
        let printed = run_example(&studio, &key, "search_assets.py", &[by, wanted]);
        let mut paths: Vec<_> = printed.lines().collect();
        paths.sort_unstable();
        assert_eq!(paths, found, "{by} {wanted}");
    }
}

#[tokio::test]
async fn assets_with_outstanding_tasks_are_listed() {
    let studio = Studio::start();
    let key = studio.new_key(&["manage_art"]);
    let artist = studio.actor_of(&key).await;
    let (lamp, wall) =
        (artist.put_asset("/Props", "lamp.fbx", "1").await, artist.put_asset("/", "wall.png", "1").await);
    for (asset, title, status) in [
        (&lamp["id"], "Redo the glow", "Pending"),
        (&lamp["id"], "Bake it", "In Progress"),
        (&lamp["id"], "Sketch it", "Completed"),
        (&wall["id"], "Tile it", "Completed"),
        (&Value::Null, "Tidy up", "Pending"),
    ] {
        let task = json!({"title": title, "status": status, "asset_id": asset, "priority": "High"});
        make(&artist, "/workspaces/tasks", task).await;
    }

    let printed = run_example(&studio, &key, "list_outstanding_tasks.py", &[]);

    let expected = "/Props/lamp.fbx\n    Redo the glow (High, Pending)\n    Bake it (High, In Progress)\n";
    assert_eq!(printed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_not_touched_for_two_weeks_are_set_in_progress() {
    let clock = days_ago(15);
    let studio = Studio::start_in_process(&clock).await;
    let key = studio.new_key(&["manage_art"]);
    let artist = studio.actor_of(&key).await;
    let old = artist.put_asset("/Props", "lamp.fbx", "1").await;
    artist.put_asset("/Props", "wall.fbx", "1").await;
    clock.advance_ms(2 * DAY_MS);
    let artist = studio.actor_of(&key).await;
    let touched = artist.put_asset("/Props", "wall.fbx", "2").await;
    let new = artist.put_asset("/", "door.fbx", "1").await;
    clock.advance_ms(13 * DAY_MS);

    let printed = run_example(&studio, &key, "start_stale_assets.py", &[]);

    assert_eq!(printed, "/Props/lamp.fbx\n");
    let artist = studio.actor_of(&key).await;
    let statuses = artist.get("/workspaces/assetStatuses").send().await.ok();
    let in_progress = statuses.as_array().unwrap().iter().find(|status| status["name"] == "In Progress");
    for (asset, status) in
        [(&old, &in_progress.unwrap()["id"]), (&touched, &touched["status_id"]), (&new, &new["status_id"])]
    {
        let now = artist.get(&format!("/workspaces/assets/{}", text(asset, "id"))).send().await.ok();
        assert_eq!(&now["status_id"], status, "{now}");
    }
}

#[test]
fn python_of_this_repository_is_in_its_form() {
    run_python_tool("ruff", &root(), &["format", "--check", "--no-cache", "."]);
    run_python_tool("ruff", &root(), &["check", "--no-cache", "."]);
}
