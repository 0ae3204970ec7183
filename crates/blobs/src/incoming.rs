//! An upload on its way in: the writer that takes its bytes and the flushed, still nameless result. Not the file
//! work itself (`disk::writer`). Handed out by [`Blobs::stage`](crate::Blobs::stage).

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use uuid::Uuid;

use crate::disk::staging::StagedFile;
use crate::disk::writer::DiskWriter;
use crate::disk::{self, Disk};
use crate::memory::Memory;
use crate::s3::direct::Frozen;
use crate::s3::{self, S3};
use crate::{BlobError, BlobKey, Sha256Digest};

/// Reads staged content; the blob may be dropped meanwhile.
#[derive(Debug)]
pub struct StagedReader(ReaderPlace);

#[derive(Debug)]
enum ReaderPlace {
    Disk(File),
    Memory(Cursor<Bytes>),
}

impl Read for StagedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            ReaderPlace::Disk(file) => file.read(buffer),
            ReaderPlace::Memory(content) => content.read(buffer),
        }
    }
}

impl Seek for StagedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.0 {
            ReaderPlace::Disk(file) => file.seek(to),
            ReaderPlace::Memory(content) => content.seek(to),
        }
    }
}

/// Takes the bytes of one upload; dropping it removes them.
pub struct BlobWriter {
    size_bytes: u64,
    sink: Sink,
}

enum Sink {
    Disk(DiskWriter),
    S3(Arc<S3>, DiskWriter),
    Memory { memory: Arc<Memory>, hasher: digest::Context, content: Vec<u8> },
}

/// Whole and flushed content whose digest is known; dropping it removes the bytes.
#[derive(Debug)]
pub struct StagedBlob {
    sha256: Sha256Digest,
    size_bytes: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Disk(StagedFile),
    /// On this machine, to be sent.
    ToS3(Arc<S3>, StagedFile),
    /// Sent there by a client.
    InS3(Frozen),
    Memory {
        memory: Arc<Memory>,
        content: Bytes,
    },
}

impl BlobWriter {
    pub(crate) fn on_disk(disk: &Arc<Disk>) -> Self {
        Self { size_bytes: 0, sink: Sink::Disk(DiskWriter::new(disk)) }
    }

    pub(crate) fn to_s3(s3: &Arc<S3>) -> Self {
        Self { size_bytes: 0, sink: Sink::S3(Arc::clone(s3), DiskWriter::new(&s3.scratch)) }
    }

    pub(crate) fn in_memory(memory: &Arc<Memory>) -> Self {
        let hasher = digest::Context::new(&digest::SHA256);
        let sink = Sink::Memory { memory: Arc::clone(memory), hasher, content: Vec::new() };
        Self { size_bytes: 0, sink }
    }

    /// Adds bytes; waits while the disk is behind, so an upload never holds more than a few megabytes.
    ///
    /// Dropping the call midway is harmless: its bytes are already taken and the writer can be used further.
    ///
    /// *Errors*: [`BlobError::Full`], [`BlobError::NotWritable`], [`BlobError::Io`], perhaps of an earlier write;
    /// the upload is lost then, and drop is all that is left to do.
    pub async fn write(&mut self, chunk: Bytes) -> Result<(), BlobError> {
        self.size_bytes += chunk.len() as u64;
        match &mut self.sink {
            Sink::Disk(writer) | Sink::S3(_, writer) => writer.write(chunk).await,
            Sink::Memory { hasher, content, .. } => {
                hasher.update(&chunk);
                content.extend_from_slice(&chunk);
                Ok(())
            }
        }
    }

    /// The bytes taken so far, for holding an upload to its limit.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Ends the upload: returns once all bytes are hashed and flushed.
    pub async fn finish(self) -> Result<StagedBlob, BlobError> {
        let size_bytes = self.size_bytes;
        let (sha256, place) = match self.sink {
            Sink::Disk(writer) => {
                let (file, sha256) = writer.finish().await?;
                (sha256, Place::Disk(file))
            }
            Sink::S3(s3, writer) => {
                let (file, sha256) = writer.finish().await?;
                (sha256, Place::ToS3(s3, file))
            }
            Sink::Memory { memory, hasher, content } => {
                let sha256 = Sha256Digest::from_finished(&hasher.finish());
                (sha256, Place::Memory { memory, content: content.into() })
            }
        };
        Ok(StagedBlob { sha256, size_bytes, place })
    }
}

impl std::fmt::Debug for BlobWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobWriter").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

impl StagedBlob {
    pub(crate) const fn in_s3(frozen: Frozen, sha256: Sha256Digest, size_bytes: u64) -> Self {
        Self { sha256, size_bytes, place: Place::InS3(frozen) }
    }

    /// The digest of the content.
    pub const fn sha256(&self) -> Sha256Digest {
        self.sha256
    }

    /// The length of the content.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Opens the content for reading, before it has a name: for looking into it. Blocks, as does what it gives.
    ///
    /// *Errors*: [`BlobError::Io`] also for content that a client has sent to S3 itself, which is not at hand.
    pub fn open(&self) -> Result<StagedReader, BlobError> {
        Ok(StagedReader(match &self.place {
            Place::Disk(file) | Place::ToS3(_, file) => ReaderPlace::Disk(file.reopen()?),
            Place::InS3(_) => {
                return Err(BlobError::Io { path: None, source: io::ErrorKind::Unsupported.into() });
            }
            Place::Memory { content, .. } => ReaderPlace::Memory(Cursor::new(content.clone())),
        }))
    }

    /// Gives the blob its name in `scope`; once this returns, the blob survives a power cut.
    ///
    /// Equal content already there is replaced in one step, which no reader notices. A call dropped midway has
    /// either removed or published the blob; in the latter case it is an orphan for the caller's sweep.
    ///
    /// *Why* publish although [`Blobs::size`](crate::Blobs::size) shows equal content: a sweep may be about to
    /// remove that, and only a publish makes it new ([`Blobs::delete_if_older`](crate::Blobs::delete_if_older)).
    pub async fn publish(self, scope: Uuid) -> Result<BlobKey, BlobError> {
        let key = BlobKey { scope, sha256: self.sha256 };
        match self.place {
            Place::Disk(file) => crate::run_blocking(move || disk::publish::publish(file, &key)).await?,
            Place::ToS3(s3, file) => s3::publish::publish(&s3, file, self.size_bytes, &key).await?,
            Place::InS3(frozen) => frozen.publish(self.size_bytes, &key).await?,
            Place::Memory { memory, content } => memory.publish(key, content),
        }
        Ok(key)
    }
}
