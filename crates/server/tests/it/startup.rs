//! Starting, stopping, and what keeps the program from starting: each said in a sentence.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use mudlark_server::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Actor, Program, Studio, admin, admin_failing, database_of, program_command, use_data, wait_for,
};

/// Starts a server that must not start, and gives what it says.
fn refusal(data: &Path, flags: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = program_command(&["serve", "--listen", "127.0.0.1:0"]);
    // A place that holds no folder gets no database of its own.
    if data.parent().is_some_and(Path::is_dir) && !data.starts_with("/proc") {
        use_data(&mut command, data);
    } else {
        command.arg("--data").arg(data);
    }
    command.args(flags).envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_keeps_the_server_from_starting_is_said_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let below_a_file = refusal(&file.join("data"), &[], &[]);
    assert!(below_a_file.contains("data folder") && below_a_file.contains("--data"), "{below_a_file}");
    let in_proc = refusal(Path::new("/proc/mudlark"), &[], &[]);
    assert!(in_proc.contains("data folder"), "{in_proc}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let mut command = program_command(&["serve", "--listen", &taken, "--data"]);
    let output = command.arg(folder.path().join("d1")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(&taken) && said.contains("--listen"), "{said}");

    let data = folder.path().join("d2");
    Program::start_on(&data, &[]);
    Program::start_on(&data, &[]);
}

#[test]
fn second_server_on_one_folder_is_refused_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let first = Program::start_on(&data, &[]);
    let second = refusal(&data, &[], &[]);
    assert!(second.contains("another server is running"), "{second}");
    drop(first);
    Program::start_on(&data, &[]);
}

#[test]
fn missing_or_damaged_secrets_are_never_replaced() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    let secrets = data.join("secrets.json");
    let kept = std::fs::read(&secrets).unwrap();
    std::fs::remove_file(&secrets).unwrap();
    for said in [refusal(&data, &[], &[]), admin_failing(&data, &["account", "list"])] {
        assert!(said.contains("secrets.json is missing") && said.contains("Put back"), "{said}");
    }
    assert!(!secrets.exists(), "no new secrets over an existing database");
    std::fs::write(&secrets, "{\"version\":1").unwrap();
    let said = refusal(&data, &[], &[]);
    assert!(said.contains("damaged"), "{said}");
    std::fs::write(&secrets, kept).unwrap();
    Program::start_on(&data, &[]);
}

#[test]
fn damaged_database_is_refused_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    std::fs::write(data.join("mudlark.sqlite3"), vec![b'x'; 8192]).unwrap();
    let said = refusal(&data, &[], &[]);
    assert!(said.contains("mudlark.sqlite3") && said.contains("damaged"), "{said}");
}

#[test]
fn database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    admin(&data, &["account", "create", "--name", "S", "--plan", "pro"]);
    if let Some(url) = database_of(&data) {
        wait_for(mudlark_store::scratch::pretend_newer_schema(&url)).unwrap();
        let said = refusal(&data, &[], &[]);
        assert!(said.contains("newer version of Mudlark (schema 999"), "{said}");
        return;
    }
    let database = data.join("mudlark.sqlite3");
    let step = "import sqlite3, sys; database = sqlite3.connect(sys.argv[1]); \
                database.execute(\"INSERT INTO schema_migrations VALUES (999, 'to come', 0)\"); database.commit()";
    let written = Command::new("python3").args(["-c", step]).arg(&database).status().unwrap();
    assert!(written.success());
    let before = std::fs::read(&database).unwrap();

    for said in [refusal(&data, &[], &[]), admin_failing(&data, &["account", "list"])] {
        assert!(said.contains("newer version of Mudlark (schema 999"), "{said}");
        assert!(said.contains("run that version"), "{said}");
    }
    assert!(std::fs::read(&database).unwrap() == before, "nothing was written");
}

#[test]
fn schema_is_looked_at_without_a_change_and_brought_up_to_date_by_command() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let check = || {
        let mut command = program_command(&["migrate-schema", "--check", "--json"]);
        let output = use_data(&mut command, &data).output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default())
    };
    if database_of(&data).is_none() {
        let said = admin_failing(&data, &["migrate-schema", "--check"]);
        assert!(said.contains("there is no database in"), "{said}");
        assert!(!data.exists(), "nothing was made");
        admin(&data, &["secrets", "init"]);
        // A database that has taken no step yet.
        std::fs::write(data.join("mudlark.sqlite3"), "").unwrap();
    }

    let (before, again) = (check(), check());
    let brought = admin(&data, &["migrate-schema"]);

    let known = before.1["known"].as_i64().unwrap();
    assert!(known > 30);
    assert_eq!(before, (Some(1), json!({"taken": 0, "known": known, "was": 0})));
    assert_eq!(again, before, "looking changes nothing");
    assert_eq!(brought, json!({"taken": known, "known": known, "was": 0}));
    assert_eq!(check(), (Some(0), json!({"taken": known, "known": known, "was": known})));
}

#[test]
fn flag_beats_variable_beats_file_beats_default() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("mudlark.toml");
    let config = file.to_str().unwrap();
    // Each layer is seen by the bound it breaks.
    std::fs::write(&file, "token_ttl_s = 1").unwrap();
    assert!(refusal(&data, &["--config", config], &[]).contains("it is 1"));
    assert!(refusal(&data, &["--config", config], &[("MUDLARK_TOKEN_TTL_S", "2")]).contains("it is 2"));
    let flag = ["--config", config, "--token-ttl-s", "3"];
    assert!(refusal(&data, &flag, &[("MUDLARK_TOKEN_TTL_S", "2")]).contains("it is 3"));
    std::fs::write(&file, "tokn_ttl_s = 600").unwrap();
    assert!(refusal(&data, &["--config", config], &[]).contains("tokn_ttl_s"));
    assert!(refusal(&data, &["--config", "nowhere.toml"], &[]).contains("does not exist"));
    assert!(refusal(&data, &["--public-url", "art.example"], &[]).contains("https://"));
    assert!(refusal(&data, &["--log", "a=b=c"], &[]).contains("log"));
}

#[tokio::test]
async fn stopping_lets_requests_in_flight_finish() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap().to_owned();
    let address = studio.program().address().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let target = &url[url.find("/uploads/").unwrap()..];
    // The answer `100 Continue` tells that the request is being worked on.
    let head =
        format!("PUT {target} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&interim));
    studio.program().terminate();
    // New connections are refused once it has begun to stop.
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(b"finish").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(studio.program().wait().success());
}

#[tokio::test]
async fn operation_endpoints_answer_everybody() {
    let studio = Studio::start();
    let nobody = studio.anonymous();
    assert_eq!(nobody.get("/health/live").send().await.ok(), json!({"status": "ok"}));
    let ready = nobody.get("/health/ready").send().await.ok();
    let expected = json!({"status": "ok", "content_faults": 0, "version": env!("CARGO_PKG_VERSION")});
    assert_eq!(ready, expected);
    studio.key_with(&["viewer"]).await;
    let metrics = nobody.get("/metrics").send().await;
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    let text = metrics.text();
    assert!(
        text.contains("mudlark_http_requests_total{operation=\"create_token\",status=\"2xx\"} 1"),
        "{text}"
    );
    assert!(text.contains("mudlark_tokens_issued_total 1"), "{text}");
    let document = nobody.get("/openapi.json").send().await.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let page = nobody.get("/docs").send().await;
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let page = page.text();
    assert!(page.contains("/workspaces/assets/{asset_id}") && !page.contains("<script"));
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_live_in_one_process() {
    let clock = Clock::fixed(1_800_000_000_000);
    let (one, other) = (Studio::start_in_process(&clock).await, Studio::start_in_process(&clock).await);
    let actor = one.key_with(&["manage_art"]).await;
    actor.put_asset("/", "a", "1").await;
    let stranger = Actor { base: other.base(), ..actor };
    stranger.get("/users").send().await.refused(401, "invalid_token");
}

/// Names of metrics that a text asks for.
fn metrics_in(text: &str) -> std::collections::BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("mudlark_")).collect()
}

#[tokio::test]
async fn dashboard_asks_only_for_metrics_that_there_are() {
    let studio = Studio::start();
    studio.key_with(&["viewer"]).await;
    let dashboard = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/grafana-dashboard.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(dashboard).unwrap()).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().flat_map(|it| it["targets"].as_array().unwrap());
    let asked: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    let asked = asked.join("\n");

    let metrics = studio.anonymous().get("/metrics").send().await.text();

    let there = metrics_in(&metrics);
    assert!(metrics_in(&asked).len() > 5);
    for name in metrics_in(&asked) {
        assert!(there.contains(name), "{name} is not among {there:?}");
    }
}
