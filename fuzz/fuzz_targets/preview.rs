//! A file of any bytes for the readers of previews: the first byte chooses what it is called, and for some of them how it begins.
//! A reader answers or gives up; it goes on without end never, and lets a panic out never: those of libraries that give up by one
//! are caught where they are called.

#![no_main]

#[path = "../preview_kinds.rs"]
mod kinds;

use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use kinds::KINDS;
use libfuzzer_sys::fuzz_target;
use mudlark_previews::{Request, Source};

static FILE: LazyLock<Mutex<(std::path::PathBuf, File)>> = LazyLock::new(|| {
    // The fuzzer's own hook ends the program at any panic, before it can be caught. One that isn't caught still ends it.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
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
    let head = if bytes.starts_with(head) { &[] } else { head };
    file.write_all(head).and_then(|()| file.write_all(bytes)).expect("it is written");
    let opened = File::open(&*path).expect("it is there");
    let mut source = Source::new(opened, name).expect("it has a length");
    let request = Request { max_side: 64, beside: None };
    let _ = mudlark_previews::preview(&mut source, &request);
});
