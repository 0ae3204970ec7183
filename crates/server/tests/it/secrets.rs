//! The secrets file: made once, renewed beside a running server, and never lost, however a command ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Actor, Program, Studio, admin, admin_failing, new_key, program_command, use_data};

const PEPPER: &str = "pepper";
const KEK: &str = "key_encryption_key";

/// Each key of this kind: id, and how much depends on it.
fn uses(listed: &Value, kind: &str) -> Vec<(i64, i64)> {
    let of_kind = listed.as_array().unwrap().iter().filter(|key| key["kind"] == kind);
    of_kind.map(|key| (key["id"].as_i64().unwrap(), key["used_by"].as_i64().unwrap())).collect()
}

fn secrets_of(data: &Path) -> Value {
    serde_json::from_slice(&fs::read(data.join("secrets.json")).unwrap()).unwrap()
}

fn restart(studio: &mut Studio) {
    let data = studio.data();
    studio.program().kill();
    *studio.program() = Program::start_on(&data, &[]);
}

#[test]
fn file_is_made_ahead_of_the_first_start_and_never_written_over() {
    let folder = TempDir::new().unwrap();
    let (data, secrets) = (folder.path().join("data"), folder.path().join("elsewhere.json"));
    let elsewhere = ["--secrets", secrets.to_str().unwrap()];
    let init = [&["secrets", "init"][..], &elsewhere].concat();
    let made = admin(&data, &init);
    assert_eq!(made, json!({"secrets": secrets, "peppers": [1], "key_encryption_keys": [1]}));
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!data.join("mudlark.sqlite3").exists());
    let kept = fs::read(&secrets).unwrap();

    let said = admin_failing(&data, &init);
    assert!(said.contains("there already"), "{said}");
    admin(&data, &[&["account", "create", "--name", "S", "--plan", "pro"][..], &elsewhere].concat());
    assert!(admin_failing(&data, &init).contains("there already"));
    assert_eq!(fs::read(&secrets).unwrap(), kept);

    // Beside a database, none is made where it is missing.
    let said = admin_failing(&data, &["secrets", "init"]);
    assert!(said.contains("is missing, but there is a database") && said.contains("--secrets"), "{said}");
    assert!(!data.join("secrets.json").exists());
}

#[tokio::test]
async fn new_pepper_counts_without_a_restart_and_each_secret_is_hashed_anew_on_its_next_use() {
    let mut studio = Studio::start();
    let (used, idle) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    let actor = studio.actor_of(&used).await;

    let rotated = studio.admin(&["secrets", "rotate-pepper"]);

    assert_eq!(uses(&rotated, PEPPER), [(1, 2), (2, 0)]);
    assert_eq!((&rotated[0]["newest"], &rotated[1]["newest"]), (&json!(false), &json!(true)));
    actor.get("/users").send().await.ok();
    studio.token_of(&used).await;
    let listed = studio.admin(&["secrets", "list"]);
    assert_eq!(uses(&listed, PEPPER), [(1, 1), (2, 1)], "without a restart");
    studio.token_of(&used).await;
    let newer = studio.new_key(&["viewer"]);
    studio.token_of(&newer).await;
    let wrong = json!({"key": used["key"], "secret": idle["secret"]});
    studio.anonymous().post("/auth/token").json(&wrong).send().await.refused(401, "invalid_credentials");
    restart(&mut studio);
    for key in [&used, &idle, &newer] {
        studio.token_of(key).await;
    }
    assert_eq!(uses(&studio.admin(&["secrets", "list"]), PEPPER), [(1, 0), (2, 3)]);
}

#[tokio::test]
async fn prune_removes_what_nothing_uses_and_nothing_else() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    studio.admin(&["secrets", "rotate-pepper"]);
    studio.admin(&["secrets", "rotate-pepper"]);
    studio.admin(&["secrets", "rotate-kek"]);

    let pruned = studio.admin(&["secrets", "prune"]);

    assert_eq!(uses(&pruned, PEPPER), [(1, 1), (3, 0)], "1 is in use, 3 is the newest");
    assert_eq!(uses(&pruned, KEK), [(2, 1)], "what is sealed was sealed anew");
    studio.token_of(&key).await;
    let pruned = studio.admin(&["secrets", "prune"]);
    assert_eq!(uses(&pruned, PEPPER), [(3, 1)]);
    assert_eq!(secrets_of(&studio.data())["peppers"].as_array().unwrap().len(), 1);
    studio.token_of(&key).await;
    // A revoked key needs its pepper no more.
    studio.admin(&["secrets", "rotate-pepper"]);
    studio.admin(&["key", "revoke", key["key"].as_str().unwrap()]);
    assert_eq!(uses(&studio.admin(&["secrets", "prune"]), PEPPER), [(4, 0)]);
    restart(&mut studio);
    studio.key_with(&["viewer"]).await.get("/users").send().await.ok();
}

#[tokio::test]
async fn signing_keys_are_sealed_anew_under_a_new_key_encryption_key() {
    let mut studio = Studio::start();
    let actor = studio.key_with(&["viewer"]).await;
    studio.admin(&["signing-key", "rotate"]);
    assert_eq!(uses(&studio.admin(&["secrets", "list"]), KEK), [(1, 2)]);

    let rotated = studio.admin(&["secrets", "rotate-kek"]);

    assert_eq!(uses(&rotated, KEK), [(1, 0), (2, 2)]);
    // The running server goes on with the keys that were sealed anew, and with those that come.
    studio.admin(&["secrets", "prune"]);
    studio.admin(&["signing-key", "rotate", "--now"]);
    studio.key_with(&["viewer"]).await.get("/users").send().await.ok();
    actor.get("/users").send().await.ok();
    restart(&mut studio);
    studio.key_with(&["viewer"]).await.get("/users").send().await.ok();
    Actor { base: studio.base(), ..actor }.get("/users").send().await.ok();
    assert_eq!(secrets_of(&studio.data())["key_encryption_keys"].as_array().unwrap().len(), 1);
}

/// The file as a command would have left it that was broken off between the file and the database.
fn break_off_after_the_file(data: &Path, command: &str) {
    let copy = TempDir::new().unwrap();
    for name in ["mudlark.sqlite3", "secrets.json"] {
        fs::copy(data.join(name), copy.path().join(name)).unwrap();
    }
    // The copy of a database in use lacks what is in its log: here all of it is.
    if data.join("mudlark.sqlite3-wal").exists() {
        fs::copy(data.join("mudlark.sqlite3-wal"), copy.path().join("mudlark.sqlite3-wal")).unwrap();
    }
    admin(copy.path(), &["secrets", command]);
    fs::rename(copy.path().join("secrets.json"), data.join("broken-off")).unwrap_or_else(|_| {
        fs::copy(copy.path().join("secrets.json"), data.join("broken-off")).map(drop).unwrap();
    });
    fs::rename(data.join("broken-off"), data.join("secrets.json")).unwrap();
}

#[tokio::test]
async fn rotation_broken_off_between_file_and_database_leaves_a_working_pair_on_sqlite() {
    for command in ["rotate-pepper", "rotate-kek"] {
        let mut studio = Studio::start();
        let old = studio.new_key(&["viewer"]);
        let data = studio.data();
        break_off_after_the_file(&data, command);

        // The running server has not been told. What is made under the new key reaches it all the same.
        studio.token_of(&old).await;
        let new = studio.new_key(&["viewer"]);
        studio.token_of(&new).await;
        studio.admin(&["signing-key", "rotate", "--now"]);
        studio.token_of(&old).await;
        restart(&mut studio);
        studio.token_of(&old).await;
        // The command, given again, goes on from there.
        studio.admin(&["secrets", command]);
        studio.token_of(&new).await;
        studio.token_of(&old).await;
        studio.admin(&["secrets", "prune"]);
        restart(&mut studio);
        studio.token_of(&new).await;
        studio.token_of(&old).await;
    }
}

#[tokio::test]
async fn rotations_that_are_killed_at_any_moment_leave_a_working_pair() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    for moment in 0..24 {
        let what = ["rotate-pepper", "rotate-kek", "prune"][moment % 3];
        let mut command = program_command(&["secrets", what]);
        let mut child = use_data(&mut command, &studio.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not to wait for something: to kill it at another moment each time.
        std::thread::sleep(Duration::from_millis(2 * moment as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        if moment % 4 == 0 {
            restart(&mut studio);
        }
        studio.token_of(&key).await;
        studio.key_with(&["viewer"]).await.get("/users").send().await.ok();
    }
    restart(&mut studio);
    studio.admin(&["secrets", "prune"]);
    studio.token_of(&key).await;
}

#[test]
fn rotations_at_the_same_time_lose_no_key() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    new_key(&data, account["id"].as_str().unwrap(), &["viewer"]);
    let commands: Vec<_> = ["rotate-pepper", "rotate-kek", "rotate-pepper", "rotate-kek"]
        .into_iter()
        .map(|what| {
            let mut command = program_command(&["secrets", what]);
            use_data(&mut command, &data).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut command in commands {
        assert!(command.wait().unwrap().success());
    }
    let listed = admin(&data, &["secrets", "list"]);
    assert_eq!(uses(&listed, PEPPER), [(1, 1), (2, 0), (3, 0)]);
    let ids: Vec<i64> = uses(&listed, KEK).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[tokio::test]
async fn older_copy_of_the_file_is_refused_with_what_to_do() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let data = studio.data();
    let (secrets, older) = (data.join("secrets.json"), fs::read(data.join("secrets.json")).unwrap());
    studio.admin(&["secrets", "rotate-pepper"]);
    studio.token_of(&key).await;
    let newest = fs::read(&secrets).unwrap();
    studio.program().kill();
    fs::write(&secrets, &older).unwrap();

    let mut start = program_command(&["serve", "--listen", "127.0.0.1:0"]);
    let output = use_data(&mut start, &data).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    let rotation = admin_failing(&data, &["secrets", "rotate-pepper"]);
    for said in [said, rotation] {
        assert!(said.contains("not the newest") && said.contains("the pepper 2"), "{said}");
        assert!(said.contains("Put back the newest copy"), "{said}");
    }
    assert_eq!(fs::read(&secrets).unwrap(), older, "an id is never given twice");

    fs::write(&secrets, newest).unwrap();
    *studio.program() = Program::start_on(&data, &[]);
    studio.token_of(&key).await;
}

#[tokio::test]
async fn file_that_may_not_be_written_is_left_and_the_server_goes_on() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let secrets = studio.data().join("secrets.json");
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o400)).unwrap();
    let before = fs::read(&secrets).unwrap();
    for command in ["rotate-pepper", "rotate-kek"] {
        let said = admin_failing(&studio.data(), &["secrets", command]);
        assert!(said.contains("can't be written") && said.contains("left as it is"), "{said}");
    }
    assert_eq!(fs::read(&secrets).unwrap(), before);
    studio.token_of(&key).await;
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o600)).unwrap();
    studio.admin(&["secrets", "rotate-pepper"]);
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn no_command_shows_a_key_of_the_file() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let mut shown = String::new();
    for command in ["list", "rotate-pepper", "rotate-kek", "list", "prune", "init"] {
        let output = use_data(&mut program_command(&["secrets", command]), &data).output().unwrap();
        shown += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
        let secrets = secrets_of(&data);
        let keys = ["peppers", "key_encryption_keys"].map(|list| secrets[list].as_array().unwrap().clone());
        for key in keys.concat().iter().map(|key| &key["key"]).chain([&secrets["upload_key"]]) {
            assert!(!shown.contains(key.as_str().unwrap()), "{command}: {shown}");
        }
    }
    assert!(shown.contains("KIND") && shown.contains("Keep a copy"), "{shown}");
}
