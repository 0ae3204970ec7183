//! A blob on its way out, as a stream of chunks. Not HTTP: ranges and headers are the server's. Handed out by
//! [`Blobs::read`](crate::Blobs::read).

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{BoxStream, StreamExt};

use crate::disk::Disk;
use crate::disk::reader::DiskReader;
use crate::s3::{S3, reader};
use crate::{BlobError, BlobKey};

/// The bytes asked for, in order, in chunks of a size good for a socket; after an error it ends.
pub struct BlobStream {
    source: Source,
}

enum Source {
    Disk(DiskReader),
    S3(BoxStream<'static, Result<Bytes, BlobError>>),
    /// What is left of it; a reference to the kept content, not a copy.
    Memory(Bytes),
}

/// Chunks as a disk would give them, so that tests in memory see blobs in pieces too.
const MEMORY_CHUNK_BYTES: usize = 256 * 1024;

impl BlobStream {
    pub(crate) async fn from_disk(
        disk: &Arc<Disk>,
        key: &BlobKey,
        range: Range<u64>,
    ) -> Result<Self, BlobError> {
        Ok(Self { source: Source::Disk(DiskReader::open(disk, key, range).await?) })
    }

    pub(crate) async fn from_s3(s3: &Arc<S3>, key: &BlobKey, range: Range<u64>) -> Result<Self, BlobError> {
        Ok(Self { source: Source::S3(reader::open(s3, key, range).await?) })
    }

    pub(crate) const fn from_memory(content: Bytes) -> Self {
        Self { source: Source::Memory(content) }
    }
}

impl fmt::Debug for BlobStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStream").finish_non_exhaustive()
    }
}

impl Stream for BlobStream {
    type Item = Result<Bytes, BlobError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.get_mut().source {
            Source::Disk(reader) => reader.poll_next(cx),
            Source::S3(stream) => stream.poll_next_unpin(cx),
            Source::Memory(left) if left.is_empty() => Poll::Ready(None),
            Source::Memory(left) => Poll::Ready(Some(Ok(left.split_to(MEMORY_CHUNK_BYTES.min(left.len()))))),
        }
    }
}
