//! Files in a bucket of a real S3 server: what users do, what operators see when it is gone, and what several processes do
//! to the same content.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use mudlark_server::Clock;
use mudlark_server::config::{DirectTransfers, Settings};
use mudlark_types::AccountId;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::archives::{ZipEntry, zip};
use crate::support::s3_server::{self, Fault, Proxy};
use crate::support::{Actor, Bucket, Studio, eventually, program_command, text, use_data};

/// A studio whose files are in a bucket, all of whose bytes go through the server.
struct Place {
    studio: Studio,
    bucket: Bucket,
    proxy: Proxy,
    _folder: TempDir,
}

impl Place {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let bucket = Bucket::start(folder.path());
        let proxy = Proxy::start(bucket.server);
        let flags = bucket.flags_by(proxy.address);
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        flags.extend(["--direct-transfers", "off"]);
        Self { studio: Studio::start_with(&flags), bucket, proxy, _folder: folder }
    }
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let each = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| each(entry.unwrap().path())).collect()
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|position| (position.wrapping_mul(31) ^ (position >> 10)).to_le_bytes()[0]).collect()
}

fn download(asset: &Value) -> String {
    format!("/workspaces/assets/{}/download", text(asset, "id"))
}

#[tokio::test]
async fn what_users_do_with_files_works_in_a_bucket() {
    let place = Place::start();
    let (studio, content) = (&place.studio, pattern(300_000));
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/Art", "a.bin", content.clone()).await;
    assert_eq!(artist.get(&download(&asset)).send().await.body, content);
    let part = artist.get(&download(&asset)).header("range", "bytes=1000-1999").send().await;
    assert_eq!((part.status.as_u16(), part.header("content-range")), (206, Some("bytes 1000-1999/300000")));
    assert_eq!(part.body, content[1000..2000]);
    let beyond = artist.get(&download(&asset)).header("range", "bytes=300000-").send().await;
    beyond.refused(416, "range_not_satisfiable");

    // The same once more, in three steps: kept once.
    let same = artist.upload("/Art", "b.bin", content.clone()).await;
    assert_eq!(same["currentVersion"]["checksum"], asset["currentVersion"]["checksum"]);
    assert_eq!(files(&place.bucket.content()).len(), 1);
    let empty = artist.upload("/Art", "empty", "").await;
    assert_eq!(artist.get(&download(&empty)).send().await.body, b"");

    let all = json!({"ids": [asset["id"], empty["id"]]});
    let zipped = artist.post("/workspaces/assets/download").json(&all).send().await.body;
    let archive = rawzip::ZipArchive::from_slice(&zipped).expect("a zip");
    let mut entries = archive.entries();
    let entry = entries.next_entry().unwrap().unwrap();
    let local = archive.get_entry(entry.wayfinder()).unwrap();
    let mut unzipped = Vec::new();
    local.verifying_reader(local.data()).read_to_end(&mut unzipped).unwrap();
    assert!(unzipped == content);

    let archive = zip(&[ZipEntry::stored("In/x.txt", b"imported")]);
    let call = artist.post("/workspaces/import?file_location=/").header("content-type", "application/zip");
    let report: Value = serde_json::from_str(call.body(archive).send().await.text().trim()).unwrap();
    assert_eq!(report["outcome"], "created", "{report}");
    let imported = artist.get(&download(&json!({"id": report["asset_id"]}))).send().await;
    assert_eq!(imported.body, b"imported");

    // Nothing of it lies on the server's own disk.
    assert_eq!(files(&studio.data().join("blobs")), [] as [PathBuf; 0]);
    assert_eq!(files(&place.bucket.staging()), [] as [PathBuf; 0]);
}

async fn in_process(bucket: &Bucket, clock: &Clock) -> Studio {
    Studio::start_in_process_with(clock, settings(bucket)).await
}

fn settings(bucket: &Bucket) -> Settings {
    Settings {
        storage: bucket.address().parse().ok(),
        storage_credentials: Some(bucket.credentials.clone()),
        direct_transfers: DirectTransfers::Off,
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purged_content_and_what_no_row_names_goes_from_the_bucket() {
    let folder = TempDir::new().unwrap();
    let (bucket, clock) = (Bucket::start(folder.path()), Clock::fixed(1_800_000_000_000));
    let mut studio = in_process(&bucket, &clock).await;
    let admin = studio.key_with(&["admin"]).await;
    let purged = admin.put_asset("/", "a", "purged").await;
    let kept = admin.put_asset("/", "b", "kept").await;
    let orphan = format!("{}/{}", studio.account, "0".repeat(64));
    std::fs::write(bucket.content().join(&orphan), "left by a crash").unwrap();
    admin.delete(&format!("/workspaces/assets/{}", text(&purged, "id"))).send().await;
    admin.delete("/workspaces/trash").send().await;
    let two_hours_ago = SystemTime::now() - Duration::from_hours(2);
    for object in files(&bucket.content()) {
        std::fs::File::options().append(true).open(object).unwrap().set_modified(two_hours_ago).unwrap();
    }
    studio.restart_in_process(&clock, settings(&bucket)).await;
    eventually("only what is kept is left", || files(&bucket.content()).len() == 1);
    let admin = Actor { base: studio.base(), ..admin };
    assert_eq!(admin.get(&download(&kept)).send().await.text(), "kept");
    assert_eq!(admin.put_asset("/", "c", "purged").await["currentVersion"]["size"], 6);
    assert_eq!(files(&bucket.content()).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_another_process_is_removing_is_not_published_meanwhile() {
    let folder = TempDir::new().unwrap();
    let (bucket, clock) = (Bucket::start(folder.path()), Clock::fixed(1_800_000_000_000));
    let studio = in_process(&bucket, &clock).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let account: AccountId = studio.account.parse().unwrap();
    // Of "bytes".
    let sha256 = [
        0x27, 0x70, 0x89, 0xd9, 0x1c, 0x0b, 0xdf, 0x4f, 0x2e, 0x68, 0x62, 0xba, 0x7e, 0x4a, 0x07, 0x60, 0x51,
        0x19, 0x43, 0x1f, 0x5d, 0x13, 0xf7, 0x26, 0xdd, 0x35, 0x2b, 0x06, 0xf1, 0xb2, 0x06, 0xa9,
    ];
    let (id, store) = (Uuid::from_u128(7), studio.store().await);
    let begin = async |now_ms: i64| {
        let mut tx = store.begin().await.unwrap();
        assert!(tx.begin_content_removal(account, &sha256, id, now_ms, now_ms).await.unwrap());
        tx.commit().await.unwrap();
    };
    begin(1_800_000_000_000).await;
    let form = || {
        let part = reqwest::multipart::Part::bytes(b"bytes".to_vec()).file_name("a");
        reqwest::multipart::Form::new().part("file", part)
    };
    let refused = artist.post("/workspaces/assets").multipart(form()).send().await;
    refused.refused(503, "unavailable");
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(files(&bucket.content()), [] as [PathBuf; 0]);

    // It ends while somebody waits for it.
    let (waiting, ()) = tokio::join!(artist.post("/workspaces/assets").multipart(form()).send(), async {
        let mut tx = store.begin().await.unwrap();
        tx.end_content_removal(account, &sha256, id, 1_800_000_000_001).await.unwrap();
        tx.commit().await.unwrap();
    });
    waiting.ok();
}

#[tokio::test]
async fn storage_that_is_gone_is_said_and_comes_back_without_a_hand() {
    let place = Place::start();
    let artist = place.studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a", "bytes").await;
    let ready = || place.studio.anonymous().get("/health/ready").send();
    assert_eq!(ready().await.status, 200);
    for fault in [Fault::Status(500), Fault::Status(503)] {
        place.proxy.always(fault);
        let reading = artist.get(&download(&asset)).send().await;
        reading.refused(503, "unavailable");
        assert_eq!(reading.header("retry-after"), Some("2"));
        let part = reqwest::multipart::Part::bytes(b"other".to_vec()).file_name("b");
        let form = reqwest::multipart::Form::new().part("file", part);
        artist.post("/workspaces/assets").multipart(form).send().await.refused(503, "unavailable");
        until(async || ready().await.status == 503).await;
        // The rest works on.
        artist.get("/workspaces/folders?folder=/").send().await.ok();
        place.proxy.always(Fault::None);
        until(async || ready().await.status == 200).await;
        assert_eq!(artist.get(&download(&asset)).send().await.text(), "bytes");
    }
    artist.put_asset("/", "b", "other").await;
}

#[tokio::test]
async fn fsck_looks_into_the_bucket() {
    let place = Place::start();
    let artist = place.studio.key_with(&["manage_art"]).await;
    artist.put_asset("/", "whole", "whole").await;
    let damaged = artist.put_asset("/", "damaged", "damaged").await;
    let name = text(&damaged["version"], "checksum");
    std::fs::write(place.bucket.content().join(&place.studio.account).join(name), "DAMAGED").unwrap();
    let mut command = program_command(&["fsck", "--json"]);
    command.args(place.bucket.flags_by(place.bucket.server));
    let data = place.studio.data();
    let output = use_data(&mut command, &data).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!((&report["checked"], &report["faults"][0]["fault"]), (&json!(2), &json!("damaged")));
    assert_eq!(output.status.code(), Some(1));
}

/// Waits until the server answers so.
async fn until(holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(20), "never");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn readiness_asks_the_storage_seldom() {
    let place = Place::start();
    place.proxy.seen();
    let began = Instant::now();
    for _ in 0..200 {
        place.studio.anonymous().get("/health/ready").send().await.ok();
    }
    let looks = place.proxy.seen().iter().filter(|request| request.starts_with("HEAD /art")).count();
    let most = 1 + usize::try_from(began.elapsed().as_secs() / 2).unwrap() + 1;
    assert!((1..=most).contains(&looks), "{looks}");
}

#[tokio::test]
async fn download_whose_storage_breaks_off_is_whole_or_seen_to_be_broken() {
    let place = Place::start();
    let artist = place.studio.key_with(&["manage_art"]).await;
    let content = pattern(3 << 20);
    let asset = artist.put_asset("/", "a", content.clone()).await;
    place.proxy.next([Fault::Cut(700_000), Fault::Cut(0), Fault::Cut(1_500_000)]);
    assert!(artist.get(&download(&asset)).send().await.body == content);
    place.proxy.always(Fault::Cut(700_000));
    let answer = artist.get(&download(&asset)).send_streaming().await;
    assert_eq!(answer.headers()["content-length"], "3145728");
    assert!(answer.bytes().await.is_err());
}

#[test]
fn storage_that_cannot_be_used_keeps_the_server_from_starting_and_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::start(folder.path());
    let data = folder.path().join("data");
    let refusal = |storage: &str, variables: &[(&str, &str)]| {
        let mut command =
            program_command(&["serve", "--listen", "127.0.0.1:0", "--storage", storage, "--data"]);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            command.env_remove(name);
        }
        let output = command.arg(&data).envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let address = bucket.address();
    let none = refusal(&address, &[]);
    assert!(none.contains("AWS_ACCESS_KEY_ID") && none.contains("--storage-credentials"), "{none}");
    let wrong = [("AWS_ACCESS_KEY_ID", s3_server::ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", "hunter2")];
    let said = refusal(&address, &wrong);
    assert!(said.contains("check AWS_SECRET_ACCESS_KEY") && !said.contains("hunter2"), "{said}");
    let right =
        [("AWS_ACCESS_KEY_ID", s3_server::ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", s3_server::SECRET_KEY)];
    let said = refusal(&address.replace("s3://art", "s3://tra"), &right);
    assert!(said.contains("there is no such bucket; make it"), "{said}");
    for inside in ["s3://KEY:hunter2@art", "s3://art?secret_access_key=hunter2"] {
        let said = refusal(inside, &right);
        assert!(said.contains("must not hold credentials") && !said.contains("hunter2"), "{said}");
    }
    let file = folder.path().join("broken.json");
    std::fs::write(&file, "{\"secret_access_key\": hunter2").unwrap();
    let said = refusal(&address, &[("MUDLARK_STORAGE_CREDENTIALS", file.to_str().unwrap())]);
    assert!(said.contains("must be a JSON object") && !said.contains("hunter2"), "{said}");
}
