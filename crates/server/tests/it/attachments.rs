//! Attachments: files that hang on an asset, or on what is said about it.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Studio};

fn attachments_of(asset: &Value) -> String {
    format!("/workspaces/assets/{}/attachments", asset["id"].as_str().unwrap())
}

fn path(attachment: &Value) -> String {
    let asset = attachment["asset_id"].as_str().unwrap();
    format!("/workspaces/assets/{asset}/attachments/{}", attachment["id"].as_str().unwrap())
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Form {
    Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()))
}

fn ids(things: &Value) -> Vec<&str> {
    things.as_array().unwrap().iter().map(|thing| thing["id"].as_str().unwrap()).collect()
}

async fn attach(actor: &Actor, asset: &Value, name: &str) -> Value {
    actor.post(&attachments_of(asset)).multipart(file(name, "bytes")).send().await.ok()
}

/// A review or a comment (`reviews`, `comments`) about an asset.
async fn say(actor: &Actor, asset: &Value, list: &str) -> Value {
    let list = attachments_of(asset).replace("attachments", list);
    actor.post(&format!("{list}?content=a")).send().await.ok()
}

#[tokio::test]
async fn attachment_has_all_its_members_and_a_viewer_may_make_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let me = viewer.get("/users").send().await.ok();
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let review = say(&viewer, &asset, "reviews").await;

    let form = file("目/arm.png", "hello").text("name", "Paint-over").text("description", "The seam.");
    let form = form.text("review_id", review["id"].as_str().unwrap().to_owned());
    let made = viewer.post(&attachments_of(&asset)).multipart(form).send().await.ok();

    let expected = json!({
        "id": made["id"], "asset_id": asset["id"], "created_by_user_id": me["id"], "file_id": made["file_id"],
        "thumbnail_file_id": null, "review_id": review["id"], "comment_id": null, "name": "Paint-over",
        "description": "The seam.", "file_name": "arm.png", "size": 5,
        "checksum": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "user": me,
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    assert_eq!(artist.get(&path(&made)).send().await.ok(), made);
    assert_eq!(artist.get(&attachments_of(&asset)).send().await.ok(), json!([made]));
    let shown = artist.get(&attachments_of(&asset).replace("attachments", "reviews")).send().await.ok();
    assert_eq!(shown[0]["attachments"], json!([made]));
    let same = viewer.post(&attachments_of(&asset)).multipart(file("b.png", "hello")).send().await.ok();
    assert_eq!((&same["file_id"], &same["name"]), (&made["file_id"], &json!("b.png")));
    let other = viewer.post(&attachments_of(&asset)).multipart(file("", "other")).send().await.ok();
    assert_ne!(other["file_id"], made["file_id"]);
    assert_eq!((&other["name"], &other["file_name"]), (&json!("attachment"), &json!("attachment")));
}

#[tokio::test]
async fn bytes_are_downloaded_as_a_versions_are() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let made = artist.post(&attachments_of(&asset)).multipart(file("Робот.html", "0123456789"));
    let download = format!("{}/download", path(&made.send().await.ok()));

    let whole = artist.get(&download).send().await;

    assert_eq!((whole.status.as_u16(), whole.body.as_slice()), (200, b"0123456789".as_slice()));
    assert_eq!(whole.header("content-type"), Some("text/html"));
    assert_eq!(whole.header("content-security-policy"), Some("sandbox"));
    assert!(whole.header("content-disposition").unwrap().starts_with("attachment; "));
    assert!(whole.header("repr-digest").unwrap().starts_with("sha-256=:"));
    let part = artist.get(&download).header("range", "bytes=2-4").send().await;
    assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, b"234".as_slice()));
    let tag = whole.header("etag").unwrap();
    assert_eq!(artist.get(&download).header("if-none-match", tag).send().await.status, 304);
    artist.get(&download).header("range", "bytes=10-").send().await.refused(416, "range_not_satisfiable");
}

#[tokio::test]
async fn attachment_is_its_authors_and_an_admin_may_delete_it() {
    let studio = Studio::start();
    let viewer = studio.key_with(&["viewer"]).await;
    let artist = studio.key_with(&["manage_art", "review"]).await;
    let admin = studio.key_with(&["admin"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let (review, comment) = (say(&artist, &asset, "reviews").await, say(&artist, &asset, "comments").await);
    let answer = viewer.post(&attachments_of(&asset)).multipart(file("a.png", "1")).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();

    for stranger in [&artist, &admin] {
        stranger.patch(&path(&made)).json(&json!({"name": "x"})).send().await.refused(403, "role_missing");
    }
    artist.delete(&path(&made)).send().await.refused(403, "role_missing");
    let patch = json!({"name": "b", "description": "c", "review_id": review["id"], "file_id": "ignored"});
    let changed = viewer.patch(&path(&made)).header("if-match", &tag).json(&patch).send().await.ok();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("b"), &json!("c")));
    assert_eq!((&changed["review_id"], &changed["file_id"]), (&review["id"], &made["file_id"]));
    let stale = viewer.patch(&path(&made)).header("if-match", &tag).json(&json!({"name": "x"}));
    stale.send().await.refused(412, "precondition_failed");
    let patched = async |patch: Value| viewer.patch(&path(&made)).json(&patch).send().await.ok();
    let moved = patched(json!({"comment_id": comment["id"], "description": null})).await;
    assert_eq!((&moved["review_id"], &moved["comment_id"]), (&Value::Null, &comment["id"]));
    assert_eq!((&moved["name"], &moved["description"]), (&json!("b"), &Value::Null));
    assert_eq!(patched(json!({"review_id": null})).await["comment_id"], comment["id"]);
    assert_eq!(patched(json!({"comment_id": null})).await["comment_id"], Value::Null);

    admin.delete(&path(&made)).send().await.ok_empty(204);
    viewer.get(&path(&made)).send().await.refused(404, "not_found");
    viewer.get(&format!("{}/download", path(&made))).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn attachments_are_narrowed_and_come_in_pages_and_outlive_what_they_hang_on() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let (review, comment) = (say(&artist, &asset, "reviews").await, say(&artist, &asset, "comments").await);
    let mut made = Vec::new();
    for (member, id) in [("review_id", &review["id"]), ("comment_id", &comment["id"]), ("name", &json!("c"))]
    {
        let form = file("a.png", "1").text(member, id.as_str().unwrap().to_owned());
        made.push(artist.post(&attachments_of(&asset)).multipart(form).send().await.ok());
    }
    let listed = async |query: &str| artist.get(&format!("{}{query}", attachments_of(&asset))).send().await;

    let of_review = format!("?review_id={}", review["id"].as_str().unwrap());
    assert_eq!(listed(&of_review).await.ok(), json!([made[0]]));
    let of_comment = format!("?comment_id={}", comment["id"].as_str().unwrap());
    assert_eq!(listed(&of_comment).await.ok(), json!([made[1]]));
    let first = listed("?limit=2").await;
    assert_eq!(first.header("x-total-count"), Some("3"));
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(first.ok(), json!([made[0], made[1]]));
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(artist.get(next).send().await.ok(), json!([made[2]]));

    let said = attachments_of(&asset);
    let comments = said.replace("attachments", "comments");
    let shown = artist.get(&format!("{comments}/{}", comment["id"].as_str().unwrap())).send().await.ok();
    assert_eq!(shown["attachments"], json!([made[1]]));
    assert_eq!(artist.get(&comments).send().await.ok(), json!([shown]));
    let usage = async || artist.get("/workspaces/usage").send().await.ok()["storage"].clone();
    assert_eq!(usage().await, 1 + 3, "attachments count beside versions");
    for (list, thing) in [("reviews", &review), ("comments", &comment)] {
        let thing = format!("{}/{}", said.replace("attachments", list), thing["id"].as_str().unwrap());
        artist.delete(&thing).send().await.ok_empty(204);
    }
    let left = listed("").await.ok();
    assert_eq!(left.as_array().unwrap().len(), 3);
    for attachment in left.as_array().unwrap() {
        assert_eq!((&attachment["review_id"], &attachment["comment_id"]), (&Value::Null, &Value::Null));
    }
    artist.delete(&format!("{said}/{}", left[0]["id"].as_str().unwrap())).send().await.ok_empty(204);
    assert_eq!(usage().await, 1 + 2);
}

#[tokio::test]
async fn review_takes_attachments_by_their_ids() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.glb", "1").await;
    let other = artist.put_asset("/", "other.glb", "1").await;
    let (a, b) = (attach(&artist, &asset, "a.png").await, attach(&artist, &asset, "b.png").await);
    let foreign = attach(&artist, &other, "c.png").await;
    let reviews = attachments_of(&asset).replace("attachments", "reviews");

    let query =
        format!("{reviews}?content=a&files[]={}&files[]={}", ids(&json!([b]))[0], ids(&json!([a]))[0]);
    let review = artist.post(&query).send().await.ok();
    assert_eq!(ids(&review["attachments"]), [a["id"].as_str().unwrap(), b["id"].as_str().unwrap()]);
    assert_eq!(review["attachments"][0]["review_id"], review["id"]);
    let one = format!("{reviews}/{}", review["id"].as_str().unwrap());
    let changed = artist.put(&one).json(&json!({"files": [b["id"]]})).send().await.ok();
    assert_eq!(ids(&changed["attachments"]), [b["id"].as_str().unwrap()]);
    assert_eq!(artist.get(&path(&a)).send().await.ok()["review_id"], Value::Null);

    for files in [json!([foreign["id"]]), json!([b["id"]]), json!([asset["id"]]), json!(["x"])] {
        let refused = artist.post(&reviews).json(&json!({"content": "b", "files": files})).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], "files", "{files}");
    }
    let stranger = studio.key_with(&["review"]).await;
    stranger.put(&one).json(&json!({"files": []})).send().await.refused(403, "role_missing");
    stranger.put(&one).json(&json!({"files": [b["id"]], "status": "approved"})).send().await.ok();
    assert_eq!(artist.put(&one).json(&json!({"files": []})).send().await.ok()["attachments"], json!([]));
    assert_eq!(artist.get(&reviews).send().await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bad_members_are_named() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let other = artist.put_asset("/", "b.glb", "1").await;
    let made = attach(&artist, &asset, "a.png").await;
    let (review, comment) = (say(&artist, &asset, "reviews").await, say(&artist, &asset, "comments").await);
    let (elsewhere, spoken) = (say(&artist, &other, "reviews").await, say(&artist, &other, "comments").await);
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let long = "x".repeat(10_001);
    for (members, field) in [
        (vec![("name", "x".repeat(256))], "name"),
        (vec![("name", " ".to_owned())], "name"),
        (vec![("description", long)], "description"),
        (vec![("review_id", text(&elsewhere))], "review_id"),
        (vec![("comment_id", text(&spoken))], "comment_id"),
        (vec![("review_id", "x".to_owned())], "review_id"),
        (vec![("review_id", text(&review)), ("comment_id", text(&comment))], "comment_id"),
    ] {
        let mut form = file("a.png", "1");
        let mut patch = json!({});
        for (name, value) in members {
            patch[name] = json!(value);
            form = form.text(name, value);
        }
        let refused = artist.post(&attachments_of(&asset)).multipart(form).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], field, "{patch}");
        let refused = artist.patch(&path(&made)).json(&patch).send().await;
        assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], field, "{patch}");
    }
    let without = artist.post(&attachments_of(&asset)).multipart(Form::new().text("name", "a")).send().await;
    assert_eq!(without.refused(400, "invalid_input")["fields"][0]["field"], "file");
    let of_other = format!("{}/{}", attachments_of(&other), text(&made));
    artist.get(&of_other).send().await.refused(404, "not_found");
    artist.get(&format!("{of_other}/download")).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&attachments_of(&asset)).send().await.ok(), json!([made]));
}

#[tokio::test]
async fn repeated_request_attaches_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let once = || {
        let call = artist.post(&attachments_of(&asset)).header("idempotency-key", "once");
        call.multipart(file("a.png", "1")).send()
    };
    assert_eq!(once().await.ok(), once().await.ok());
    assert_eq!(artist.get(&attachments_of(&asset)).send().await.ok().as_array().unwrap().len(), 1);
}
