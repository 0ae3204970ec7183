//! Pictures of versions and libraries, and taking pictures away wherever there are some.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Studio, text};

const LIBRARIES: &str = "/workspaces/libraries";

/// Two images of one pixel; what differs is a comment at the end.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
const OTHER: &[u8] = b"GIF89a\x02\0\x01\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn picture(bytes: &[u8]) -> Form {
    Form::new().part("file", Part::bytes(bytes.to_vec()).file_name("picture"))
}

#[tokio::test]
async fn version_is_given_a_picture_that_is_kept_as_sent_until_it_is_taken_away() {
    let studio = Studio::start();
    let (artist, viewer) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["viewer"]).await);
    let asset = artist.put_asset("/", "a.png", "1").await;
    let version =
        format!("/workspaces/assets/{}/versions/{}", text(&asset, "id"), text(&asset, "current_version_id"));
    let thumbnail = format!("{version}/thumbnail");
    viewer.get(&thumbnail).send().await.refused(404, "not_found");
    viewer.post(&thumbnail).multipart(picture(GIF)).send().await.refused(403, "role_missing");

    let first = artist.post(&thumbnail).multipart(picture(GIF)).send().await.ok();

    assert!(first["thumbnail_file_id"].is_string());
    let shown = viewer.get(&format!("{thumbnail}?size=256")).send().await;
    assert_eq!((shown.header("content-type"), shown.body.as_slice()), (Some("image/gif"), GIF));
    let tag = shown.header("etag").unwrap().to_owned();
    assert_eq!(viewer.get(&thumbnail).header("if-none-match", &tag).send().await.status, 304);
    for size in ["0", "4097", "-1", "big"] {
        viewer.get(&format!("{thumbnail}?size={size}")).send().await.refused(400, "invalid_input");
    }
    let second = artist.post(&thumbnail).multipart(picture(OTHER)).send().await.ok();
    assert_ne!(second["thumbnail_file_id"], first["thumbnail_file_id"]);
    assert_eq!(viewer.get(&thumbnail).send().await.body, OTHER);
    let asset = artist.get(&format!("/workspaces/assets/{}", text(&asset, "id"))).send().await.ok();
    assert_eq!(asset["version"]["thumbnail_file_id"], second["thumbnail_file_id"]);

    // A client that sends the object back as it got it changes nothing; `null` takes the picture away.
    let same = artist.patch(&version).json(&second).send().await.ok();
    assert_eq!(same["thumbnail_file_id"], second["thumbnail_file_id"]);
    let without = artist.patch(&version).json(&json!({"thumbnail_file_id": null})).send().await.ok();
    assert_eq!((&without["thumbnail_file_id"], &without["name"]), (&Value::Null, &second["name"]));
    viewer.get(&thumbnail).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn what_is_no_picture_of_a_version_is_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.png", "1").await;
    let other = artist.put_asset("/", "b.png", "1").await;
    let thumbnail = |asset: &Value, version: &Value| {
        let [asset, version] = [text(asset, "id"), text(version, "current_version_id")];
        format!("/workspaces/assets/{asset}/versions/{version}/thumbnail")
    };
    let own = thumbnail(&asset, &asset);
    for bytes in [&b""[..], b"<svg/>", &GIF[..7]] {
        let refused = artist.post(&own).multipart(picture(bytes)).send().await.refused(400, "invalid_input");
        assert_eq!(refused["fields"][0]["field"], "file");
    }
    artist.post(&own).multipart(Form::new().text("name", "x")).send().await.refused(400, "invalid_input");
    let large = [GIF, &vec![0; 10 << 20]].concat();
    artist.post(&own).multipart(picture(&large)).send().await.refused(413, "body_too_large");
    let foreign = thumbnail(&asset, &other);
    artist.post(&foreign).multipart(picture(GIF)).send().await.refused(404, "not_found");
    artist.get(&foreign).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn library_has_a_picture_from_the_start_or_later() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;

    let made = artist.post(LIBRARIES).multipart(picture(GIF).text("name", "Forest")).send().await.ok();

    let library = format!("{LIBRARIES}/{}", text(&made, "id"));
    let thumbnail = format!("{library}/thumbnail");
    assert!(made["thumbnail_file_id"].is_string());
    assert_eq!(artist.get(&thumbnail).send().await.body, GIF);
    let body = json!({"name": "Woods"}).to_string();
    let changed = artist.put(&library).multipart(picture(OTHER).text("body", body)).send().await.ok();
    assert_ne!(changed["thumbnail_file_id"], made["thumbnail_file_id"]);
    assert_eq!(
        (&changed["name"], artist.get(&thumbnail).send().await.body),
        (&json!("Woods"), OTHER.to_vec())
    );
    let renamed = artist.put(&library).json(&json!({"name": "Wood"})).send().await.ok();
    assert_eq!(renamed["thumbnail_file_id"], changed["thumbnail_file_id"]);
    artist.put(&library).multipart(picture(b"<svg/>")).send().await.refused(400, "invalid_input");
    let without = artist.put(&library).json(&json!({"thumbnail_file_id": null})).send().await.ok();
    assert_eq!((&without["thumbnail_file_id"], &without["name"]), (&Value::Null, &json!("Wood")));
    artist.get(&thumbnail).send().await.refused(404, "not_found");
    artist.delete(&library).send().await.ok_empty(204);
    artist.get(&thumbnail).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn pictures_of_account_workspace_and_user_are_taken_away() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    admin.put("/accounts").multipart(picture(GIF)).send().await.ok();
    admin.put("/workspaces").multipart(picture(GIF)).send().await.ok();
    admin.patch("/users").multipart(picture(GIF)).send().await.ok();

    let none = json!({"thumbnail_file_id": null});
    assert_eq!(admin.put("/accounts").json(&none).send().await.ok()["thumbnail_file_id"], Value::Null);
    assert_eq!(admin.put("/workspaces").json(&none).send().await.ok()["thumbnail_file_id"], Value::Null);
    let user = admin.patch("/users").json(&json!({"avatar_file_id": null})).send().await.ok();
    assert_eq!(user["avatar_file_id"], Value::Null);
    admin.get("/accounts/thumbnail").send().await.refused(404, "not_found");
    admin.get("/workspaces/thumbnail").send().await.refused(404, "not_found");
}
