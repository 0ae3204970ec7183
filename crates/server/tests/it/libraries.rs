//! Libraries, and which assets are in them.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Actor, Studio};

const LIBRARIES: &str = "/workspaces/libraries";

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn path(library: &Value) -> String {
    format!("{LIBRARIES}/{}", id(library))
}

fn assets_of(library: &Value) -> String {
    format!("{}/assets", path(library))
}

fn libraries_of(asset: &Value) -> String {
    format!("/workspaces/assets/{}/libraries", id(asset))
}

fn ids(things: &Value) -> Vec<&str> {
    things.as_array().unwrap().iter().map(id).collect()
}

async fn make(actor: &Actor, name: &str) -> Value {
    actor.post(LIBRARIES).json(&json!({"name": name})).send().await.ok()
}

#[tokio::test]
async fn library_has_every_member_that_is_documented() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let me = artist.get("/users").send().await.ok();

    let form = Form::new().text("name", "Forest pack").text("description", "Trees,\nand moss.");
    let made = artist.post(LIBRARIES).multipart(form).send().await.ok();

    let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let documented = [
        "created_at",
        "created_by_user_id",
        "defaultAvatar",
        "description",
        "id",
        "name",
        "sequence",
        "thumbnail_file_id",
        "updated_at",
        "workspace_id",
    ];
    assert_eq!(members, documented);
    assert_eq!((&made["name"], &made["description"]), (&json!("Forest pack"), &json!("Trees,\nand moss.")));
    assert_eq!((&made["created_by_user_id"], &made["thumbnail_file_id"]), (&me["id"], &Value::Null));
    assert_eq!(made["workspace_id"].as_str(), Some(studio.workspace.as_str()));
    assert_eq!(artist.get(&path(&made)).send().await.ok(), made);
    assert_eq!(artist.get(LIBRARIES).send().await.ok(), json!([made]));
}

#[tokio::test]
async fn library_is_made_from_a_form_a_query_or_nothing() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let nameless = artist.post(LIBRARIES).multipart(Form::new().text("description", "")).send().await.ok();
    assert_eq!((&nameless["name"], &nameless["description"]), (&json!("New Library"), &json!("")));
    assert_eq!(artist.post(LIBRARIES).send().await.ok()["name"], "New Library");
    let query = artist.post("/v1/workspace/libraries/?name=%E6%A3%AE").send().await.ok();
    assert_eq!((&query["name"], &query["description"]), (&json!("森"), &Value::Null));
    let form = artist.post(LIBRARIES).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.body("name=a+b").send().await.ok()["name"], "a b");
    let body = Form::new().text("body", r#"{"name":"c"}"#);
    assert_eq!(artist.post(LIBRARIES).multipart(body).send().await.ok()["name"], "c");
}

#[tokio::test]
async fn library_is_changed_and_deleted_only_as_it_was_last_seen() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let answer = artist.post(LIBRARIES).json(&json!({"name": "a", "description": "b"})).send().await;
    let tag = answer.header("etag").unwrap().to_owned();
    let made = answer.ok();
    artist.post(&assets_of(&made)).json(&json!([asset["id"]])).send().await.ok();

    let form = Form::new().text("body", r#"{"description":null,"workspace_id":"ignored"}"#);
    let changed = artist.put(&path(&made)).header("if-match", &tag).multipart(form).send().await.ok();

    assert_eq!((&changed["name"], &changed["description"]), (&json!("a"), &Value::Null));
    assert!(changed["sequence"].as_i64() > made["sequence"].as_i64());
    let stale = artist.put(&path(&made)).header("if-match", &tag).json(&json!({"name": "x"})).send().await;
    stale.refused(412, "precondition_failed");
    artist.delete(&path(&made)).header("if-match", &tag).send().await.refused(412, "precondition_failed");
    assert_eq!(artist.delete(&path(&made)).send().await.status, 204);
    artist.delete(&path(&made)).send().await.refused(404, "not_found");
    artist.get(&assets_of(&made)).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&libraries_of(&asset)).send().await.ok(), json!([]));
    artist.get(&format!("/workspaces/assets/{}", id(&asset))).send().await.ok();
}

#[tokio::test]
async fn assets_are_put_in_and_taken_out_from_either_side() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (a, b) = (artist.put_asset("/", "a.glb", "1").await, artist.put_asset("/x", "b.glb", "1").await);
    let (trees, props) = (make(&artist, "trees").await, make(&artist, "props").await);

    let put = artist.post(&assets_of(&trees)).json(&json!([b["id"], a["id"]])).send().await.ok();
    assert_eq!(put, json!([b, a]));
    let again = artist.post(&format!("{}?ids={},{}", assets_of(&trees), id(&a), id(&b))).send().await;
    assert_eq!(again.ok(), json!([a, b]));
    assert_eq!(artist.get(&assets_of(&trees)).send().await.ok(), json!([a, b]));
    let others = artist.post(&libraries_of(&a)).json(&json!({"library_ids": [props["id"]]})).send().await;
    assert_eq!(others.ok(), json!([props]));
    assert_eq!(artist.get(&libraries_of(&a)).send().await.ok(), json!([trees, props]));

    let one = format!("{}/{}", libraries_of(&b), id(&props));
    artist.get(&one).send().await.refused(404, "not_found");
    for _ in 0..2 {
        assert_eq!(artist.post(&one).send().await.ok(), props);
    }
    assert_eq!(artist.get(&one).send().await.ok(), props);
    assert_eq!(artist.delete(&one).send().await.status, 204);
    artist.delete(&one).send().await.refused(404, "not_found");
    let taken = artist.delete(&assets_of(&trees)).json(&json!({"ids": [a["id"], a["id"]]})).send().await;
    assert_eq!(taken.status, 204);
    assert_eq!(artist.get(&assets_of(&trees)).send().await.ok(), json!([b]));
}

#[tokio::test]
async fn lists_of_libraries_and_of_their_assets_come_in_pages() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut assets = Vec::new();
    let trees = make(&artist, "trees").await;
    for name in ["a", "b", "c"] {
        assets.push(artist.put_asset("/", name, "1").await);
        make(&artist, name).await;
    }
    let all: Vec<_> = assets.iter().map(id).collect();
    artist.post(&assets_of(&trees)).json(&json!(all)).send().await.ok();
    artist.delete(&format!("/workspaces/assets/{}", all[1])).send().await;

    for (list, total) in
        [(LIBRARIES.to_owned(), "4"), (assets_of(&trees), "2"), (libraries_of(&assets[0]), "1")]
    {
        let whole = artist.get(&list).send().await.ok();
        let first = artist.get(&format!("{list}?limit=1")).send().await;
        assert_eq!(first.header("x-total-count"), Some(total), "{list}");
        let link = first.header("link").map(str::to_owned);
        assert_eq!(ids(&first.ok()), ids(&whole)[..1]);
        if let Some(link) = link {
            let next = link.trim_start_matches('<').split('>').next().unwrap();
            assert_eq!(ids(&artist.get(next).send().await.ok()), ids(&whole)[1..2]);
            let elsewhere = next.split_once('?').unwrap().1;
            let foreign = artist.get(&format!("/workspaces/tags?{elsewhere}")).send().await;
            assert_eq!(foreign.refused(400, "invalid_input")["fields"][0]["field"], "cursor");
        }
    }
    let kept = artist.get(&assets_of(&trees)).send().await.ok();
    assert_eq!(ids(&kept), [all[0], all[2]], "without the trash");
}

#[tokio::test]
async fn bad_members_are_named_and_unknown_ids_change_nothing() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.glb", "1").await;
    let library = make(&artist, "a").await;
    for (body, field) in [
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"description": "x".repeat(10_001)}), "description"),
    ] {
        for refused in [
            artist.post(LIBRARIES).json(&body).send().await,
            artist.put(&path(&library)).json(&body).send().await,
        ] {
            assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], field, "{body}");
        }
    }
    let many = vec![id(&asset); 1001];
    for body in [json!({}), json!([]), json!({"ids": ["x"]}), json!({"ids": many}), json!({"ids": 1})] {
        for list in [assets_of(&library), libraries_of(&asset)] {
            let refused = artist.post(&list).json(&body).send().await;
            assert_eq!(refused.refused(400, "invalid_input")["fields"][0]["field"], "ids", "{body}");
        }
    }
    let unknown = json!([asset["id"], library["id"]]);
    artist.post(&assets_of(&library)).json(&unknown).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&assets_of(&library)).send().await.ok(), json!([]));
    let unknown = json!([library["id"], asset["id"]]);
    artist.post(&libraries_of(&asset)).json(&unknown).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&libraries_of(&asset)).send().await.ok(), json!([]));
    artist.post(&assets_of(&library)).json(&json!([asset["id"]])).send().await.ok();
    let unknown = json!([asset["id"], library["id"]]);
    artist.delete(&assets_of(&library)).json(&unknown).send().await.refused(404, "not_found");
    assert_eq!(artist.get(&assets_of(&library)).send().await.ok(), json!([asset]));
}

#[tokio::test]
async fn library_of_another_workspace_is_not_there() {
    let studio = Studio::start();
    let admin = studio.key_with(&["owner", "manage_art"]).await;
    let other = admin.post("/workspaces?name=Other").send().await.ok();
    let elsewhere = admin.with_workspace(Some(id(&other)));
    let (library, asset) = (make(&elsewhere, "a").await, elsewhere.put_asset("/", "a.glb", "1").await);
    let own = admin.put_asset("/", "a.glb", "1").await;

    let one = |of: &Value| format!("{}/{}", libraries_of(of), id(&library));
    for refused in [
        admin.get(&path(&library)).send().await,
        admin.put(&path(&library)).json(&json!({"name": "b"})).send().await,
        admin.delete(&path(&library)).send().await,
        admin.get(&assets_of(&library)).send().await,
        admin.post(&assets_of(&library)).json(&json!([own["id"]])).send().await,
        admin.delete(&assets_of(&library)).json(&json!([own["id"]])).send().await,
        admin.post(&one(&own)).send().await,
        admin.delete(&one(&own)).send().await,
        admin.get(&libraries_of(&asset)).send().await,
        elsewhere.post(&assets_of(&library)).json(&json!([own["id"]])).send().await,
    ] {
        refused.refused(404, "not_found");
    }
    assert_eq!(admin.get(LIBRARIES).send().await.ok(), json!([]));
}

#[tokio::test]
async fn repeated_request_makes_one_library() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let once = || artist.post(LIBRARIES).header("idempotency-key", "once").json(&json!({"name": "a"})).send();
    assert_eq!(once().await.ok(), once().await.ok());
    assert_eq!(artist.get(LIBRARIES).send().await.ok().as_array().unwrap().len(), 1);
}
