//! What only the store in S3 has: bad days of networks and servers, uploads in parts, bytes that clients send there
//! themselves. What every store does is in `contract.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use mudlark_blobs::{
    BlobError, BlobKey, Blobs, Patience, S3Credentials, S3Transfer, Sha256Digest, StagedBlob, Taken,
};
use reqwest::StatusCode;
use s3_server::{Fault, Proxy};
use tempfile::TempDir;
use uuid::Uuid;

#[path = "support/s3_server.rs"]
mod s3_server;

const MIB: usize = 1 << 20;
/// Long enough for any address of these tests.
const TTL: Duration = Duration::from_mins(10);

/// A store whose way to its server leads through a proxy.
struct Place {
    root: TempDir,
    proxy: Proxy,
    blobs: Blobs,
}

/// Three tries, with hardly a pause; what stalls is given up after half a second. Parts are of 5 MiB.
fn transfer() -> S3Transfer {
    let patience = Patience { answer: Duration::from_millis(500), tries: 3, pause: Duration::from_millis(4) };
    S3Transfer { patience, single_put_bytes: 5 << 20, part_bytes: 5 << 20, copy_bytes: 6 << 20 }
}

fn credentials(secret: &str) -> S3Credentials {
    S3Credentials {
        access_key_id: s3_server::ACCESS_KEY.into(),
        secret_access_key: secret.into(),
        session_token: None,
    }
}

async fn open(root: &Path, address: &str, secret: &str) -> Result<Blobs, BlobError> {
    Blobs::open_s3(address.parse().unwrap(), credentials(secret), &root.join("scratch"), transfer()).await
}

async fn place() -> Place {
    let root = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(s3_server::start(&root.path().join("s3")));
    let address = s3_server::address_of(proxy.address, "p");
    let blobs = open(root.path(), &address, s3_server::SECRET_KEY).await.unwrap();
    proxy.seen();
    Place { root, proxy, blobs }
}

impl Place {
    fn bucket(&self) -> PathBuf {
        self.root.path().join("s3").join(s3_server::BUCKET)
    }

    /// The objects below a part of the prefix.
    fn objects(&self, below: &str) -> Vec<PathBuf> {
        files(&self.bucket().join("p").join(below))
    }

    /// Parts of uploads that nobody has ended; the server keeps them beside its buckets.
    fn parts_under_way(&self) -> usize {
        let entries = std::fs::read_dir(self.root.path().join("s3")).unwrap();
        entries.filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().contains(".part-")).count()
    }

    async fn staged(&self, content: &Bytes) -> StagedBlob {
        let mut writer = self.blobs.stage();
        writer.write(content.clone()).await.unwrap();
        writer.finish().await.unwrap()
    }

    async fn publish(&self, content: &Bytes) -> BlobKey {
        self.staged(content).await.publish(Uuid::now_v7()).await.unwrap()
    }

    async fn read(&self, key: &BlobKey, length: usize) -> Result<Vec<u8>, BlobError> {
        let pieces: Vec<Bytes> = self.blobs.read(key, 0..length as u64).await?.try_collect().await?;
        Ok(pieces.concat())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let each = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(|entry| each(entry.unwrap().path())).collect()
}

fn pattern(length: usize) -> Bytes {
    (0..length).map(|position| (position.wrapping_mul(31) ^ (position >> 10)).to_le_bytes()[0]).collect()
}

fn is_unavailable<T: std::fmt::Debug>(outcome: Result<T, BlobError>) -> String {
    let error = outcome.unwrap_err();
    assert!(matches!(error, BlobError::Unavailable { .. }), "{error:?}");
    format!("{error}: {}", std::error::Error::source(&error).unwrap())
}

/// Waits until something is so.
async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking).await.expect(what);
}

#[tokio::test]
async fn wrong_bucket_key_or_route_is_told_at_start_with_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    let server = s3_server::start(&root.path().join("s3"));
    let right = s3_server::address_of(server, "p");
    let secret = s3_server::SECRET_KEY;
    let told = is_unavailable(open(root.path(), &right.replace("s3://art", "s3://tra"), secret).await);
    assert!(told.contains("no such bucket; make it"), "{told}");
    let told = is_unavailable(open(root.path(), &right, "wrong").await);
    assert!(told.contains("AWS_SECRET_ACCESS_KEY"), "{told}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = is_unavailable(open(root.path(), &s3_server::address_of(nobody, "p"), secret).await);
    for told in [&told, &right] {
        assert!(!told.contains("Signature") && !told.contains(secret), "{told}");
    }
    open(root.path(), &right, secret).await.unwrap();
}

#[tokio::test]
async fn published_object_has_its_digest_for_a_name_and_a_checksum_that_s3_has_verified() {
    let place = place().await;
    let content = pattern(1000);
    let key = place.publish(&content).await;
    let objects = place.objects("content");
    assert_eq!(objects, [place.bucket().join(format!("p/content/{}/{}", key.scope, key.sha256))]);
    assert_eq!(std::fs::read(&objects[0]).unwrap(), content);
    assert_eq!(place.objects("staging"), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn bytes_that_changed_after_they_were_hashed_are_refused_by_s3() {
    let place = place().await;
    let staged = place.staged(&pattern(1000)).await;
    let scratch = files(&place.root.path().join("scratch"));
    std::fs::write(&scratch[0], vec![0; 1000]).unwrap();
    let told = is_unavailable(staged.publish(Uuid::now_v7()).await);
    assert!(told.contains("BadDigest"), "{told}");
}

#[tokio::test]
async fn passing_errors_are_tried_again() {
    let place = place().await;
    let content = pattern(200_000);
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Status(429), Fault::Hang, Fault::LoseAnswer]
    {
        place.proxy.next([fault, fault]);
        let key = place.publish(&content).await;
        place.proxy.next([fault, fault]);
        assert!(place.read(&key, content.len()).await.unwrap() == content, "{fault:?}");
        place.proxy.next([fault, fault]);
        assert_eq!(place.blobs.size(&key).await.unwrap(), Some(200_000));
        place.proxy.next([fault, fault]);
        assert!(place.blobs.delete(&key).await.unwrap(), "{fault:?}");
    }
}

#[tokio::test]
async fn errors_that_stay_end_as_unavailable_and_it_recovers_by_itself() {
    let place = place().await;
    let content = pattern(1000);
    let key = place.publish(&content).await;
    for fault in [Fault::Status(503), Fault::Hang] {
        place.proxy.always(fault);
        place.proxy.seen();
        is_unavailable(place.read(&key, 1000).await);
        assert_eq!(place.proxy.seen().len(), 3, "as often as the patience says");
        is_unavailable(place.staged(&content).await.publish(Uuid::now_v7()).await);
        is_unavailable(place.blobs.size(&key).await);
        is_unavailable(place.blobs.delete(&key).await);
        is_unavailable(place.blobs.list_content().try_collect::<Vec<_>>().await);
        is_unavailable(place.blobs.ping().await);
        place.proxy.always(Fault::None);
        place.blobs.ping().await.unwrap();
        assert!(place.read(&key, 1000).await.unwrap() == content);
    }
    assert_eq!(files(&place.root.path().join("scratch")), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn body_cut_in_the_middle_goes_on_where_it_broke() {
    let place = place().await;
    let content = pattern(3 * MIB + 17);
    let key = place.publish(&content).await;
    place.proxy.seen();
    // After nothing; in the middle; and twice more after a whole mebibyte, which makes the earlier breaks forgotten.
    place.proxy.next([Fault::Cut(0), Fault::Cut(100_000), Fault::Cut(MIB + 1), Fault::Cut(MIB + 1)]);
    assert!(place.read(&key, content.len()).await.unwrap() == content);
    assert_eq!(place.proxy.seen().len(), 5);
    let tail = place.blobs.read(&key, 5..content.len() as u64 - 5).await.unwrap();
    assert!(tail.try_collect::<Vec<_>>().await.unwrap().concat() == content[5..content.len() - 5]);
}

#[tokio::test]
async fn body_that_breaks_without_progress_ends_as_truncated_never_as_whole() {
    let place = place().await;
    let content = pattern(300_000);
    let key = place.publish(&content).await;
    place.proxy.always(Fault::Cut(10_000));
    let mut stream = place.blobs.read(&key, 0..300_000).await.unwrap();
    let mut given = 0;
    let end = loop {
        match stream.next().await {
            Some(Ok(piece)) => given += piece.len(),
            other => break other,
        }
    };
    assert!(
        matches!(end, Some(Err(BlobError::Truncated { missing_bytes })) if missing_bytes == 300_000 - given as u64)
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn large_content_goes_in_parts_through_errors_of_each() {
    let place = place().await;
    let content = pattern(11 * MIB);
    place.proxy.next([
        Fault::Status(500),
        Fault::None,
        Fault::Status(503),
        Fault::None,
        Fault::Hang,
        Fault::Status(500),
    ]);
    let key = place.publish(&content).await;
    assert!(place.read(&key, content.len()).await.unwrap() == content);
    assert_eq!((place.parts_under_way(), place.objects("staging").len()), (0, 0));
}

#[tokio::test]
async fn lost_answer_of_a_completion_is_no_failure() {
    let place = place().await;
    let content = pattern(6 * MIB);
    let quick = [Fault::None; 4];
    // Begin, note, two parts, complete.
    place.proxy.next(quick.into_iter().chain([Fault::Cut(0)]));
    let staged = place.staged(&content).await;
    match staged.publish(Uuid::now_v7()).await {
        Ok(key) => assert!(place.read(&key, content.len()).await.unwrap() == content),
        // This server answers 403 for an upload that is completed, where S3 answers 404.
        Err(error) => assert!(matches!(error, BlobError::Unavailable { .. }), "{error:?}"),
    }
}

#[tokio::test]
async fn upload_in_parts_that_fails_or_is_dropped_leaves_no_parts() {
    let place = place().await;
    let content = pattern(11 * MIB);
    // Begin and note work; then each try of each part fails; giving up works.
    place.proxy.next([Fault::None; 2].into_iter().chain([Fault::Status(503); 7]));
    is_unavailable(place.staged(&content).await.publish(Uuid::now_v7()).await);
    assert_eq!((place.parts_under_way(), place.objects("staging").len()), (0, 0));

    let mut publishing = Box::pin(place.staged(&content).await.publish(Uuid::now_v7()));
    place.proxy.next([Fault::None; 3].into_iter().chain([Fault::Hang; 2]));
    tokio::select! {
        _ = &mut publishing => panic!("two of the parts hang"),
        () = eventually("a part has come", || place.parts_under_way() > 0) => {}
    }
    drop(publishing);
    eventually("it is given up", || place.parts_under_way() == 0 && place.objects("staging").is_empty())
        .await;
    assert_eq!(place.objects("content"), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn leftovers_of_crashes_are_swept_by_their_notes() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    let id = Uuid::now_v7();
    let parts = direct.begin_parts(id, 6 * MIB as u64, TTL).await.unwrap();
    put(&parts.addresses[0], pattern(5 * MIB)).await;
    put(&direct.put_address(Uuid::now_v7(), None, TTL), pattern(10)).await;
    assert_eq!((place.parts_under_way(), place.objects("staging").len()), (1, 2));
    let (age, later) = (Duration::from_hours(24), SystemTime::now() + Duration::from_hours(25));
    assert_eq!(place.blobs.sweep_remote_staging(age, SystemTime::now()).await.unwrap(), 0);
    assert_eq!(place.blobs.sweep_remote_staging(age, later).await.unwrap(), 2);
    assert_eq!((place.parts_under_way(), place.objects("staging").len()), (0, 0));
}

/// Sends bytes to a signed address as a client does: no headers but the length.
async fn put(address: &str, body: Bytes) -> (StatusCode, String) {
    // A refusal may come, and the connection end, before all is sent.
    let Ok(answer) = reqwest::Client::new().put(address).body(body).send().await else {
        return (StatusCode::FORBIDDEN, String::new());
    };
    let etag = answer.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
    (answer.status(), etag.unwrap_or_default())
}

async fn take(place: &Place, id: Uuid, in_parts: bool) -> StagedBlob {
    match place.blobs.direct().unwrap().take(id, in_parts, 1 << 30).await.unwrap() {
        Taken::Whole(staged) => staged,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bytes_sent_to_a_signed_address_are_hashed_here_and_copied_there() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    // The second is beyond what one copy takes.
    for length in [0, 7 * MIB] {
        let (id, content) = (Uuid::now_v7(), pattern(length));
        assert!(matches!(direct.take(id, false, 1 << 30).await.unwrap(), Taken::Missing));
        let address = direct.put_address(id, Some(length as u64), TTL);
        assert_eq!(put(&address, content.clone()).await.0, 200);
        place.proxy.seen();
        let staged = take(&place, id, false).await;
        assert_eq!((staged.sha256(), staged.size_bytes()), (Sha256Digest::of(&content), length as u64));
        let key = staged.publish(Uuid::now_v7()).await.unwrap();
        assert!(place.read(&key, length).await.unwrap() == content);
        direct.forget(id).await.unwrap();
        eventually("nothing is left in staging", || place.objects("staging").is_empty()).await;
    }
}

#[tokio::test]
async fn client_that_sends_again_after_the_look_changes_nothing() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    let (id, content) = (Uuid::now_v7(), pattern(1000));
    let address = direct.put_address(id, None, TTL);
    put(&address, content.clone()).await;
    let staged = take(&place, id, false).await;
    put(&address, Bytes::from_static(b"something else")).await;
    let other = take(&place, id, false).await;
    assert_eq!(other.sha256(), Sha256Digest::of(b"something else"));
    let key = staged.publish(Uuid::now_v7()).await.unwrap();
    assert!(place.read(&key, 1000).await.unwrap() == content);
}

#[tokio::test]
async fn signed_address_is_for_one_length_one_object_and_one_method() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    let address = direct.put_address(Uuid::now_v7(), Some(1000), TTL);
    assert_eq!(put(&address, pattern(1001)).await.0, 403);
    assert_eq!(put(&address, pattern(999)).await.0, 403);
    let other = Uuid::now_v7().to_string();
    let path = address.split_once('?').unwrap().0.rsplit('/').next().unwrap().to_owned();
    assert_eq!(put(&address.replace(&path, &other), pattern(1000)).await.0, 403);
    let read = reqwest::get(&address).await.unwrap();
    assert_eq!(read.status(), 403);
    assert_eq!(place.objects("staging"), [] as [PathBuf; 0]);
    assert_eq!(put(&address, pattern(1000)).await.0, 200);
}

#[tokio::test]
async fn upload_in_parts_by_a_client_becomes_one_object_once() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    let (id, content) = (Uuid::now_v7(), pattern(11 * MIB));
    assert!(!direct.complete_parts(id, vec!["x".into()]).await.unwrap());
    let parts = direct.begin_parts(id, content.len() as u64, TTL).await.unwrap();
    assert_eq!((parts.part_bytes, parts.addresses.len()), (5 << 20, 3));
    let mut etags = Vec::new();
    for (address, piece) in parts.addresses.iter().zip(content.chunks(5 * MIB)) {
        let (status, etag) = put(address, Bytes::copy_from_slice(piece)).await;
        assert_eq!(status, 200);
        etags.push(etag);
    }
    for _ in 0..2 {
        assert!(direct.complete_parts(id, etags.clone()).await.unwrap());
    }
    // Too late to change anything.
    assert!(!put(&parts.addresses[0], pattern(5 * MIB)).await.0.is_success());
    let staged = take(&place, id, true).await;
    assert_eq!(staged.sha256(), Sha256Digest::of(&content));
    let key = staged.publish(Uuid::now_v7()).await.unwrap();
    assert!(place.read(&key, content.len()).await.unwrap() == content);
    direct.forget(id).await.unwrap();
    assert_eq!((place.parts_under_way(), place.objects("staging").len()), (0, 0));
}

#[tokio::test]
async fn too_much_at_a_signed_address_is_removed_unread() {
    let place = place().await;
    let direct = place.blobs.direct().unwrap();
    let id = Uuid::now_v7();
    put(&direct.put_address(id, None, TTL), pattern(1001)).await;
    place.proxy.seen();
    assert!(matches!(direct.take(id, false, 1000).await.unwrap(), Taken::TooLong));
    let read = format!("GET /art/p/staging/{id}");
    assert!(!place.proxy.seen().contains(&read));
    assert_eq!(place.objects("staging"), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn download_address_reads_one_blob_under_its_name() {
    let place = place().await;
    let content = pattern(1000);
    let key = place.publish(&content).await;
    let direct = place.blobs.direct().unwrap();
    let address = direct.get_address(&key, "image/png", "attachment; filename=\"a b.png\"", TTL);
    let client = reqwest::Client::new();
    let answer = client.get(&address).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"a b.png\"");
    assert_eq!(answer.bytes().await.unwrap(), content[10..20]);
    let altered = address.replace(&key.sha256.to_string(), &"0".repeat(64));
    assert_eq!(client.get(altered).send().await.unwrap().status(), 403);
    assert_eq!(client.delete(&address).send().await.unwrap().status(), 403);
}
