//! Files that clients exchange with the bucket itself: no byte passes through the server, and nothing that a client says of
//! its bytes is believed.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::storage::files;
use crate::support::{Actor, Answer, Bucket, Studio, eventually, text};

struct Place {
    studio: Studio,
    bucket: Bucket,
    _folder: TempDir,
}

impl Place {
    fn start(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let bucket = Bucket::start(folder.path());
        let own = bucket.flags_by(bucket.server);
        let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
        let named = flags.contains(&"--direct-transfers");
        all.extend(if named { &[][..] } else { &["--direct-transfers", "on"] });
        all.extend(flags);
        Self { studio: Studio::start_with(&all), bucket, _folder: folder }
    }

    /// A figure of `/metrics`.
    async fn figure(&self, name: &str) -> u64 {
        let figures = self.studio.anonymous().get("/metrics").send().await.text();
        let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in {figures}")).parse().unwrap()
    }

    async fn figures(&self) -> [u64; 4] {
        [
            self.figure("mudlark_file_received_bytes_total").await,
            self.figure("mudlark_file_sent_bytes_total").await,
            self.figure("mudlark_file_direct_received_bytes_total").await,
            self.figure("mudlark_file_direct_sent_bytes_total").await,
        ]
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|position| (position.wrapping_mul(31) ^ (position >> 10)).to_le_bytes()[0]).collect()
}

fn hex(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn begin(actor: &Actor, body: Value) -> Value {
    actor.post("/workspaces/assets/upload").json(&body).send().await.ok()
}

async fn commit(actor: &Actor, body: Value) -> Answer {
    actor.post("/workspaces/assets/upload/assets").json(&body).send().await
}

/// Sends bytes to an address as a client does that knows nothing of the server.
async fn put(address: &Value, body: Vec<u8>) -> (u16, Value) {
    let answer = reqwest::Client::new().put(address.as_str().unwrap()).body(body).send().await.unwrap();
    let etag = answer.headers().get("etag").map_or(Value::Null, |etag| json!(etag.to_str().unwrap()));
    (answer.status().as_u16(), etag)
}

#[tokio::test]
async fn three_step_upload_and_redirected_download_pass_the_server_by() {
    let place = Place::start(&[]);
    let artist = place.studio.key_with(&["manage_art"]).await;
    let content = pattern(3 << 20);
    let begun = begin(&artist, json!({"name": "a b.png"})).await;
    let url = text(&begun, "signed_url");
    assert!(url.starts_with(&format!("http://{}/art/it/staging/", place.bucket.server)), "{url}");
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.refused(409, "upload_not_received");
    assert_eq!(put(&begun["signed_url"], content.clone()).await.0, 200);
    let asset = commit(&artist, json!({"temp_file_key": begun["key"], "file_location": "/Art"})).await.ok();
    assert_eq!(asset["currentVersion"]["checksum"], hex(&content));
    assert_eq!(asset["currentVersion"]["size"], 3 << 20);
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.refused(409, "upload_already_used");
    assert_eq!(files(&place.bucket.content()).len(), 1);
    eventually("nothing is left in staging", || files(&place.bucket.staging()).is_empty());

    let path = format!("/workspaces/assets/{}/download", text(&asset, "id"));
    let redirected = artist.get(&format!("{path}?redirect=true"));
    let answer = redirected.header("range", "bytes=10-19").send_streaming().await;
    assert!(answer.url().as_str().starts_with(&format!("http://{}/art/it/content/", place.bucket.server)));
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("a b.png"));
    assert_eq!(answer.bytes().await.unwrap(), content[10..20]);
    let version = format!(
        "/workspaces/assets/{}/versions/{}/download?redirect=true",
        text(&asset, "id"),
        text(&asset["currentVersion"], "id")
    );
    assert!(artist.get(&version).send().await.body == content);
    // Bytes in and out through the server; bytes in and out beside it.
    assert_eq!(place.figures().await, [0, 0, 3 << 20, 6 << 20]);
    assert!(artist.get(&path).send().await.body == content);
    assert_eq!(place.figures().await, [0, 3 << 20, 3 << 20, 6 << 20]);
}

#[tokio::test]
async fn who_may_speak_to_the_server_alone_sends_the_bytes_through_it() {
    let place = Place::start(&[]);
    let artist = place.studio.key_with(&["manage_art"]).await;
    let refused =
        artist.post("/workspaces/assets/upload").json(&json!({"name": "a", "through_server": "yes"}));
    let refused = refused.send().await.refused(400, "invalid_input");
    assert_eq!(refused["fields"][0]["field"], "through_server");

    let begun = begin(&artist, json!({"name": "a.png", "size_bytes": 5, "through_server": true})).await;
    assert!(text(&begun, "signed_url").starts_with(&format!("{}/uploads/", place.studio.base())), "{begun}");
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.refused(409, "upload_not_received");
    assert_eq!(put(&begun["signed_url"], b"bytes".to_vec()).await.0, 200);
    let asset = commit(&artist, json!({"temp_file_key": begun["key"]})).await.ok();
    assert_eq!(asset["currentVersion"]["checksum"], hex(b"bytes"));
    assert_eq!(place.figures().await, [5, 0, 0, 0]);
    assert_eq!(files(&place.bucket.content()).len(), 1);
}

#[tokio::test]
async fn file_is_sent_in_parts() {
    let place = Place::start(&[]);
    let artist = place.studio.key_with(&["manage_art"]).await;
    let content = pattern((33 << 20) + 5);
    let body = json!({"name": "city.fbx", "size_bytes": content.len()});
    let begun = artist.post("/workspaces/assets/upload/parts").json(&body).send().await.ok();
    let parts = begun["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    let mut etags = Vec::new();
    for part in parts {
        let start = usize::try_from(part["offset"].as_u64().unwrap()).unwrap();
        let piece = content[start..start + usize::try_from(part["size"].as_u64().unwrap()).unwrap()].to_vec();
        let (status, etag) = put(&part["signed_url"], piece).await;
        assert_eq!(status, 200);
        etags.push(etag);
    }
    // Without them it is not known to have come.
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.refused(409, "upload_not_received");
    let asset = commit(&artist, json!({"temp_file_key": begun["key"], "part_etags": etags})).await.ok();
    assert_eq!(asset["currentVersion"]["checksum"], hex(&content));
    assert_eq!(place.figures().await, [0, 0, content.len() as u64, 0]);
    eventually("nothing is left in staging", || files(&place.bucket.staging()).is_empty());
}

#[tokio::test]
async fn too_much_is_refused_before_or_after_it_came_and_removed() {
    let place = Place::start(&["--max-upload-bytes", "1000"]);
    let artist = place.studio.key_with(&["manage_art"]).await;
    let said = json!({"name": "a", "size_bytes": 1001});
    let refused = artist.post("/workspaces/assets/upload").json(&said).send().await;
    refused.refused(413, "body_too_large");
    let refused = artist.post("/workspaces/assets/upload/parts").json(&said).send().await;
    refused.refused(413, "body_too_large");
    let begun = begin(&artist, json!({"name": "a", "size_bytes": 10})).await;
    assert_eq!(put(&begun["signed_url"], vec![0; 11]).await.0, 403);
    let begun = begin(&artist, json!({"name": "a"})).await;
    assert_eq!(put(&begun["signed_url"], vec![0; 1001]).await.0, 200);
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.refused(413, "body_too_large");
    assert_eq!(files(&place.bucket.staging()).len() + files(&place.bucket.content()).len(), 0);
}

#[tokio::test]
async fn upload_of_another_cannot_be_committed() {
    let place = Place::start(&[]);
    let artist = place.studio.key_with(&["manage_art"]).await;
    let colleague = place.studio.key_with(&["manage_art"]).await;
    let begun = begin(&artist, json!({"name": "a"})).await;
    put(&begun["signed_url"], b"bytes".to_vec()).await;
    commit(&colleague, json!({"temp_file_key": begun["key"]})).await.refused(404, "not_found");
    assert_eq!(files(&place.bucket.content()).len(), 0);
    commit(&artist, json!({"temp_file_key": begun["key"]})).await.ok();
}

#[tokio::test]
async fn without_a_bucket_or_with_direct_transfers_off_all_goes_through_the_server() {
    let (place, plain) = (Place::start(&["--direct-transfers", "off"]), Studio::start());
    for studio in [&place.studio, &plain] {
        let artist = studio.key_with(&["manage_art"]).await;
        let body = json!({"name": "a", "size_bytes": 5});
        let begun = artist.post("/workspaces/assets/upload/parts").json(&body).send().await.ok();
        let parts = begun["parts"].as_array().unwrap();
        assert_eq!((parts.len(), &parts[0]["offset"], &parts[0]["size"]), (1, &json!(0), &json!(5)));
        assert!(text(&parts[0], "signed_url").starts_with(&format!("{}/uploads/", studio.base())));
        let (status, etag) = put(&parts[0]["signed_url"], b"bytes".to_vec()).await;
        assert_eq!(status, 200);
        let asset = commit(&artist, json!({"temp_file_key": begun["key"], "part_etags": [etag]})).await.ok();
        let path = format!("/workspaces/assets/{}/download?redirect=true", text(&asset, "id"));
        let answer = artist.get(&path).send_streaming().await;
        assert!(answer.url().as_str().starts_with(&studio.base()));
        assert_eq!(answer.bytes().await.unwrap(), "bytes");
    }
}
