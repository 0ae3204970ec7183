//! What accounts may hold by their plan: refused in time, never overshot, and counted along.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Actor, Studio, text};

/// A studio whose account may hold so much.
fn studio(limits: &str) -> Studio {
    Studio::start_with(&["--plan-limits", limits])
}

async fn put(actor: &Actor, name: &str, bytes: impl Into<Vec<u8>>) -> crate::support::Answer {
    let form = Form::new().part("file", Part::bytes(bytes.into()).file_name(name.to_owned()));
    actor.post("/workspaces/assets").multipart(form).send().await
}

async fn limits(actor: &Actor) -> Value {
    actor.get("/accounts/limits").send().await.ok()
}

#[tokio::test]
async fn storage_is_full_when_it_is_and_equal_content_takes_no_room() {
    let studio = studio("pro.storage=10");
    let artist = studio.key_with(&["manage_art"]).await;
    put(&artist, "a", "123456").await.ok();

    let refused = put(&artist, "b", "12345").await;

    assert!(text(&refused.refused(403, "limit_reached"), "message").contains("storage"));
    put(&artist, "b", "123456").await.ok();
    put(&artist, "c", "1234").await.ok();
    put(&artist, "c", "x").await.refused(403, "limit_reached");
    assert_eq!(limits(&artist).await["storage"], json!({"current": 10, "max": 10}));
    let usage = artist.get("/workspaces/usage").send().await.ok();
    assert_eq!((&usage["storage"], &usage["assets"]), (&json!(16), &json!(3)));
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "d"})).send().await.ok();
    let sent = artist.client.put(text(&begun, "signed_url")).body("12").send().await.unwrap();
    assert_eq!(sent.status(), 403);
    assert_eq!(sent.json::<Value>().await.unwrap()["code"], "limit_reached");
}

#[tokio::test]
async fn long_file_without_room_is_refused_before_it_is_read() {
    use std::io::{Read, Write};
    let mut studio = studio("pro.storage=2MiB");
    let artist = studio.key_with(&["manage_art"]).await;
    let address = studio.program().address().to_owned();
    let begun = artist.post("/workspaces/assets/upload").json(&json!({"name": "a"})).send().await.ok();
    let url = text(&begun, "signed_url");
    let signed = url[url.find("/uploads/").unwrap()..].to_owned();
    let post = |path: &str, content_type: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nAuthorization: Bearer {}\r\nx-account-id: {}\r\nx-workspace-id: {}\r\n\
             Content-Type: {content_type}\r\n",
            artist.token.as_deref().unwrap(),
            studio.account,
            studio.workspace
        )
    };
    let heads = [
        format!("PUT {signed} HTTP/1.1\r\n"),
        post("/workspaces/assets", "multipart/form-data; boundary=b"),
        post("/workspaces/import", "application/zip"),
    ];
    for head in heads {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
        let head = format!("{head}Host: h\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    // Without a length, as soon as there are too many bytes.
    let pieces = futures_util::stream::iter((0..48).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 64 << 10])));
    let sent = artist.client.put(url).body(reqwest::Body::wrap_stream(pieces)).send().await.unwrap();
    assert_eq!(sent.status(), 403);
    assert_eq!(limits(&artist).await["storage"]["current"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_in_parallel_never_overshoot() {
    let studio = studio("pro.storage=1000,pro.assets=8");
    let artist = studio.key_with(&["manage_art"]).await;

    let uploads: Vec<_> = (0..24)
        .map(|n| {
            let artist = artist.clone();
            tokio::spawn(async move {
                // Each content is sent twice, under two names.
                let bytes = vec![u8::try_from(n / 2).unwrap(); 150];
                put(&artist, &format!("f{n}"), bytes).await.status.as_u16()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for upload in uploads {
        statuses.push(upload.await.unwrap());
    }

    let made = statuses.iter().filter(|status| **status == 200).count();
    assert!(statuses.iter().all(|status| [200, 403].contains(status)), "{statuses:?}");
    let held = limits(&artist).await;
    assert_eq!(held["assets"], json!({"current": made, "max": 8}));
    assert!(made >= 6 && held["storage"]["current"].as_i64().unwrap() <= 1000, "{made} {held}");
    assert_eq!(held["storage"]["current"].as_i64().unwrap() % 150, 0);
}

#[tokio::test]
async fn assets_are_counted_without_the_trash_and_restoring_needs_room() {
    let studio = studio("pro.assets=1");
    let artist = studio.key_with(&["manage_art"]).await;
    let first = put(&artist, "a", "1").await.ok();
    put(&artist, "b", "2").await.refused(403, "limit_reached");
    put(&artist, "a", "3").await.ok();
    let path = format!("/workspaces/assets/{}", text(&first, "id"));
    artist.delete(&path).send().await.ok_empty(204);
    assert_eq!(limits(&artist).await["assets"]["current"], 0);

    let second = put(&artist, "b", "2").await.ok();

    artist.patch(&format!("{path}/restore")).send().await.refused(403, "limit_reached");
    artist.delete(&format!("/workspaces/assets/{}", text(&second, "id"))).send().await.ok_empty(204);
    artist.patch(&format!("{path}/restore")).send().await.ok();
    let usage = artist.get("/workspaces/usage").send().await.ok();
    assert_eq!((&usage["assets"], &usage["storage"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn people_count_from_their_invite_on() {
    let studio = studio("pro.users=2");
    let admin = studio.key_with(&["admin"]).await;
    let invite =
        async |email: &str| admin.post("/accounts/invites").json(&json!([{"email": email}])).send().await;
    let first = invite("a@x.example").await.ok()[0].clone();
    invite("b@x.example").await.ok();

    invite("c@x.example").await.refused(403, "limit_reached");

    admin.post(&format!("/users/invites/{}/accept", text(&first, "token"))).send().await.ok();
    assert_eq!(limits(&admin).await["users"], json!({"current": 1, "max": 2}));
    invite("c@x.example").await.refused(403, "limit_reached");
    let tiers = admin.get("/accounts/tiers").send().await.ok();
    assert_eq!(tiers[2]["maxStorage"], Value::Null);
    let subscription = admin.get("/accounts/subscriptions").send().await.ok();
    assert_eq!(subscription["licenses"], 2);
}
