//! Folders over the wire.

use mudlark_auth::Secret;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, normalised};

async fn make(actor: &Actor, path: &str) -> Value {
    actor.post("/workspaces/folders").json(&json!({"path": path})).send().await.ok()
}

#[tokio::test]
async fn folder_is_made_with_its_parents_and_only_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let folder = make(&artist, "/Concepts/Robot").await;
    insta::assert_json_snapshot!(normalised(&folder), @r#"
    {
      "created_at": "[time]",
      "created_by_user_id": "[id]",
      "id": "[id]",
      "name": "Robot",
      "parent_id": "[id]",
      "path": "/Concepts/Robot/",
      "sequence": 2,
      "updated_at": "[time]",
      "workspace_id": "[id]"
    }
    "#);
    for spelling in ["/Concepts/Robot/", "/CONCEPTS/robot", "/concepts/ROBOT/"] {
        assert_eq!(make(&artist, spelling).await, folder, "{spelling}");
    }
    let by_query = artist.post("/workspaces/folders?folder=/Concepts/Robot/").send().await.ok();
    assert_eq!(by_query, folder);
    let (composed, decomposed) = (make(&artist, "/Caf\u{e9}").await, make(&artist, "/Cafe\u{301}").await);
    assert_eq!(composed, decomposed);
    let made = futures_util::future::join_all((0..8).map(|_| make(&artist, "/At/Once"))).await;
    assert!(made.iter().all(|folder| folder["id"] == made[0]["id"]));
    artist.post("/workspaces/folders").send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn folder_is_read_by_path_and_by_id_with_what_lies_in_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Art/Robot", "a.png", "1").await;
    make(&artist, "/Art/Empty").await;
    let by_path = artist.get("/workspaces/folders?folder=/ART/").send().await.ok();
    assert_eq!((&by_path["path"], &by_path["name"]), (&json!("/Art/"), &json!("Art")));
    let names: Vec<_> =
        by_path["folders"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Robot", "Empty"]);
    let robot = artist.get("/workspaces/folders?folder=/Art/Robot").send().await.ok();
    assert_eq!(robot["assets"], json!([asset]));
    let id = robot["id"].as_str().unwrap();
    assert_eq!(artist.get(&format!("/workspaces/folders/{id}")).send().await.ok(), robot);
    assert_eq!(artist.get(&format!("/workspaces/folders?folder_id={id}")).send().await.ok(), robot);
    let root = artist.get("/workspaces/folders").send().await.ok();
    assert_eq!((&root["path"], &root["parent_id"], &root["name"]), (&json!("/"), &Value::Null, &json!("")));
    let both = format!("/workspaces/folders?folder=/Art&folder_id={id}");
    artist.get(&both).send().await.refused(400, "invalid_input");
    artist.get("/workspaces/folders?folder=/Nowhere").send().await.refused(404, "not_found");
}

#[tokio::test]
async fn hierarchy_shows_every_folder_however_deep() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let deep: String = (0..200).map(|level| format!("/d{level}")).collect();
    make(&artist, &deep).await;
    make(&artist, "/b").await;
    make(&artist, "/a").await;
    let tree: Value = artist.get("/workspaces/folders/hierarchy").send().await.text_parsed_deeply();
    let names: Vec<_> =
        tree["folders"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "d0"]);
    let (mut node, mut depth) = (&tree["folders"][2], 1);
    while let Some(child) = node["folders"].get(0) {
        node = child;
        depth += 1;
    }
    assert_eq!(depth, 200);
}

#[tokio::test]
async fn stats_count_what_lies_below() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    artist.put_asset("/Art/One", "a", "12345").await;
    artist.put_asset("/Art/One", "a", "123").await;
    artist.put_asset("/Art/Two/Deep", "b", "12").await;
    artist.put_asset("/Artful", "c", "1").await;
    let stats =
        async |folder: &str| artist.get(&format!("/workspaces/folders/stats{folder}")).send().await.ok();
    let art = stats("?folder=/art").await;
    assert_eq!(art, json!({"folder": "/Art/", "folders": 3, "assets": 2, "versions": 3, "size": 10}));
    let root = stats("").await;
    assert_eq!(root, json!({"folder": "/", "folders": 5, "assets": 3, "versions": 4, "size": 11}));
    artist.get("/workspaces/folders/stats?folder=/None").send().await.refused(404, "not_found");
}

async fn put(actor: &Actor, folder: &Value, body: Value) -> Answer {
    actor.put(&format!("/workspaces/folders/{}", folder["id"].as_str().unwrap())).json(&body).send().await
}

#[tokio::test]
async fn folder_is_renamed_and_moved_with_all_that_lies_below() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Кот/Ä b", "a.png", "1").await;
    let (cat, sibling) = (make(&artist, "/Кот").await, make(&artist, "/Котик").await);

    let renamed = put(&artist, &cat, json!({"name": "Dog"})).await.ok();

    assert_eq!(
        (&renamed["id"], &renamed["path"], &renamed["name"]),
        (&cat["id"], &json!("/Dog/"), &json!("Dog"))
    );
    let asset_path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    assert_eq!(artist.get(&asset_path).send().await.ok()["file_location"], "/Dog/Ä b/");

    let moved = put(&artist, &cat, json!({"parent_id": sibling["id"]})).await.ok();
    assert_eq!((&moved["path"], &moved["parent_id"]), (&json!("/Котик/Dog/"), &sibling["id"]));
    let by_path = put(&artist, &cat, json!({"path": "/New/Place/Hound"})).await.ok();
    assert_eq!((&by_path["path"], &by_path["name"]), (&json!("/New/Place/Hound/"), &json!("Hound")));
    assert_eq!(artist.get(&asset_path).send().await.ok()["file_location"], "/New/Place/Hound/Ä b/");
    artist.get("/workspaces/folders?folder=/Dog").send().await.refused(404, "not_found");
    let again = artist.put_asset("/new/place/hound/ä B", "A.PNG", "2").await;
    assert_eq!(again["id"], asset["id"], "it is found under its new path, in any case of letters");
}

#[tokio::test]
async fn folder_takes_another_case_of_its_own_name_and_nothing_changes_nothing() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let folder = make(&artist, "/concepts").await;
    let upper = put(&artist, &folder, json!({"name": "CONCEPTS"})).await.ok();
    assert_eq!(upper["path"], "/CONCEPTS/");
    let same = put(&artist, &folder, json!({})).await.ok();
    assert_eq!((&same["path"], &same["parent_id"]), (&upper["path"], &upper["parent_id"]));
}

#[tokio::test]
async fn folder_is_not_moved_below_itself_onto_another_or_out_of_bounds() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (a, inner) = (make(&artist, "/a").await, make(&artist, "/A/b/c").await);
    make(&artist, "/ab").await;
    let root = artist.get("/workspaces/folders?folder=/").send().await.ok();
    for (folder, body, code) in [
        (&a, json!({"parent_id": inner["id"]}), "conflict"),
        (&a, json!({"parent_id": a["id"]}), "conflict"),
        (&a, json!({"path": "/A/B/new/a"}), "conflict"),
        (&a, json!({"name": "AB"}), "name_taken"),
        (&root, json!({"name": "x"}), "conflict"),
    ] {
        put(&artist, folder, body).await.refused(409, code);
    }
    for (body, field) in [
        (json!({"path": "/x", "name": "y"}), "path"),
        (json!({"path": "/"}), "path"),
        (json!({"path": "/a/../b"}), "path"),
        (json!({"name": "CON"}), "name"),
        (json!({"name": "a/b"}), "name"),
        (json!({"parent_id": "0198c0de-0000-7000-8000-00000000dead"}), "parent_id"),
        (json!({"parent_id": "x"}), "parent_id"),
    ] {
        let refusal = put(&artist, &a, body.clone()).await;
        assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], field, "{body}");
    }
    let tree = artist.get("/workspaces/folders/hierarchy").send().await.ok();
    let names: Vec<_> = tree["folders"].as_array().unwrap().iter().map(|it| it["path"].clone()).collect();
    assert_eq!(names, ["/a/", "/ab/"], "no refused move left a folder");
    let stale = artist.put(&format!("/workspaces/folders/{}", a["id"].as_str().unwrap()));
    stale
        .header("if-match", "\"old\"")
        .json(&json!({"name": "z"}))
        .send()
        .await
        .refused(412, "precondition_failed");
}

#[tokio::test]
async fn folder_is_not_moved_where_a_path_below_it_would_get_too_long() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let deep = format!("/a{}", format!("/{}", "d".repeat(250)).repeat(16));
    make(&artist, &deep).await;
    let a = artist.get("/workspaces/folders?folder=/a").send().await.ok();

    let refusal = put(&artist, &a, json!({"name": "n".repeat(100)})).await;

    assert_eq!(refusal.refused(400, "invalid_input")["fields"][0]["field"], "path");
    put(&artist, &a, json!({"name": "n".repeat(50)})).await.ok();
}

/// A path as long as it may be, of names that no compression makes shorter.
fn longest_path() -> String {
    let letters: String = (0..200).map(|_| Secret::generate().expose().to_owned()).collect();
    let path: String = (0..16).map(|n| format!("/{}", &letters[n * 255..][..255 - n / 15])).collect();
    assert_eq!(path.len() + 1, 4096);
    path
}

#[tokio::test]
async fn longest_path_is_made_and_taken_once_and_goes_to_the_trash_and_back() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let path = longest_path();
    let made = make(&artist, &path).await;
    assert_eq!(made["path"], json!(format!("{path}/")));
    assert_eq!(make(&artist, &path).await, made);
    let found = artist.get(&format!("/workspaces/folders?folder={path}")).send().await.ok();
    assert_eq!(found["id"], made["id"]);
    let by_id = format!("/workspaces/folders/{}", made["id"].as_str().unwrap());
    artist.delete(&by_id).send().await.ok_empty(204);
    artist.get(&by_id).send().await.refused(404, "not_found");
    let entry = artist.get("/workspaces/trash").send().await.ok()[0]["id"].clone();
    artist.post(&format!("/workspaces/trash/{}/restore", entry.as_str().unwrap())).send().await.ok();
    assert_eq!(artist.get(&by_id).send().await.ok()["path"], made["path"]);
    let longer = artist.post("/workspaces/folders").json(&json!({"path": format!("{path}/x")}));
    longer.send().await.refused(400, "invalid_input");
}
