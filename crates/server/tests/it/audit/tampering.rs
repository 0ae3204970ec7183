//! What somebody who may write the database does to it from outside: a line of the trail that is changed, taken out,
//! moved or cut off is found, and the server stands what is there. These are about SQLite's file.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{is_whole, lines, of_action, run};
use crate::support::{Program, Studio, admin, new_key, text};

/// What `verify` finds; its exit code says that something is wrong.
fn fault(data: &Path) -> Value {
    let output = run(data, &["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Changes the database from outside, as somebody could who may write there.
fn tamper(data: &Path, statement: &str) {
    let script = "import sqlite3, sys; database = sqlite3.connect(sys.argv[1]); \
                  database.executescript(sys.argv[2]); database.commit()";
    let database = data.join("mudlark.sqlite3");
    let status = Command::new("python3").args(["-c", script]).arg(database).arg(statement).status().unwrap();
    assert!(status.success(), "{statement}");
}

/// A data folder with a few lines, and no server on it.
pub(super) fn quiet_trail() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "=cmd()", "--plan", "pro"]);
    let account = text(&account, "id").to_owned();
    for name in ["one", "two", "three", "four"] {
        admin(&data, &["key", "create", "--account", &account, "--name", name]);
    }
    (folder, data)
}

#[test]
fn line_that_is_changed_removed_moved_or_cut_off_is_found_on_sqlite() {
    let (_folder, data) = quiet_trail();
    assert_eq!(is_whole(&data)["lines"], 5);
    let kept = std::fs::read(data.join("mudlark.sqlite3")).unwrap();
    let cut = "DELETE FROM audit_entries WHERE sequence > 3;";
    for (statement, kind, first_bad) in [
        ("UPDATE audit_entries SET key_id = 'mdl_key_x' WHERE sequence = 3;", "changed", 3),
        ("UPDATE audit_entries SET outcome = 'refused' WHERE sequence = 1;", "changed", 1),
        ("UPDATE audit_entries SET reason = '' WHERE sequence = 5;", "changed", 5),
        ("UPDATE audit_entries SET at_ms = at_ms + 1 WHERE sequence = 2;", "changed", 2),
        ("UPDATE audit_entries SET account_id = NULL WHERE sequence = 2;", "changed", 2),
        ("UPDATE audit_entries SET mac = zeroblob(32) WHERE sequence = 4;", "changed", 4),
        ("DELETE FROM audit_entries WHERE sequence = 1;", "removed", 1),
        ("DELETE FROM audit_entries WHERE sequence IN (2, 3);", "removed", 2),
        (
            "DELETE FROM audit_entries WHERE sequence = 2; \
             UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 2; \
             UPDATE audit_head SET sequence = 4;",
            "changed",
            2,
        ),
        (
            "UPDATE audit_entries SET sequence = 99 WHERE sequence = 2; \
             UPDATE audit_entries SET sequence = 2 WHERE sequence = 3; \
             UPDATE audit_entries SET sequence = 3 WHERE sequence = 99;",
            "reordered",
            2,
        ),
        (cut, "cut off", 4),
        (
            &format!(
                "{cut} UPDATE audit_head SET sequence = 3, mac = (SELECT mac FROM audit_entries WHERE sequence = 3);"
            ),
            "cut off or changed",
            4,
        ),
        (
            "DELETE FROM audit_entries; UPDATE audit_head SET sequence = 0, mac = NULL, seal = NULL;",
            "removed",
            1,
        ),
        ("DELETE FROM audit_head;", "cut off or changed", 6),
        (
            "INSERT INTO audit_entries SELECT 6, at_ms, account_id, action, outcome, reason, key_id, user_id, address, \
             agent, request_id, token_id, subject, details, mac FROM audit_entries WHERE sequence = 5;",
            "cut off or changed",
            6,
        ),
    ] {
        tamper(&data, statement);

        let found = fault(&data);

        assert_eq!(
            (&found["whole"], &found["first_bad"]),
            (&json!(false), &json!(first_bad)),
            "{statement}: {found}"
        );
        assert_eq!(found["fault"], kind, "{statement}: {found}");
        let for_people = run(&data, &["audit", "verify"]);
        let said = String::from_utf8_lossy(&for_people.stderr).into_owned();
        assert_eq!(for_people.status.code(), Some(1));
        assert!(said.contains("not whole") && said.contains(kind), "{said}");
        for side in ["mudlark.sqlite3-wal", "mudlark.sqlite3-shm"] {
            std::fs::remove_file(data.join(side)).ok();
        }
        std::fs::write(data.join("mudlark.sqlite3"), &kept).unwrap();
    }
    is_whole(&data);
}

#[test]
fn trail_that_was_emptied_begins_anew_with_a_line_that_says_so_on_sqlite() {
    let (_folder, data) = quiet_trail();
    tamper(&data, "DELETE FROM audit_entries; UPDATE audit_head SET sequence = 0, mac = NULL, seal = NULL;");
    assert_eq!(fault(&data)["fault"], "removed");

    admin(&data, &["account", "list"]);

    let lines = lines(&data);
    assert_eq!((lines.len(), &lines[0]["action"]), (1, &json!("audit.started")));
    assert_eq!(lines[0]["details"], json!({"accounts": 1, "by": "server"}));
}

#[test]
fn export_is_checked_on_its_own_and_against_the_database_on_sqlite() {
    let (_folder, data) = quiet_trail();
    let copy = data.join("copy.jsonl");
    let exported = admin(&data, &["audit", "export", "-o", copy.to_str().unwrap()]);
    assert_eq!(exported["lines"], 5);
    let verify = |file: &Path| run(&data, &["audit", "verify", "--json", "--file", file.to_str().unwrap()]);
    assert!(verify(&copy).status.success());
    // Lines that came later are no fault.
    admin(&data, &["account", "create", "--name", "Later", "--plan", "pro"]);
    assert!(verify(&copy).status.success());

    let text = std::fs::read_to_string(&copy).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6);
    let altered = data.join("altered.jsonl");
    for (what, lines, kind) in [
        (
            "changed",
            text.replace("\"three\"", "\"drei\"").replace("\\\"three\\\"", "\\\"drei\\\""),
            "changed",
        ),
        ("removed", [&lines[..2], &lines[3..]].concat().join("\n"), "removed"),
        ("reordered", [lines[0], lines[2], lines[1], lines[3], lines[4], lines[5]].join("\n"), "removed"),
        ("cut off", [&lines[..3], &lines[5..]].concat().join("\n"), "cut off"),
        ("without an end", lines[..5].join("\n"), "cut off or changed"),
    ] {
        std::fs::write(&altered, lines).unwrap();
        let output = verify(&altered);
        assert_eq!(output.status.code(), Some(1), "{what}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["fault"], kind, "{what}: {found}");
    }
    for garbage in ["", "hello", "{\"sequence\":1}"] {
        std::fs::write(&altered, garbage).unwrap();
        assert_eq!(verify(&altered).status.code(), Some(1), "{garbage}");
    }
    let again = run(&data, &["audit", "export", "-o", copy.to_str().unwrap()]);
    assert!(!again.status.success(), "a copy is never written over");
}

#[test]
fn older_database_put_back_is_found_with_an_export_on_sqlite() {
    let (_folder, data) = quiet_trail();
    let kept = std::fs::read(data.join("mudlark.sqlite3")).unwrap();
    admin(&data, &["account", "create", "--name", "Later", "--plan", "pro"]);
    let copy = data.join("copy.jsonl");
    admin(&data, &["audit", "export", "-o", copy.to_str().unwrap()]);
    for side in ["mudlark.sqlite3-wal", "mudlark.sqlite3-shm"] {
        std::fs::remove_file(data.join(side)).ok();
    }
    std::fs::write(data.join("mudlark.sqlite3"), kept).unwrap();
    is_whole(&data);

    let output = run(&data, &["audit", "verify", "--json", "--file", copy.to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not in the database any more"));
}

#[test]
fn csv_is_no_formula_and_one_line_a_row_on_sqlite() {
    let (_folder, data) = quiet_trail();
    tamper(
        &data,
        "UPDATE audit_entries SET agent = '=HYPERLINK(\"http://x\")', request_id = char(13, 10) || 'forged,line', \
         subject = '@SUM(1)', reason = '+1' WHERE sequence = 2;",
    );
    let output = run(&data, &["audit", "export", "--format", "csv"]);
    assert!(output.status.success());
    let csv = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> = csv.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 6, "{csv}");
    for guarded in ["\"'=HYPERLINK(\"\"http://x\"\")\"", "\"'\\r\\nforged,line\"", "\"'@SUM(1)\"", "\"'+1\""]
    {
        assert!(rows[2].contains(guarded), "{guarded}: {}", rows[2]);
    }
    let table = run(&data, &["audit", "list"]);
    assert_eq!(String::from_utf8(table.stdout).unwrap().lines().count(), 6);
}

#[tokio::test]
async fn trail_that_cannot_be_written_gives_no_token_unless_the_setting_says_so_on_sqlite() {
    for (durability, status) in [("durable", 503), ("relaxed", 200)] {
        let studio = Studio::start_with(&["--audit-durability", durability]);
        let key = studio.new_key(&["admin"]);
        let actor = studio.actor_of(&key).await;
        // The next line's number is taken: no further line can be written.
        tamper(
            &studio.data(),
            "INSERT INTO audit_entries (sequence, at_ms, action, outcome, mac) \
             SELECT sequence + 1 + value, 0, 'x', 'allowed', zeroblob(32) FROM audit_head, \
             (SELECT 0 AS value UNION SELECT 1 UNION SELECT 2 UNION SELECT 3);",
        );
        let body = json!({"key": key["key"], "secret": key["secret"]});
        let answer = studio.anonymous().post("/auth/token").json(&body).send().await;
        assert_eq!(answer.status.as_u16(), status, "{durability}: {}", answer.text());
        if status == 503 {
            answer.refused(503, "audit_unavailable");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
        // What needs no line goes on.
        actor.get("/users").send().await.ok();
        // A change of rights is not made without its line.
        actor.post("/workspaces").json(&json!({"name": "No line"})).send().await.refused(500, "internal");
        tamper(&studio.data(), "DELETE FROM audit_entries WHERE action = 'x';");
        let answer = studio.anonymous().post("/auth/token").json(&body).send().await;
        assert_eq!(answer.status.as_u16(), 200, "{durability}: {}", answer.text());
        let workspaces = actor.get("/accounts/workspaces").send().await.ok();
        assert_eq!(workspaces.as_array().unwrap().len(), 1, "{workspaces}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_that_ended_by_itself_has_one_line_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let key = new_key(&data, text(&account, "id"), &["viewer"]);
    tamper(&data, "UPDATE api_keys SET expires_at_ms = 1;");
    for _ in 0..2 {
        let mut program = Program::start_on(&data, &[]);
        crate::support::eventually("its end is written down", || {
            !of_action(&lines(&data), "key.expired").is_empty()
        });
        program.terminate();
        program.wait();
    }

    let ended = of_action(&lines(&data), "key.expired");
    assert_eq!((ended.len(), &ended[0]["subject"]), (1, &key["key"]));
    assert_eq!((&ended[0]["account_id"], &ended[0]["details"]["by"]), (&account["id"], &json!("server")));
    is_whole(&data);
}
