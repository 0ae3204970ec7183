//! A disk that is really full: the data folder lies on a small file system of its own.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Program};

/// Sets up a studio on a file system of 16 MB, says its key on standard output, and becomes the server.
const SCRIPT: &str = r#"
set -eu
mount -t tmpfs -o size=16m mudlark-test "$DATA"
ACCOUNT=$("$MUDLARK" account create --name S --plan pro --data "$DATA" --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
WORKSPACE=$("$MUDLARK" workspace create --account "$ACCOUNT" --name W --data "$DATA" --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
"$MUDLARK" key create --account "$ACCOUNT" --name k --role admin --data "$DATA" --json > "$FACTS"
printf %s "$WORKSPACE" > "$FACTS.workspace"
exec "$MUDLARK" serve --listen 127.0.0.1:0 --data "$DATA" --log off
"#;

#[tokio::test]
async fn full_disk_refuses_what_does_not_fit_and_keeps_what_was_acknowledged() {
    let folder = TempDir::new().unwrap();
    let (data, facts) = (folder.path().join("small"), folder.path().join("facts"));
    std::fs::create_dir(&data).unwrap();
    // A mount namespace of its own: the small file system goes with the program.
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT])
        .env("DATA", &data)
        .env("FACTS", &facts)
        .env("MUDLARK", env!("CARGO_BIN_EXE_mudlark"))
        .process_group(0);
    let program = Program::spawn(command);
    let key: Value = serde_json::from_slice(&std::fs::read(&facts).unwrap()).unwrap();
    let workspace = std::fs::read_to_string(folder.path().join("facts.workspace")).unwrap();
    let nobody = Actor::anonymous(program.base());
    let token = nobody
        .post("/auth/token")
        .json(&json!({"key": key["key"], "secret": key["secret"]}))
        .send()
        .await
        .ok();
    let actor = nobody
        .with_token(token.as_str())
        .with_account(key["account_id"].as_str())
        .with_workspace(Some(&workspace));

    let kept = actor.put_asset("/Kept", "kept.bin", vec![7; 3_000_000]).await;
    let begun = actor.post("/workspaces/assets/upload").json(&json!({"name": "large"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap().strip_prefix(program.base()).unwrap().to_owned();
    nobody.put(&url).body(vec![1; 20_000_000]).send().await.refused(507, "storage_full");
    let part = reqwest::multipart::Part::bytes(vec![2; 20_000_000]).file_name("large");
    let form = reqwest::multipart::Form::new().part("file", part);
    actor.post("/workspaces/assets").multipart(form).send().await.refused(507, "storage_full");

    // Nothing of either stayed: what fits still goes, also at the same address.
    // (Their bytes are taken away beside the refusal, so a moment may pass until their room is free.)
    let began = Instant::now();
    loop {
        let answer = nobody.put(&url).body(vec![3; 4_000_000]).send().await;
        if answer.status == 200 {
            break;
        }
        answer.refused(507, "storage_full");
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the room of refused uploads was never free again"
        );
    }
    // Filled to the brim by what fits, until nothing does; the server refuses, and goes on.
    let mut fitted = 0;
    loop {
        let name = format!("{fitted}.bin");
        let bytes: Vec<u8> = fitted.to_string().into_bytes().repeat(100_000);
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name);
        let form = reqwest::multipart::Form::new().part("file", part);
        let answer = actor.post("/workspaces/assets").multipart(form).send().await;
        if !answer.status.is_success() {
            answer.refused(507, "storage_full");
            break;
        }
        fitted += 1;
        assert!(fitted < 200, "the disk never was full");
    }
    let path = format!("/workspaces/assets/{}", kept["id"].as_str().unwrap());
    assert_eq!(actor.get(&path).send().await.ok(), kept);
    assert_eq!(actor.get(&format!("{path}/download")).send().await.body, vec![7; 3_000_000]);
    actor.get("/health/live").send().await.ok();
}
