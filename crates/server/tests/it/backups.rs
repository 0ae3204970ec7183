//! Backups: made beside a running server, put back, and good for going on with.

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::s3_server::{Fault, Proxy};
use crate::support::{
    Actor, Bucket, Program, Studio, content_files, on_postgres, program_command, schema_of, text, use_data,
};

fn run(data: &Path, args: &[&str]) -> Output {
    use_data(program_command(args).arg("--json"), data).output().unwrap()
}

fn succeeded(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn backup(data: &Path, to: &Path) -> Value {
    succeeded(&run(data, &["backup", "--to", to.to_str().unwrap()]))
}

fn restore(data: &Path, from: &Path) -> Output {
    run(data, &["restore", "--from", from.to_str().unwrap()])
}

/// A place for a restored server, with the secrets of the one that was backed up.
fn new_data(studio: &Studio, folder: &TempDir) -> std::path::PathBuf {
    let data = folder.path().join("restored");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(studio.data().join("secrets.json"), data.join("secrets.json")).unwrap();
    data
}

/// The holder of a key of the first server at another one.
async fn actor_at(program: &Program, studio: &Studio, key: &Value) -> Actor {
    let nobody = Actor::anonymous(program.base());
    let request = json!({"account_id": key["account_id"], "key": key["key"], "secret": key["secret"]});
    let token = nobody.post("/auth/token").json(&request).send().await.ok();
    nobody
        .with_token(token.as_str())
        .with_account(Some(&studio.account))
        .with_workspace(Some(&studio.workspace))
}

async fn bytes_of(actor: &Actor, asset: &Value) -> String {
    let path = format!("/workspaces/assets/{}/download", text(asset, "id"));
    actor.get(&path).send().await.text()
}

#[tokio::test]
async fn restored_server_has_all_that_was_backed_up_and_takes_the_same_keys() {
    let studio = Studio::start();
    let (folder, data) = (TempDir::new().unwrap(), studio.data());
    let copy = folder.path().join("backup");
    let key = studio.new_key(&["manage_art"]);
    let artist = studio.actor_of(&key).await;
    let first = artist.put_asset("/Art", "robot.png", "robot").await;
    artist.put_asset("/Art", "same.png", "robot").await;
    let report = json!({"files": 1, "copied": 1, "copied_bytes": 5, "faulty": []});
    assert_eq!(backup(&data, &copy), report);
    let second = artist.put_asset("/Art", "lamp.png", "lamp").await;
    assert_eq!(backup(&data, &copy)["copied"], 1, "only what is new");
    artist.put_asset("/Art", "later.png", "later").await;
    assert!(!copy.join("secrets.json").exists());

    let restored = new_data(&studio, &folder);
    assert_eq!(succeeded(&restore(&restored, &copy))["files"], 2);
    let program = Program::start_on(&restored, &[]);

    let moved = actor_at(&program, &studio, &key).await;
    assert_eq!(
        (bytes_of(&moved, &first).await, bytes_of(&moved, &second).await),
        ("robot".into(), "lamp".into())
    );
    let found = moved.get("/workspaces/assets/search?query=.png").send().await.ok();
    assert_eq!(found.as_array().unwrap().len(), 3);
    moved.put_asset("/Art", "onward.png", "onward").await;
}

#[tokio::test]
async fn restore_says_what_it_lacks_and_writes_over_nothing() {
    let studio = Studio::start();
    let (folder, data) = (TempDir::new().unwrap(), studio.data());
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "robot").await;
    artist.put_asset("/", "lamp.png", "lamp").await;
    let copy = folder.path().join("backup");
    backup(&data, &copy);

    for own in [&data, &data.join("../data")] {
        let said = failed(&run(&data, &["backup", "--to", own.to_str().unwrap()]));
        assert!(said.contains("is a server's data folder"), "{said}");
    }
    let taken = failed(&restore(&data, &copy));
    assert!(taken.contains(if on_postgres() { "is not empty" } else { "there is a database in" }), "{taken}");
    assert!(failed(&restore(&folder.path().join("a"), folder.path())).contains("there is no backup in"));
    let without = failed(&restore(&folder.path().join("b"), &copy));
    assert!(without.contains("put the secrets file of the server that was backed up at"), "{without}");
    let foreign = folder.path().join("c");
    succeeded(&run(&foreign, &["secrets", "init"]));
    let foreign = failed(&restore(&foreign, &copy));
    assert!(foreign.contains("is not that of the server that was backed up"), "{foreign}");

    // Of a damaged backup all else comes back.
    let sha256 = text(&asset["version"], "checksum");
    let place = copy.join("blobs/content").join(&studio.account).join(&sha256[..2]).join(sha256);
    std::fs::write(place, "ROBOT").unwrap();
    let restored = new_data(&studio, &folder);
    let output = restore(&restored, &copy);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report["files"].as_i64()), (Some(1), Some(1)));
    assert_eq!(report["faulty"][0]["sha256"], *sha256);
    assert_eq!(content_files(&restored), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_is_whole_while_files_come_and_are_purged() {
    let studio = Studio::start();
    let (folder, data) = (TempDir::new().unwrap(), studio.data());
    let artist = studio.key_with(&["admin"]).await;
    for number in 0..40 {
        artist.put_asset("/", &format!("{number}.bin"), format!("kept {number}")).await;
    }
    let copy = folder.path().join("backup");
    let is_over = AtomicBool::new(false);
    let busy = async {
        for number in 0.. {
            let asset = artist.put_asset("/", "passing.bin", format!("passing {number}")).await;
            let path = format!("/workspaces/assets/{}", text(&asset, "id"));
            artist.delete(&path).send().await.ok_empty(204);
            let purge = format!("/workspaces/trash/{}", text(&asset, "id"));
            artist.delete(&purge).send().await.ok_empty(204);
            if is_over.load(Ordering::Relaxed) {
                return number;
            }
        }
        unreachable!()
    };
    let back_up = async {
        let (data, copy) = (data.clone(), copy.clone());
        tokio::task::spawn_blocking(move || backup(&data, &copy)).await.unwrap();
        is_over.store(true, Ordering::Relaxed);
    };

    let (rounds, ()) = tokio::join!(busy, back_up);

    assert!(rounds > 0, "nothing happened meanwhile");
    let restored = new_data(&studio, &folder);
    succeeded(&restore(&restored, &copy));
    let report = succeeded(&run(&restored, &["fsck"]));
    assert_eq!(report["faults"], json!([]));
    assert!(report["checked"].as_i64().unwrap() >= 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_of_either_database_is_put_back_on_the_other_on_sqlite() {
    let studio = Studio::start();
    let (folder, key) = (TempDir::new().unwrap(), studio.new_key(&["manage_art"]));
    let robot = studio.actor_of(&key).await.put_asset("/Art", "robot.png", "robot").await;
    let copy = |name: &str| folder.path().join(name);
    let on_postgres = |data: &Path, args: &[&str]| {
        let url = schema_of(data);
        let mut command = program_command(args);
        command.arg("--json").arg("--data").arg(data).env("MUDLARK_DATABASE_URL", url).output().unwrap()
    };
    backup(&studio.data(), &copy("first"));
    let there = new_data(&studio, &folder);
    let from_first = ["restore", "--from", copy("first").to_str().unwrap()].map(str::to_owned);
    let from_first: Vec<&str> = from_first.iter().map(String::as_str).collect();
    assert_eq!(succeeded(&on_postgres(&there, &from_first))["files"], 1);
    assert!(failed(&on_postgres(&there, &from_first)).contains("is not empty"));
    let mut serve = program_command(&["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]);
    serve.arg(&there).env("MUDLARK_DATABASE_URL", schema_of(&there));
    let program = Program::spawn(serve);
    let artist = actor_at(&program, &studio, &key).await;
    assert_eq!(bytes_of(&artist, &robot).await, "robot");

    // Beside the server, whose next change is not in it; and again, with that.
    let lamp = artist.put_asset("/Art", "lamp.png", "lamp").await;
    let second = copy("second");
    let report = succeeded(&on_postgres(&there, &["backup", "--to", second.to_str().unwrap()]));
    assert_eq!((&report["files"], &report["copied"]), (&json!(2), &json!(2)));
    artist.put_asset("/Art", "mast.png", "mast").await;
    let report = succeeded(&on_postgres(&there, &["backup", "--to", second.to_str().unwrap()]));
    assert_eq!((&report["files"], &report["copied"]), (&json!(3), &json!(1)));
    artist.put_asset("/Art", "later.png", "later").await;
    drop(program);

    let back = folder.path().join("back");
    std::fs::create_dir(&back).unwrap();
    std::fs::copy(studio.data().join("secrets.json"), back.join("secrets.json")).unwrap();
    assert_eq!(succeeded(&restore(&back, &second))["files"], 3);
    let program = Program::start_on(&back, &[]);
    let artist = actor_at(&program, &studio, &key).await;
    assert_eq!(bytes_of(&artist, &lamp).await, "lamp");
    let found = artist.get("/workspaces/assets/search?query=.png").send().await.ok();
    assert_eq!(found.as_array().unwrap().len(), 3);
    artist.put_asset("/Art", "onward.png", "onward").await;
}

#[tokio::test]
async fn storage_that_breaks_off_makes_no_file_a_faulty_one_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::start(folder.path());
    let proxy = Proxy::start(bucket.server);
    let flags = bucket.flags_by(proxy.address);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let mut studio = Studio::start_with(&flags);
    studio.key_with(&["manage_art"]).await.put_asset("/", "robot.bin", vec![7; 100_000]).await;
    studio.program().terminate();
    studio.program().wait();
    let back_up = |name: &str| {
        let to = folder.path().join(name);
        let mut command = program_command(&["backup", "--json", "--to", to.to_str().unwrap(), "--data"]);
        command.arg(studio.data()).args(&flags).output().unwrap()
    };
    proxy.seen();
    succeeded(&back_up("whole"));
    let seen = proxy.seen();
    let before = seen.iter().position(|seen| seen.starts_with("GET") && seen.contains("/it/content/"));

    proxy.next(vec![Fault::None; before.unwrap()]);
    proxy.always(Fault::Cut(1000));
    let broken_off = back_up("broken off");

    let said = failed(&broken_off);
    assert!(said.contains("the files can't be copied") && broken_off.stdout.is_empty(), "{said}");
    proxy.always(Fault::None);
    assert_eq!(succeeded(&back_up("broken off"))["faulty"], json!([]));
}
