//! Favorites and subscriptions: assets that a user chose for themselves.

use serde_json::{Value, json};

use crate::support::Studio;

fn of(asset: &Value, list: &str) -> String {
    format!("/workspaces/assets/{}/{list}", asset["id"].as_str().unwrap())
}

#[tokio::test]
async fn favorites_and_subscriptions_are_the_callers_own_and_apart_from_each_other() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;

    for (list, other) in [("favorites", "subscriptions"), ("subscriptions", "favorites")] {
        let (all, others) = (format!("/workspaces/assets/{list}"), format!("/workspaces/assets/{other}"));
        assert_eq!(viewer.get(&all).send().await.ok(), json!([]));
        for _ in 0..2 {
            assert_eq!(viewer.post(&of(&asset, list)).send().await.ok(), asset);
        }
        assert_eq!(viewer.get(&all).send().await.ok(), json!([asset]));
        assert_eq!(viewer.get(&others).send().await.ok(), json!([]));
        assert_eq!(artist.get(&all).send().await.ok(), json!([]));
        for _ in 0..2 {
            viewer.delete(&of(&asset, list)).send().await.ok_empty(204);
        }
        assert_eq!(viewer.get(&all).send().await.ok(), json!([]));
    }
}

#[tokio::test]
async fn lists_come_in_pages_without_the_trash() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut assets = Vec::new();
    for name in ["a", "b", "c"] {
        let asset = artist.put_asset("/", name, "1").await;
        artist.post(&of(&asset, "favorites")).send().await.ok();
        artist.post(&of(&asset, "subscriptions")).send().await.ok();
        assets.push(asset);
    }
    let trashed = format!("/workspaces/assets/{}", assets[1]["id"].as_str().unwrap());
    artist.delete(&trashed).send().await.ok_empty(204);

    for list in ["favorites", "subscriptions"] {
        let first = artist.get(&format!("/workspaces/assets/{list}?limit=1")).send().await;
        assert_eq!(first.header("x-total-count"), Some("2"));
        let link = first.header("link").unwrap().to_owned();
        assert_eq!(first.ok(), json!([assets[0]]));
        let next = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        assert_eq!(artist.get(&next).send().await.ok(), json!([assets[2]]));
        let swapped = next
            .replace("favorites", "x")
            .replace("subscriptions", "favorites")
            .replace('x', "subscriptions");
        let foreign = artist.get(&swapped).send().await.refused(400, "invalid_input");
        assert_eq!(foreign["fields"][0]["field"], "cursor");
    }
    artist.patch(&format!("{trashed}/restore")).send().await.ok();
    let all = artist.get("/workspaces/assets/favorites").send().await.ok();
    assert_eq!(all.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn asset_of_another_workspace_or_in_the_trash_is_not_there() {
    let studio = Studio::start();
    let admin = studio.key_with(&["owner"]).await;
    let other = admin.post("/workspaces?name=Other").send().await.ok();
    let elsewhere = admin.with_workspace(other["id"].as_str());
    let asset = elsewhere.put_asset("/", "a.glb", "1").await;
    elsewhere.post(&of(&asset, "favorites")).send().await.ok();

    assert_eq!(admin.get("/workspaces/assets/favorites").send().await.ok(), json!([]));
    for list in ["favorites", "subscriptions"] {
        admin.post(&of(&asset, list)).send().await.refused(404, "not_found");
        admin.delete(&of(&asset, list)).send().await.refused(404, "not_found");
    }
    elsewhere.delete(of(&asset, "").trim_end_matches('/')).send().await.ok_empty(204);
    elsewhere.post(&of(&asset, "favorites")).send().await.refused(404, "not_found");
}
