//! Archives that become folders and assets: good ones whole, bad ones as far as they are good.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tar::EntryType;

use crate::support::archives::{ZipEntry, gzip, tar, zip};
use crate::support::{Actor, Answer, Studio, content_files, eventually, staged_files, text};

const IMPORT: &str = "/workspaces/import";

async fn send(actor: &Actor, kind: &str, archive: Vec<u8>) -> Answer {
    let call = actor.post(&format!("{IMPORT}?file_location=/In")).header("content-type", kind);
    call.body(archive).send().await
}

/// The reports: name, and the outcome or the code of the refusal.
#[track_caller]
fn reports(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let report = |line: &str| {
        let report: Value = serde_json::from_str(line).unwrap();
        let outcome = report["code"].as_str().unwrap_or_else(|| text(&report, "outcome"));
        (text(&report, "name").to_owned(), outcome.to_owned())
    };
    answer.text().lines().map(report).collect()
}

async fn import_zip(actor: &Actor, entries: &[ZipEntry]) -> Vec<(String, String)> {
    reports(&send(actor, "application/zip", zip(entries)).await)
}

#[track_caller]
fn assert_reports(found: &[(String, String)], expected: &[(&str, &str)]) {
    let found: Vec<_> = found.iter().map(|(name, outcome)| (name.as_str(), outcome.as_str())).collect();
    assert_eq!(found, expected);
}

/// The content of a file, by its folder and name.
async fn content(actor: &Actor, folder: &str, name: &str) -> Vec<u8> {
    let listed = actor.get(&format!("/workspaces/folders?folder={folder}")).send().await.ok();
    let assets = listed["assets"].as_array().unwrap();
    let asset =
        assets.iter().find(|asset| asset["name"] == name).unwrap_or_else(|| panic!("{name} in {listed}"));
    let download = format!("/workspaces/assets/{}/download", text(asset, "id"));
    actor.get(&download).send().await.body
}

#[tokio::test]
async fn zip_tar_and_tar_gz_become_folders_and_assets() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let large: Vec<u8> = (0..900_000_u32).flat_map(u32::to_le_bytes).collect();
    let entries = [
        ZipEntry::stored("Art/", b"").with_mode(0o040_755),
        ZipEntry::deflated("Art/Ünter/große Köpfe.bin", &large),
        ZipEntry::stored("Art/empty", b""),
        ZipEntry::deflated("read me.txt", b"hello"),
    ];
    let expected = [
        ("Art/", "folder"),
        ("Art/Ünter/große Köpfe.bin", "created"),
        ("Art/empty", "created"),
        ("read me.txt", "created"),
    ];
    assert_reports(&import_zip(&artist, &entries).await, &expected);
    assert!(content(&artist, "/In/Art/%C3%9Cnter", "große Köpfe.bin").await == large);
    assert_eq!(content(&artist, "/In/Art", "empty").await, b"");

    let files = [
        (EntryType::Directory, "./", &b""[..]),
        (EntryType::Directory, "./Art/", b""),
        (EntryType::Regular, "./Art/EMPTY", b"no more"),
        (EntryType::Regular, "new.txt", b"new"),
    ];
    let expected = [("./Art/", "folder"), ("./Art/EMPTY", "versioned"), ("new.txt", "created")];
    assert_reports(&reports(&send(&artist, "application/x-tar", tar(&files)).await), &expected);
    assert_eq!(content(&artist, "/In/Art", "empty").await, b"no more");
    let again = reports(&send(&artist, "application/gzip", gzip(&tar(&files))).await);
    assert_eq!(again[2].1, "versioned");
    eventually("nothing is staged", || staged_files(&studio.data()) == 0);
}

#[tokio::test]
async fn archive_comes_by_multipart_as_well_and_once_under_one_idempotency_key() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let archive = zip(&[ZipEntry::stored("a", b"1"), ZipEntry::stored("b", b"2")]);
    let form = Form::new()
        .text("file_location", "/Form")
        .part("file", Part::bytes(archive.clone()).file_name("art.zip"));
    let answer = artist.post(IMPORT).multipart(form).send().await;
    assert_reports(&reports(&answer), &[("a", "created"), ("b", "created")]);
    let once = async || {
        let call =
            artist.post(IMPORT).header("idempotency-key", "k").header("content-type", "application/zip");
        call.body(archive.clone()).send().await
    };
    let first = once().await;
    assert_reports(&reports(&first), &[("a", "created"), ("b", "created")]);
    let second = once().await;
    assert_eq!((second.text(), second.header("idempotency-replayed")), (first.text(), Some("true")));
    let other = artist.post(IMPORT).header("idempotency-key", "k").header("content-type", "application/zip");
    other.body(zip(&[])).send().await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn what_is_no_archive_is_refused_whole() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let whole = zip(&[ZipEntry::stored("a", b"1")]);
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 30);
    for bad in [Vec::new(), b"hello".to_vec(), vec![0; 4096], cut] {
        send(&artist, "application/zip", bad).await.refused(400, "archive_unreadable");
    }
    send(&artist, "text/plain", whole).await.refused(415, "unsupported_media_type");
    let refused = artist.post(IMPORT).json(&json!({})).send().await.refused(400, "invalid_input");
    assert_eq!(refused["fields"][0]["field"], "file");
    let bad_folder = artist.post(&format!("{IMPORT}?file_location=/a/../b"));
    bad_folder
        .header("content-type", "application/zip")
        .body(zip(&[]))
        .send()
        .await
        .refused(400, "invalid_input");
    assert_reports(&import_zip(&artist, &[]).await, &[]);
    let folders = artist.get("/workspaces/folders?folder=/").send().await.ok();
    assert_eq!(folders["folders"], json!([]), "nothing was made");
}

#[tokio::test]
async fn bad_entries_of_a_zip_stop_nothing_else() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let deep = "d/".repeat(10_000);
    let good = |name: &str| ZipEntry::deflated(name, name.as_bytes());
    let entries = [
        good("first.txt"),
        good("../out.txt"),
        good("a/../../out.txt"),
        good("/etc/passwd"),
        good("C:/windows.txt"),
        good("a\\b.txt"),
        good("a//b.txt"),
        good("CON"),
        good("gpj.\u{202e}exe"),
        ZipEntry::stored(*b"\xff\xfe.txt", b"x"),
        ZipEntry::stored("link", b"/etc/passwd").with_mode(0o120_777),
        ZipEntry::stored("device", b"").with_mode(0o020_666),
        ZipEntry::stored("pipe", b"").with_mode(0o010_666),
        good("secret.txt").encrypted(),
        good("lzma.txt").with_method(14),
        good("wrong crc.txt").with_crc(7),
        good("longer than it says.txt").with_size(3),
        good("shorter than it says.txt").with_size(3000),
        ZipEntry::stored("garbage", b"no deflate at all").with_method(8),
        good("First.TXT"),
        good("first.txt"),
        good(&format!("{deep}x")),
        good(&format!("{}.txt", "n".repeat(256))),
        good("last.txt"),
    ];

    let found = import_zip(&artist, &entries).await;

    let outcomes: Vec<&str> = found.iter().map(|(_, outcome)| outcome.as_str()).collect();
    let mut expected = vec!["created"];
    expected.extend(["invalid_input"; 9]);
    expected.extend(["entry_unsupported"; 5]);
    expected.extend(["archive_unreadable"; 4]);
    expected.extend(["entry_repeated"; 2]);
    expected.extend(["invalid_input"; 2]);
    expected.push("created");
    assert_eq!(outcomes, expected, "{found:?}");
    let listed = artist.get("/workspaces/folders?folder=/In").send().await.ok();
    let names: Vec<_> =
        listed["assets"].as_array().unwrap().iter().map(|asset| asset["name"].clone()).collect();
    assert_eq!((names, &listed["folders"]), (vec![json!("first.txt"), json!("last.txt")], &json!([])));
    assert_eq!(content_files(&studio.data()), 2, "of what was refused nothing is kept");
    eventually("nothing is staged", || staged_files(&studio.data()) == 0);
}

#[tokio::test]
async fn bad_entries_of_a_tar_stop_nothing_else() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let files = [
        (EntryType::Regular, "a.txt", &b"a"[..]),
        (EntryType::Symlink, "link", b"/etc/passwd"),
        (EntryType::Link, "hard", b"a.txt"),
        (EntryType::Char, "null", b""),
        (EntryType::Block, "disk", b""),
        (EntryType::Fifo, "pipe", b""),
        (EntryType::Regular, "../b.txt", b"b"),
        (EntryType::Regular, "/c.txt", b"c"),
        (EntryType::Directory, "../", b""),
        (EntryType::Regular, "A.TXT", b"again"),
        (EntryType::Regular, "d.txt", b"d"),
    ];
    let archive = tar(&files);
    let found = reports(&send(&artist, "application/octet-stream", archive.clone()).await);
    let expected = [
        "created",
        "entry_unsupported",
        "entry_unsupported",
        "entry_unsupported",
        "entry_unsupported",
        "entry_unsupported",
        "invalid_input",
        "invalid_input",
        "invalid_input",
        "entry_repeated",
        "created",
    ];
    assert_eq!(found.iter().map(|(_, outcome)| outcome.as_str()).collect::<Vec<_>>(), expected, "{found:?}");

    // Cut inside the last file's header, in its content, and in the compressed form.
    let header_of_last = archive.len() - 1024 - 1024;
    for (what, cut) in [
        ("header", archive[..header_of_last + 100].to_vec()),
        ("content", archive[..header_of_last + 512].to_vec()),
        ("gzip", gzip(&archive)[..200].to_vec()),
    ] {
        let found = reports(&send(&artist, "application/octet-stream", cut).await);
        let outcomes: Vec<&str> = found.iter().map(|(_, outcome)| outcome.as_str()).collect();
        assert_eq!(outcomes.last(), Some(&"archive_unreadable"), "{what}: {found:?}");
        assert!(what == "gzip" || outcomes[0] == "versioned", "{what}: {found:?}");
    }
}

#[tokio::test]
async fn bombs_are_cut_off_by_what_really_comes_out_of_them() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let zeros = vec![0; 40 << 20];
    let bomb = [
        ZipEntry::stored("before", b"1"),
        ZipEntry::deflated("one", &zeros).with_size(1),
        ZipEntry::deflated("two", &zeros),
        ZipEntry::deflated("three", &zeros),
        ZipEntry::stored("after", b"1"),
    ];
    let found = import_zip(&artist, &bomb).await;
    assert_reports(
        &found,
        &[
            ("before", "created"),
            ("one", "archive_unreadable"),
            ("two", "created"),
            ("three", "archive_too_large"),
        ],
    );
    let files = [(EntryType::Regular, "a", &zeros[..]), (EntryType::Regular, "b", &zeros[..])];
    let found = reports(&send(&artist, "application/gzip", gzip(&tar(&files))).await);
    assert_reports(&found, &[("a", "created"), ("b", "archive_too_large")]);
    // A name of 40 MB.
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(zeros.len() as u64);
    header.set_cksum();
    let named = [&header.as_bytes()[..], &vec![b'n'; zeros.len()]].concat();
    let found = reports(&send(&artist, "application/gzip", gzip(&named)).await);
    assert_reports(&found, &[("", "archive_unreadable")]);
}

#[tokio::test]
async fn file_over_the_bound_is_refused_by_itself() {
    let studio = Studio::start_with(&["--max-upload-bytes", "2000"]);
    let artist = studio.key_with(&["manage_art"]).await;
    let entries = [ZipEntry::deflated("large", &[7; 2001]), ZipEntry::deflated("right", &[7; 2000])];
    let found = import_zip(&artist, &entries).await;
    assert_reports(&found, &[("large", "body_too_large"), ("right", "created")]);
    let large = zip(&[ZipEntry::stored("a", &[7; 2000])]);
    send(&artist, "application/zip", large).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn asset_that_another_has_locked_is_left_alone() {
    let studio = Studio::start();
    let (artist, other) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["manage_art"]).await);
    let asset = artist.put_asset("/In", "a", "mine").await;
    artist.post(&format!("/workspaces/assets/{}/lock", text(&asset, "id"))).send().await.ok();
    let entries = [ZipEntry::stored("A", b"theirs"), ZipEntry::stored("b", b"theirs")];
    assert_reports(&import_zip(&other, &entries).await, &[("A", "asset_locked"), ("b", "created")]);
    assert_eq!(content(&artist, "/In", "a").await, b"mine");
}
