//! Films and PDF, which programs of others read.

use std::process::Command;

use serde_json::json;

use super::{MAKING, looked_at, size_of, thumbnail};
use crate::support::Studio;

/// A film of two seconds, with a tone.
fn film() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("film.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2"])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=2"])
        .args(["-c:v", "mpeg4", "-c:a", "aac"])
        .arg(&file)
        .status();
    assert!(made.is_ok_and(|made| made.success()), "the tests need ffmpeg: `cargo xtask test` installs it");
    std::fs::read(file).unwrap()
}

/// A PDF of two pages.
fn pages() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] >>",
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (number, object) in objects.iter().enumerate() {
        places += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = file.len();
    file += &format!(
        "xref\n0 5\n0000000000 65535 f \n{places}trailer << /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    file.into_bytes()
}

#[tokio::test]
async fn film_has_a_still_a_sheet_and_facts_and_a_pdf_its_first_page() {
    let studio = Studio::start_with(&MAKING);
    let artist = studio.key_with(&["manage_art"]).await;
    let mut film = film();
    let whole = artist.put_asset("/", "film.mp4", film.clone()).await;
    film.truncate(2_000);
    let cut = artist.put_asset("/", "cut.mp4", film).await;
    let pages = artist.put_asset("/", "brief.pdf", pages()).await;

    let version = looked_at(&artist, &whole).await;
    assert_eq!(
        version["facts"],
        json!({
            "format": "mp4", "media": "film", "width": 320, "height": 180, "compression": "mpeg4", "frames": 50,
            "frame_rate": 25.0, "duration_s": version["facts"]["duration_s"], "sample_rate": 44_100, "channels": 1,
        })
    );
    assert!((version["facts"]["duration_s"].as_f64().unwrap() - 2.0).abs() < 0.1, "{version}");
    assert_eq!(size_of(&thumbnail(&artist, &whole, "?size=2048", "*/*").await), (320, 180));
    let (width, height) = size_of(&thumbnail(&artist, &whole, "?sheet=true", "*/*").await);
    assert!(width > 7 * height, "eight stills in a row: {width} x {height}");

    assert!(looked_at(&artist, &cut).await["facts"]["unreadable"].is_string());
    let version = looked_at(&artist, &pages).await;
    assert_eq!(version["facts"], json!({"format": "pdf", "media": "document", "frames": 2}));
    assert_eq!(size_of(&thumbnail(&artist, &pages, "?size=2048", "*/*").await), (2048, 1366));
}
