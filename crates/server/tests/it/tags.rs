//! Tags of a workspace, and of its assets.

use serde_json::{Value, json};

use crate::support::{Actor, Studio};

fn path(tag: &Value) -> String {
    format!("/workspaces/tags/{}", tag["id"].as_str().unwrap())
}

fn tags_path(asset: &Value) -> String {
    format!("/workspaces/assets/{}/tags", asset["id"].as_str().unwrap())
}

fn names(tags: &Value) -> Vec<&str> {
    tags.as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

async fn make(artist: &Actor, name: &str) -> Value {
    artist.post("/workspaces/tags").json(&json!({"name": name})).send().await.ok()
}

#[tokio::test]
async fn tag_has_every_member_that_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let me = artist.get("/users").send().await.ok();

    let input = json!({"name": "  Hero prop ", "color": "#FF8800"});
    let made = artist.post("/workspaces/tags").json(&input).send().await.ok();

    let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    let documented =
        ["color", "created_at", "created_by_user_id", "id", "name", "sequence", "updated_at", "workspace_id"];
    members.sort_unstable();
    assert_eq!(members, documented);
    assert_eq!((&made["name"], &made["color"]), (&json!("Hero prop"), &json!("#ff8800")));
    assert_eq!(made["created_by_user_id"], me["id"]);
    assert_eq!(made["workspace_id"].as_str(), Some(studio.workspace.as_str()));
    assert_eq!(artist.get(&path(&made)).send().await.ok(), made);
    assert_eq!(artist.get("/workspaces/tags").send().await.ok(), json!([made]));
    let plain = artist.post("/v1/workspace/tags/?name=plain").send().await.ok();
    assert_eq!(plain["color"], Value::Null);
}

#[tokio::test]
async fn names_are_unique_in_any_case_and_script_until_the_tag_is_deleted() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let first = make(&artist, "Héros 主角").await;
    let second = make(&artist, "other").await;

    let again = artist.post("/workspaces/tags").json(&json!({"name": "HE\u{301}ROS 主角"})).send().await;
    again.refused(409, "name_taken");
    artist.patch(&path(&second)).json(&json!({"name": "héros 主角"})).send().await.refused(409, "name_taken");
    let same = artist.patch(&path(&first)).json(&json!({"name": "HÉROS 主角"})).send().await.ok();
    assert_eq!(same["name"], "HÉROS 主角");
    assert_eq!(artist.delete(&path(&first)).send().await.status, 204);
    artist.get(&path(&first)).send().await.refused(404, "not_found");
    make(&artist, "héros 主角").await;
}

#[tokio::test]
async fn tag_is_changed_and_deleted_only_as_it_was_last_seen() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let made = artist.post("/workspaces/tags").json(&json!({"name": "a", "color": "#000000"})).send().await;
    let tag = made.header("etag").unwrap().to_owned();
    let made = made.ok();

    let patch = json!({"color": null, "workspace_id": "ignored"});
    let patched = artist.patch(&path(&made)).header("if-match", &tag).json(&patch).send().await.ok();

    assert_eq!((&patched["name"], &patched["color"]), (&json!("a"), &Value::Null));
    assert!(patched["sequence"].as_i64() > made["sequence"].as_i64());
    let stale = artist.patch(&path(&made)).header("if-match", &tag).json(&json!({"name": "x"})).send().await;
    stale.refused(412, "precondition_failed");
    artist.delete(&path(&made)).header("if-match", &tag).send().await.refused(412, "precondition_failed");
    assert_eq!(artist.delete(&path(&made)).send().await.status, 204);
    artist.delete(&path(&made)).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn tags_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in ["one", "two", "three"] {
        make(&artist, name).await;
    }
    let first = artist.get("/workspaces/tags?limit=2").send().await;
    assert_eq!(first.header("x-total-count"), Some("3"));
    let link = first.header("link").unwrap().to_owned();
    assert_eq!(names(&first.ok()), ["one", "two"]);
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(names(&artist.get(next).send().await.ok()), ["three"]);
}

#[tokio::test]
async fn asset_is_tagged_by_ids_and_names_in_every_form() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "1").await;
    let (of_asset, known) = (tags_path(&asset), make(&artist, "Known").await);

    let bare = artist.post(&of_asset).json(&json!([known["id"], "new"])).send().await.ok();
    assert_eq!(names(&bare), ["Known", "new"]);
    assert_eq!(bare[0], known);
    let object = artist.post(&of_asset).json(&json!({"tags": ["KNOWN", "third"]})).send().await.ok();
    assert_eq!(names(&object), ["Known", "new", "third"]);
    let one = artist.post(&of_asset).json(&json!({"names": "fourth"})).send().await.ok();
    assert_eq!(names(&one), ["fourth", "Known", "new", "third"]);
    let query = artist.post(&format!("{of_asset}?tags=fifth&tags=sixth")).send().await.ok();
    assert_eq!(names(&query), ["fifth", "fourth", "Known", "new", "sixth", "third"]);

    assert_eq!(artist.get(&of_asset).send().await.ok(), query);
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    let read = artist.get(&path).send().await.ok();
    assert_eq!(read["tags"], query);
    assert!(read["sequence"].as_i64() > asset["sequence"].as_i64());
    let by_ids = artist.get(&format!("/workspaces/assets/getByIds?ids={}", asset["id"].as_str().unwrap()));
    assert_eq!(by_ids.send().await.ok()[0], read);
    assert_eq!(artist.get("/workspaces/folders?folder=/").send().await.ok()["assets"][0], read);
    assert_eq!(artist.get("/workspaces/tags").send().await.ok().as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn tag_is_put_on_an_asset_and_taken_off_by_its_id() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "1").await;
    let tag = make(&artist, "hero").await;
    let one = format!("{}/{}", tags_path(&asset), tag["id"].as_str().unwrap());
    artist.get(&one).send().await.refused(404, "not_found");

    for _ in 0..2 {
        assert_eq!(artist.post(&one).send().await.ok(), tag);
    }
    assert_eq!(artist.get(&one).send().await.ok(), tag);
    assert_eq!(artist.delete(&one).send().await.status, 204);
    artist.delete(&one).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&path(&tag)).send().await.ok(), tag, "the tag stays");

    artist.post(&one).send().await.ok();
    assert_eq!(artist.delete(&path(&tag)).send().await.status, 204);
    assert_eq!(artist.get(&tags_path(&asset)).send().await.ok(), json!([]));
    artist.post(&one).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn bad_tags_are_named_and_change_nothing() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "1").await;
    let of_asset = tags_path(&asset);
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    let too_many: Vec<String> = (0..101).map(|number| format!("t{number}")).collect();
    for body in [
        json!({}),
        json!([]),
        json!(["new", absent]),
        json!(["new", 7]),
        json!(["new", ""]),
        json!(["new", "x".repeat(101)]),
        json!(["new", "a\nb"]),
        json!([["nested"]]),
        json!(too_many),
    ] {
        let answer = artist.post(&of_asset).json(&body).send().await;
        answer.refused(400, "invalid_input");
        assert!(answer.text().contains("tags"), "{body}: {}", answer.text());
    }
    artist.post(&of_asset).json(&json!("text")).send().await.refused(400, "body_malformed");
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "a", "color": "red"}), "color"),
        (json!({"name": "a", "color": "#12345"}), "color"),
    ] {
        let answer = artist.post("/workspaces/tags").json(&body).send().await;
        answer.refused(400, "invalid_input");
        assert!(answer.text().contains(field), "{body}: {}", answer.text());
    }
    assert_eq!(artist.get("/workspaces/tags").send().await.ok(), json!([]));
    assert_eq!(artist.get(&of_asset).send().await.ok(), json!([]));

    artist.post(&of_asset).json(&json!(too_many[..100])).send().await.ok();
    artist.post(&of_asset).json(&json!(["one more"])).send().await.refused(400, "invalid_input");
    let more = make(&artist, "one more").await;
    let one = format!("{of_asset}/{}", more["id"].as_str().unwrap());
    artist.post(&one).send().await.refused(400, "invalid_input");
    assert_eq!(artist.get(&of_asset).send().await.ok().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn tag_of_another_workspace_is_not_there() {
    let studio = Studio::start();
    let owner = studio.key_with(&["admin"]).await;
    let asset = owner.put_asset("/", "robot.png", "1").await;
    let other = owner.post("/workspaces?name=Other").send().await.ok();
    let elsewhere = owner.with_workspace(other["id"].as_str());
    let foreign = make(&elsewhere, "foreign").await;

    owner.get(&path(&foreign)).send().await.refused(404, "not_found");
    let one = format!("{}/{}", tags_path(&asset), foreign["id"].as_str().unwrap());
    owner.post(&one).send().await.refused(404, "not_found");
    owner.post(&tags_path(&asset)).json(&json!([foreign["id"]])).send().await.refused(400, "invalid_input");
    let by_name = owner.post(&tags_path(&asset)).json(&json!(["foreign"])).send().await.ok();
    assert_ne!(by_name[0]["id"], foreign["id"], "a name is looked for in the asset's own workspace");
}

#[tokio::test]
async fn repeated_request_makes_one_tag_and_tags_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "1").await;
    let once =
        |body: Value| artist.post(&tags_path(&asset)).header("idempotency-key", "once").json(&body).send();
    let first = once(json!(["hero"])).await.ok();
    assert_eq!(once(json!(["hero"])).await.ok(), first);
    once(json!(["other"])).await.refused(422, "idempotency_key_reused");
    assert_eq!(artist.get("/workspaces/tags").send().await.ok().as_array().unwrap().len(), 1);
}
