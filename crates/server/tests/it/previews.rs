//! Previews: what the server makes of files to look at, and what it tells of them.

mod programs;
mod similar;
mod surroundings;
mod walls;

use std::path::Path;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Program, Studio, output_with_input, program_command, text};

/// With who makes previews.
const MAKING: [&str; 2] = ["--preview-workers", "2"];

/// A PNG of one colour.
fn png(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&color.repeat(width as usize * height as usize)).unwrap();
    writer.finish().unwrap();
    file
}

/// A PNG that says that it has 50,000 by 50,000 pixels, and has none.
fn bomb() -> Vec<u8> {
    let mut file = png(1, 1, [0; 3]);
    file[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    file[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    let crc = crc32fast::hash(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

fn version_path(asset: &Value) -> String {
    format!("/workspaces/assets/{}/versions/{}", text(asset, "id"), text(asset, "current_version_id"))
}

/// The version, once the server has looked at its file.
async fn looked_at(actor: &Actor, asset: &Value) -> Value {
    other_preview(actor, asset, &Value::Null).await
}

/// The version, once it has another preview than this: the workspace's feed tells when to look again.
async fn other_preview(actor: &Actor, asset: &Value, before: &Value) -> Value {
    let mut since = 0;
    for _ in 0..100 {
        let version = actor.get(&version_path(asset)).send().await.ok();
        if !version["preview_id"].is_null() && version["preview_id"] != *before {
            return version;
        }
        let changes = actor.get(&format!("/workspaces/changes?since={since}&wait=20")).send().await.ok();
        since = changes.as_array().and_then(|all| all.last()?["sequence"].as_i64()).unwrap_or(since);
    }
    panic!("no preview of {asset}");
}

async fn thumbnail(actor: &Actor, asset: &Value, query: &str, accept: &str) -> Answer {
    actor.get(&format!("{}/thumbnail{query}", version_path(asset))).header("accept", accept).send().await
}

fn size_of(picture: &Answer) -> (usize, usize) {
    let size = imagesize::blob_size(&picture.body).unwrap();
    (size.width, size.height)
}

#[tokio::test]
async fn uploaded_picture_is_seen_in_each_size_and_form_and_found_by_its_facts() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "wall.png", png(600, 300, [200, 30, 30])).await;
    let version = looked_at(&artist, &asset).await;
    assert_eq!(
        version["facts"],
        json!({
            "format": "png", "media": "picture", "width": 600, "height": 300, "bits": 8, "channels": 3,
            "has_alpha": false, "color_model": "rgb",
        })
    );

    for (query, size) in
        [("?size=128", (128, 64)), ("", (512, 256)), ("?size=513", (600, 300)), ("?size=4096", (600, 300))]
    {
        let picture = thumbnail(&artist, &asset, query, "*/*").await;
        assert_eq!(picture.status, 200, "{query}");
        assert_eq!(picture.header("content-type"), Some("image/webp"), "{query}");
        assert_eq!(size_of(&picture), size, "{query}");
    }
    for (accept, content_type) in [("image/png", "image/png"), ("image/jpeg;q=0.5", "image/jpeg")] {
        let picture = thumbnail(&artist, &asset, "?size=128", accept).await;
        assert_eq!((picture.header("content-type"), size_of(&picture)), (Some(content_type), (128, 64)));
        assert_eq!(picture.header("vary").map(|vary| vary.contains("accept")), Some(true));
    }

    let picture = thumbnail(&artist, &asset, "", "*/*").await;
    assert_eq!(picture.header("cache-control"), Some("private, no-cache"));
    let path = format!("{}/thumbnail", version_path(&asset));
    let again = artist.get(&path).header("if-none-match", picture.header("etag").unwrap()).send().await;
    assert_eq!(again.status, 304);
    let query = format!("?picture_id={}", text(&version, "preview_id"));
    let lasting = thumbnail(&artist, &asset, &query, "*/*").await;
    assert_eq!(lasting.header("cache-control"), Some("private, max-age=31536000, immutable"));
    thumbnail(&artist, &asset, "?sheet=true", "*/*").await.refused(404, "not_found");

    for (facts, found) in
        [("width>=600", 1), ("facts.width<600", 0), ("format=PNG", 1), ("has_alpha=true", 0)]
    {
        let encoded = facts.replace('>', "%3E").replace('<', "%3C");
        let page = artist.get(&format!("/workspaces/assets/search?facts={encoded}")).send().await.ok();
        assert_eq!(page.as_array().unwrap().len(), found, "{facts}");
    }
    artist.get("/workspaces/assets/search?facts=width").send().await.refused(400, "invalid_input");

    let changes = artist.get("/workspaces/changes").send().await.ok();
    let told =
        changes.as_array().unwrap().iter().filter(|change| change["type"] == "version_previewed").count();
    assert_eq!(told, 1, "{changes}");
}

#[tokio::test]
async fn same_content_has_the_same_preview_at_once_and_an_uploaded_picture_comes_first() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let first = artist.put_asset("/", "a.png", png(20, 10, [9, 9, 9])).await;
    let preview = looked_at(&artist, &first).await["preview_id"].clone();

    let second = artist.put_asset("/Copies/", "b.png", png(20, 10, [9, 9, 9])).await;
    assert_eq!(second["currentVersion"]["preview_id"], preview);

    let own = png(3, 2, [1, 2, 3]);
    let form = Form::new().part("file", Part::bytes(own.clone()).file_name("own.png"));
    let set = artist.post(&format!("{}/thumbnail", version_path(&second))).multipart(form).send().await.ok();
    let shown = thumbnail(&artist, &second, "?size=2048", "*/*").await;
    assert_eq!(shown.body, own);
    let query = format!("?picture_id={}", text(&set, "thumbnail_file_id"));
    let lasting = thumbnail(&artist, &second, &query, "*/*").await;
    assert_eq!(lasting.header("cache-control"), Some("private, max-age=31536000, immutable"));
    assert_eq!(size_of(&thumbnail(&artist, &first, "", "*/*").await), (20, 10), "the other has its own");
}

#[tokio::test]
async fn file_that_is_none_costs_its_own_preview_and_is_not_read_again() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let whole = png(300, 200, [1, 2, 3]);
    let cut = artist.put_asset("/", "cut.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0 and no more".to_vec()).await;
    let too_large = artist.put_asset("/", "bomb.png", bomb()).await;
    let unknown = artist.put_asset("/", "notes.xyz", b"\0\x01\x02\x03".to_vec()).await;
    let good = artist.put_asset("/", "good.png", whole).await;

    for (asset, reason) in [(&cut, "can't be read"), (&too_large, "too large for a preview: 50000")] {
        let version = looked_at(&artist, asset).await;
        let unreadable = version["facts"]["unreadable"].as_str().unwrap_or_default().to_owned();
        assert!(unreadable.contains(reason), "{version}");
        let icon = thumbnail(&artist, asset, "?size=64", "*/*").await;
        assert_eq!((size_of(&icon), icon.header("content-type")), ((64, 64), Some("image/webp")));
    }
    assert_eq!(looked_at(&artist, &unknown).await["facts"], json!({}));
    assert_eq!(size_of(&thumbnail(&artist, &unknown, "", "image/png").await), (512, 512));
    assert_eq!(looked_at(&artist, &good).await["facts"]["width"], 300);
    let unreadable = artist.get("/workspaces/assets/search?facts=unreadable%3E%3D0").send().await.ok();
    assert_eq!(unreadable, json!([]), "a word is no number");

    let waiting = studio.admin(&["jobs", "list", "--kind", "preview"]);
    assert_eq!(waiting, json!([]));
}

#[tokio::test]
async fn who_looks_before_the_server_has_is_told_to_come_again_and_rebuild_makes_them_anew() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["manage_art"]);
    let artist = studio.actor_of(&key).await;
    let asset = artist.put_asset("/", "a.png", png(40, 20, [5, 5, 5])).await;
    assert_eq!(
        (&asset["currentVersion"]["preview_id"], &asset["currentVersion"]["facts"]),
        (&Value::Null, &Value::Null)
    );
    let early = thumbnail(&artist, &asset, "", "*/*").await;
    early.refused(404, "not_found");
    assert_eq!(early.header("retry-after"), Some("2"));
    let jobs = studio.admin(&["jobs", "list", "--kind", "preview"]);
    assert_eq!((jobs.as_array().unwrap().len(), &jobs[0]["priority"]), (1, &json!(10)), "looked for: {jobs}");

    let data = studio.data();
    studio.program().kill();
    *studio.program() = Program::start_on(&data, &MAKING);
    let artist = studio.actor_of(&key).await;
    let before = looked_at(&artist, &asset).await["preview_id"].clone();
    let rebuild = |which: &str| studio.admin(&["previews", "rebuild", "--where", which]);
    for which in ["missing", "failed", "outdated"] {
        assert_eq!(rebuild(which), json!({"asked_for": 0}), "{which}");
    }
    let copy = artist.put_asset("/Copies/", "b.png", png(40, 20, [5, 5, 5])).await;
    assert_eq!(rebuild("all"), json!({"asked_for": 1}), "once for one content");
    let after = other_preview(&artist, &asset, &before).await["preview_id"].clone();
    assert_eq!(artist.get(&version_path(&copy)).send().await.ok()["preview_id"], after);
    let changes = artist.get("/workspaces/changes").send().await.ok();
    let told = changes.as_array().unwrap().iter().filter(|change| change["type"] == "version_previewed");
    let mut told: Vec<_> = told.map(|change| text(change, "record_id")).collect();
    told.sort_unstable();
    let mut versions = [text(&asset, "current_version_id"), text(&copy, "current_version_id")];
    versions.sort_unstable();
    assert_eq!(
        told.iter().rev().take(2).copied().collect::<std::collections::BTreeSet<_>>(),
        versions.into(),
        "{changes}"
    );
    assert_eq!(size_of(&thumbnail(&artist, &asset, "", "*/*").await), (40, 20));
}

#[test]
fn command_line_makes_a_picture_and_tells_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("a.png"), png(100, 50, [1, 200, 1])).unwrap();
    std::fs::write(at("none.png"), b"not a picture").unwrap();
    let run = |arguments: &[&str]| output_with_input(program_command(arguments), b"");

    let made = run(&["preview", &at("a.png"), "-o", &at("out.jpg"), "--size", "20", "--json"]);
    assert!(made.status.success());
    let report: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!((&report["facts"]["width"], &report["error"]), (&json!(100), &Value::Null));
    assert_eq!(dimensions(at("out.jpg")), (20, 10));

    std::fs::create_dir(at("all")).unwrap();
    let several = run(&["preview", &at("none.png"), &at("a.png"), "-o", &at("all"), "--json"]);
    assert_eq!(several.status.code(), Some(1), "one of them has no preview");
    let lines: Vec<Value> = several
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    assert_eq!((lines.len(), lines[0]["error"].is_string(), &lines[1]["error"]), (2, true, &Value::Null));
    assert_eq!(dimensions(at("all/a.png.webp")), (100, 50));

    for (arguments, says) in [
        (vec!["preview", &at("a.png"), "-o", &at("out.bmp")], "must end with .png, .webp or .jpg"),
        (vec!["preview", &at("a.png"), "-o", &at("a.jpg"), "--sheet", &at("sheet.png")], "must end as"),
        (vec!["preview", &at("a.png"), "--sheet", &at("sheet")], "must end with .png, .webp or .jpg"),
        (
            vec!["preview", &at("a.png"), &at("a.png"), "-o", &at("all"), "--sheet", &at("s.webp")],
            "for one file",
        ),
        (vec!["preview", &at("missing.png")], "opening"),
        (vec!["preview", &at("a.png"), &at("a.png"), "-o", &at("one.png")], "is no folder"),
    ] {
        let refused = run(&arguments);
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && words.contains(says), "{words}");
    }
}

fn dimensions(file: impl AsRef<Path>) -> (usize, usize) {
    let size = imagesize::size(file).unwrap();
    (size.width, size.height)
}
