//! The audit trail: who did what, from where, with which key; and that a line which is changed, taken out, moved or cut
//! off is found (`tampering`).

mod tampering;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mudlark_server::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::tampering::quiet_trail;
use crate::support::{Actor, NO_LIMITS, Program, Studio, admin, new_key, program_command, text, use_data};

const AGENT: &str = "audit-test/1.0";

fn run(data: &Path, args: &[&str]) -> Output {
    use_data(&mut program_command(args), data).output().unwrap()
}

/// Every line, oldest first.
fn lines(data: &Path) -> Vec<Value> {
    let listed = admin(data, &["audit", "list", "--limit", "100000"]);
    listed.as_array().unwrap().iter().rev().cloned().collect()
}

fn of_action(lines: &[Value], action: &str) -> Vec<Value> {
    lines.iter().filter(|line| line["action"] == action).cloned().collect()
}

fn is_whole(data: &Path) -> Value {
    let report = admin(data, &["audit", "verify"]);
    assert_eq!(report["whole"], true, "{report}");
    report
}

/// Stops the server as an operator does; all lines are on the disk then.
fn stop(studio: &mut Studio) {
    studio.program().terminate();
    assert!(studio.program().wait().success());
}

/// A token's id, read from the token.
fn token_id(token: &str) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    text(&claims, "jti").to_owned()
}

#[tokio::test]
async fn changes_of_rights_leave_their_lines_with_who_and_what() {
    let mut studio = Studio::start();
    let account = studio.account.clone();
    let key = studio.new_key(&["review"]);
    for command in [
        vec!["account", "suspend", &account],
        vec!["account", "resume", &account],
        vec!["account", "set-plan", &account, "enterprise"],
        vec!["key", "revoke", text(&key, "key")],
        // Revoked before: nothing changes, so no line.
        vec!["key", "revoke", text(&key, "key")],
    ] {
        studio.admin(&command);
    }
    let maker = studio.key_with(&["admin"]).await;
    let made = maker
        .post("/workspaces")
        .header("user-agent", AGENT)
        .header("x-request-id", "made-here")
        .json(&json!({"name": "Second"}))
        .send()
        .await
        .ok();
    stop(&mut studio);

    let lines = lines(&studio.data());
    let by_operator = |action: &str, subject: &str, details: Value| {
        let found = of_action(&lines, action);
        assert!(!found.is_empty(), "no {action}");
        let line = &found[0];
        assert_eq!(line["subject"], subject, "{line}");
        assert_eq!((&line["outcome"], &line["reason"]), (&json!("allowed"), &Value::Null));
        assert_eq!((&line["key"], &line["address"]), (&Value::Null, &Value::Null));
        assert_eq!(line["details"]["by"], "operator", "{line}");
        for (name, value) in details.as_object().unwrap() {
            assert_eq!(line["details"][name], *value, "{line}");
        }
        assert_eq!(line["account_id"], account, "{line}");
        found.len()
    };
    by_operator("account.created", &account, json!({"name": "Studio", "plan": "pro"}));
    by_operator("account.suspended", &account, json!({}));
    by_operator("account.resumed", &account, json!({}));
    by_operator("account.plan_changed", &account, json!({"from": "pro", "to": "enterprise"}));
    by_operator("workspace.created", &studio.workspace, json!({"name": "Game"}));
    by_operator("key.created", text(&key, "key"), json!({"name": "test key", "roles": ["member", "review"]}));
    assert_eq!(by_operator("key.revoked", text(&key, "key"), json!({})), 1);
    let over_the_api = &of_action(&lines, "workspace.created")[1];
    assert_eq!(over_the_api["subject"], made["id"]);
    assert_eq!(over_the_api["address"], "127.0.0.1");
    assert_eq!((&over_the_api["agent"], &over_the_api["request_id"]), (&json!(AGENT), &json!("made-here")));
    assert!(over_the_api["key"].is_string() && over_the_api["user_id"].is_string(), "{over_the_api}");
    assert_eq!(over_the_api["details"], json!({"name": "Second"}));
    for action in ["signing_key.created", "signing_key.activated"] {
        let found = of_action(&lines, action);
        assert_eq!((found.len(), &found[0]["details"]["by"]), (1, &json!("server")));
    }
    is_whole(&studio.data());
}

#[tokio::test]
async fn tokens_and_refusals_leave_their_lines_with_the_inner_reason() {
    let mut studio = Studio::start();
    let (key, revoked) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    let actor = studio.actor_of(&revoked).await;
    let token = actor.token.clone().unwrap();
    let ask = async |body: Value, id: &str| {
        let call = studio.anonymous().post("/auth/token").header("user-agent", AGENT);
        call.header("x-request-id", id).json(&body).send().await
    };
    let issued = ask(json!({"key": key["key"], "secret": key["secret"]}), "issued").await.ok();
    let good = studio.anonymous().with_token(issued.as_str()).with_account(Some(&studio.account));
    let good = good.with_workspace(Some(&studio.workspace));
    let revoke = ["key", "revoke", text(&revoked, "key")];
    studio.admin(&revoke);
    let secret = &revoked["secret"];
    ask(json!({"key": key["key"], "secret": secret}), "wrong-secret")
        .await
        .refused(401, "invalid_credentials");
    ask(json!({"key": revoked["key"], "secret": secret}), "revoked")
        .await
        .refused(401, "invalid_credentials");
    let unknown = "mdl_key_0000000000000000000000";
    ask(json!({"key": unknown, "secret": secret}), "unknown").await.refused(401, "invalid_credentials");
    let forged = "mdl_key_1\r\n99 token.issued allowed";
    ask(json!({"key": forged, "secret": secret}), "forged").await.refused(401, "invalid_credentials");
    let request = |actor: &Actor, id: &str| {
        actor.post("/workspaces/folders").header("x-request-id", id).json(&json!({"path": "/a"}))
    };
    request(&studio.anonymous(), "none").send().await.refused(401, "invalid_token");
    request(&good.with_token(Some("a.b.c")), "garbled").send().await.refused(401, "invalid_token");
    request(&actor, "dead").send().await.refused(401, "invalid_token");
    request(&good, "role").send().await.refused(403, "role_missing");
    let absent = "0198c0de-0000-7000-8000-00000000dead";
    request(&good.with_account(Some(absent)), "account").send().await.refused(403, "account_mismatch");
    request(&good.with_workspace(Some(absent)), "workspace").send().await.refused(403, "workspace_forbidden");
    studio.anonymous().put("/uploads/x?expires=1&signature=x").header("x-request-id", "upload").send().await;
    stop(&mut studio);

    let lines = lines(&studio.data());
    let line = |id: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line["request_id"] == id).collect();
        assert_eq!(found.len(), 1, "{id}: {found:?}");
        found[0].clone()
    };
    let account = json!(studio.account);
    let made = line("issued");
    assert_eq!((&made["action"], &made["outcome"]), (&json!("token.issued"), &json!("allowed")));
    assert_eq!(made["token_id"], token_id(issued.as_str().unwrap()));
    assert_eq!((&made["key"], &made["account_id"]), (&key["key"], &account));
    assert_eq!((&made["user_id"], &made["address"]), (&key["user_id"], &json!("127.0.0.1")));
    assert_eq!(made["agent"], AGENT);
    for (id, action, reason, key, account) in [
        ("wrong-secret", "token.refused", "wrong_secret", &key["key"], &account),
        ("revoked", "token.refused", "key_revoked", &revoked["key"], &account),
        ("unknown", "token.refused", "unknown_key", &json!(unknown), &Value::Null),
        ("forged", "token.refused", "unknown_key", &Value::Null, &Value::Null),
        ("none", "request.refused", "no_token", &Value::Null, &Value::Null),
        ("garbled", "request.refused", "not_base64url", &Value::Null, &Value::Null),
        ("dead", "request.refused", "key_revoked", &revoked["key"], &account),
        ("role", "request.refused", "workspace_role_missing", &key["key"], &account),
        ("account", "request.refused", "other_account", &key["key"], &account),
        ("workspace", "request.refused", "workspace_closed", &key["key"], &account),
    ] {
        let line = line(id);
        assert_eq!((&line["action"], &line["reason"]), (&json!(action), &json!(reason)), "{line}");
        assert_eq!((&line["outcome"], &line["address"]), (&json!("refused"), &json!("127.0.0.1")), "{line}");
        assert_eq!((&line["key"], &line["account_id"]), (key, account), "{line}");
        let operation = if action == "token.refused" { "create_token" } else { "create_folder" };
        if id != "upload" {
            assert_eq!(line["subject"], operation, "{line}");
        }
    }
    assert_eq!(line("dead")["token_id"], token_id(&token));
    assert_eq!(line("upload")["outcome"], "refused");
    is_whole(&studio.data());
}

#[tokio::test]
async fn limit_that_is_tripped_leaves_its_line() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let wrong = json!({"key": key["key"], "secret": "x"});
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(studio.anonymous().post("/auth/token").json(&wrong).send().await.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    stop(&mut studio);

    let tripped = of_action(&lines(&studio.data()), "limit.tripped");
    assert!(!tripped.is_empty());
    assert_eq!(tripped[0]["key"], key["key"]);
    assert_eq!(
        (&tripped[0]["outcome"], &tripped[0]["account_id"]),
        (&json!("refused"), &json!(studio.account))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flood_of_refusals_becomes_a_handful_of_lines_and_one_with_their_number() {
    let clock = Clock::fixed(1_800_000_000_000);
    let studio = Studio::start_in_process(&clock).await;
    for _ in 0..200 {
        studio.anonymous().get("/users").send().await.refused(401, "invalid_token");
    }
    let data = studio.data();
    let singly = || of_action(&lines(&data), "request.refused").len();
    crate::support::eventually("the handful is written", || singly() == 5);

    clock.advance_ms(60_000);
    crate::support::eventually("the rest is summed up", || singly() == 6);

    let last = of_action(&lines(&data), "request.refused").pop().unwrap();
    assert_eq!((&last["details"]["count"], &last["reason"]), (&json!(195), &json!("no_token")));
    assert_eq!(last["details"]["block"], "127.0.0.1");
    is_whole(&data);
}

#[tokio::test]
async fn account_reads_its_own_lines_filtered_and_in_pages() {
    let studio = Studio::start();
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let others = new_key(&studio.data(), text(&other, "id"), &["admin"]);
    let stranger = studio.actor_of(&others).await;
    let key = studio.new_key(&["admin"]);
    let actor = studio.actor_of(&key).await;
    let me = actor.get("/users").send().await.ok();
    let mine = actor.get("/accounts/audit").send().await.ok();
    let mine = mine.as_array().unwrap();
    let sequences: Vec<_> = mine.iter().map(|line| line["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.is_sorted_by(|one, next| one > next), "{sequences:?}");
    assert!(mine.iter().all(|line| line["account_id"] == studio.account));
    let theirs = stranger.get("/accounts/audit").send().await.ok();
    assert!(theirs.as_array().unwrap().iter().all(|line| line["account_id"] == other["id"]), "{theirs}");

    let expected = |filter: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        mine.iter().filter(|line| filter(line)).cloned().collect()
    };
    let first = mine.last().unwrap();
    let at = text(first, "at");
    for (query, wanted) in [
        ("action=key.created".to_owned(), expected(&|line| line["action"] == "key.created")),
        ("action=token.issued".to_owned(), expected(&|line| line["action"] == "token.issued")),
        ("outcome=refused".to_owned(), vec![]),
        (
            format!("key={}", text(&key, "key")),
            expected(&|line| line["key"] == key["key"] || line["subject"] == key["key"]),
        ),
        (format!("user_id={}", text(&me, "id")), expected(&|line| line["user_id"] == me["id"])),
        (format!("user_id={}", text(&other, "id")), vec![]),
        (format!("until={at}"), vec![]),
        (format!("since={at}"), mine.clone()),
    ] {
        let found = actor.get(&format!("/accounts/audit?{query}")).send().await.ok();
        assert_eq!(found, json!(wanted), "{query}");
    }
    let mut paged = Vec::new();
    let mut next = Some("/accounts/audit?limit=2".to_owned());
    while let Some(path) = next {
        let page = actor.get(&path).send().await;
        let link = page.header("link").map(str::to_owned);
        next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
        paged.extend(page.ok().as_array().unwrap().clone());
    }
    assert_eq!(paged, *mine);
    for (query, field) in [
        ("action=nothing", "action"),
        ("outcome=maybe", "outcome"),
        ("since=yesterday", "since"),
        ("until=1", "until"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("user_id=mira", "user_id"),
    ] {
        let refusal =
            actor.get(&format!("/accounts/audit?{query}")).send().await.refused(400, "invalid_input");
        assert_eq!(refusal["fields"][0]["field"], field);
    }
    studio.key_with(&["manage_art"]).await.get("/accounts/audit").send().await.refused(403, "role_missing");
}

#[tokio::test]
async fn line_has_all_its_members_on_the_wire() {
    let studio = Studio::start();
    let actor = studio.key_with(&["admin"]).await;
    let found = actor.get("/accounts/audit?action=token.issued").send().await.ok();
    let names: Vec<_> = found[0].as_object().unwrap().keys().cloned().collect();
    let mut expected = vec![
        "sequence",
        "at",
        "action",
        "outcome",
        "reason",
        "account_id",
        "key",
        "user_id",
        "address",
        "agent",
        "request_id",
        "token_id",
        "subject",
        "details",
    ];
    expected.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[tokio::test]
async fn no_secret_and_no_token_is_in_the_trail_or_its_copies_on_sqlite() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["admin"]);
    let (id, secret) = (text(&key, "key"), text(&key, "secret"));
    let ask = |key: &str, secret: &str| {
        studio.anonymous().post("/auth/token").json(&json!({"key": key, "secret": secret}))
    };
    let token = ask(id, secret).send().await.ok();
    let token = token.as_str().unwrap().to_owned();
    // Where secrets end up by mistake: as the key, as the agent, as the request's id, as the account.
    ask(secret, id).send().await.refused(401, "invalid_credentials");
    ask(id, "x")
        .header("user-agent", &format!("curl {secret}"))
        .send()
        .await
        .refused(401, "invalid_credentials");
    ask(id, "x").header("x-request-id", secret).send().await.refused(401, "invalid_credentials");
    let odd = studio.anonymous().get("/users").header("user-agent", &format!("Bearer {token}"));
    odd.send().await.refused(401, "invalid_token");
    let presented = studio.anonymous().with_token(Some(&format!("{token}x"))).get("/users").send().await;
    presented.refused(401, "invalid_token");
    stop(&mut studio);
    let data = studio.data();
    is_whole(&data);

    let mut looked_at: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for format in ["jsonl", "csv"] {
        let file = data.join(format!("copy.{format}"));
        admin(&data, &["audit", "export", "--format", format, "-o", file.to_str().unwrap()]);
        looked_at.push((file.clone(), std::fs::read(&file).unwrap()));
    }
    for name in ["mudlark.sqlite3", "mudlark.sqlite3-wal"] {
        if let Ok(bytes) = std::fs::read(data.join(name)) {
            looked_at.push((name.into(), bytes));
        }
    }
    assert!(looked_at.len() >= 3);
    let signature = token.rsplit('.').next().unwrap();
    for (file, bytes) in looked_at {
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(id), "{}: the scan finds what is there", file.display());
        for hidden in [secret, &secret[8..], token.as_str(), signature] {
            assert!(!holds(hidden), "{} holds a secret or a token", file.display());
        }
    }
}

#[test]
fn list_of_the_command_line_is_filtered() {
    let (_folder, data) = quiet_trail();
    let found = |args: &[&str]| admin(&data, &[&["audit", "list"], args].concat()).as_array().unwrap().len();
    assert_eq!(found(&[]), 5);
    assert_eq!(found(&["--limit", "2"]), 2);
    assert_eq!(found(&["--action", "key.created"]), 4);
    assert_eq!(found(&["--action", "KEY.CREATED", "--outcome", "refused"]), 0);
    assert_eq!(found(&["--account", "0198c0de-0000-7000-8000-00000000dead"]), 0);
    assert_eq!(found(&["--since", "2020-01-01T00:00:00Z", "--until", "2021-01-01T00:00:00Z"]), 0);
    assert_eq!(found(&["--since", "2020-01-01T00:00:00Z"]), 5);
    let wrong = run(&data, &["audit", "list", "--action", "nothing"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("docs/audit.md"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_token_that_was_handed_out_has_its_line_after_a_kill() {
    const KILLS: usize = 4;
    const TOKENS: usize = 150;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let account = admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let key = new_key(&data, text(&account, "id"), &["viewer"]);
    let handed_out: Arc<Mutex<HashSet<String>>> = Arc::default();
    for kill in 1..=KILLS {
        let mut program = Program::start_on(&data, &NO_LIMITS);
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (nobody, handed_out) = (Actor::anonymous(program.base()), Arc::clone(&handed_out));
                let body = json!({"key": key["key"], "secret": key["secret"]});
                tokio::spawn(async move {
                    let url = format!("{}/auth/token", nobody.base);
                    loop {
                        let Ok(answer) = nobody.client.post(&url).json(&body).send().await else { return };
                        assert_eq!(answer.status(), 200);
                        let Ok(token) = answer.json::<String>().await else { return };
                        handed_out.lock().unwrap().insert(token_id(&token));
                    }
                })
            })
            .collect();
        while handed_out.lock().unwrap().len() < kill * TOKENS {
            assert!(clients.iter().any(|client| !client.is_finished()), "a running server gave no token");
            tokio::task::yield_now().await;
        }
        program.kill();
        for client in clients {
            client.await.unwrap();
        }
    }

    let issued = of_action(&lines(&data), "token.issued");
    let recorded: HashSet<_> = issued.iter().map(|line| text(line, "token_id").to_owned()).collect();
    let handed_out = handed_out.lock().unwrap();
    let missing: Vec<_> = handed_out.difference(&recorded).collect();
    assert!(missing.is_empty(), "{} of {} tokens have no line", missing.len(), handed_out.len());
    assert!(handed_out.len() >= KILLS * TOKENS);
    is_whole(&data);
}

#[tokio::test]
async fn everything_done_to_a_key_leaves_its_line_over_the_api_and_by_command() {
    let mut studio = Studio::start();
    let admin = studio.key_with(&["admin"]).await;
    let made =
        admin.post("/accounts/api-keys").json(&json!({"name": "made", "roles": ["viewer"]})).send().await;
    let made = made.ok();
    let id = text(&made, "key").to_owned();
    let token = studio.token_of(&made).await;
    let path = format!("/accounts/api-keys/{id}");
    admin.patch(&path).json(&json!({"name": "renamed", "scopes": ["users:read"]})).send().await.ok();
    let rotated =
        admin.post(&format!("{path}/rotate")).json(&json!({"overlap_seconds": 60})).send().await.ok();
    assert!(admin.delete(&format!("{path}/secrets/1")).send().await.status.is_success());
    let fresh = json!({"key": id, "secret": rotated["secret"], "account_id": studio.account});
    let second = studio.token_of(&fresh).await;
    studio.anonymous().post("/auth/revoke").json(&json!({"token": second})).send().await.ok();
    studio.anonymous().post("/auth/leaked").json(&json!({"secret": rotated["secret"]})).send().await.ok();
    assert!(admin.delete(&path).send().await.status.is_success());
    assert!(admin.post("/accounts/api-keys/revoke-all").send().await.status.is_success());
    let by_hand = studio.new_key(&["viewer"]);
    studio.admin(&["key", "rotate", text(&by_hand, "key")]);
    stop(&mut studio);

    let lines = lines(&studio.data());
    let done: Vec<_> = lines
        .iter()
        .filter(|line| line["subject"] == id && line["outcome"] == "allowed")
        .map(|line| text(line, "action"))
        .collect();
    let expected = [
        "key.created",
        "key.changed",
        "key.rotated",
        "secret.revoked",
        "token.revoked",
        "key.leaked",
        "key.revoked",
    ];
    assert_eq!(done, expected);
    let revoked = &of_action(&lines, "token.revoked")[0];
    assert_eq!(revoked["token_id"], token_id(&second));
    assert_ne!(revoked["token_id"], token_id(&token));
    for line in lines.iter().filter(|line| line["subject"] == id) {
        assert_eq!(
            (&line["account_id"], &line["address"]),
            (&json!(studio.account), &json!("127.0.0.1")),
            "{line}"
        );
    }
    assert!(of_action(&lines, "key.changed")[0]["key"].is_string());
    assert_eq!(of_action(&lines, "account.tokens_revoked")[0]["subject"], studio.account);
    let rotated = of_action(&lines, "key.rotated");
    assert_eq!((&rotated[1]["subject"], &rotated[1]["details"]["by"]), (&by_hand["key"], &json!("operator")));
    is_whole(&studio.data());
}
