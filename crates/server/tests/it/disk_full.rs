//! A disk that is really full: the data folder lies on a small file system of its own.

use std::io::{PipeWriter, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Answer, Program};

/// Sets up a studio on a file system of 16 MB, writes its key to a file, and becomes the server. A line on standard
/// input makes the file system larger; its end lets go of whoever waits for that line.
const SCRIPT: &str = r#"
set -eu
mount -t tmpfs -o size=16m mudlark-test "$DATA"
ACCOUNT=$("$MUDLARK" account create --name S --plan pro --data "$DATA" --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
WORKSPACE=$("$MUDLARK" workspace create --account "$ACCOUNT" --name W --data "$DATA" --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
"$MUDLARK" key create --account "$ACCOUNT" --name k --role admin --data "$DATA" --json > "$FACTS"
printf %s "$WORKSPACE" > "$FACTS.workspace"
exec 3<&0
(read -r _ <&3 && mount -o remount,size=64m "$DATA") > /dev/null &
exec "$MUDLARK" serve --listen 127.0.0.1:0 --data "$DATA" --log off --preview-workers 0 $FLAGS 3<&-
"#;

/// A server on a small disk, with someone who may do everything.
pub(crate) struct SmallDisk {
    /// Stopped before its folder goes.
    pub(crate) program: Program,
    pub(crate) actor: Actor,
    grow: PipeWriter,
    data: PathBuf,
    _folder: TempDir,
}

impl SmallDisk {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further flags for `serve`.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        must_be_able_to_mount();
        let folder = TempDir::new().unwrap();
        let (data, facts) = (folder.path().join("small"), folder.path().join("facts"));
        std::fs::create_dir(&data).unwrap();
        let (lines, grow) = std::io::pipe().unwrap();
        // A mount namespace of its own: the small file system goes with the program.
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT])
            .env("DATA", &data)
            .env("FACTS", &facts)
            .env("FLAGS", flags.join(" "))
            .env("MUDLARK", env!("CARGO_BIN_EXE_mudlark"))
            .stdin(lines)
            .process_group(0);
        let program = Program::spawn(command);
        let key: Value = serde_json::from_slice(&std::fs::read(&facts).unwrap()).unwrap();
        let workspace = std::fs::read_to_string(folder.path().join("facts.workspace")).unwrap();
        let nobody = Actor::anonymous(program.base());
        let actor = nobody
            .with_token(Some(&token(&nobody, &key).await))
            .with_account(key["account_id"].as_str())
            .with_workspace(Some(&workspace));
        Self { program, actor, grow, data, _folder: folder }
    }

    /// Makes the disk larger, and says so when it is.
    fn grow(&mut self) {
        self.grow.write_all(b"\n").unwrap();
    }

    /// Takes all the room that is left, also what others leave meanwhile, until it is given back.
    pub(crate) fn take_all_room(&self) {
        // The program's own view: the small file system is not seen from here.
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        let mut fails = 0;
        while fails < 100 {
            match filler.write_all(&[0; 4096]) {
                Ok(()) => fails = 0,
                Err(_) => fails += 1,
            }
        }
    }

    /// Gives it back.
    pub(crate) fn give_room_back(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.program.pid()));
        root.join(self.data.strip_prefix("/").unwrap()).join("filler")
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Answer {
        let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
        self.actor.post("/workspaces/assets").multipart(form).send().await
    }

    /// An upload's address on this server, and its key.
    async fn begin(&self, name: &str) -> (String, Value) {
        let begun =
            self.actor.post("/workspaces/assets/upload").json(&json!({"name": name})).send().await.ok();
        let url = begun["signed_url"].as_str().unwrap();
        (url.strip_prefix(self.program.base()).unwrap().to_owned(), begun["key"].clone())
    }

    async fn send(&self, path: &str, bytes: Vec<u8>) -> Answer {
        Actor::anonymous(self.program.base()).put(path).body(bytes).send().await
    }

    /// Puts files, smaller and smaller ones, until not even one byte fits. Gives what was acknowledged.
    async fn fill_with_files(&self) -> Vec<(Value, Vec<u8>)> {
        let mut acknowledged = Vec::new();
        for size_bytes in [1_000_000, 100_000, 10_000, 1] {
            loop {
                let number = acknowledged.len();
                let mut bytes = number.to_le_bytes().repeat(size_bytes / 8 + 1);
                bytes.truncate(size_bytes.max(8));
                let answer = self.put(&format!("{number}.bin"), bytes.clone()).await;
                if !answer.status.is_success() {
                    answer.refused(507, "storage_full");
                    break;
                }
                acknowledged.push((answer.json(), bytes));
                assert!(number < 5000, "the disk never was full");
            }
        }
        acknowledged
    }

    /// Writes rows of several kinds until the database has no room to grow for any of them. Gives how many it took.
    async fn fill_with_rows(&self, asset: &Value) -> usize {
        let asset_path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
        let mut taken = 0;
        for number in 0..20_000 {
            let answers = [
                self.actor
                    .post("/workspaces/folders")
                    .json(&json!({"path": format!("/{number}")}))
                    .send()
                    .await,
                self.actor.post("/workspaces/assets/upload").json(&json!({"name": "x"})).send().await,
                self.actor.patch(&asset_path).json(&json!({"description": number.to_string()})).send().await,
            ];
            let refused: Vec<_> = answers.iter().filter(|answer| !answer.status.is_success()).collect();
            for answer in &refused {
                answer.refused(507, "storage_full");
            }
            taken += answers.len() - refused.len();
            if refused.len() == answers.len() {
                return taken;
            }
        }
        panic!("the database never ran out of room");
    }

    async fn reads_back(&self, asset: &Value, bytes: &[u8]) {
        let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
        assert_eq!(self.actor.get(&path).send().await.ok(), *asset);
        let back = self.actor.get(&format!("{path}/download")).send().await;
        assert!(back.body == bytes, "{} differs", asset["name"]);
    }
}

async fn token(nobody: &Actor, key: &Value) -> String {
    let request = json!({"key": key["key"], "secret": key["secret"]});
    nobody.post("/auth/token").json(&request).send().await.ok().as_str().unwrap().to_owned()
}

/// Asks for tokens until the last room of the database's log is used up. Each answer is a token or says why there is none.
async fn until_no_token_is_given(nobody: &Actor, key: &Value) {
    let request = json!({"key": key["key"], "secret": key["secret"]});
    for _ in 0..20_000 {
        let answer = nobody.post("/auth/token").json(&request).send().await;
        if answer.status != 200 {
            answer.refused(503, "audit_unavailable");
            return;
        }
    }
    panic!("tokens were given out for ever on a full disk");
}

/// Says what is missing, in words, where a small file system can't be mounted.
fn must_be_able_to_mount() {
    let folder = TempDir::new().unwrap();
    let tried = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "size=1m",
            "mudlark-test",
        ])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output();
    let why = match tried {
        Ok(output) if output.status.success() => return,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("unshare: {error}"),
    };
    panic!(
        "this test fills a small file system, and none could be mounted here: it needs `unshare` (util-linux) and \
         unprivileged user namespaces. {why}"
    );
}

/// Tries again until it does not meet a full disk any more, for a bounded time.
async fn until_it_fits(what: &str, attempt: impl AsyncFn() -> Answer) -> Answer {
    let began = Instant::now();
    loop {
        let answer = attempt().await;
        if answer.status.is_success() {
            return answer;
        }
        answer.refused(507, "storage_full");
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
    }
}

#[tokio::test]
async fn file_that_does_not_fit_is_refused_and_leaves_its_room_free() {
    let disk = SmallDisk::start().await;
    let bytes = vec![7; 3_000_000];
    let kept = disk.put("kept.bin", bytes.clone()).await.ok();
    let (path, key) = disk.begin("large").await;
    disk.send(&path, vec![1; 20_000_000]).await.refused(507, "storage_full");
    disk.put("large", vec![2; 20_000_000]).await.refused(507, "storage_full");

    // Nothing of either stayed: what fits still goes, also at the same address.
    // (Their bytes are taken away beside the refusal, so a moment may pass until their room is free.)
    until_it_fits("the room of refused uploads is free again", async || {
        disk.send(&path, vec![3; 4_000_000]).await
    })
    .await;
    let body = json!({"temp_file_key": key, "original_file_name": "second.bin", "file_location": "/"});
    let second = disk.actor.post("/workspaces/assets/upload/assets").json(&body).send().await.ok();
    disk.reads_back(&second, &vec![3; 4_000_000]).await;
    disk.reads_back(&kept, &bytes).await;
    let root = disk.actor.get("/workspaces/folders?folder=/").send().await.ok();
    let names: Vec<_> = root["assets"].as_array().unwrap().iter().map(|asset| &asset["name"]).collect();
    assert_eq!(names, ["kept.bin", "second.bin"]);
}

#[tokio::test]
async fn full_disk_loses_nothing_is_readable_and_works_again_when_it_is_larger() {
    let mut disk = SmallDisk::start().await;
    let (late, late_key) = disk.begin("late.bin").await;
    let acknowledged = disk.fill_with_files().await;
    let rows = disk.fill_with_rows(&acknowledged[0].0).await;
    println!(
        "{} files, then {rows} small changes were acknowledged before the disk was full",
        acknowledged.len()
    );

    // Every way of writing is refused for the same reason, however small.
    let (asset, bytes_of_asset) = &acknowledged[0];
    let path = format!("/workspaces/assets/{}", asset["id"].as_str().unwrap());
    disk.send(&late, vec![4; 200_000]).await.refused(507, "storage_full");
    disk.put("more.bin", vec![5; 200_000]).await.refused(507, "storage_full");
    let begin = disk.actor.post("/workspaces/assets/upload").json(&json!({"name": "x"}));
    begin.send().await.refused(507, "storage_full");
    let change = json!({"description": "d".repeat(9000)});
    disk.actor.patch(&path).json(&change).send().await.refused(507, "storage_full");

    // Reading goes on; a token is not given out, since its line in the audit trail can't be written.
    for (asset, bytes) in &acknowledged[1..] {
        disk.reads_back(asset, bytes).await;
    }
    assert!(disk.actor.get(&format!("{path}/download")).send().await.body == *bytes_of_asset);
    disk.actor.get("/health/live").send().await.ok();
    let key: Value =
        serde_json::from_slice(&std::fs::read(disk.data.with_file_name("facts")).unwrap()).unwrap();
    let nobody = Actor::anonymous(disk.program.base());
    until_no_token_is_given(&nobody, &key).await;

    disk.grow();
    until_it_fits("the larger disk is used", async || disk.put("more.bin", vec![5; 200_000]).await).await;
    token(&nobody, &key).await;
    assert_eq!(disk.send(&late, vec![4; 200_000]).await.status, 200, "the refused address still waits");
    let body = json!({"temp_file_key": late_key, "original_file_name": "late.bin", "file_location": "/"});
    let late = disk.actor.post("/workspaces/assets/upload/assets").json(&body).send().await.ok();
    disk.reads_back(&late, &vec![4; 200_000]).await;
    let patched = disk.actor.patch(&path).json(&change).send().await.ok();
    assert_eq!(patched["current_version_id"], asset["current_version_id"]);
    for (asset, bytes) in &acknowledged[1..] {
        disk.reads_back(asset, bytes).await;
    }
    assert!(lies_on_disk_of_its_own(&disk.data), "the host's own folder stayed empty");
}

/// Whether the folder, seen from outside the program's mounts, is as empty as it was made.
fn lies_on_disk_of_its_own(data: &Path) -> bool {
    std::fs::read_dir(data).unwrap().next().is_none()
}
