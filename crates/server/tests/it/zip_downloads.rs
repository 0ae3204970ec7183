//! Several assets as one zip.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Studio, eventually, text};

const DOWNLOAD: &str = "/workspaces/assets/download";

/// The zip's files: path and content, both checked by another's reader.
fn files(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let archive = rawzip::ZipArchive::from_slice(zip).expect("a zip");
    let mut files = BTreeMap::new();
    for entry in archive.entries() {
        let entry = entry.unwrap();
        let local = archive.get_entry(entry.wayfinder()).unwrap();
        let mut content = Vec::new();
        local.verifying_reader(local.data()).read_to_end(&mut content).expect("its checksum");
        let name = String::from_utf8(entry.file_path().as_bytes().to_vec()).expect("UTF-8");
        assert!(files.insert(name, content).is_none());
    }
    files
}

fn ids(assets: &[&Value]) -> Value {
    json!({"ids": assets.iter().map(|asset| asset["id"].clone()).collect::<Vec<_>>()})
}

#[tokio::test]
async fn zip_has_each_file_once_in_its_folder_and_no_two_names_of_one_spelling() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let viewer = studio.key_with(&["viewer"]).await;
    let large: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let first = artist.put_asset("/Art/Кот", "Ünter 1.png", large.clone()).await;
    artist.put_asset("/", "old", "1").await;
    let second = artist.put_asset("/", "old", "2").await;
    let empty = artist.put_asset("/", "art", "").await;
    let mut twins = Vec::new();
    // Two assets, whose files have one name.
    for (name, file) in [("one", "x.png"), ("two", "X.PNG")] {
        let form = Form::new()
            .text("name", name)
            .part("file", Part::bytes(name.as_bytes().to_vec()).file_name(file));
        twins.push(artist.post("/workspaces/assets").multipart(form).send().await.ok());
    }
    let wanted = ids(&[&first, &second, &empty, &twins[0], &twins[1], &first]);

    let answer = viewer.post(DOWNLOAD).json(&wanted).send().await;

    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/zip")));
    let disposition = answer.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"assets.zip\""), "{disposition}");
    let found = files(&answer.body);
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["Art/Кот/Ünter 1.png", "X (2).PNG", "art (2)", "old", "x.png"]);
    assert!(found["Art/Кот/Ünter 1.png"] == large);
    for (name, content) in [("old", "2"), ("art (2)", ""), ("x.png", "one"), ("X (2).PNG", "two")] {
        assert_eq!(found[name], content.as_bytes());
    }
    let query = text(&second, "id");
    let again = viewer.post(&format!("{DOWNLOAD}?ids={query}")).header("idempotency-key", "k").send().await;
    assert_eq!(files(&again.body)["old"], b"2");
}

#[tokio::test]
async fn zip_of_what_is_not_there_is_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "1").await;
    let other = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Other"]);
    let admin = studio.key_with(&["admin"]).await.with_workspace(other["id"].as_str());
    let theirs = admin.put_asset("/", "b", "1").await;
    artist.post(DOWNLOAD).json(&ids(&[&asset, &theirs])).send().await.refused(404, "not_found");
    for bad in [json!({}), json!({"ids": ["x"]}), json!({"ids": vec![&asset["id"]; 1001]})] {
        artist.post(DOWNLOAD).json(&bad).send().await.refused(400, "invalid_input");
    }
}

/// How many files of published content the process holds open.
fn open_content(pid: u32) -> usize {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets
        .filter(|target: &std::path::PathBuf| Path::new(target).to_string_lossy().contains("blobs/content"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_that_hangs_up_frees_what_its_zip_held_on_disk() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "large", vec![7; 64 << 20]).await;
    let request = artist.client.post(format!("{}{DOWNLOAD}", artist.base)).json(&ids(&[&asset]));
    let request = request
        .bearer_auth(artist.token.as_ref().unwrap())
        .header("x-account-id", artist.account.as_ref().unwrap())
        .header("x-workspace-id", artist.workspace.as_ref().unwrap());
    let mut answer = request.send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    let pid = studio.program().pid();
    assert_eq!(open_content(pid), 1, "it is being read");

    drop(answer);

    eventually("the file is closed", || open_content(pid) == 0);
    artist.get("/users").send().await.ok();
}
