//! The main job, from a key and its secret to an asset's bytes.

use crate::support::Studio;

#[tokio::test]
async fn key_and_secret_lead_to_an_asset_and_its_bytes() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;

    let asset = artist.upload("/Concepts/Robot", "robot.png", b"pixels".to_vec()).await;
    let read = artist.get(&format!("/workspace/assets/{}", asset["id"].as_str().unwrap())).send().await.ok();
    let bytes =
        artist.get(&format!("/workspaces/assets/{}/download", asset["id"].as_str().unwrap())).send().await;

    assert_eq!(read, asset);
    assert_eq!(bytes.body, b"pixels");
}
