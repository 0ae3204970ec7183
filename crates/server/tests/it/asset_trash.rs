//! Several assets put into the trash at once.

use serde_json::{Value, json};

use crate::support::{Actor, Studio};

const ASSETS: &str = "/workspaces/assets";

async fn is_there(artist: &Actor, asset: &Value) -> bool {
    let answer = artist.get(&format!("{ASSETS}/{}", asset["id"].as_str().unwrap())).send().await;
    answer.status == 200
}

#[tokio::test]
async fn assets_go_into_the_trash_together_however_they_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut assets = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        assets.push(artist.put_asset("/", name, name).await);
    }
    let id = |at: usize| assets[at]["id"].as_str().unwrap();

    let repeated = format!("{ASSETS}?ids={}&ids={}", id(0), id(0));
    assert_eq!(artist.delete(&repeated).send().await.status, 204);
    assert_eq!(artist.delete(&format!("{ASSETS}?ids={},{}", id(1), id(2))).send().await.status, 204);
    assert_eq!(artist.delete(ASSETS).json(&json!({"ids": [id(3)]})).send().await.status, 204);

    for (at, asset) in assets.iter().enumerate() {
        assert_eq!(is_there(&artist, asset).await, at == 4, "{at}");
    }
    artist.patch(&format!("{ASSETS}/{}/restore", id(1))).send().await.ok();
    assert!(is_there(&artist, &assets[1]).await);
}

#[tokio::test]
async fn one_asset_that_is_not_there_keeps_all_out_of_the_trash() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let kept = artist.put_asset("/", "a", "1").await;
    let other = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Other"]);
    let elsewhere = studio.key_with(&["admin"]).await.with_workspace(other["id"].as_str());
    let theirs = elsewhere.put_asset("/", "b", "1").await;
    let absent = json!("0198c0de-0000-7000-8000-00000000dead");

    for stranger in [&theirs["id"], &absent] {
        let refused = artist.delete(ASSETS).json(&json!({"ids": [kept["id"], stranger]})).send().await;
        refused.refused(404, "not_found");
    }
    for bad in [json!({}), json!({"ids": ["x"]}), json!({"ids": 7}), json!({"ids": vec![absent; 1001]})] {
        let refused = artist.delete(ASSETS).json(&bad).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], "ids");
    }
    assert!(is_there(&artist, &kept).await && is_there(&elsewhere, &theirs).await);
}
