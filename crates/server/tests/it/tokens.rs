//! `POST /auth/token`: every form of asking, every form of the answer, every refusal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Program, Studio, program_command};

/// How long a refusal of credentials takes at the least (`http::refusals`).
const HELD_BACK: Duration = Duration::from_millis(2);

async fn ask(nobody: &Actor, body: &Value) -> Answer {
    nobody.post("/auth/token").json(body).send().await
}

/// The body without what differs from answer to answer.
fn facts(answer: &Answer) -> Value {
    let mut body = answer.json();
    body["request_id"] = Value::Null;
    body
}

#[tokio::test]
async fn key_and_secret_get_a_token_in_every_form_of_asking() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let (nobody, account) = (studio.anonymous(), studio.account.as_str());
    let (id, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let form = format!("key={id}&secret={secret}");
    let in_header = || nobody.post("/auth/token").header("x-account-id", account);
    for (what, call) in [
        (
            "all in JSON",
            nobody.post("/auth/token").json(&json!({"account_id": account, "key": id, "secret": secret})),
        ),
        ("JSON, account in the header", in_header().json(&json!({"key": id, "secret": secret}))),
        (
            "JSON, account in both",
            in_header().json(&json!({"account_id": account, "key": id, "secret": secret})),
        ),
        ("JSON, no account", nobody.post("/auth/token").json(&json!({"key": id, "secret": secret}))),
        (
            "JSON without its type",
            nobody.post("/auth/token").body(json!({"key": id, "secret": secret}).to_string()),
        ),
        (
            "form, account in the header",
            in_header().header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded").body(form.clone()),
        ),
        (
            "form, no account",
            nobody
                .post("/auth/token")
                .header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded; charset=utf-8")
                .body(form.clone()),
        ),
        (
            "form, account in it",
            nobody
                .post("/auth/token")
                .header(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")
                .body(format!("{form}&account_id={account}")),
        ),
        (
            "with the alias and a slash",
            nobody.post("/v1/auth/token/").json(&json!({"key": id, "secret": secret})),
        ),
    ] {
        let answer = call.send().await;
        assert_eq!(answer.status.as_u16(), 200, "{what}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        let token = answer.json();
        let user = nobody.with_token(token.as_str()).get("/users").send().await.ok();
        assert_eq!(user["id"], key["user_id"], "{what}");
    }
}

#[tokio::test]
async fn answer_is_an_object_where_the_request_or_the_setting_asks_for_it() {
    let studio = Studio::start_with(&["--token-format", "object", "--token-ttl-s", "600"]);
    let key = studio.new_key(&["viewer"]);
    let body = json!({"key": key["key"], "secret": key["secret"]});
    let nobody = studio.anonymous();
    let by_setting = ask(&nobody, &body).await.ok();
    let by_query = nobody.post("/auth/token?format=object").json(&body).send().await.ok();
    let accept = "application/vnd.mudlark.token+json";
    let by_header = nobody.post("/auth/token").header("accept", accept).json(&body).send().await.ok();
    for object in [by_setting, by_query, by_header] {
        assert_eq!(
            (object["token_type"].as_str(), object["expires_in"].as_i64()),
            (Some("Bearer"), Some(600))
        );
        assert!(object["token"].as_str().unwrap().split('.').count() == 3);
    }
    let bare = nobody.post("/auth/token?format=string").json(&body).send().await.ok();
    assert!(bare.is_string());
    nobody.post("/auth/token?format=xml").json(&body).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn wrong_credentials_of_every_kind_get_one_and_the_same_answer() {
    let studio = Studio::start();
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let (key, revoked) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    studio.admin(&["key", "revoke", revoked["key"].as_str().unwrap()]);
    let mut altered = key["secret"].as_str().unwrap().to_owned();
    let last = altered.pop().unwrap();
    altered.push(if last == 'a' { 'b' } else { 'a' });
    let rows = [
        ("unknown key", json!({"key": "mdl_key_0000000000000000000000", "secret": key["secret"]})),
        ("no key at all", json!({"key": "hello", "secret": "world"})),
        ("altered secret", json!({"key": key["key"], "secret": altered})),
        ("secret of another key", json!({"key": key["key"], "secret": revoked["secret"]})),
        ("another account", json!({"key": key["key"], "secret": key["secret"], "account_id": other["id"]})),
        (
            "no account at all",
            json!({"key": key["key"], "secret": key["secret"], "account_id": "your-account-id"}),
        ),
        ("revoked key", json!({"key": revoked["key"], "secret": revoked["secret"]})),
        ("endless key", json!({"key": "k".repeat(100_000), "secret": key["secret"]})),
    ];
    for (what, body) in rows {
        let answer = ask(&studio.anonymous(), &body).await;
        answer.refused(401, "invalid_credentials");
        assert_eq!(
            facts(&answer),
            json!({
                "error": "Unauthorized", "message": "Invalid API key or secret",
                "code": "invalid_credentials", "request_id": null,
            }),
            "{what}"
        );
    }
}

/// Sends a head, dawdles, and sends the body; gives the status line, and how long it took from the body on.
fn time_from_the_body_on(address: &str, path: &str, body: &str) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(3 * HELD_BACK);
    let began = Instant::now();
    stream.write_all(body.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    (String::from_utf8_lossy(&status).into_owned(), began.elapsed())
}

#[tokio::test]
async fn refusals_of_credentials_are_held_back_alike_however_the_body_comes() {
    let mut studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let address = studio.program().address().to_owned();
    let (id, secret) = (key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let (unknown, other) = ("mdl_key_0000000000000000000000", "00000000-0000-0000-0000-000000000000");
    let form = |id: &str, secret: &str| {
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
    };
    for (what, path, body) in [
        ("unknown key", "/auth/token", format!("key={unknown}&secret={secret}")),
        ("wrong secret", "/auth/token", format!("key={id}&secret=mdl_sec_wrong")),
        ("another account", "/auth/token", format!("key={id}&secret={secret}&account_id={other}")),
        ("endless secret", "/auth/token", format!("key={id}&secret={}", "x".repeat(9_000))),
        ("unknown client", "/oauth/token", form(unknown, secret)),
        ("wrong client secret", "/oauth/token", form(id, "mdl_sec_wrong")),
    ] {
        let (status, elapsed) = time_from_the_body_on(&address, path, &body);
        assert_eq!(status, "HTTP/1.1 401", "{what}");
        assert!(elapsed >= HELD_BACK, "{what}: {elapsed:?}");
    }
}

#[tokio::test]
async fn malformed_requests_are_refused_and_say_what_is_wrong() {
    let studio = Studio::start();
    let key = studio.new_key(&["viewer"]);
    let nobody = studio.anonymous();
    let (id, secret) = (&key["key"], &key["secret"]);
    for (body, field) in [
        (json!({"secret": secret}), "key"),
        (json!({"key": id}), "secret"),
        (json!({"key": "", "secret": secret}), "key"),
        (json!({"key": id, "secret": ""}), "secret"),
        (json!({"key": 5, "secret": secret}), "key"),
        (json!({"key": id, "secret": ["a"]}), "secret"),
        (json!({"key": id, "secret": secret, "account_id": ""}), "account_id"),
        (json!({"key": id, "secret": secret, "account_id": null}), "account_id"),
        (json!({"key": id, "secret": secret, "account_id": 7}), "account_id"),
        (json!({"key": "a\u{0}b", "secret": secret}), "key"),
    ] {
        let refusal = ask(&nobody, &body).await.refused(400, "invalid_input");
        assert_eq!(refusal["fields"][0]["field"], field, "{refusal}");
        assert!(refusal["message"].as_str().unwrap().contains(field), "{refusal}");
    }
    let deep = "[".repeat(10_000);
    for body in ["", "{", "[]", "\"text\"", "null", deep.as_str()] {
        let answer = nobody
            .post("/auth/token")
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .await;
        assert_eq!(answer.status.as_u16(), 400, "{body:.20}: {}", answer.text());
    }
    let post = || nobody.post("/auth/token");
    post().body(vec![b'{', 0xff, b'}']).send().await.refused(400, "body_malformed");
    post().body(vec![b' '; 10 << 20]).send().await.refused(413, "body_too_large");
    post()
        .header("content-type", "text/xml")
        .body("<a/>")
        .send()
        .await
        .refused(415, "unsupported_media_type");
    let other = "0198c0de-0000-7000-8000-00000000dead";
    let two = post()
        .header("x-account-id", other)
        .json(&json!({"key": id, "secret": secret, "account_id": studio.account}));
    two.send().await.refused(400, "invalid_input");
    let garbled = post().header("x-account-id", "x").json(&json!({"key": id, "secret": secret}));
    garbled.send().await.refused(400, "header_malformed");
    // Credentials in the address are not looked at: addresses end in logs.
    let in_query = format!("/auth/token?key={}&secret={}", id.as_str().unwrap(), secret.as_str().unwrap());
    nobody.post(&in_query).send().await.refused(400, "invalid_input");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_other_keys_go_on() {
    let studio = Studio::start();
    let (attacked, other) = (studio.new_key(&["viewer"]), studio.new_key(&["viewer"]));
    let nobody = studio.anonymous();
    let guess = json!({"key": attacked["key"], "secret": "guess"});
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let answer = ask(&nobody, &guess).await;
        if answer.status == 429 {
            answer.refused(429, "too_many_requests");
            assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses[7], 429);
    studio.token_of(&other).await;
}

#[tokio::test]
async fn secrets_tokens_and_upload_addresses_never_reach_the_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let account = crate::support::admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let account = account["id"].as_str().unwrap();
    let workspace =
        crate::support::admin(&data, &["workspace", "create", "--account", account, "--name", "W"]);
    let key = crate::support::new_key(&data, account, &["admin"]);
    let mut command =
        program_command(&["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--log-format", "json"]);
    crate::support::use_data(&mut command, &data).stderr(std::fs::File::create(&log).unwrap());
    let mut program = Program::spawn(command);
    let nobody = Actor::anonymous(program.base());
    let credentials = json!({"key": key["key"], "secret": key["secret"]});
    let token = ask(&nobody, &credentials).await.ok();
    let token = token.as_str().unwrap();
    ask(&nobody, &json!({"key": key["key"], "secret": "mdl_sec_wrong"})).await;
    let pair = format!("{}:{}", key["key"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair);
    let oauth = nobody
        .post("/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", &format!("Basic {basic}"))
        .body("grant_type=client_credentials");
    let oauth_token = oauth.send().await.ok()["access_token"].as_str().unwrap().to_owned();
    let actor =
        nobody.with_token(Some(token)).with_account(Some(account)).with_workspace(workspace["id"].as_str());
    actor.upload("/", "a.txt", "x").await;
    let begun = actor.post("/workspaces/assets/upload").json(&json!({"name": "b.txt"})).send().await.ok();
    let signed_url = begun["signed_url"].as_str().unwrap();
    nobody.client.put(format!("{signed_url}0")).body("x").send().await.unwrap();
    program.terminate();
    program.wait();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.lines().count() > 5 && log.contains("\"/auth/token\""), "the log is there: {log}");
    let signature = signed_url.split("signature=").nth(1).unwrap();
    for (what, text) in [
        ("the secret", key["secret"].as_str().unwrap()),
        ("a wrong secret", "mdl_sec_wrong"),
        ("the token", token),
        ("the secret in HTTP Basic", &basic),
        ("the token of OAuth", &oauth_token),
        ("the token's signature", token.rsplit('.').next().unwrap()),
        ("an upload address", signature),
    ] {
        assert!(!log.contains(text), "{what} is in the log");
    }
    let url = crate::support::database_of(&data).unwrap_or_default();
    let password = url.split_once('@').and_then(|(credentials, _)| credentials.rsplit(':').next());
    // A short one, of a server given by hand, may be part of any word.
    if let Some(password) = password.filter(|password| password.len() > 8) {
        assert!(!log.contains(password), "the database's password is in the log");
    }
}
