//! The step from staged to published: a file of this machine becomes an object under its digest. S3 checks each request's
//! bytes against a checksum that was made from the file, and the object is not there until all have come. Called by
//! [`crate::StagedBlob::publish`].

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Body, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::S3;
use super::call::{Trouble, lacking};
use super::multipart::{Multipart, Part, part_length};
use crate::disk::staging::StagedFile;
use crate::{BlobError, BlobKey, Sha256Digest};

const CHECKSUM: &str = "x-amz-checksum-sha256";
/// Parts under way at a time.
const PARTS_AT_ONCE: usize = 4;
/// Read from the file at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// A piece of the file.
#[derive(Clone, Copy)]
struct Piece {
    start: u64,
    length: u64,
}

/// Sends the file. On an error it is removed, as is what was sent.
pub(crate) async fn publish(
    s3: &Arc<S3>,
    file: StagedFile,
    size_bytes: u64,
    key: &BlobKey,
) -> Result<(), BlobError> {
    let name = s3.content_name(key);
    if size_bytes <= s3.transfer.single_put_bytes {
        let checksum = BASE64_STANDARD.encode(key.sha256.as_bytes());
        return s3.put_file(&name, file.path(), size_bytes, &checksum).await;
    }
    let note = Uuid::now_v7().to_string();
    let algorithm = [("x-amz-checksum-algorithm", "SHA256".to_owned())];
    let upload = Multipart::begin(s3, name.clone(), &note, &algorithm).await?;
    let sent = send_parts(s3, file.path(), size_bytes, &name, &upload.id).await;
    match sent {
        Ok(parts) => upload.complete(&parts).await?,
        Err(error) => {
            upload.give_up().await;
            return Err(error);
        }
    }
    // Each part was checked; that they are all there, their sum says.
    match s3.head(&name).await? {
        Some(head) if head.size_bytes == size_bytes => Ok(()),
        _ => {
            let source = "the object put together has another length than its parts".into();
            Err(BlobError::Unavailable { doing: "completing an upload in parts", source })
        }
    }
}

async fn send_parts(
    s3: &Arc<S3>,
    path: &Path,
    size_bytes: u64,
    name: &str,
    id: &str,
) -> Result<Vec<Part>, BlobError> {
    let length = part_length(size_bytes, s3.transfer.part_bytes);
    let pieces = (0..size_bytes.div_ceil(length))
        .map(|index| Piece { start: index * length, length: length.min(size_bytes - index * length) });
    let sending = pieces.zip(1..).map(|(piece, number)| s3.put_part(path, piece, name, id, number));
    stream::iter(sending).buffered(PARTS_AT_ONCE).try_collect().await
}

impl S3 {
    async fn put_file(&self, name: &str, path: &Path, length: u64, checksum: &str) -> Result<(), BlobError> {
        let doing = "writing content";
        self.persist(doing, || async move {
            let action = self.location.bucket.put_object(Some(&self.credentials), name);
            let body = body_of(path, Piece { start: 0, length }).await?;
            let request = self.request(action, &[(CHECKSUM, checksum.to_owned())]);
            let request = request.header(CONTENT_LENGTH, length).body(body);
            let answer = self.answer(doing, request, self.patience.with_body(length)).await?;
            if answer.status().is_success() { Ok(()) } else { Err(lacking("it is not taken")) }
        })
        .await
    }

    async fn put_part(
        &self,
        path: &Path,
        piece: Piece,
        name: &str,
        id: &str,
        number: u16,
    ) -> Result<Part, BlobError> {
        let doing = "writing a part of content";
        let checksum = &BASE64_STANDARD.encode(digest_of(path, piece).await?.as_bytes());
        self.persist(doing, || async move {
            let action = self.location.bucket.upload_part(Some(&self.credentials), name, number, id);
            let request = self.request(action, &[(CHECKSUM, checksum.clone())]);
            let request = request.header(CONTENT_LENGTH, piece.length).body(body_of(path, piece).await?);
            let answer = self.answer(doing, request, self.patience.with_body(piece.length)).await?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Err(lacking("there is no such upload in parts"));
            }
            let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
            let etag = etag.ok_or_else(|| lacking("the answer has no ETag"))?.to_owned();
            Ok(Part { etag, sha256: Some(checksum.clone()) })
        })
        .await
    }
}

async fn open(
    path: &Path,
    piece: Piece,
) -> Result<impl AsyncReadExt + Unpin + Send + Sync + 'static, BlobError> {
    let mut file = File::open(path).await.map_err(BlobError::at(path))?;
    file.seek(SeekFrom::Start(piece.start)).await.map_err(BlobError::at(path))?;
    Ok(file.take(piece.length))
}

async fn body_of(path: &Path, piece: Piece) -> Result<Body, Trouble> {
    let reader = open(path, piece).await?;
    Ok(Body::wrap_stream(ReaderStream::with_capacity(reader, CHUNK_BYTES)))
}

/// The piece is read twice, the second time from the system's memory: S3 wants its digest before its bytes.
async fn digest_of(path: &Path, piece: Piece) -> Result<Sha256Digest, BlobError> {
    let mut chunks = ReaderStream::with_capacity(open(path, piece).await?, CHUNK_BYTES);
    let mut hasher = digest::Context::new(&digest::SHA256);
    while let Some(chunk) = chunks.next().await {
        hasher.update(&chunk.map_err(BlobError::at(path))?);
    }
    Ok(Sha256Digest::from_finished(&hasher.finish()))
}
