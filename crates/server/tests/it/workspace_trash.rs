//! Workspaces in the trash: they come back as they were, or go for good with their bytes.

use std::time::{Duration, Instant};

use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

const NOW: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 86_400_000;
const TRASH: &str = "/accounts/trash";

fn entry_path(id: &str) -> String {
    format!("{TRASH}/{id}")
}

async fn trash(actor: &Actor) -> Vec<Value> {
    actor.get(TRASH).send().await.ok().as_array().unwrap().clone()
}

/// Asks for as long as a sweep may take.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_workspace_is_listed_and_comes_back_with_all_that_was_in_it() {
    let clock = Clock::fixed(NOW);
    let studio = Studio::start_in_process(&clock).await;
    let (admin, artist) = (studio.key_with(&["admin"]).await, studio.key_with(&["manage_art"]).await);
    let asset = artist.put_asset("/Art", "a.png", "1").await;
    let user = admin.get("/users").send().await.ok()["id"].clone();
    assert!(trash(&admin).await.is_empty());
    admin.delete("/workspaces").send().await.ok_empty(204);

    let listed = trash(&admin).await;

    let expected = json!([{
        "id": studio.workspace, "account_id": studio.account, "name": "Game", "deleted_by_user_id": user,
        "deleted_at": "2027-01-15T08:00:00.000Z", "expires_at": "2027-02-14T08:00:00.000Z",
    }]);
    assert_eq!(Value::from(listed), expected);
    artist.get("/workspaces").send().await.refused(403, "workspace_forbidden");

    let restore = format!("{}/restore", entry_path(&studio.workspace));
    let restored = admin.post(&restore).send().await.ok();

    assert_eq!((&restored["id"], &restored["usage"]["assets"]), (&json!(studio.workspace), &json!(1)));
    let now = artist.get(&format!("/workspaces/assets/{}", text(&asset, "id"))).send().await.ok();
    assert_eq!(now, asset);
    assert!(trash(&admin).await.is_empty());
    admin.post(&restore).send().await.refused(404, "not_found");
    let history = admin.get("/accounts/history").send().await.ok();
    let types: Vec<_> = history.as_array().unwrap().iter().map(|it| text(it, "type")).collect();
    assert_eq!(types[types.len() - 2..], ["workspace_deleted", "workspace_restored"]);
    let trail = admin.get("/accounts/audit?action=workspace.restored").send().await.ok();
    assert_eq!(text(&trail[0], "subject"), studio.workspace);
}

#[tokio::test]
async fn trash_is_open_to_admins_of_the_account_and_to_keys_for_their_own_workspaces() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let second = admin.post("/workspaces?name=Second").send().await.ok();
    let key = json!({"name": "narrow", "roles": ["admin"], "workspace_ids": [second["id"]]});
    let key = admin.post("/accounts/api-keys").json(&key).send().await.ok();
    let narrow = studio.actor_of(&key).await;
    for id in [studio.workspace.as_str(), text(&second, "id")] {
        admin.with_workspace(Some(id)).delete("/workspaces").send().await.ok_empty(204);
    }

    let names: Vec<_> = trash(&narrow).await.iter().map(|it| text(it, "name").to_owned()).collect();

    assert_eq!(names, ["Second"]);
    let other = entry_path(&studio.workspace);
    narrow.post(&format!("{other}/restore")).send().await.refused(404, "not_found");
    narrow.delete(&other).send().await.refused(404, "not_found");
    let first = admin.get(&format!("{TRASH}?limit=1")).send().await;
    assert_eq!(first.header("x-total-count"), Some("2"));
    let next = first.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    assert_eq!(admin.get(&next).send().await.ok()[0]["name"], "Second");
    let elsewhere = next.replace(TRASH, "/accounts/members");
    admin.get(&elsewhere).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn restored_workspace_must_fit_into_the_plan() {
    let studio = Studio::start_with(&["--plan-limits", "pro.assets=1"]);
    let admin = studio.key_with(&["admin"]).await;
    let second = admin.post("/workspaces?name=Second").send().await.ok();
    admin.put_asset("/", "a", "1").await;
    admin.delete("/workspaces").send().await.ok_empty(204);
    admin.with_workspace(second["id"].as_str()).put_asset("/", "b", "2").await;
    let restore = format!("{}/restore", entry_path(&studio.workspace));
    admin.post(&restore).send().await.refused(403, "limit_reached");
    assert_eq!(trash(&admin).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspace_goes_for_good_when_it_is_purged_or_its_time_is_over() {
    let clock = Clock::fixed(NOW);
    let mut studio = Studio::start_in_process(&clock).await;
    let admin = studio.key_with(&["admin"]).await;
    let mut ids = vec![studio.workspace.clone()];
    for name in ["Purged", "Young"] {
        let made = admin.post("/workspaces").json(&json!({"name": name})).send().await.ok();
        ids.push(text(&made, "id").to_owned());
    }
    for (number, id) in ids.iter().enumerate() {
        let inside = admin.with_workspace(Some(id));
        let asset = inside.put_asset("/A/B", "a", number.to_string()).await;
        let asset = format!("/workspaces/assets/{}", text(&asset, "id"));
        inside.post(&format!("{asset}/comments?content=Hi")).send().await.ok();
        clock.advance_ms(i64::from(number == 2));
        inside.delete("/workspaces").send().await.ok_empty(204);
    }
    let storage =
        async |actor: &Actor| actor.get("/accounts/limits").send().await.ok()["storage"]["current"].clone();
    assert_eq!(storage(&admin).await, 3);

    let purged = entry_path(&ids[1]);
    admin.delete(&purged).send().await.ok_empty(204);

    admin.delete(&purged).send().await.refused(404, "not_found");
    admin.post(&format!("{purged}/restore")).send().await.refused(404, "not_found");
    until("its bytes are freed", async || storage(&admin).await == 2).await;
    clock.advance_ms(30 * DAY_MS - 1);
    studio.restart_in_process(&clock, mudlark_server::config::Settings::default()).await;
    let admin = studio.key_with(&["admin"]).await;
    until("the bytes of two are freed", async || storage(&admin).await == 1).await;
    let left = trash(&admin).await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &json!(ids[2])));
    admin.post(&format!("{}/restore", entry_path(&ids[2]))).send().await.ok();
    let trail = admin.get("/accounts/audit?action=workspace.purged").send().await.ok();
    let by: Vec<_> =
        trail.as_array().unwrap().iter().map(|it| (&it["subject"], &it["details"]["by"])).collect();
    assert_eq!(by, [(&json!(ids[0]), &json!("server")), (&json!(ids[1]), &Value::Null)]);
    let store = studio.store().await;
    let mut session = store.read().await.unwrap();
    assert!(session.list_workspaces_being_purged(mudlark_store::Page::first(9)).await.unwrap().is_empty());
}
