//! What must hold of the demo project's files: they are real files of their kinds, always the same.

use std::collections::HashSet;
use std::io::Cursor;
use std::sync::LazyLock;

use serde_json::Value;

use super::{DemoFile, demo_files};

/// Made once: drawing takes a second or two without optimisation.
static FILES: LazyLock<Vec<DemoFile>> = LazyLock::new(demo_files);

fn files_ending(extension: &'static str) -> impl Iterator<Item = &'static DemoFile> {
    let files = || FILES.iter().filter(move |file| file.name.ends_with(extension));
    assert!(files().next().is_some(), "no {extension} among the demo's files");
    files()
}

fn number_at(bytes: &[u8], offset: usize) -> usize {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize
}

#[test]
fn demo_files_made_twice_are_equal() {
    assert!(demo_files() == *FILES);
}

#[test]
fn demo_files_in_one_folder_have_distinct_names() {
    let files = &*FILES;
    let places: HashSet<String> =
        files.iter().map(|file| format!("{}{}", file.folder, file.name).to_lowercase()).collect();
    assert_eq!(places.len(), files.len());
}

#[test]
fn demo_files_folders_begin_and_end_with_a_slash() {
    for DemoFile { folder, .. } in FILES.iter() {
        assert!(folder.starts_with('/') && folder.ends_with('/') && !folder.contains("//"), "{folder}");
    }
}

#[test]
fn demo_files_stay_small() {
    let files = &*FILES;
    for file in files {
        assert!((400..400_000).contains(&file.bytes.len()), "{}: {}", file.name, file.bytes.len());
    }
    assert!(files.iter().map(|file| file.bytes.len()).sum::<usize>() < 4_000_000);
}

#[test]
fn demo_files_include_a_folder_and_a_name_beyond_latin() {
    let files = &*FILES;
    assert!(files.iter().any(|file| !file.folder.is_ascii()));
    assert!(files.iter().any(|file| !file.name.is_ascii()));
}

#[test]
fn every_png_decodes_to_more_than_one_colour() {
    for file in files_ending(".png") {
        let mut reader = png::Decoder::new(Cursor::new(file.bytes.as_slice())).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert!(frame.width >= 200 && frame.height >= 200, "{}", file.name);
        assert!(pixels.iter().any(|byte| *byte != pixels[0]), "{}", file.name);
    }
}

#[test]
fn wav_header_sizes_add_up() {
    for DemoFile { bytes, .. } in files_ending(".wav") {
        assert_eq!((&bytes[..4], &bytes[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
        assert_eq!(number_at(bytes, 4), bytes.len() - 8);
        assert_eq!(&bytes[36..40], b"data");
        assert_eq!(number_at(bytes, 40), bytes.len() - 44);
        // Bytes a second = rate x channels x bytes a sample.
        assert_eq!(number_at(bytes, 28), number_at(bytes, 24) * 4);
    }
}

#[test]
fn wav_starts_and_ends_in_silence_and_is_heard_between() {
    for DemoFile { bytes, .. } in files_ending(".wav") {
        let samples: Vec<i16> =
            bytes[44..].chunks(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        assert!(samples[0].abs() < 64 && samples[samples.len() - 1].abs() < 64);
        assert!(samples.iter().any(|sample| *sample > 20_000));
    }
}

#[test]
fn gltf_text_accessors_fit_their_buffer() {
    use base64::Engine;
    for DemoFile { bytes, .. } in files_ending(".gltf") {
        let document: Value = serde_json::from_slice(bytes).unwrap();
        let uri = document["buffers"][0]["uri"].as_str().unwrap();
        let (_, base64) = uri.split_once("base64,").unwrap();
        let buffer = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
        assert_accessors_fit(&document, &buffer);
    }
}

#[test]
fn glb_chunks_fill_the_file_and_accessors_fit_their_buffer() {
    for DemoFile { bytes, .. } in files_ending(".glb") {
        assert_eq!((&bytes[..4], number_at(bytes, 8)), (&b"glTF"[..], bytes.len()));
        let json_size = number_at(bytes, 12);
        let document: Value = serde_json::from_slice(&bytes[20..20 + json_size]).unwrap();
        let buffer = &bytes[20 + json_size + 8..];
        assert_eq!(number_at(bytes, 20 + json_size), buffer.len());
        assert_accessors_fit(&document, buffer);
    }
}

fn assert_accessors_fit(document: &Value, buffer: &[u8]) {
    let size = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    assert_eq!(size(&document["buffers"][0]["byteLength"]), buffer.len());
    for accessor in document["accessors"].as_array().unwrap() {
        let view = &document["bufferViews"][size(&accessor["bufferView"])];
        let start = size(&view["byteOffset"]);
        let bytes = &buffer[start..start + size(&view["byteLength"])];
        let parts =
            ["SCALAR", "VEC2", "VEC3", "VEC4"].iter().position(|kind| accessor["type"] == *kind).unwrap() + 1;
        let is_float = accessor["componentType"] == 5126;
        let width = if is_float { 4 } else { 2 };
        assert_eq!(bytes.len(), size(&accessor["count"]) * parts * width);
        let numbers: Vec<f32> = bytes
            .chunks(width)
            .map(|chunk| match *chunk {
                [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
                [a, b] => f32::from(u16::from_le_bytes([a, b])),
                _ => unreachable!("a number is 2 or 4 bytes wide"),
            })
            .collect();
        let bound = |which: &str, part: usize| accessor[which][part].as_f64().map(|number| number as f32);
        for part in 0..parts {
            let column = || numbers.iter().skip(part).step_by(parts).copied();
            assert_eq!(bound("min", part), column().reduce(f32::min));
            assert_eq!(bound("max", part), column().reduce(f32::max));
        }
    }
}

#[test]
fn level_is_json_and_names_files_that_exist() {
    let files = &*FILES;
    let level = files.iter().find(|file| file.name == "foreshore.json").unwrap();
    let document: Value = serde_json::from_slice(&level.bytes).unwrap();
    for named in [
        &document["surfaces"]["walls"],
        &document["surfaces"]["landing_stage"],
        &document["music"]["treasure"],
    ] {
        let exists = |file: &DemoFile| format!("{}{}", file.folder, file.name) == *named;
        assert!(files.iter().any(exists), "{named}");
    }
}
