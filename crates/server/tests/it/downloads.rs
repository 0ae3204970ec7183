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

#[tokio::test]
async fn head_says_the_whole_length_whatever_range_it_names() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let (ten, empty) =
        (artist.put_asset("/", "ten", "0123456789").await, artist.put_asset("/", "empty", "").await);
    // Ranges are defined for GET alone (RFC 9110, section 14.2).
    for (asset, range, length) in
        [(&ten, "bytes=2-4", "10"), (&ten, "bytes=10-", "10"), (&empty, "bytes=0-", "0")]
    {
        let head = artist.call(reqwest::Method::HEAD, &path(asset)).header("range", range).send().await;
        assert_eq!((head.status.as_u16(), head.header("content-length")), (200, Some(length)), "{range}");
        assert_eq!(head.header("content-range"), None, "{range}");
    }
}

#[tokio::test]
async fn condition_is_looked_at_before_the_range() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.bin", "0123456789").await;
    let tag = format!("\"{}\"", asset["version"]["checksum"].as_str().unwrap());
    for condition in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
        // RFC 9110, section 13.2.2: If-None-Match comes first, Range last.
        for range in ["bytes=0-1", "bytes=10-"] {
            let call = artist.get(&path(&asset)).header("if-none-match", &condition).header("range", range);
            let answer = call.send().await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{condition} {range}");
            assert_eq!(answer.header("content-range"), None, "{condition} {range}");
        }
    }
    let part = artist
        .get(&path(&asset))
        .header("if-none-match", "\"other\"")
        .header("range", "bytes=0-1")
        .send()
        .await;
    assert_eq!(part.status, 206);
}

#[tokio::test]
async fn range_is_only_served_of_exactly_the_state_that_if_range_names() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.bin", "0123456789").await;
    let tag = format!("\"{}\"", asset["version"]["checksum"].as_str().unwrap());
    for (if_range, range, status) in [
        (tag.clone(), "bytes=0-1", 206),
        (format!("W/{tag}"), "bytes=0-1", 200),
        ("Wed, 21 Oct 2015 07:28:00 GMT".into(), "bytes=0-1", 200),
        ("\"old\"".into(), "bytes=10-", 200),
        (tag.clone(), "bytes=10-", 416),
        (tag.clone(), "bytes=-0", 416),
    ] {
        let answer =
            artist.get(&path(&asset)).header("range", range).header("if-range", &if_range).send().await;
        assert_eq!(answer.status.as_u16(), status, "{if_range} {range}");
    }
}

#[tokio::test]
async fn part_carries_the_facts_of_the_whole() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    let asset = artist.put_asset("/", "a.bin", "0123456789").await;
    artist.put_asset("/", "a.bin", "other content").await;
    let version = asset["version"]["id"].as_str().unwrap();
    let path = format!("/workspaces/assets/{}/versions/{version}/download", asset["id"].as_str().unwrap());
    let part = artist.get(&path).header("range", "bytes=3-5").send().await;
    assert_eq!((part.status.as_u16(), part.text().as_str()), (206, "345"));
    let tag = format!("\"{}\"", asset["version"]["checksum"].as_str().unwrap());
    for (name, value) in [
        ("content-range", "bytes 3-5/10"),
        ("content-length", "3"),
        ("repr-digest", REPR_DIGEST_OF_TEN),
        ("etag", tag.as_str()),
        ("content-security-policy", "sandbox"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(part.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn content_type_is_guessed_from_the_file_name() {
    let studio = Studio::start();
    let artist = studio.key_with(&["manage_art"]).await;
    for (name, content_type) in [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("a.gltf", "model/gltf+json"),
        ("a.glb", "model/gltf-binary"),
        ("a.svg", "image/svg+xml"),
        ("a.json", "application/json"),
        ("a.txt", "text/plain"),
        ("a.unheard_of", "application/octet-stream"),
        ("no extension", "application/octet-stream"),
        (".hidden", "application/octet-stream"),
    ] {
        let asset = artist.put_asset("/", name, "x").await;
        let answer = artist.get(&path(&asset)).send().await;
        assert_eq!(answer.header("content-type"), Some(content_type), "{name}");
        assert!(answer.header("content-disposition").unwrap().starts_with("attachment;"), "{name}");
    }
}
