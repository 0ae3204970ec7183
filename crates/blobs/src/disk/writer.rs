//! The way in: takes chunks, hashes and writes them in batches on the blocking pool. Not naming or publishing.
//! Called by [`crate::BlobWriter`].
//!
//! *Why* batches and no thread an upload: an upload may take hours, and hundreds of slow ones must not use up the
//! blocking pool. A thread is taken only while there is a batch to write, one at a time an upload, so each has at
//! most one batch being written and one being filled.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;

use super::Disk;
use super::staging::StagedFile;
use crate::{BlobError, Sha256Digest, joined};

/// A batch this long is written as soon as the disk is idle. An upload that ends before costs one visit to the
/// blocking pool in all; a slow one never holds more than this.
const BATCH_READY_BYTES: usize = 256 * 1024;
/// A batch grows this long while the one before is being written; then the upload waits.
const BATCH_FULL_BYTES: usize = 1024 * 1024;
/// Chunks below this are copied together. *Why*: a one-byte chunk may keep a whole network buffer alive.
const COPIED_BELOW_BYTES: usize = 64 * 1024;
/// The system is asked to flush after this many bytes, beside the writing, so that the flush at the end is short.
/// *Why* not left to the system: it waits for seconds or gigabytes, and the disk idles while the upload runs.
const FLUSH_EVERY_BYTES: u64 = 32 * 1024 * 1024;

pub(crate) struct DiskWriter {
    disk: Arc<Disk>,
    batch: Batch,
    progress: Progress,
    flush: Flush,
}

enum Progress {
    /// No file yet.
    Unopened,
    Idle(Upload),
    Writing(JoinHandle<Result<Upload, BlobError>>),
    /// An error was reported; the file is gone.
    Failed,
}

struct Upload {
    staged: StagedFile,
    hasher: digest::Context,
}

impl DiskWriter {
    pub(crate) fn new(disk: &Arc<Disk>) -> Self {
        let (batch, flush) = (Batch::default(), Flush::default());
        Self { disk: Arc::clone(disk), batch, progress: Progress::Unopened, flush }
    }

    pub(crate) async fn write(&mut self, chunk: Bytes) -> Result<(), BlobError> {
        self.batch.push(chunk);
        if self.batch.size_bytes < BATCH_READY_BYTES {
            return Ok(());
        }
        let disk_is_behind = matches!(&self.progress, Progress::Writing(job) if !job.is_finished());
        if disk_is_behind && self.batch.size_bytes < BATCH_FULL_BYTES {
            return Ok(());
        }
        self.settle().await?;
        self.flush_early().await?;
        self.dispatch();
        Ok(())
    }

    /// Waits for the batch being written. Dropped midway, the job stays where it is and is waited for again.
    async fn settle(&mut self) -> Result<(), BlobError> {
        if let Progress::Writing(job) = &mut self.progress {
            let outcome = joined(job.await);
            self.progress = Progress::Failed;
            self.progress = Progress::Idle(outcome?);
        }
        Ok(())
    }

    /// Begins the next early flush if enough has been written and the one before is over.
    async fn flush_early(&mut self) -> Result<(), BlobError> {
        if !self.disk.is_durable || !self.flush.is_due() {
            return Ok(());
        }
        if let Err(error) = self.flush.wait().await {
            // The system tells of lost bytes once: without this a later flush would call them safe.
            self.progress = Progress::Failed;
            return Err(error);
        }
        if let Progress::Idle(upload) = &self.progress {
            self.flush.start(&upload.staged);
        }
        Ok(())
    }

    /// Hands the batch to the blocking pool.
    fn dispatch(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.flush.unflushed_bytes += batch.size_bytes as u64;
        let progress = std::mem::replace(&mut self.progress, Progress::Failed);
        let disk = Arc::clone(&self.disk);
        self.progress = Progress::Writing(tokio::task::spawn_blocking(move || {
            let mut upload = progress.into_upload(disk)?;
            upload.take(batch)?;
            Ok(upload)
        }));
    }

    pub(crate) async fn finish(mut self) -> Result<(StagedFile, Sha256Digest), BlobError> {
        self.settle().await?;
        let (batch, progress, disk) = (self.batch, self.progress, self.disk);
        let is_durable = disk.is_durable;
        let finished = crate::run_blocking(move || {
            let mut upload = progress.into_upload(disk)?;
            upload.take(batch)?;
            if is_durable {
                upload.staged.file().sync_data().map_err(BlobError::at(&upload.staged.path))?;
            }
            Ok((upload.staged, Sha256Digest::from_finished(&upload.hasher.finish())))
        })
        .await?;
        // The system reports a failed write-back once, to whichever flush meets it: both must be heard.
        self.flush.wait().await?;
        Ok(finished)
    }
}

impl Progress {
    fn into_upload(self, disk: Arc<Disk>) -> Result<Upload, BlobError> {
        match self {
            Self::Idle(upload) => Ok(upload),
            Self::Unopened => {
                let hasher = digest::Context::new(&digest::SHA256);
                Ok(Upload { staged: StagedFile::create(disk)?, hasher })
            }
            Self::Writing(_) | Self::Failed => {
                let source = io::Error::other("the upload had failed before");
                Err(BlobError::Io { path: None, source })
            }
        }
    }
}

impl Upload {
    fn take(&mut self, batch: Batch) -> Result<(), BlobError> {
        let chunks = batch.into_chunks();
        for chunk in &chunks {
            self.hasher.update(chunk);
        }
        write_all(self.staged.file(), &chunks).map_err(BlobError::at(&self.staged.path))
    }
}

fn write_all(mut file: &File, chunks: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
    let mut left = slices.as_mut_slice();
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Chunks in order: long ones as they came, short ones copied together.
#[derive(Default)]
struct Batch {
    chunks: Vec<Bytes>,
    copied: BytesMut,
    size_bytes: usize,
}

impl Batch {
    fn push(&mut self, chunk: Bytes) {
        self.size_bytes += chunk.len();
        if chunk.len() < COPIED_BELOW_BYTES {
            self.copied.extend_from_slice(&chunk);
            return;
        }
        if !self.copied.is_empty() {
            self.chunks.push(self.copied.split().freeze());
        }
        self.chunks.push(chunk);
    }

    fn into_chunks(mut self) -> Vec<Bytes> {
        if !self.copied.is_empty() {
            self.chunks.push(self.copied.freeze());
        }
        self.chunks
    }
}

/// The early flush of a long upload: at most one at a time.
#[derive(Default)]
struct Flush {
    unflushed_bytes: u64,
    running: Option<JoinHandle<Result<(), BlobError>>>,
}

impl Flush {
    fn is_due(&self) -> bool {
        let is_running = self.running.as_ref().is_some_and(|job| !job.is_finished());
        !is_running && self.unflushed_bytes >= FLUSH_EVERY_BYTES
    }

    fn start(&mut self, staged: &StagedFile) {
        let (file, path) = (Arc::clone(staged.file()), staged.path.clone());
        let flush = move || file.sync_data().map_err(BlobError::at(&path));
        self.running = Some(tokio::task::spawn_blocking(flush));
        self.unflushed_bytes = 0;
    }

    async fn wait(&mut self) -> Result<(), BlobError> {
        let Some(job) = &mut self.running else { return Ok(()) };
        let outcome = joined(job.await);
        self.running = None;
        outcome
    }
}
