//! Requests that meet: whatever their order, what is left is what one order or another would have left.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Studio, content_files, eventually, staged_files};

/// How often a race of two is run, so that both orders come up.
const ROUNDS: usize = 12;

fn path(asset: &Value, rest: &str) -> String {
    format!("/workspaces/assets/{}{rest}", asset["id"].as_str().unwrap())
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

/// Puts a file one way or the other, as artists with different programs do.
async fn put_either_way(actor: &Actor, index: usize, folder: &str, name: &str, bytes: Vec<u8>) -> Value {
    if index.is_multiple_of(2) {
        actor.put_asset(folder, name, bytes).await
    } else {
        actor.upload(folder, name, bytes).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_content_sent_by_eight_clients_at_once_is_kept_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let bytes: Vec<u8> = (0..700_000_u32).map(|index| index.to_le_bytes()[1]).collect();
    let names: Vec<String> = (0..8).map(|index| format!("{index}.bin")).collect();
    let puts = names.iter().enumerate();
    let puts = puts.map(|(index, name)| put_either_way(&artist, index, "/Same", name, bytes.clone()));
    let assets = join_all(puts).await;
    let data = studio.data();
    assert_eq!(content_files(&data), 1);
    eventually("nothing is staged", || staged_files(&data) == 0);
    let ids: BTreeSet<_> = assets.iter().map(|asset| asset["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 8);
    for asset in &assets {
        let back = artist.get(&path(asset, "/download")).send().await;
        assert!(back.body == bytes, "{} differs", asset["name"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_name_put_by_eight_clients_at_once_is_one_asset_with_eight_versions() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let puts = (0..8).map(|index| {
        let (folder, name) =
            if index < 4 { ("/New/Folder", "Robot.png") } else { ("/NEW/folder/", "rOBOT.PNG") };
        put_either_way(&artist, index, folder, name, format!("content {index}").into_bytes())
    });
    let assets = join_all(puts).await;
    assert!(assets.iter().all(|asset| asset["id"] == assets[0]["id"]));
    let listed = artist.get(&path(&assets[0], "/versions")).send().await.ok();
    let versions = listed.as_array().unwrap();
    let numbers: Vec<_> =
        versions.iter().map(|version| version["version_number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    let mut contents = BTreeSet::new();
    for (index, version) in versions.iter().enumerate() {
        let parent = if index == 0 { &Value::Null } else { &versions[index - 1]["id"] };
        assert_eq!(version["commit_parent_id"], *parent, "{version}");
        let id = version["id"].as_str().unwrap();
        contents
            .insert(artist.get(&path(&assets[0], &format!("/versions/{id}/download"))).send().await.text());
    }
    assert_eq!(contents.len(), 8, "every client's content is one of the versions");
    let asset = artist.get(&path(&assets[0], "")).send().await.ok();
    assert_eq!(asset["current_version_id"], versions[7]["id"]);
    let folders = artist.get("/workspaces/folders?folder=/New").send().await.ok();
    assert_eq!(folders["folders"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patch_that_meets_a_delete_happens_before_it_or_not_at_all() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for round in 0..ROUNDS {
        let asset = artist.put_asset("/", &format!("{round}"), "1").await;
        let change = json!({"description": "patched", "file_location": "/Moved"});
        let asset_path = path(&asset, "");
        let (patched, deleted) =
            tokio::join!(artist.patch(&asset_path).json(&change).send(), artist.delete(&asset_path).send());
        assert_eq!(deleted.status, 204, "{}", deleted.text());
        let was_patched = patched.status == 200;
        if !was_patched {
            patched.refused(404, "not_found");
        }
        artist.get(&asset_path).send().await.refused(404, "not_found");
        let restored = artist.patch(&path(&asset, "/restore")).send().await.ok();
        let expected = if was_patched { (json!("patched"), "/Moved/") } else { (Value::Null, "/") };
        assert_eq!((&restored["description"], &restored["file_location"]), (&expected.0, &json!(expected.1)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_assets_moved_to_one_name_at_once_do_not_both_get_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for round in 0..ROUNDS {
        let (lower, upper) = (format!("robot {round}.png"), format!("ROBOT {round}.PNG"));
        let assets = [artist.put_asset("/A", &lower, "a").await, artist.put_asset("/B", &upper, "b").await];
        let moves = assets
            .iter()
            .map(|asset| artist.patch(&path(asset, "")).json(&json!({"file_location": "/C"})).send());
        let answers = join_all(moves).await;
        assert_eq!(statuses(&answers), [200, 409]);
        for (answer, asset) in answers.iter().zip(&assets) {
            let now = artist.get(&path(asset, "")).send().await.ok();
            if answer.status == 200 {
                assert_eq!(now["file_location"], "/C/");
            } else {
                answer.refused(409, "name_taken");
                assert_eq!(&now, asset, "the refused one stays as it was");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_assets_renamed_to_one_name_at_once_do_not_both_get_it() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for round in 0..ROUNDS {
        let (one, two) = (format!("one {round}"), format!("two {round}"));
        let assets = [artist.put_asset("/", &one, "1").await, artist.put_asset("/", &two, "2").await];
        let name = json!({"name": format!("wanted {round}")});
        let renames = assets.iter().map(|asset| artist.patch(&path(asset, "/rename")).json(&name).send());
        assert_eq!(statuses(&join_all(renames).await), [200, 409]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restore_that_meets_a_put_of_its_name_never_makes_two_of_one_name() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for round in 0..ROUNDS {
        let (folder, name) = (format!("/{round}"), "a.png");
        let asset = artist.put_asset(&folder, name, "old").await;
        artist.delete(&path(&asset, "")).send().await;
        let restore_path = path(&asset, "/restore");
        let (restored, put) =
            tokio::join!(artist.patch(&restore_path).send(), artist.put_asset(&folder, name, "new"));
        if restored.status == 200 {
            assert_eq!(put["id"], asset["id"], "the restored asset got the version");
        } else {
            restored.refused(409, "name_taken");
            assert_ne!(put["id"], asset["id"]);
        }
        let listed = artist.get(&format!("/workspaces/folders?folder={folder}")).send().await.ok();
        assert_eq!(listed["assets"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn last_two_versions_deleted_at_once_leave_one() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for round in 0..ROUNDS {
        let name = format!("{round}");
        let first = artist.put_asset("/", &name, "1").await;
        let second = artist.put_asset("/", &name, "2").await;
        let ids = [&first, &second].map(|asset| asset["current_version_id"].as_str().unwrap().to_owned());
        let deletes = ids.iter().map(|id| artist.delete(&path(&first, &format!("/versions/{id}"))).send());
        assert_eq!(statuses(&join_all(deletes).await), [204, 409]);
        let left = artist.get(&path(&first, "/versions")).send().await.ok();
        assert_eq!(left.as_array().unwrap().len(), 1);
        let asset = artist.get(&path(&first, "")).send().await.ok();
        assert_eq!(asset["currentVersion"], left[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_made_into_an_asset_by_eight_requests_at_once_is_one_version() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap();
    artist.client.put(url).body("bytes").send().await.unwrap().error_for_status().unwrap();
    let body = json!({"temp_file_key": begun["key"], "original_file_name": "a", "file_location": "/Once"});
    let commits = (0..8).map(|_| artist.post("/workspaces/assets/upload/assets").json(&body).send());
    let answers = join_all(commits).await;
    assert_eq!(statuses(&answers), [200, 409, 409, 409, 409, 409, 409, 409]);
    for answer in answers.iter().filter(|answer| answer.status == 409) {
        answer.refused(409, "upload_already_used");
    }
    let asset = answers.into_iter().find(|answer| answer.status == 200).unwrap().ok();
    let versions = artist.get(&path(&asset, "/versions")).send().await.ok();
    assert_eq!(versions.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_bound_to_one_state_succeed_once() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    let tag = artist.get(&path(&asset, "")).send().await.header("etag").unwrap().to_owned();
    let writes = (0..8).map(|index| {
        let change = json!({"description": index.to_string()});
        artist.patch(&path(&asset, "")).header("if-match", &tag).json(&change).send()
    });
    let answers = join_all(writes).await;
    assert_eq!(statuses(&answers), [200, 412, 412, 412, 412, 412, 412, 412]);
    let winner = answers.iter().find(|answer| answer.status == 200).unwrap().json();
    assert_eq!(artist.get(&path(&asset, "")).send().await.ok(), winner, "no refused write came through");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_repeated_at_once_under_one_idempotency_key_is_one_version() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let puts = (0..8).map(|_| {
        let form = Form::new().part("file", Part::bytes(vec![7; 300_000]).file_name("a.bin"));
        artist.post("/workspaces/assets").header("idempotency-key", "once").multipart(form).send()
    });
    let answers = join_all(puts).await;
    let (done, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(!done.is_empty());
    assert!(done.iter().all(|answer| answer.json() == done[0].json()));
    for answer in waiting {
        answer.refused(409, "idempotency_in_progress");
    }
    let versions = artist.get(&path(&done[0].json(), "/versions")).send().await.ok();
    assert_eq!(versions.as_array().unwrap().len(), 1);
}
