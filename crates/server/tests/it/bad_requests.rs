//! Requests that are broken, too large, too deep or too slow: each a clear refusal, and the server goes on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::{Actor, Answer, Studio, Things};

async fn still_works(actor: &Actor) {
    actor.get("/workspaces/folders").send().await.ok();
}

#[tokio::test]
async fn every_operation_with_a_body_refuses_broken_ones() {
    let studio = Studio::start();
    let admin = studio.key_with(&["owner"]).await;
    let things = Things::make(&studio, &admin).await;
    let person = studio.person("mira@studio.example", &["owner"]).await;
    let document = admin.get("/openapi.json").send().await.ok();
    let deep_list = format!("{{\"name\":{}", "[".repeat(20_000));
    let deep_object = "{\"a\":".repeat(20_000);
    let bodies: [(&str, Vec<u8>, u16); 9] = [
        ("not JSON", b"{name:".to_vec(), 400),
        ("a list", b"[]".to_vec(), 400),
        ("a text", b"\"name\"".to_vec(), 400),
        ("a number", b"1e999".to_vec(), 400),
        ("deep lists", deep_list.into_bytes(), 400),
        ("deep objects", deep_object.into_bytes(), 400),
        ("not UTF-8", b"{\"name\":\"\xff\xfe\"}".to_vec(), 400),
        ("NUL in a text", b"{\"name\":\"a\\u0000b\"}".to_vec(), 400),
        ("10 MB", [b"{\"name\":\"".as_slice(), &vec![b'x'; 10 << 20], b"\"}"].concat(), 413),
    ];
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_none() || path.starts_with("/uploads/") {
                continue;
            }
            operations += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = things.in_path(path);
            // A key has no password and no passkeys.
            let of_people = path == "/session/password" || path.starts_with("/session/passkeys");
            let call = || {
                if of_people { person.call(method.clone(), &path) } else { admin.call(method.clone(), &path) }
            };
            // What RFC 6749 calls a refusal stands in `error` there.
            let refused = |answer: &Answer, status, code: &str| {
                let body = answer.refused_in_any_words(status, code);
                let in_oauth_words = path == "/oauth/token" && body["error"] == "invalid_request";
                assert!(in_oauth_words || answer.refused(status, code) == body, "{body}");
            };
            for (what, body, status) in &bodies {
                let answer =
                    call().header("content-type", "application/json").body(body.clone()).send().await;
                assert_eq!(answer.status.as_u16(), *status, "{method} {path}, {what}: {}", answer.text());
                refused(&answer, *status, answer.json()["code"].as_str().unwrap());
            }
            let typed = call().header("content-type", "application/xml").body("<a/>");
            // There a token request in another form than a form is `invalid_request`.
            let (status, code) = match path.as_str() {
                "/oauth/token" => (400, "invalid_input"),
                _ => (415, "unsupported_media_type"),
            };
            refused(&typed.send().await, status, code);
        }
    }
    assert!(operations >= 9, "{operations} operations were found");
    still_works(&admin).await;
}

#[tokio::test]
async fn bad_folder_paths_are_refused_with_the_reason() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let long = format!("/{}", "s".repeat(300));
    let endless = "/folder".repeat(600);
    for (path, reason) in [
        ("/a/../b", ".."),
        ("/..", ".."),
        ("/a//b", "empty"),
        ("//", "empty"),
        ("relative", "begin"),
        ("", "begin"),
        ("/a\nb", "control"),
        ("/a\u{7f}", "control"),
        (long.as_str(), "255"),
        (endless.as_str(), "4096"),
        ("/CON", "device"),
        ("/a.", "dot"),
        ("/a\\b", "\\"),
    ] {
        let body = artist.post("/workspaces/folders").json(&json!({"path": path})).send().await;
        let body = body.refused(400, "invalid_input");
        assert!(body["message"].as_str().unwrap().contains(reason), "{path:?}: {body}");
        assert_eq!(body["fields"][0]["field"], "path");
    }
    artist.get("/workspaces/folders?folder=/a/../b").send().await.refused(400, "invalid_input");
    still_works(&artist).await;
}

/// Sends bytes on a connection of its own, and gives what is answered until the server closes it.
fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn broken_http_is_refused_and_the_server_goes_on() {
    let mut studio = Studio::start();
    let artist = studio.key_with(&["viewer"]).await;
    let address = studio.program().address().to_owned();
    for (what, bytes) in [
        ("no HTTP", b"hello\r\n\r\n".to_vec()),
        ("NUL in the path", b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()),
        ("two lengths", b"POST /auth/token HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_vec()),
        ("broken length", b"POST /auth/token HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n{}".to_vec()),
        ("endless header", [b"GET / HTTP/1.1\r\nx: ".as_slice(), &vec![b'a'; 1 << 20], b"\r\n\r\n"].concat()),
        ("many headers", [b"GET / HTTP/1.1\r\n".as_slice(), &b"x: y\r\n".repeat(500), b"\r\n"].concat()),
        ("broken chunk", b"POST /auth/token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n".to_vec()),
    ] {
        let answer = raw(&address, &bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
    }
    // More than was announced: the surplus is another request, and a broken one.
    let more = b"POST /auth/token HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}surplus surplus\r\n\r\n";
    let answer = raw(&address, more);
    assert_eq!(answer.matches("HTTP/1.1 400").count(), 2, "{answer}");
    still_works(&artist).await;
}

#[tokio::test]
async fn slow_clients_are_cut_off() {
    let mut studio = Studio::start_with(&["--body-idle-timeout-s", "1", "--header-timeout-s", "1"]);
    let artist = studio.key_with(&["manage_art"]).await;
    let address = studio.program().address().to_owned();
    let began = Instant::now();
    let half_a_head = raw(&address, b"GET /health/live HTTP/1.1\r\nHost:");
    assert!(!half_a_head.contains(" 200 "), "{half_a_head}");
    let body = raw(&address, b"POST /auth/token HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{\"key\":");
    assert!(body.starts_with("HTTP/1.1 408 ") && body.contains("request_timeout"), "{body}");
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let url = begun["signed_url"].as_str().unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx",
        &url[url.find("/uploads/").unwrap()..]
    );
    let upload = raw(&address, head.as_bytes());
    assert!(upload.starts_with("HTTP/1.1 408 "), "{upload}");
    assert!(began.elapsed() < Duration::from_secs(25));
    // The address still waits for its bytes.
    let fresh = reqwest::Client::new();
    assert_eq!(fresh.put(url).body("whole").send().await.unwrap().status(), 200);
}
