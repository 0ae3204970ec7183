//! What only the store on disk has: files, leftovers, threads and memory. What every store does is in
//! `contract.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use mudlark_blobs::{BlobError, BlobKey, BlobWriter, Blobs};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

fn open() -> (TempDir, Blobs) {
    let root = tempfile::tempdir().unwrap();
    let blobs = Blobs::open_disk(root.path()).unwrap();
    (root, blobs)
}

async fn writer_with(blobs: &Blobs, length: usize) -> BlobWriter {
    let mut writer = blobs.stage();
    for _ in 0..length / MIB {
        writer.write(vec![1; MIB].into()).await.unwrap();
    }
    writer.write(vec![1; length % MIB].into()).await.unwrap();
    writer
}

async fn publish(blobs: &Blobs, length: usize) -> BlobKey {
    writer_with(blobs, length).await.finish().await.unwrap().publish(Uuid::now_v7()).await.unwrap()
}

fn path_of(root: &Path, key: &BlobKey) -> PathBuf {
    let hex = key.sha256.to_string();
    root.join("content").join(key.scope.to_string()).join(&hex[..2]).join(hex)
}

fn staged_files(root: &Path) -> usize {
    fs::read_dir(root.join("staging")).unwrap().count()
}

/// A runtime whose drop waits for the blocking work that has begun.
fn runtime(blocking_threads: usize) -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(blocking_threads)
        .build()
        .unwrap()
}

#[test]
fn root_opened_twice_keeps_its_blobs() {
    let (root, blobs) = open();
    let key = runtime(1).block_on(publish(&blobs, 10));
    drop(blobs);
    let blobs = Blobs::open_disk(root.path()).unwrap();
    assert_eq!(runtime(1).block_on(blobs.size(&key)).unwrap(), Some(10));
}

#[test]
fn root_that_cannot_be_made_is_not_writable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"in the way").unwrap();
    let error = Blobs::open_disk(&file.join("blobs")).unwrap_err();
    assert!(matches!(error, BlobError::NotWritable { .. }), "{error:?}");
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn root_opened_holds_no_probe() {
    let (root, _blobs) = open();
    assert_eq!(staged_files(root.path()), 0);
    assert_eq!(fs::read_dir(root.path().join("content")).unwrap().count(), 0);
}

#[tokio::test]
async fn blob_published_lies_under_its_digest() {
    let (root, blobs) = open();
    let key = publish(&blobs, 3).await;
    assert_eq!(fs::read(path_of(root.path(), &key)).unwrap(), [1; 3]);
    assert_eq!(staged_files(root.path()), 0);
}

#[tokio::test]
async fn small_upload_makes_no_file_before_finish() {
    let (root, blobs) = open();
    let writer = writer_with(&blobs, 100_000).await;
    assert_eq!(staged_files(root.path()), 0);
    let _staged = writer.finish().await.unwrap();
    assert_eq!(staged_files(root.path()), 1);
}

#[tokio::test]
async fn folder_removed_behind_the_store_is_made_again() {
    let (root, blobs) = open();
    let scope = Uuid::now_v7();
    for _ in 0..2 {
        blobs.stage().finish().await.unwrap().publish(scope).await.unwrap();
        fs::remove_dir_all(root.path().join("content").join(scope.to_string())).unwrap();
    }
}

#[tokio::test]
async fn blob_cut_short_before_reading_is_refused() {
    let (root, blobs) = open();
    let key = publish(&blobs, 1000).await;
    fs::File::options().write(true).open(path_of(root.path(), &key)).unwrap().set_len(999).unwrap();
    let error = blobs.read(&key, 0..1000).await.unwrap_err();
    assert!(matches!(error, BlobError::RangeOutOfBounds { size_bytes: 999, .. }), "{error:?}");
}

#[tokio::test]
async fn blob_cut_short_while_read_ends_in_an_error() {
    let (root, blobs) = open();
    let key = publish(&blobs, 8 * MIB).await;
    let mut stream = blobs.read(&key, 0..8 * MIB as u64).await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    fs::File::options().write(true).open(path_of(root.path(), &key)).unwrap().set_len(5_000_000).unwrap();
    let chunks: Vec<_> = stream.collect().await;
    let (last, before) = chunks.split_last().unwrap();
    assert!(matches!(last, Err(BlobError::Truncated { missing_bytes: 3_388_608 })), "{last:?}");
    assert!(before.iter().all(Result::is_ok));
}

#[test]
fn writer_dropped_while_its_bytes_are_written_leaves_nothing() {
    let (root, blobs) = open();
    let runtime = runtime(4);
    runtime.block_on(async { drop(writer_with(&blobs, 40 * MIB).await) });
    drop(runtime);
    assert_eq!(staged_files(root.path()), 0);
}

#[test]
fn finish_dropped_midway_leaves_nothing() {
    let (root, blobs) = open();
    for length in [10, 3 * MIB] {
        let runtime = runtime(4);
        runtime.block_on(async { drop(writer_with(&blobs, length).await.finish().now_or_never()) });
        drop(runtime);
        assert_eq!(staged_files(root.path()), 0);
    }
}

#[test]
fn publish_dropped_midway_is_whole_or_nothing() {
    let (root, blobs) = open();
    let first = runtime(4);
    first.block_on(async {
        let staged = writer_with(&blobs, MIB).await.finish().await.unwrap();
        drop(staged.publish(Uuid::now_v7()).now_or_never());
    });
    drop(first);
    assert_eq!(staged_files(root.path()), 0);
    let listed: Vec<_> = runtime(1).block_on(blobs.list_content().try_collect()).unwrap();
    assert!(listed.iter().all(|blob| blob.size_bytes == MIB as u64), "{listed:?}");
}

#[test]
fn write_dropped_midway_loses_no_byte() {
    let (_root, blobs) = open();
    runtime(4).block_on(async {
        let mut writer = blobs.stage();
        for _ in 0..16 {
            // Whether this waits for the disk or not, the bytes are taken.
            drop(writer.write(vec![1; MIB].into()).now_or_never());
        }
        let staged = writer.finish().await.unwrap();
        assert_eq!(staged.size_bytes(), 16 * MIB as u64);
        let key = staged.publish(Uuid::now_v7()).await.unwrap();
        assert_eq!(blobs.size(&key).await.unwrap(), Some(16 * MIB as u64));
    });
}

#[tokio::test]
async fn leftovers_older_than_the_limit_are_swept() {
    let (root, blobs) = open();
    let leftover = root.path().join("staging").join(Uuid::now_v7().to_string());
    fs::write(&leftover, b"half an upl").unwrap();
    let now = SystemTime::now();
    assert_eq!(blobs.sweep_staging(Duration::from_hours(24), now).await.unwrap(), 0);
    let tomorrow = now + Duration::from_hours(25);
    assert_eq!(blobs.sweep_staging(Duration::from_hours(24), tomorrow).await.unwrap(), 1);
    assert!(!leftover.exists());
}

#[tokio::test]
async fn foreign_files_are_neither_listed_nor_swept() {
    let (root, blobs) = open();
    let key = publish(&blobs, 5).await;
    let beside = path_of(root.path(), &key).with_extension("bak");
    let foreign = [beside, root.path().join("staging/README"), root.path().join("content/lost+found")];
    for path in &foreign {
        fs::write(path, b"not ours").unwrap();
    }
    let listed: Vec<_> = blobs.list_content().map_ok(|blob| blob.key).try_collect().await.unwrap();
    assert_eq!(listed, [key]);
    let later = SystemTime::now() + Duration::from_hours(1);
    assert_eq!(blobs.sweep_staging(Duration::ZERO, later).await.unwrap(), 0);
    assert!(foreign.iter().all(|path| path.exists()));
}

#[test]
fn slow_clients_hold_no_thread() {
    let (_root, blobs) = open();
    // One blocking thread for all: an upload or download that kept it would stop the others for ever.
    runtime(1).block_on(async {
        let key = publish(&blobs, 2 * MIB).await;
        let mut open_streams = Vec::new();
        let mut open_writers = Vec::new();
        for _ in 0..50 {
            let mut stream = blobs.read(&key, 0..2 * MIB as u64).await.unwrap();
            stream.try_next().await.unwrap();
            open_streams.push(stream);
            open_writers.push(writer_with(&blobs, 300_000).await);
        }
        publish(&blobs, MIB).await;
        for writer in open_writers {
            assert_eq!(writer.finish().await.unwrap().size_bytes(), 300_000);
        }
        for stream in open_streams {
            stream.try_for_each(|_| async { Ok(()) }).await.unwrap();
        }
    });
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn long_blob_passes_in_bounded_memory() {
    let (_root, blobs) = open();
    let before = peak_memory_mib();
    let mut writer = blobs.stage();
    for _ in 0..8 * 192 {
        // Short enough to be copied: the store's own memory is what is measured.
        writer.write(Bytes::from(vec![0; 32 * 1024])).await.unwrap();
        writer.write(vec![0; 96 * 1024].into()).await.unwrap();
    }
    let staged = writer.finish().await.unwrap();
    let size_bytes = staged.size_bytes();
    let key = staged.publish(Uuid::now_v7()).await.unwrap();
    let stream = blobs.read(&key, 0..size_bytes).await.unwrap();
    stream.try_for_each(|_| async { Ok(()) }).await.unwrap();
    let grown = peak_memory_mib() - before;
    assert!(grown < 128, "{grown} MiB for a blob of 192, with the other tests of this file beside it");
}

#[cfg(target_os = "linux")]
fn peak_memory_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
