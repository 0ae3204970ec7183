//! Bytes on their way out.

use serde_json::Value;

use crate::support::Studio;

const REPR_DIGEST_OF_TEN: &str = "sha-256=:hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=:";

fn path(asset: &Value) -> String {
    format!("/workspaces/assets/{}/download", asset["id"].as_str().unwrap())
}

#[tokio::test]
async fn bytes_come_whole_with_their_facts() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "page.html", "0123456789").await;
    let whole = artist.get(&path(&asset)).send().await;
    assert_eq!((whole.status.as_u16(), whole.body.as_slice()), (200, &b"0123456789"[..]));
    let checksum = asset["currentVersion"]["checksum"].as_str().unwrap();
    for (name, value) in [
        ("content-length", "10"),
        ("content-type", "text/html"),
        ("content-disposition", "attachment; filename=\"page.html\"; filename*=UTF-8''page.html"),
        ("accept-ranges", "bytes"),
        ("etag", &format!("\"{checksum}\"")),
        ("repr-digest", REPR_DIGEST_OF_TEN),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    let head = artist.call(reqwest::Method::HEAD, &path(&asset)).send().await;
    assert_eq!((head.status.as_u16(), head.body.len(), head.header("content-length")), (200, 0, Some("10")));
}

#[tokio::test]
async fn ranges_are_served_as_rfc_9110_has_them() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.bin", "0123456789").await;
    for (range, bytes, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=9-99", "9", "bytes 9-9/10"),
    ] {
        let part = artist.get(&path(&asset)).header("range", range).send().await;
        assert_eq!((part.status.as_u16(), part.text().as_str()), (206, bytes), "{range}");
        assert_eq!(part.header("content-range"), Some(content_range), "{range}");
    }
    for range in ["bytes=0-1,3-4", "bytes=a", "lines=1-2", "bytes=5-2"] {
        let whole = artist.get(&path(&asset)).header("range", range).send().await;
        assert_eq!((whole.status.as_u16(), whole.body.len()), (200, 10), "{range}");
    }
    let beyond = artist.get(&path(&asset)).header("range", "bytes=10-").send().await;
    beyond.refused(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));

    let empty = artist.put_asset("/", "empty", "").await;
    assert_eq!(artist.get(&path(&empty)).send().await.status, 200);
    artist.get(&path(&empty)).header("range", "bytes=0-").send().await.refused(416, "range_not_satisfiable");
}

#[tokio::test]
async fn conditions_spare_what_the_client_has() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.bin", "0123456789").await;
    let tag = format!("\"{}\"", asset["version"]["checksum"].as_str().unwrap());
    let again = artist.get(&path(&asset)).header("if-none-match", &tag).send().await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
    let part = artist.get(&path(&asset)).header("range", "bytes=0-1").header("if-range", &tag).send().await;
    assert_eq!(part.status, 206);
    let changed =
        artist.get(&path(&asset)).header("range", "bytes=0-1").header("if-range", "\"old\"").send().await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn large_file_comes_back_as_it_went() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(8 << 20)
    .flatten()
    .collect();
    let asset = artist.upload("/", "large.bin", bytes.clone()).await;
    let back = artist.get(&path(&asset)).send().await;
    assert!(back.body == bytes, "64 MiB differ");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(asset["currentVersion"]["checksum"], hex);
    let part = artist.get(&path(&asset)).header("range", "bytes=1048570-3145740").send().await;
    assert!(part.body == bytes[1_048_570..=3_145_740], "a range across pieces differs");
}
