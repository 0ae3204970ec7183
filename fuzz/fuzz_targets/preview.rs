//! A file of any bytes for the readers of previews: the first byte chooses what it is called, and for some of them how it begins.
//! A reader answers or gives up; it neither panics nor goes on without end.

#![no_main]

use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use mudlark_previews::{Request, Source};

/// Names, and what the file begins with, so that its reader is reached at all.
const KINDS: [(&str, &[u8]); 24] = [
    ("a.psd", b"8BPS\0\x01"),
    ("a.psb", b"8BPS\0\x02"),
    ("a.hdr", b"#?RADIANCE\n"),
    ("a.dds", b"DDS "),
    ("a.ktx2", b"\xabKTX 20\xbb\r\n\x1a\n"),
    ("a.stl", b""),
    ("a.ply", b"ply\n"),
    ("a.blend", b"BLENDER"),
    ("a.gltf", b"{"),
    ("a.glb", b"glTF\x02\0\0\0"),
    ("a.zip", b"PK\x03\x04"),
    ("a.txt", b""),
    ("a.uasset", b"\xc1\x83\x2a\x9e"),
    ("a.sbsar", b"7z\xbc\xaf\x27\x1c"),
    ("a.basis", b"sB"),
    ("a.wav", b"RIFF"),
    ("a.flac", b"fLaC"),
    ("a.ogg", b"OggS"),
    ("a.mp3", b"\xff\xfb"),
    ("a.ttf", b"\0\x01\0\0"),
    ("a.woff", b"wOFF"),
    ("a.woff2", b"wOF2"),
    ("a.svg", b"<svg "),
    ("a.jpg", b"\xff\xd8\xff"),
];

static FILE: LazyLock<Mutex<(std::path::PathBuf, File)>> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("mudlark-fuzz-preview-{}", std::process::id()));
    let file = File::create(&path).expect("a file in the temporary folder");
    Mutex::new((path, file))
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let (name, head) = KINDS[usize::from(*choice) % KINDS.len()];
    let mut held = FILE.lock().expect("one at a time");
    let (path, file) = &mut *held;
    file.set_len(0).and_then(|()| std::io::Seek::rewind(file)).expect("it is empty");
    file.write_all(head).and_then(|()| file.write_all(bytes)).expect("it is written");
    let opened = File::open(&*path).expect("it is there");
    let mut source = Source::new(opened, name).expect("it has a length");
    let request = Request { max_side: 64, beside: None };
    let _ = mudlark_previews::preview(&mut source, &request);
});
