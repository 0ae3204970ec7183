//! The trash: what goes in comes out as it was, or goes for good with all that hung on it.

use std::time::{Duration, Instant};

use mudlark_server::Clock;
use mudlark_server::config::Settings;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, text};

const NOW: i64 = 1_800_000_000_000;
const DAY_MS: i64 = 86_400_000;
const TRASH: &str = "/workspaces/trash";

async fn folder(actor: &Actor, path: &str) -> Value {
    actor.get(&format!("/workspaces/folders?folder={path}")).send().await.ok()
}

async fn delete_folder(actor: &Actor, path: &str) -> Value {
    let folder = folder(actor, path).await;
    actor.delete(&format!("/workspaces/folders/{}", text(&folder, "id"))).send().await.ok_empty(204);
    folder["id"].clone()
}

async fn trash(actor: &Actor) -> Vec<Value> {
    actor.get(TRASH).send().await.ok().as_array().unwrap().clone()
}

async fn restore(actor: &Actor, id: &Value) -> Answer {
    actor.post(&format!("{TRASH}/{}/restore", id.as_str().unwrap())).send().await
}

async fn purge(actor: &Actor, id: &Value) -> Answer {
    actor.delete(&format!("{TRASH}/{}", id.as_str().unwrap())).send().await
}

fn asset_path(asset: &Value) -> String {
    format!("/workspaces/assets/{}", text(asset, "id"))
}

#[tokio::test]
async fn folder_goes_into_the_trash_and_comes_back_with_all_that_lies_below() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let deep = artist.put_asset("/Art/Ünter/Tief", "a.png", "1").await;
    let shallow = artist.put_asset("/Art", "b.png", "2").await;
    let kept = artist.put_asset("/Artful", "c.png", "3").await;
    let earlier = artist.put_asset("/Art", "d.png", "4").await;
    artist.delete(&asset_path(&earlier)).send().await.ok_empty(204);

    let id = delete_folder(&artist, "/art").await;

    for path in ["/Art", "/Art/%C3%9Cnter", "/Art/%C3%9Cnter/Tief"] {
        artist.get(&format!("/workspaces/folders?folder={path}")).send().await.refused(404, "not_found");
    }
    let by_id = artist.get(&format!("/workspaces/folders/{}", id.as_str().unwrap())).send().await;
    by_id.refused(404, "not_found");
    for gone in [&deep, &shallow] {
        artist.get(&asset_path(gone)).send().await.refused(404, "not_found");
    }
    artist.get(&asset_path(&kept)).send().await.ok();
    let root = folder(&artist, "/").await;
    assert_eq!(root["folders"].as_array().unwrap().len(), 1);
    let tree = artist.get("/workspaces/folders/hierarchy").send().await.ok();
    assert_eq!(tree["folders"].as_array().unwrap().len(), 1);
    let entries = trash(&artist).await;
    let shown: Vec<_> = entries.iter().map(|it| (&it["kind"], &it["name"], &it["file_location"])).collect();
    let (asset, folder_kind) = (json!("asset"), json!("folder"));
    assert_eq!(
        shown,
        [(&asset, &json!("d.png"), &json!("/Art/")), (&folder_kind, &json!("Art"), &json!("/"))]
    );
    let user = artist.get("/users").send().await.ok()["id"].clone();
    assert!(entries.iter().all(|it| it["deleted_by_user_id"] == user));

    // Its place is free meanwhile.
    artist.put_asset("/Art", "new.png", "5").await;
    restore(&artist, &id).await.refused(409, "name_taken");
    let meanwhile = folder(&artist, "/Art").await;
    let rename = artist.put(&format!("/workspaces/folders/{}", text(&meanwhile, "id")));
    rename.json(&json!({"name": "Art 2"})).send().await.ok();
    let restored = restore(&artist, &id).await.ok();

    assert_eq!((&restored["folder"]["path"], &restored["asset"]), (&json!("/Art/"), &Value::Null));
    for (asset, path) in [(&deep, "/Art/Ünter/Tief/"), (&shallow, "/Art/")] {
        let now = artist.get(&asset_path(asset)).send().await.ok();
        assert_eq!((&now["file_location"], &now["folder_id"]), (&json!(path), &asset["folder_id"]));
        assert_eq!(now["currentVersion"], asset["currentVersion"]);
    }
    artist.get(&asset_path(&earlier)).send().await.refused(404, "not_found");
    restore(&artist, &earlier["id"]).await.ok();
    assert!(trash(&artist).await.is_empty());
    restore(&artist, &id).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_lay_in_a_folder_that_is_gone_comes_back_into_one_of_its_path() {
    let studio = Studio::start();
    let (artist, admin) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["admin"]).await);
    let asset = artist.put_asset("/A/B", "a.png", "1").await;
    let inner = artist.put_asset("/A/B/C", "c.png", "1").await;
    artist.delete(&asset_path(&asset)).send().await.ok_empty(204);
    let c = delete_folder(&artist, "/A/B/C").await;
    let a = delete_folder(&artist, "/A").await;

    let restored = restore(&artist, &asset["id"]).await.ok();
    assert_eq!(restored["asset"]["file_location"], "/A/B/");
    assert_ne!(restored["asset"]["folder_id"], asset["folder_id"]);
    restore(&artist, &a).await.refused(409, "name_taken");
    purge(&admin, &a).await.ok_empty(204);
    let restored = restore(&artist, &c).await.ok();
    assert_eq!(restored["folder"]["path"], "/A/B/C/");
    assert_eq!(artist.get(&asset_path(&inner)).send().await.ok()["file_location"], "/A/B/C/");

    // One that went with its folder comes back alone, by its own address.
    let b = delete_folder(&artist, "/A/B").await;
    let alone = artist.patch(&format!("{}/restore", asset_path(&inner))).send().await.ok();
    assert_eq!(alone["file_location"], "/A/B/C/");
    purge(&admin, &b).await.ok_empty(204);
    artist.get(&asset_path(&inner)).send().await.ok();
}

#[tokio::test]
async fn asset_whose_name_is_taken_stays_in_the_trash() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/A", "a.png", "1").await;
    artist.delete(&asset_path(&asset)).send().await.ok_empty(204);
    let second = artist.put_asset("/A", "A.PNG", "2").await;
    let refused = restore(&artist, &asset["id"]).await.refused(409, "name_taken");
    assert!(text(&refused, "message").contains("then restore"), "{refused}");
    let refused = artist.patch(&format!("{}/restore", asset_path(&asset))).send().await;
    refused.refused(409, "name_taken");
    artist.patch(&asset_path(&second)).json(&json!({"name": "b.png"})).send().await.ok();
    restore(&artist, &asset["id"]).await.ok();
}

#[tokio::test]
async fn root_and_folders_with_anothers_lock_are_not_deleted() {
    let studio = Studio::start();
    let (artist, other) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["manage_art"]).await);
    let asset = artist.put_asset("/A/B", "a", "1").await;
    artist.post(&format!("{}/lock", asset_path(&asset))).send().await.ok();
    let [root, a] = [folder(&artist, "/").await, folder(&artist, "/A").await];
    let path = |folder: &Value| format!("/workspaces/folders/{}", text(folder, "id"));
    artist.delete(&path(&root)).send().await.refused(409, "conflict");
    other.delete(&path(&a)).send().await.refused(423, "asset_locked");
    other.delete(&path(&a)).header("if-match", "\"old\"").send().await.refused(412, "precondition_failed");
    artist.delete(&path(&a)).send().await.ok_empty(204);
    artist.delete(&path(&a)).send().await.refused(404, "not_found");
}

#[tokio::test]
async fn purged_asset_is_gone_with_all_that_hung_on_it() {
    let studio = Studio::start();
    let (artist, admin) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["admin"]).await);
    for name in ["a", "b"] {
        let asset = artist.put_asset("/A", name, "1").await;
        artist.put_asset("/A", name, "2").await;
        let comments = format!("{}/comments", asset_path(&asset));
        let comment = artist.post(&format!("{comments}?content=Hi")).send().await.ok();
        let reply = json!({"content": "Ho", "parent_id": comment["id"]});
        artist.post(&comments).json(&reply).send().await.ok();
        artist.post(&format!("{}/tags", asset_path(&asset))).json(&json!(["hero"])).send().await.ok();
        let task = json!({"title": "t", "asset_id": asset["id"]});
        let task = artist.post("/workspaces/tasks").json(&task).send().await.ok();
        let entry = if name == "a" {
            artist.delete(&asset_path(&asset)).send().await.ok_empty(204);
            asset["id"].clone()
        } else {
            delete_folder(&artist, "/A").await
        };
        purge(&artist, &entry).await.refused(403, "role_missing");

        purge(&admin, &entry).await.ok_empty(204);

        purge(&admin, &entry).await.refused(404, "not_found");
        artist.patch(&format!("{}/restore", asset_path(&asset))).send().await.refused(404, "not_found");
        let task = artist.get(&format!("/workspaces/tasks/{}", text(&task, "id"))).send().await.ok();
        assert_eq!((&task["asset_id"], &task["asset"]), (&Value::Null, &Value::Null));
    }
    let usage = artist.get("/workspaces/usage").send().await.ok();
    assert_eq!((&usage["assets"], &usage["storage"]), (&json!(0), &json!(0)));
    assert!(trash(&artist).await.is_empty());
}

#[tokio::test]
async fn trash_is_emptied_by_an_admin_and_of_its_own_workspace_alone() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let other = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Other"]);
    let elsewhere = admin.with_workspace(other["id"].as_str());
    for actor in [&admin, &elsewhere] {
        let asset = actor.put_asset("/A", "a", "1").await;
        actor.put_asset("/B/C", "b", "1").await;
        actor.delete(&asset_path(&asset)).send().await.ok_empty(204);
        delete_folder(actor, "/B").await;
    }
    let id = trash(&elsewhere).await[0]["id"].clone();
    purge(&admin, &id).await.refused(404, "not_found");
    restore(&admin, &id).await.refused(404, "not_found");
    let first = admin.get(&format!("{TRASH}?limit=1")).send().await;
    assert_eq!(first.header("x-total-count"), Some("2"));
    assert!(first.header("link").unwrap().contains("cursor="));

    admin.delete(TRASH).send().await.ok_empty(204);

    assert_eq!((trash(&admin).await.len(), trash(&elsewhere).await.len()), (0, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trash_goes_for_good_once_its_time_is_over() {
    let clock = Clock::fixed(NOW);
    let settings = || Settings { trash_retention_days: 2, ..Settings::default() };
    let mut studio = Studio::start_in_process_with(&clock, settings()).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let old = artist.put_asset("/A", "old", "1").await;
    artist.put_asset("/B/C", "in folder", "1").await;
    let current = artist.put_asset("/A", "with versions", "1").await;
    let replaced = current["current_version_id"].clone();
    artist.put_asset("/A", "with versions", "2").await;
    let version = format!("{}/versions/{}", asset_path(&current), replaced.as_str().unwrap());
    artist.delete(&version).send().await.ok_empty(204);
    let young = artist.put_asset("/A", "young", "1").await;
    artist.delete(&asset_path(&old)).send().await.ok_empty(204);
    delete_folder(&artist, "/B").await;
    clock.advance_ms(1);
    artist.delete(&asset_path(&young)).send().await.ok_empty(204);
    let entries = trash(&artist).await;
    assert_eq!(entries[0]["expires_at"], "2027-01-17T08:00:00.000Z");

    clock.advance_ms(2 * DAY_MS - 1);
    studio.restart_in_process(&clock, settings()).await;

    let artist = studio.key_with(&["manage_art"]).await;
    let began = Instant::now();
    // The sweep runs beside the first requests.
    while trash(&artist).await.len() > 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "never swept");
    }
    let left = trash(&artist).await;
    assert_eq!((left.len(), &left[0]["id"]), (1, &young["id"]));
    restore(&artist, &young["id"]).await.ok();
}

#[tokio::test]
async fn deepest_folder_there_can_be_is_made_moved_deleted_and_restored() {
    const LEVELS: usize = 2047;
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let make =
        async |path: &str| artist.post("/workspaces/folders").json(&json!({"path": path})).send().await;
    let refused = make(&"/a".repeat(10_000)).await.refused(400, "invalid_input");
    assert!(text(&refused, "message").contains("4096"), "{refused}");

    make(&"/a".repeat(LEVELS)).await.ok();

    let tree = artist.get("/workspaces/folders/hierarchy").send().await;
    assert_eq!((tree.status.as_u16(), tree.text().matches("\"parent_id\"").count()), (200, LEVELS + 1));
    let top = folder(&artist, "/a").await;
    let top_path = format!("/workspaces/folders/{}", text(&top, "id"));
    artist.put(&top_path).json(&json!({"name": "b"})).send().await.ok();
    artist.put(&top_path).json(&json!({"name": "bbb"})).send().await.refused(400, "invalid_input");
    let id = delete_folder(&artist, "/b").await;
    restore(&artist, &id).await.ok();
    let stats = artist.get("/workspaces/folders/stats").send().await.ok();
    assert_eq!(stats["folders"], LEVELS);
}

#[tokio::test]
async fn deleted_version_is_restored_or_purged_by_itself() {
    let studio = Studio::start();
    let (artist, admin) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["admin"]).await);
    let first = artist.put_asset("/A", "a", "1").await;
    for content in ["22", "333"] {
        artist.put_asset("/A", "a", content).await;
    }
    let versions = format!("{}/versions", asset_path(&first));
    let listed = artist.get(&versions).send().await.ok();
    let [v1, v2, v3] = [0, 1, 2].map(|index| listed[index]["id"].clone());
    let version = |id: &Value| format!("{versions}/{}", id.as_str().unwrap());
    let comment = json!({"content": "Too dark", "asset_version_id": v2});
    artist.post(&format!("{}/comments", asset_path(&first))).json(&comment).send().await.ok();
    for id in [&v3, &v2] {
        artist.delete(&version(id)).send().await.ok_empty(204);
    }

    let entries = trash(&artist).await;

    let user = artist.get("/users").send().await.ok()["id"].clone();
    let shown = |entry: &Value| {
        json!([
            entry["id"],
            entry["kind"],
            entry["asset_id"],
            entry["name"],
            entry["file_location"],
            entry["deleted_by_user_id"]
        ])
    };
    assert_eq!(shown(&entries[0]), json!([v3, "version", first["id"], "v3", "/A/", user]));
    assert_eq!(shown(&entries[1]), json!([v2, "version", first["id"], "v2", "/A/", user]));

    // The current version stays the one that it is.
    let restored = restore(&artist, &v3).await.ok();
    assert_eq!((&restored["version"]["id"], &restored["asset"]), (&v3, &Value::Null));
    assert_eq!(artist.get(&asset_path(&first)).send().await.ok()["current_version_id"], v1);
    let usage = async || artist.get("/workspaces/usage").send().await.ok()["storage"].clone();
    assert_eq!(usage().await, 1 + 3);
    restore(&artist, &v3).await.refused(404, "not_found");

    // With its asset it is that one's entry, and comes back with it as it was.
    artist.delete(&asset_path(&first)).send().await.ok_empty(204);
    assert_eq!(trash(&artist).await.len(), 1);
    restore(&artist, &v2).await.refused(404, "not_found");
    purge(&admin, &v2).await.refused(404, "not_found");
    restore(&artist, &first["id"]).await.ok();

    admin.post(&format!("{}/lock", asset_path(&first))).json(&json!({})).send().await.ok();
    restore(&artist, &v2).await.refused(423, "asset_locked");
    purge(&artist, &v2).await.refused(403, "role_missing");
    purge(&admin, &v2).await.ok_empty(204);
    restore(&admin, &v2).await.refused(404, "not_found");
    admin.patch(&format!("{}/restore", version(&v2))).send().await.refused(404, "not_found");
    assert!(trash(&artist).await.is_empty());
    let comments = artist.get(&format!("{}/comments", asset_path(&first))).send().await.ok();
    assert_eq!((comments, usage().await), (json!([]), json!(1 + 3)));
    let history = artist.get(&format!("{}/history?limit=1000", asset_path(&first))).send().await.ok();
    let types = history.as_array().unwrap().iter().map(|it| text(it, "type"));
    let of_versions: Vec<_> =
        types.filter(|it| it.starts_with("version_") && *it != "version_created").collect();
    assert_eq!(of_versions, ["version_deleted", "version_deleted", "version_restored", "version_purged"]);
}

#[tokio::test]
async fn number_of_a_purged_version_is_not_given_out_again() {
    let studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let asset = admin.put_asset("/", "a", "1").await;
    let second = admin.put_asset("/", "a", "2").await;
    let path = format!("{}/versions/{}", asset_path(&asset), text(&second, "current_version_id"));
    admin.delete(&path).send().await.ok_empty(204);
    purge(&admin, &second["current_version_id"]).await.ok_empty(204);
    let third = admin.put_asset("/", "a", "3").await;
    assert_eq!(third["version"]["version_number"], 3);
}
