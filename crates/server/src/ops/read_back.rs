//! What has been read back from a storage that content is copied to, and was right: noted in a file, so that a copy which
//! was broken off reads nothing a second time. A note that is lost costs a second reading, and nothing else.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use mudlark_blobs::{BlobKey, Sha256Digest};

/// The notes on one storage.
pub(crate) struct ReadBackLog {
    notes: Mutex<Notes>,
}

struct Notes {
    file: File,
    /// Of this run and those before.
    known: HashSet<u64>,
    /// Of this run.
    seen_now: HashSet<u64>,
}

impl ReadBackLog {
    /// Opens the notes in a folder on the storage of this name, or begins them.
    pub(crate) fn open(folder: &Path, storage: &str) -> anyhow::Result<Self> {
        let path = folder.join(format!("read-back-{}", Sha256Digest::of(storage.as_bytes())));
        let opened = File::options().create(true).read(true).append(true).open(&path).and_then(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            // A note that was cut short by a kill must not put those after it out of step.
            file.set_len((bytes.len() / 8 * 8) as u64)?;
            Ok((file, bytes))
        });
        let (file, bytes) = opened.with_context(|| format!("{} can't be used", path.display()))?;
        let known = bytes.as_chunks().0.iter().map(|note| u64::from_le_bytes(*note)).collect();
        Ok(Self { notes: Mutex::new(Notes { file, known, seen_now: HashSet::new() }) })
    }

    /// Whether nothing was read back yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.notes().known.is_empty()
    }

    /// Whether it was read back once, in this run or before.
    pub(crate) fn has(&self, key: &BlobKey) -> bool {
        self.notes().known.contains(&number(key))
    }

    /// Whether this run has already found it to be there.
    pub(crate) fn was_seen_now(&self, key: &BlobKey) -> bool {
        self.notes().seen_now.contains(&number(key))
    }

    /// Notes that it is there and right.
    pub(crate) fn note(&self, key: &BlobKey) -> anyhow::Result<()> {
        let mut notes = self.notes();
        let number = number(key);
        notes.seen_now.insert(number);
        if notes.known.insert(number) {
            notes.file.write_all(&number.to_le_bytes()).context("the notes can't be written")?;
        }
        Ok(())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for a piece of content: eight bytes of a digest over its whole name. *Why* so few: there may be millions, and all
/// that two which share one lead to is that the second is taken by its length.
fn number(key: &BlobKey) -> u64 {
    let name = [key.scope.as_bytes().as_slice(), key.sha256.as_bytes().as_slice()].concat();
    let digest = digest(&SHA256, &name);
    digest.as_ref().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;

    fn key(content: &str) -> BlobKey {
        BlobKey { scope: Uuid::from_u128(1), sha256: Sha256Digest::of(content.as_bytes()) }
    }

    #[test]
    fn note_is_kept_for_the_next_run_and_counts_as_seen_in_its_own() {
        let folder = TempDir::new().unwrap();
        let log = ReadBackLog::open(folder.path(), "s3://art").unwrap();
        assert!(!log.has(&key("a")));
        log.note(&key("a")).unwrap();
        assert!(log.has(&key("a")) && log.was_seen_now(&key("a")));

        let next = ReadBackLog::open(folder.path(), "s3://art").unwrap();
        assert!(next.has(&key("a")) && !next.was_seen_now(&key("a")) && !next.has(&key("b")));
        assert!(!ReadBackLog::open(folder.path(), "s3://other").unwrap().has(&key("a")));
    }

    #[test]
    fn note_that_was_cut_short_is_none_and_those_after_it_count() {
        let folder = TempDir::new().unwrap();
        let log = ReadBackLog::open(folder.path(), "s3://art").unwrap();
        log.note(&key("a")).unwrap();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        File::options().append(true).open(&file).unwrap().write_all(b"cut").unwrap();

        let next = ReadBackLog::open(folder.path(), "s3://art").unwrap();
        next.note(&key("b")).unwrap();

        let last = ReadBackLog::open(folder.path(), "s3://art").unwrap();
        assert!(last.has(&key("a")) && last.has(&key("b")) && !last.has(&key("c")));
    }
}
