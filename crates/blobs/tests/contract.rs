//! What every kind of blob store must do: each function takes any [`Blobs`], and the macro below runs all of them
//! on each kind. Not what only a disk has (`disk.rs`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::TryStreamExt;
use mudlark_blobs::{BlobError, BlobKey, Blobs, ListedBlob, S3Credentials, S3Transfer, Sha256Digest};
use uuid::Uuid;

macro_rules! contract {
    ($($behaviour:ident)*) => {
        mod disk {
            $(#[tokio::test]
            async fn $behaviour() {
                let root = tempfile::tempdir().unwrap();
                super::$behaviour(mudlark_blobs::Blobs::open_disk(root.path()).unwrap()).await;
            })*
        }
        mod s3 {
            $(#[tokio::test]
            async fn $behaviour() {
                let root = tempfile::tempdir().unwrap();
                super::$behaviour(super::open_s3(root.path()).await).await;
            })*
        }
        mod memory {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(mudlark_blobs::Blobs::in_memory()).await;
            })*
        }
    };
}

contract! {
    empty_blob_published_is_found_and_empty
    one_byte_published_reads_back
    known_vectors_finished_have_their_digests
    large_blob_in_uneven_chunks_reads_back
    long_zero_stream_has_its_digest_and_size
    writer_counts_bytes_taken
    equal_content_published_twice_is_one_blob
    equal_content_published_at_once_is_one_blob
    equal_content_in_two_scopes_is_two_blobs
    staged_blob_is_unseen_until_published
    range_at_every_edge_reads_exactly_it
    range_beyond_the_end_is_out_of_bounds
    missing_blob_read_is_not_found
    missing_blob_has_no_size
    deleted_blob_is_gone_in_its_scope_only
    missing_blob_deleted_is_false
    blob_deleted_while_read_is_read_to_its_end
    old_blob_deleted_with_cutoff_is_gone
    blob_published_after_cutoff_is_kept
    dropped_writer_leaves_nothing
    dropped_staged_blob_leaves_nothing
    upload_under_way_survives_the_sweep
    listing_names_every_blob_once
    listing_of_empty_store_is_empty
}

#[path = "support/s3_server.rs"]
#[expect(dead_code, reason = "its other parts are for other tests")]
mod s3_server;

/// A store in a bucket of a server of its own. Content of more than 5 MiB goes in parts, so that both ways are tested.
async fn open_s3(root: &Path) -> Blobs {
    let server = s3_server::start(&root.join("s3"));
    let location = s3_server::address_of(server, "some/prefix").parse().unwrap();
    let credentials = S3Credentials {
        access_key_id: s3_server::ACCESS_KEY.into(),
        secret_access_key: s3_server::SECRET_KEY.into(),
        session_token: None,
    };
    let transfer = S3Transfer { single_put_bytes: 5 << 20, part_bytes: 5 << 20, ..S3Transfer::default() };
    Blobs::open_s3(location, credentials, &root.join("scratch"), transfer).await.unwrap()
}

/// Longer than any buffer of the store, and not a multiple of one.
const LARGE_BYTES: usize = 5 * 1024 * 1024 + 12_345;

/// Content in which no two neighbouring pages are equal.
fn pattern(length: usize) -> Bytes {
    (0..length).map(|position| (position.wrapping_mul(31) ^ (position >> 10)).to_le_bytes()[0]).collect()
}

async fn publish(blobs: &Blobs, scope: Uuid, content: &Bytes) -> BlobKey {
    let mut writer = blobs.stage();
    writer.write(content.clone()).await.unwrap();
    writer.finish().await.unwrap().publish(scope).await.unwrap()
}

async fn read(blobs: &Blobs, key: &BlobKey, range: std::ops::Range<u64>) -> Vec<u8> {
    let stream = blobs.read(key, range).await.unwrap();
    stream.try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

async fn list(blobs: &Blobs) -> Vec<ListedBlob> {
    blobs.list_content().try_collect().await.unwrap()
}

/// Neither published nor left in staging.
async fn assert_nothing_left(blobs: &Blobs) {
    assert_eq!(list(blobs).await, []);
    let later = SystemTime::now() + Duration::from_hours(1);
    assert_eq!(blobs.sweep_staging(Duration::ZERO, later).await.unwrap(), 0);
    assert_eq!(blobs.sweep_remote_staging(Duration::ZERO, later).await.unwrap(), 0);
}

async fn empty_blob_published_is_found_and_empty(blobs: Blobs) {
    let key = blobs.stage().finish().await.unwrap().publish(Uuid::now_v7()).await.unwrap();
    assert_eq!(key.sha256, Sha256Digest::of(b""));
    assert_eq!(blobs.size(&key).await.unwrap(), Some(0));
    assert_eq!(read(&blobs, &key, 0..0).await, b"");
}

async fn one_byte_published_reads_back(blobs: Blobs) {
    let key = publish(&blobs, Uuid::now_v7(), &Bytes::from_static(b"x")).await;
    assert_eq!(blobs.size(&key).await.unwrap(), Some(1));
    assert_eq!(read(&blobs, &key, 0..1).await, b"x");
}

async fn known_vectors_finished_have_their_digests(blobs: Blobs) {
    // FIPS 180-4 examples: nothing, one block, two blocks.
    for (content, digest) in [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        let mut writer = blobs.stage();
        writer.write(Bytes::from_static(content.as_bytes())).await.unwrap();
        assert_eq!(writer.finish().await.unwrap().sha256().to_string(), digest);
    }
}

async fn large_blob_in_uneven_chunks_reads_back(blobs: Blobs) {
    let content = pattern(LARGE_BYTES);
    let mut writer = blobs.stage();
    let mut left = content.clone();
    // Short chunks, which are copied, between long ones, which are not: the order must hold.
    for length in
        [1, 100, 0, 70_000, 1_000, 300_000, 64 * 1024, 64 * 1024 - 1, 1_500_000, 7].into_iter().cycle()
    {
        if left.is_empty() {
            break;
        }
        writer.write(left.split_to(length.min(left.len()))).await.unwrap();
    }
    let staged = writer.finish().await.unwrap();
    assert_eq!((staged.sha256(), staged.size_bytes()), (Sha256Digest::of(&content), LARGE_BYTES as u64));
    let key = staged.publish(Uuid::now_v7()).await.unwrap();
    assert!(read(&blobs, &key, 0..LARGE_BYTES as u64).await == content);
}

async fn long_zero_stream_has_its_digest_and_size(blobs: Blobs) {
    // 64 MiB: beyond the early flush of a disk.
    let mut writer = blobs.stage();
    for _ in 0..1024 {
        writer.write(Bytes::from(vec![0; 64 * 1024])).await.unwrap();
    }
    let staged = writer.finish().await.unwrap();
    assert_eq!(staged.size_bytes(), 64 * 1024 * 1024);
    let digest = "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351";
    assert_eq!(staged.sha256().to_string(), digest);
}

async fn writer_counts_bytes_taken(blobs: Blobs) {
    let mut writer = blobs.stage();
    writer.write(pattern(10)).await.unwrap();
    writer.write(pattern(700_000)).await.unwrap();
    assert_eq!(writer.size_bytes(), 700_010);
}

async fn equal_content_published_twice_is_one_blob(blobs: Blobs) {
    let (scope, content) = (Uuid::now_v7(), pattern(100_000));
    let key = publish(&blobs, scope, &content).await;
    assert_eq!(publish(&blobs, scope, &content).await, key);
    assert_eq!(list(&blobs).await.len(), 1);
    assert_eq!(read(&blobs, &key, 0..100_000).await, content);
}

async fn equal_content_published_at_once_is_one_blob(blobs: Blobs) {
    let (scope, content) = (Uuid::now_v7(), pattern(300_000));
    let uploads = (0..8).map(|_| publish(&blobs, scope, &content));
    let keys = futures_util::future::join_all(uploads).await;
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(list(&blobs).await.len(), 1);
    assert_eq!(read(&blobs, &keys[0], 0..300_000).await, content);
}

async fn equal_content_in_two_scopes_is_two_blobs(blobs: Blobs) {
    let content = pattern(1000);
    let first = publish(&blobs, Uuid::now_v7(), &content).await;
    let second = publish(&blobs, Uuid::now_v7(), &content).await;
    assert_ne!(first, second);
    assert_eq!(list(&blobs).await.len(), 2);
}

async fn staged_blob_is_unseen_until_published(blobs: Blobs) {
    let mut writer = blobs.stage();
    writer.write(pattern(400_000)).await.unwrap();
    let staged = writer.finish().await.unwrap();
    let key = BlobKey { scope: Uuid::now_v7(), sha256: staged.sha256() };
    assert_eq!(blobs.size(&key).await.unwrap(), None);
    assert_eq!(list(&blobs).await, []);
    staged.publish(key.scope).await.unwrap();
    assert_eq!(blobs.size(&key).await.unwrap(), Some(400_000));
}

async fn range_at_every_edge_reads_exactly_it(blobs: Blobs) {
    let content = pattern(LARGE_BYTES);
    let key = publish(&blobs, Uuid::now_v7(), &content).await;
    let chunk = 256 * 1024;
    let starts_and_ends = [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, LARGE_BYTES - 1, LARGE_BYTES];
    for start in starts_and_ends {
        for end in starts_and_ends.into_iter().filter(|end| *end >= start) {
            let bytes = read(&blobs, &key, start as u64..end as u64).await;
            assert!(bytes == content[start..end], "{start}..{end}");
        }
    }
}

async fn range_beyond_the_end_is_out_of_bounds(blobs: Blobs) {
    let key = publish(&blobs, Uuid::now_v7(), &pattern(10)).await;
    #[expect(clippy::reversed_empty_ranges, reason = "a client's numbers, refused here")]
    for range in [0..11, 10..11, 11..11, 5..4, 0..u64::MAX] {
        let error = blobs.read(&key, range.clone()).await.unwrap_err();
        assert!(matches!(error, BlobError::RangeOutOfBounds { size_bytes: 10, .. }), "{range:?}: {error}");
    }
}

async fn missing_blob_read_is_not_found(blobs: Blobs) {
    let key = BlobKey { scope: Uuid::now_v7(), sha256: Sha256Digest::of(b"never") };
    let error = blobs.read(&key, 0..5).await.unwrap_err();
    assert!(matches!(error, BlobError::NotFound { key: missing } if missing == key));
}

async fn missing_blob_has_no_size(blobs: Blobs) {
    let key = BlobKey { scope: Uuid::now_v7(), sha256: Sha256Digest::of(b"never") };
    assert_eq!(blobs.size(&key).await.unwrap(), None);
}

async fn deleted_blob_is_gone_in_its_scope_only(blobs: Blobs) {
    let content = pattern(1000);
    let deleted = publish(&blobs, Uuid::now_v7(), &content).await;
    let kept = publish(&blobs, Uuid::now_v7(), &content).await;
    assert!(blobs.delete(&deleted).await.unwrap());
    assert_eq!(blobs.size(&deleted).await.unwrap(), None);
    assert_eq!(blobs.size(&kept).await.unwrap(), Some(1000));
}

async fn missing_blob_deleted_is_false(blobs: Blobs) {
    let key = publish(&blobs, Uuid::now_v7(), &pattern(1)).await;
    assert!(blobs.delete(&key).await.unwrap());
    assert!(!blobs.delete(&key).await.unwrap());
    assert!(!blobs.delete_if_older(&key, SystemTime::now()).await.unwrap());
}

async fn blob_deleted_while_read_is_read_to_its_end(blobs: Blobs) {
    let content = pattern(LARGE_BYTES);
    let key = publish(&blobs, Uuid::now_v7(), &content).await;
    let stream = blobs.read(&key, 0..LARGE_BYTES as u64).await.unwrap();
    blobs.delete(&key).await.unwrap();
    assert!(stream.try_collect::<Vec<Bytes>>().await.unwrap().concat() == content);
}

async fn old_blob_deleted_with_cutoff_is_gone(blobs: Blobs) {
    let key = publish(&blobs, Uuid::now_v7(), &pattern(1000)).await;
    let cutoff = SystemTime::now() + Duration::from_hours(1);
    assert!(blobs.delete_if_older(&key, cutoff).await.unwrap());
    assert_eq!(blobs.size(&key).await.unwrap(), None);
}

async fn blob_published_after_cutoff_is_kept(blobs: Blobs) {
    let cutoff = SystemTime::now() - Duration::from_hours(1);
    let key = publish(&blobs, Uuid::now_v7(), &pattern(1000)).await;
    assert!(!blobs.delete_if_older(&key, cutoff).await.unwrap());
    assert_eq!(blobs.size(&key).await.unwrap(), Some(1000));
}

async fn dropped_writer_leaves_nothing(blobs: Blobs) {
    let mut writer = blobs.stage();
    writer.write(pattern(1000)).await.unwrap();
    drop(writer);
    assert_nothing_left(&blobs).await;
}

async fn dropped_staged_blob_leaves_nothing(blobs: Blobs) {
    let mut writer = blobs.stage();
    writer.write(pattern(LARGE_BYTES)).await.unwrap();
    drop(writer.finish().await.unwrap());
    assert_nothing_left(&blobs).await;
}

async fn upload_under_way_survives_the_sweep(blobs: Blobs) {
    let mut writer = blobs.stage();
    let content = pattern(LARGE_BYTES);
    writer.write(content.slice(..LARGE_BYTES / 2)).await.unwrap();
    let much_later = SystemTime::now() + Duration::from_hours(1000);
    assert_eq!(blobs.sweep_staging(Duration::ZERO, much_later).await.unwrap(), 0);
    writer.write(content.slice(LARGE_BYTES / 2..)).await.unwrap();
    let staged = writer.finish().await.unwrap();
    assert_eq!(blobs.sweep_staging(Duration::ZERO, much_later).await.unwrap(), 0);
    let key = staged.publish(Uuid::now_v7()).await.unwrap();
    assert!(read(&blobs, &key, 0..LARGE_BYTES as u64).await == content);
}

async fn listing_names_every_blob_once(blobs: Blobs) {
    let before = SystemTime::now() - Duration::from_secs(2);
    let scopes = [Uuid::now_v7(), Uuid::now_v7()];
    let mut published = Vec::new();
    for length in 0..40 {
        published.push((publish(&blobs, scopes[length % 2], &pattern(length)).await, length as u64));
    }
    let mut listed = list(&blobs).await;
    assert!(listed.iter().all(|blob| blob.published_at >= before));
    listed.sort_by_key(|blob| blob.key);
    published.sort_unstable();
    let listed: Vec<_> = listed.into_iter().map(|blob| (blob.key, blob.size_bytes)).collect();
    assert_eq!(listed, published);
}

async fn listing_of_empty_store_is_empty(blobs: Blobs) {
    assert_eq!(list(&blobs).await, []);
}
