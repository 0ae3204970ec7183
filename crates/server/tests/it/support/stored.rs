//! What lies in a server's data folder, counted from outside, and waiting for it to be as it should.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::storage::{content_of, on_s3};

/// Files of uploads under way, and of broken ones that nobody has swept.
pub(crate) fn staged_files(data: &Path) -> usize {
    files(&data.join("blobs/staging"))
}

/// Files of published content, of all accounts.
pub(crate) fn content_files(data: &Path) -> usize {
    files(&content_of(data))
}

/// The file of one published content.
pub(crate) fn content_file(data: &Path, account: &str, sha256: &str) -> PathBuf {
    let folder = content_of(data).join(account);
    // A folder of so many files is slow on disks, and nothing to a bucket.
    if on_s3() { folder.join(sha256) } else { folder.join(&sha256[..2]).join(sha256) }
}

/// A folder or file that goes while it is being counted counts as none.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// Waits, for a bounded time, until something holds that the server does beside answering.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::yield_now();
    }
}

/// Makes published content look as if it had come at that time: what is young is swept later.
pub(crate) fn make_content_older(data: &Path, at: SystemTime) {
    fn age(folder: &Path, at: SystemTime) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                age(&entry, at);
            } else {
                std::fs::File::options()
                    .append(true)
                    .open(entry)
                    .and_then(|file| file.set_modified(at))
                    .expect("a time");
            }
        }
    }
    age(&content_of(data), at);
}
