//! The three-step upload, and every way it can go wrong.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mudlark_server::Clock;
use serde_json::{Value, json};

use crate::support::{Actor, Program, Studio, content_files, eventually, new_key, staged_files};

async fn begin(actor: &Actor, name: &str) -> Value {
    actor.post("/workspaces/assets/upload").json(&json!({"name": name})).send().await.ok()
}

async fn commit(actor: &Actor, key: &Value) -> crate::support::Answer {
    let body = json!({"temp_file_key": key, "original_file_name": "a.bin", "file_location": "/"});
    actor.post("/workspaces/assets/upload/assets").json(&body).send().await
}

async fn put(actor: &Actor, url: &str, bytes: impl Into<reqwest::Body>) -> crate::support::Answer {
    let path = url.strip_prefix(&actor.base).expect("the address is this server's");
    actor.with_token(None).with_account(None).with_workspace(None).put(path).body(bytes).send().await
}

/// Sends bytes on a connection of its own and reads what comes back until the server closes it.
fn raw(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The path and query of an address.
fn target(signed_url: &Value) -> String {
    let url = signed_url.as_str().unwrap();
    url[url.find("/uploads/").unwrap()..].to_owned()
}

#[tokio::test]
async fn three_steps_work_as_a_real_client_takes_them() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "a.bin").await;
    assert!(
        begun["signed_url"].as_str().unwrap().starts_with(&format!("{}/uploads/", studio.base())),
        "{begun}"
    );
    // No Authorization, and an empty Content-Type: so a known client sends it.
    let address = studio.program().address().to_owned();
    let request = format!(
        "PUT {} HTTP/1.1\r\nHost: {address}\r\nContent-Type: \r\nContent-Length: 5\r\nConnection: close\r\n\r\nbytes",
        target(&begun["signed_url"])
    );
    let answer = raw(&address, request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let asset = commit(&artist, &begun["key"]).await.ok();
    assert_eq!(
        asset["currentVersion"]["checksum"],
        "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"
    );
    assert_eq!(asset["currentVersion"]["size"], 5);
}

#[tokio::test]
async fn address_begins_with_the_configured_one() {
    let studio = Studio::start_with(&["--public-url", "https://art.studio.example/"]);
    let artist = studio.key_with(&["manage_art"]).await;
    let url = begin(&artist, "a").await["signed_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://art.studio.example/uploads/"), "{url}");
}

#[tokio::test]
async fn altered_and_guessed_addresses_are_refused() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (begun, other) = (begin(&artist, "a").await, begin(&artist, "b").await);
    let url = begun["signed_url"].as_str().unwrap();
    let key = begun["key"].as_str().unwrap();
    let signature = url.split("signature=").nth(1).unwrap();
    let expires = url.split("expires=").nth(1).unwrap().split('&').next().unwrap();
    let base = studio.base();
    for altered in [
        url.replace(key, other["key"].as_str().unwrap()),
        url.replace(expires, "99999999999"),
        url.replace(expires, "never"),
        url.replace(signature, "AAAA"),
        format!("{url}A"),
        format!("{base}/uploads/{key}"),
        format!("{base}/uploads/{key}?expires={expires}"),
        format!("{base}/uploads/x?expires={expires}&signature={signature}"),
    ] {
        put(&artist, &altered, "x").await.refused(403, "upload_url_invalid");
    }
    let path = url.strip_prefix(&base).unwrap();
    let answer = artist.post(path).body("x").send().await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("PUT"));
    put(&artist, url, "x").await;
    commit(&artist, &begun["key"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_stops_working_when_it_expires() {
    let clock = Clock::fixed(1_800_000_000_000);
    let studio = Studio::start_in_process(&clock).await;
    let artist = studio.key_with(&["manage_art"]).await;
    let (first, second) = (begin(&artist, "a").await, begin(&artist, "b").await);
    clock.advance_ms(3_599_000);
    assert_eq!(put(&artist, first["signed_url"].as_str().unwrap(), "x").await.status, 200);
    clock.advance_ms(1_000);
    put(&artist, second["signed_url"].as_str().unwrap(), "x").await.refused(403, "upload_url_invalid");
}

#[tokio::test]
async fn address_works_until_one_put_has_succeeded() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "a").await;
    let url = begun["signed_url"].as_str().unwrap();
    let puts = (0..8).map(|index| put(&artist, url, format!("content {index}")));
    let statuses: Vec<_> =
        futures_util::future::join_all(puts).await.iter().map(|it| it.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
    put(&artist, url, "late").await.refused(409, "upload_already_received");
    commit(&artist, &begun["key"]).await.ok();
    commit(&artist, &begun["key"]).await.refused(409, "upload_already_used");
}

#[tokio::test]
async fn client_that_stops_in_the_middle_leaves_nothing_and_may_try_again() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "a").await;
    let address = studio.program().address().to_owned();
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n",
        target(&begun["signed_url"])
    );
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![7; 2_000_000]).unwrap();
    let data = studio.data();
    eventually("bytes are being staged", || staged_files(&data) > 0);
    drop(stream);
    eventually("the broken upload is gone", || staged_files(&data) == 0);
    assert_eq!(content_files(&data), 0);
    commit(&artist, &begun["key"]).await.refused(409, "upload_not_received");
    assert_eq!(put(&artist, begun["signed_url"].as_str().unwrap(), "whole").await.status, 200);
    commit(&artist, &begun["key"]).await.ok();
}

#[tokio::test]
async fn uploads_belong_to_who_began_them() {
    let studio = Studio::start();
    let (artist, colleague) = (studio.key_with(&["manage_art"]).await, studio.key_with(&["admin"]).await);
    let begun = begin(&artist, "a").await;
    put(&artist, begun["signed_url"].as_str().unwrap(), "x").await;
    commit(&colleague, &begun["key"]).await.refused(404, "not_found");
    commit(&artist, &json!("0198c0de-0000-7000-8000-00000000dead")).await.refused(404, "not_found");
    commit(&artist, &json!("x")).await.refused(400, "invalid_input");
    let second = studio.admin(&["workspace", "create", "--account", &studio.account, "--name", "Second"]);
    commit(&artist.with_workspace(second["id"].as_str()), &begun["key"]).await.refused(404, "not_found");
    commit(&artist, &begun["key"]).await.ok();
    let late = begin(&artist, "b").await;
    studio.admin(&["account", "suspend", &studio.account]);
    put(&artist, late["signed_url"].as_str().unwrap(), "x").await.refused(403, "upload_url_invalid");
}

#[tokio::test]
async fn file_over_the_bound_is_refused_and_leaves_nothing() {
    let studio = Studio::start_with(&["--max-upload-bytes", "100000"]);
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "a").await;
    let url = begun["signed_url"].as_str().unwrap();
    put(&artist, url, vec![0; 100_001]).await.refused(413, "body_too_large");
    let pieces = futures_util::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 10_000])));
    put(&artist, url, reqwest::Body::wrap_stream(pieces)).await.refused(413, "body_too_large");
    let form = reqwest::multipart::Form::new()
        .part("file", reqwest::multipart::Part::bytes(vec![0; 100_001]).file_name("a"));
    artist.post("/workspaces/assets").multipart(form).send().await.refused(413, "body_too_large");
    let data = studio.data();
    eventually("nothing is left", || staged_files(&data) == 0);
    assert_eq!(content_files(&data), 0);
    assert_eq!(put(&artist, url, vec![0; 100_000]).await.status, 200);
}

#[tokio::test]
async fn empty_files_and_chunked_bodies_work() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let empty = artist.upload("/", "empty", "").await;
    assert_eq!(empty["currentVersion"]["size"], 0);
    assert_eq!(
        empty["currentVersion"]["checksum"],
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let begun = begin(&artist, "chunked").await;
    let pieces = futures_util::stream::iter((0..1000).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 777])));
    let answer =
        put(&artist, begun["signed_url"].as_str().unwrap(), reqwest::Body::wrap_stream(pieces)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(commit(&artist, &begun["key"]).await.ok()["currentVersion"]["size"], 777_000);
}

#[tokio::test]
async fn equal_content_is_kept_once_an_account() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for name in ["a", "b", "c"] {
        artist.upload("/", name, "the same").await;
        artist.put_asset("/more", name, "the same").await;
    }
    let data = studio.data();
    assert_eq!(content_files(&data), 1);
    let other = studio.admin(&["account", "create", "--name", "Other", "--plan", "pro"]);
    let other = other["id"].as_str().unwrap();
    let theirs = studio.admin(&["workspace", "create", "--account", other, "--name", "W"]);
    let stranger = studio.actor_of(&new_key(&studio.data(), other, &["admin"])).await;
    stranger.with_workspace(theirs["id"].as_str()).upload("/", "a", "the same").await;
    assert_eq!(content_files(&data), 2);
}

#[tokio::test]
async fn address_names_the_host_that_the_client_used() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let address = studio.program().address().to_owned();
    let ask = |host: &str| {
        let (token, account) = (artist.token.as_deref().unwrap(), artist.account.as_deref().unwrap());
        let workspace = artist.workspace.as_deref().unwrap();
        let request = format!(
            "POST /workspaces/assets/upload HTTP/1.1\r\n{host}Authorization: Bearer {token}\r\n\
             x-account-id: {account}\r\nx-workspace-id: {workspace}\r\nContent-Length: 12\r\n\
             Connection: close\r\n\r\n{{\"name\":\"a\"}}"
        );
        raw(&address, request.as_bytes())
    };
    for host in ["art.studio.example", "art.studio.example:8443", "[::1]:8080"] {
        let answer = ask(&format!("Host: {host}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains(&format!("\"signed_url\":\"http://{host}/uploads/")), "{answer}");
    }
    for host in ["Host: \r\n", "Host: user@evil.example\r\n", "Host: a b\r\n", "Host: a/b\r\n"] {
        let answer = ask(host);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{host:?}: {answer}");
    }
}

/// Reads from a connection until the head of an answer is whole.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed after {:?}", String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn client_that_waits_for_100_continue_is_told_to_go_on_or_refused_before_it_sends() {
    let mut studio = Studio::start_with(&["--max-upload-bytes", "100000"]);
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "a").await;
    let address = studio.program().address().to_owned();
    let connect = |target: &str, length: usize| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "PUT {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let target = target(&begun["signed_url"]);
    let too_large = read_head(&mut connect(&target, 100_001));
    assert!(too_large.starts_with("HTTP/1.1 413 "), "{too_large}");
    let forged = read_head(&mut connect(&format!("{target}A"), 5));
    assert!(forged.starts_with("HTTP/1.1 403 "), "{forged}");

    let mut stream = connect(&target, 5);
    let interim = read_head(&mut stream);
    assert!(interim.starts_with("HTTP/1.1 100 "), "{interim}");
    stream.write_all(b"bytes").unwrap();
    let answer = read_head(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(commit(&artist, &begun["key"]).await.ok()["currentVersion"]["size"], 5);
}

#[tokio::test]
async fn bodies_that_break_off_in_any_form_leave_nothing() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let address = studio.program().address().to_owned();
    let begun = begin(&artist, "a").await;
    let put = format!("PUT {} HTTP/1.1\r\nHost: h\r\n", target(&begun["signed_url"]));
    let post = format!(
        "POST /workspaces/assets HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nx-account-id: {}\r\n\
         x-workspace-id: {}\r\nContent-Type: multipart/form-data; boundary=B\r\n",
        artist.token.as_deref().unwrap(),
        artist.account.as_deref().unwrap(),
        artist.workspace.as_deref().unwrap()
    );
    let part = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"half.bin\"\r\n\r\n";
    let data = studio.data();
    let bytes = "x".repeat(600_000);
    for (what, request) in [
        ("PUT by length", format!("{put}Content-Length: 700000\r\n\r\n{bytes}")),
        ("PUT in chunks", format!("{put}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{bytes}\r\n", bytes.len())),
        ("PUT in half a chunk", format!("{put}Transfer-Encoding: chunked\r\n\r\nfffff\r\n{bytes}")),
        ("multipart by length", format!("{post}Content-Length: 700000\r\n\r\n{part}{bytes}")),
        (
            "multipart without its last boundary",
            format!("{post}Content-Length: {}\r\n\r\n{part}{bytes}", part.len() + bytes.len()),
        ),
        (
            "multipart that ends between two parts",
            format!("{post}Content-Length: {}\r\n\r\n{part}{bytes}\r\n--B\r\n", part.len() + bytes.len() + 7),
        ),
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        // The client sends no more, but still listens.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
        eventually(what, || staged_files(&data) == 0);
        assert_eq!(content_files(&data), 0, "{what}");
    }
    let root = artist.get("/workspaces/folders?folder=/").send().await.ok();
    assert_eq!(root["assets"], json!([]));
    commit(&artist, &begun["key"]).await.refused(409, "upload_not_received");
}

#[tokio::test]
async fn received_bytes_wait_for_their_asset_through_a_crash() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (received, waiting) = (begin(&artist, "a.bin").await, begin(&artist, "b.bin").await);
    assert_eq!(put(&artist, received["signed_url"].as_str().unwrap(), "bytes").await.status, 200);
    studio.program().kill();

    let again = Program::start_on(&studio.data(), &[]);
    let artist = Actor { base: again.base().to_owned(), ..artist };
    let asset = commit(&artist, &received["key"]).await.ok();
    assert_eq!(asset["currentVersion"]["size"], 5);
    // An address given out before the crash still works, wherever the server listens now.
    let path = target(&waiting["signed_url"]);
    assert_eq!(artist.with_token(None).put(&path).body("late").send().await.status, 200);
    artist
        .with_token(None)
        .put(&target(&received["signed_url"]))
        .body("x")
        .send()
        .await
        .refused(409, "upload_already_received");
}

#[tokio::test]
async fn third_step_takes_its_names_from_the_first_and_refuses_bad_ones() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, "first step.png").await;
    put(&artist, begun["signed_url"].as_str().unwrap(), "x").await;
    let commit_as =
        async |body: Value| artist.post("/workspaces/assets/upload/assets").json(&body).send().await;
    for (body, field) in [
        (json!({}), "temp_file_key"),
        (json!({"temp_file_key": 5}), "temp_file_key"),
        (json!({"temp_file_key": begun["key"], "original_file_name": "CON"}), "original_file_name"),
        (json!({"temp_file_key": begun["key"], "file_location": "no/slash"}), "file_location"),
        (json!({"temp_file_key": begun["key"], "name": "a."}), "name"),
    ] {
        assert_eq!(commit_as(body).await.refused(400, "invalid_input")["fields"][0]["field"], field);
    }
    let asset = commit_as(json!({"temp_file_key": begun["key"], "description": "d"})).await.ok();
    assert_eq!(
        (&asset["name"], &asset["file_name"], &asset["file_location"], &asset["description"]),
        (&json!("first step.png"), &json!("first step.png"), &json!("/"), &json!("d"))
    );
}
