//! An installation moved to another database and storage, and back: by the real program, from the folder of a real server
//! into a real PostgreSQL and a real S3 server; killed in the middle, and with files that are not whole.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use mudlark_store::{AuditEntryRow, Store, find_difference, scratch};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::storage::files;
use crate::support::s3_server::{Fault, Proxy};
use crate::support::{
    Actor, Bucket, Program, Studio, Things, admin_failing, content_file, content_files, database_of,
    program_command, program_path, schema_of, storage_of, store_of, text, use_data, wait_for,
};

/// A command line that moves what is in a data folder.
fn migrate(from: &Path) -> Command {
    let mut command = program_command(&["migrate", "--json", "--from"]);
    command.arg(from);
    if let Some(url) = database_of(from) {
        command.env("MUDLARK_FROM_DATABASE", url);
    }
    if let Some((address, credentials)) = storage_of(from) {
        command.args(["--from-storage", &address, "--from-storage-credentials"]).arg(credentials);
    }
    command
}

/// A place to move to: a folder, a schema of PostgreSQL, a bucket.
struct There {
    folder: TempDir,
    bucket: Bucket,
    proxy: Proxy,
    data: PathBuf,
    database: String,
}

impl There {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let bucket = Bucket::start(folder.path());
        let proxy = Proxy::start(bucket.server);
        let data = folder.path().join("there");
        let database = schema_of(&data);
        Self { folder, bucket, proxy, data, database }
    }

    /// Names all of it to a command line.
    fn receive<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        self.receive_files(command.env("MUDLARK_TO_DATABASE", &self.database))
    }

    fn receive_files<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let [_, storage, _, credentials] = self.bucket.flags_by(self.proxy.address);
        command.arg("--to").arg(&self.data);
        command.args(["--to-storage", &storage, "--to-storage-credentials", &credentials])
    }

    /// Moves on from there into a folder of its own.
    fn back(&self, to: &Path) -> Command {
        let [_, storage, _, credentials] = self.bucket.flags_by(self.proxy.address);
        let mut command = program_command(&["migrate", "--json", "--from"]);
        command.arg(&self.data).env("MUDLARK_FROM_DATABASE", &self.database);
        command.args(["--from-storage", &storage, "--from-storage-credentials", &credentials]);
        command.arg("--to").arg(to);
        command
    }

    async fn store(&self) -> Store {
        Store::open_postgres(&self.database).await.unwrap()
    }

    async fn is_empty(&self) -> bool {
        self.store().await.read().await.unwrap().find_filled_table().await.unwrap().is_none()
    }
}

fn succeeded(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}{}", said(&output), String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn failed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    said(&output)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stop(studio: &mut Studio) {
    studio.program().terminate();
    assert!(studio.program().wait().success());
}

/// Starts the server by the line that a move has printed.
fn serve(report: &Value, database: Option<&str>) -> Program {
    let line = text(report, "serve").strip_prefix("mudlark ").unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("exec {} {line} --listen 127.0.0.1:0 --log warn", program_path()));
    command.env_remove("MUDLARK_DATABASE_URL").envs(database.map(|url| ("MUDLARK_DATABASE_URL", url)));
    Program::spawn(command)
}

async fn bytes_of(actor: &Actor, asset: &Value) -> Vec<u8> {
    let path = format!("/workspaces/assets/{}/download", text(asset, "id"));
    actor.get(&path).send().await.body
}

/// Somebody with a token of this key at another server.
async fn actor_at(base: &str, studio: &Studio, key: &Value) -> Actor {
    let actor = Actor::anonymous(base);
    let request = json!({"account_id": key["account_id"], "key": key["key"], "secret": key["secret"]});
    let token = actor.post("/auth/token").json(&request).send().await.ok();
    actor
        .with_token(token.as_str())
        .with_account(Some(&studio.account))
        .with_workspace(Some(&studio.workspace))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|position| (position.wrapping_mul(31) ^ (position >> 10)).to_le_bytes()[0]).collect()
}

#[tokio::test]
async fn installation_goes_to_postgres_and_a_bucket_and_back_with_every_row_and_byte() {
    let mut studio = Studio::start();
    let (there, home) = (There::new(), TempDir::new().unwrap());
    let key = studio.new_key(&["admin"]);
    let admin = studio.actor_of(&key).await;
    Things::make(&studio, &admin).await;
    let large = admin.put_asset("/Große", "größe.bin", pattern(3 << 20)).await;
    let small = admin.put_asset("/", "small.txt", "small").await;
    let mut move_out = migrate(&studio.data());
    there.receive(&mut move_out);
    let refused = failed(&mut move_out);
    assert!(refused.contains("stop it") && refused.contains("--files-only"), "{refused}");
    stop(&mut studio);

    let out = succeeded(&mut move_out);
    let back = home.path().join("back");
    let report = succeeded(&mut there.back(&back));

    assert_eq!((&out["moved"], &report["moved"]), (&json!(true), &json!(true)));
    assert_eq!((&out["faulty"], &out["rows"]), (&json!([]), &report["rows"]));
    assert_eq!((&out["files"], &out["copied"]), (&report["files"], &report["copied"]));
    assert_eq!(
        files(&back.join("blobs/content")).len(),
        usize::try_from(out["files"].as_u64().unwrap()).unwrap()
    );
    // Everything is there, at each of the three places, under the old rules of who may read it.
    let (first, second) = (store_of(&studio.data()).await, there.store().await);
    let last = Store::open_existing_sqlite(&back.join("mudlark.sqlite3")).await.unwrap();
    let mut first = first.begin().await.unwrap();
    assert_eq!(find_difference(&mut first, &mut second.begin().await.unwrap()).await.unwrap(), None);
    assert_eq!(find_difference(&mut first, &mut last.begin().await.unwrap()).await.unwrap(), None);
    drop((first, last));
    let server = serve(&report, None);
    let at_home = actor_at(server.base(), &studio, &key).await;
    assert!(bytes_of(&at_home, &large).await == pattern(3 << 20));
    assert_eq!(bytes_of(&at_home, &small).await, b"small");
    let found = at_home.get("/workspaces/assets/search?query=GRÖSSE").send().await.ok();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    at_home.put_asset("/", "onward.png", "onward").await;
    let mode = std::fs::metadata(back.join("secrets.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    for folder in [&there.data, &back] {
        assert!(!folder.join("migration").exists());
    }
}

#[tokio::test]
async fn installation_that_has_moved_is_not_served_until_its_note_is_taken_back() {
    let mut studio = Studio::start();
    let there = There::new();
    let key = studio.new_key(&["manage_art"]);
    let asset = studio.actor_of(&key).await.put_asset("/", "robot.png", "robot").await;
    stop(&mut studio);
    let data = studio.data();
    let new_place = format!("s3://art/it at {}", there.proxy.address);
    let mut move_out = migrate(&data);
    let report = succeeded(there.receive(&mut move_out));

    let mut serve_old = program_command(&["serve", "--listen", "127.0.0.1:0"]);
    let refusals = [
        failed(use_data(&mut serve_old, &data)),
        admin_failing(&data, &["account", "list"]),
        failed(&mut move_out),
    ];
    for said in refusals {
        assert!(said.contains("was moved on") && said.contains("mudlark migrate --undo"), "{said}");
        assert!(said.contains(&new_place), "{said}");
    }
    let mut server = serve(&report, Some(&there.database));
    assert_eq!(bytes_of(&actor_at(server.base(), &studio, &key).await, &asset).await, b"robot");
    server.terminate();
    assert!(server.wait().success());
    let undo = || succeeded(migrate(&data).arg("--undo"))["had_moved_to"]["storage"].clone();
    assert_eq!([undo(), undo()], [json!(new_place), json!(null)]);
    let mut old = Program::start_on(&data, &[]);
    assert_eq!(bytes_of(&actor_at(old.base(), &studio, &key).await, &asset).await, b"robot");
    old.terminate();
    assert!(old.wait().success());
    // Both were served: they are not the same any more, and neither is written over.
    let said = failed(&mut move_out);
    assert!(said.contains("the database to move to is not empty"), "{said}");
}

/// Waits until a command that runs has made something happen.
fn wait_until(command: &mut Child, what: &str, mut holds: impl FnMut() -> bool) {
    while !holds() {
        assert!(command.try_wait().unwrap().is_none(), "it ended before {what}");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn copy_of_files_that_is_killed_goes_on_beside_the_server_and_takes_what_is_new_at_the_end_on_sqlite() {
    const FILES: usize = 20;
    let mut studio = Studio::start();
    let there = There::new();
    let artist = studio.key_with(&["manage_art"]).await;
    for number in 0..FILES {
        artist.put_asset("/", &format!("{number}.bin"), format!("file {number}")).await;
    }
    let mut files_only = migrate(&studio.data());
    there.receive_files(&mut files_only).arg("--files-only");
    // So many requests are answered, the rest hangs.
    there.proxy.next([Fault::None; 45]);
    there.proxy.always(Fault::Hang);
    let mut killed = files_only.stdout(Stdio::null()).spawn().unwrap();
    let mut requests = 0;
    wait_until(&mut killed, "it was killed", || {
        requests += there.proxy.seen().len();
        requests > 45
    });
    killed.kill().unwrap();
    killed.wait().unwrap();
    let before = files(&there.bucket.content()).len();
    assert!((1..FILES).contains(&before), "{before}");
    there.proxy.always(Fault::None);

    let report = succeeded(files_only.stdout(Stdio::piped()));

    assert_eq!((&report["moved"], &report["files"]), (&json!(false), &json!(FILES)));
    // The bucket's server may have ended what it had begun after the command was killed.
    let copied = report["copied"].as_u64().and_then(|copied| usize::try_from(copied).ok()).unwrap();
    assert!((1..=FILES - before).contains(&copied), "{copied} after {before}");
    assert_eq!(files(&there.bucket.content()).len(), FILES);
    assert!(there.is_empty().await);
    artist.put_asset("/", "new.bin", "new").await;
    stop(&mut studio);
    there.proxy.seen();
    let report = succeeded(there.receive(&mut migrate(&studio.data())));
    assert_eq!((&report["files"], &report["copied"]), (&json!(FILES + 1), &json!(1)));
    // What was read back once is looked at, and not read again.
    let content = |seen: &&String| seen.starts_with("GET") && seen.contains("/it/content/");
    assert_eq!(there.proxy.seen().iter().filter(content).count(), 1);
    assert_eq!(files(&there.folder.path().join("there/migration")), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_of_rows_that_is_killed_has_left_none_and_is_done_again_on_sqlite() {
    let mut studio = Studio::start();
    let there = There::new();
    studio.key_with(&["manage_art"]).await.put_asset("/", "robot.png", "robot").await;
    stop(&mut studio);
    let mut move_out = migrate(&studio.data());
    there.receive(&mut move_out).stdout(Stdio::null());
    // A line of the same number, which is not committed, is waited for in the middle of the tables.
    let store = there.store().await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_audit_entries(&[line()]).await.unwrap();
    let mut killed = move_out.spawn().unwrap();
    wait_until(&mut killed, "it waited", || {
        wait_for(async {
            // A transaction that pauses for long is ended.
            tx.find_relocation().await.unwrap();
            scratch::is_waited_for(&there.database).await.unwrap()
        })
    });

    killed.kill().unwrap();
    killed.wait().unwrap();
    drop(tx);

    assert!(there.is_empty().await);
    assert_eq!(store_of(&studio.data()).await.read().await.unwrap().find_relocation().await.unwrap(), None);
    let report = succeeded(move_out.stdout(Stdio::piped()));
    assert_eq!((&report["moved"], &report["copied"]), (&json!(true), &json!(0)));
}

fn line() -> AuditEntryRow {
    AuditEntryRow {
        sequence: 1,
        at_ms: 0,
        account_id: None,
        action: "token.issued".to_owned(),
        outcome: "allowed".to_owned(),
        reason: None,
        key_id: None,
        user_id: None,
        address: None,
        agent: None,
        request_id: None,
        token_id: None,
        subject: None,
        details: None,
        mac: vec![0; 32],
    }
}

#[tokio::test]
async fn run_after_one_that_ended_before_its_note_finds_all_rows_there_on_sqlite() {
    let mut studio = Studio::start();
    let there = There::new();
    studio.key_with(&["manage_art"]).await.put_asset("/", "robot.png", "robot").await;
    stop(&mut studio);
    let data = studio.data();
    let first = succeeded(there.receive(&mut migrate(&data)));
    succeeded(migrate(&data).arg("--undo"));

    let second = succeeded(there.receive(&mut migrate(&data)));

    assert_eq!(
        (&second["moved"], &second["rows"], &second["copied"]),
        (&json!(true), &first["rows"], &json!(0))
    );
    assert!(admin_failing(&data, &["account", "list"]).contains("was moved on"));
}

#[tokio::test]
async fn files_that_are_not_whole_are_named_and_left_behind_only_when_that_is_allowed_on_sqlite() {
    let mut studio = Studio::start();
    let there = There::new();
    let key = studio.new_key(&["manage_art"]);
    let artist = studio.actor_of(&key).await;
    let whole = artist.put_asset("/Art", "whole.png", "whole").await;
    let damaged = artist.put_asset("/Art", "damaged.png", "damaged").await;
    let lost = artist.put_asset("/", "lost.png", "lost").await;
    stop(&mut studio);
    let place =
        |asset: &Value| content_file(&studio.data(), &studio.account, text(&asset["version"], "checksum"));
    std::fs::write(place(&damaged), "DAMAGED").unwrap();
    std::fs::remove_file(place(&lost)).unwrap();
    let mut move_out = migrate(&studio.data());
    there.receive(&mut move_out);

    let output = move_out.output().unwrap();

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = |report: &Value| {
        let mut named: Vec<String> = report["faulty"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| format!("{} {}", text(file, "fault"), file["places"]))
            .collect();
        named.sort();
        named
    };
    let both = ["damaged [\"/Art/damaged.png v1\"]", "lost [\"/lost.png v1\"]"];
    assert_eq!(
        (output.status.code(), &report["moved"], &report["files"]),
        (Some(1), &json!(false), &json!(1))
    );
    assert_eq!(named(&report), both);
    assert!(there.is_empty().await);

    let report = succeeded(move_out.arg("--allow-damaged"));

    assert_eq!((&report["moved"], named(&report)), (&json!(true), both.map(String::from).to_vec()));
    let server = serve(&report, Some(&there.database));
    let artist = actor_at(server.base(), &studio, &key).await;
    assert_eq!(bytes_of(&artist, &whole).await, b"whole");
    let path = format!("/workspaces/assets/{}/download", text(&damaged, "id"));
    assert!(artist.get(&path).send().await.status.is_server_error());
}

#[tokio::test]
async fn file_that_lies_damaged_at_the_new_place_is_read_and_copied_anew_on_sqlite() {
    let mut studio = Studio::start();
    let folder = TempDir::new().unwrap();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "robot.png", "robot").await;
    artist.put_asset("/", "lamp.png", "lamp").await;
    stop(&mut studio);
    let to = folder.path().join("to");
    let sha256 = text(&asset["version"], "checksum");
    let place = to.join("blobs/content").join(&studio.account).join(&sha256[..2]);
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(sha256), "ROBOT").unwrap();

    let report = succeeded(migrate(&studio.data()).arg("--to").arg(&to));

    assert_eq!((&report["moved"], &report["copied"]), (&json!(true), &json!(2)));
    assert_eq!(std::fs::read(place.join(sha256)).unwrap(), b"robot");
}

#[tokio::test]
async fn files_alone_can_move_while_the_database_stays_on_sqlite() {
    let mut studio = Studio::start();
    let there = There::new();
    let key = studio.new_key(&["manage_art"]);
    let asset = studio.actor_of(&key).await.put_asset("/", "robot.png", "robot").await;
    stop(&mut studio);
    let data = studio.data();
    let [_, storage, _, credentials] = there.bucket.flags_by(there.proxy.address);
    let mut move_out = migrate(&data);

    let report =
        succeeded(move_out.args(["--to-storage", &storage, "--to-storage-credentials", &credentials]));

    assert_eq!((&report["moved"], &report["copied"], &report["rows"]), (&json!(true), &json!(1), &json!(0)));
    let mut serve_old = program_command(&["serve", "--listen", "127.0.0.1:0"]);
    let said = failed(use_data(&mut serve_old, &data));
    assert!(said.contains("the files of this installation were moved on"), "{said}");
    let server = serve(&report, None);
    assert_eq!(bytes_of(&actor_at(server.base(), &studio, &key).await, &asset).await, b"robot");
    assert_eq!(content_files(&data), 1, "the old files are left");
}

#[test]
fn what_can_not_be_meant_is_refused_with_what_to_do_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let (data, empty, to) =
        (folder.path().join("data"), folder.path().join("empty"), folder.path().join("to"));
    crate::support::admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let to = to.to_str().unwrap();
    let cases: [(&Path, &[&str], &str); 6] = [
        (&empty, &["--to", to], "there is no database in"),
        (&data, &[], "nothing would move; name where to"),
        (&data, &["--to-database", "mysql://u:hunter2@db/d"], "database_url must be an address"),
        (&data, &["--to-storage", "s3://k:hunter2@art"], "must not hold credentials"),
        (
            &data,
            &["--to-database", "postgres://u:hunter2@127.0.0.1:1/d", "--files-only"],
            "no files would move",
        ),
        (
            &data,
            &["--to-database", "postgres://u:hunter2@127.0.0.1:1/d"],
            "can't be used; check --database-url",
        ),
    ];
    for (from, args, expected) in cases {
        let said = failed(migrate(from).args(args));
        assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
    }
    assert!(!empty.exists() && !Path::new(to).exists(), "nothing was made");

    // The files at the new place are another installation's.
    let strange = folder.path().join("used/content/01a2193c-0000-7000-8000-000000000000/41");
    std::fs::create_dir_all(&strange).unwrap();
    std::fs::write(strange.join("41f0c27c00e8018f7715b5f50f67b5b54c229c1b843a014152785d9005f58fde"), "x")
        .unwrap();
    let used = format!("file://{}", folder.path().join("used").display());
    let said = failed(migrate(&data).args(["--to-storage", &used]));
    assert!(said.contains("there are files of the account 01a2193c-0000-7000-8000-000000000000"), "{said}");

    // The secrets at the new place are another installation's.
    crate::support::admin(Path::new(to), &["secrets", "init"]);
    let said = failed(migrate(&data).args(["--to", to]));
    assert!(said.contains("holds other secrets than"), "{said}");
    std::fs::remove_file(Path::new(to).join("secrets.json")).unwrap();
    succeeded(migrate(&data).args(["--to", to]));
}
