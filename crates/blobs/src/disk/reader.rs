//! The way out: reads a range chunk by chunk on the blocking pool, one chunk ahead of the consumer. Not the choice
//! of the range. Called by [`crate::BlobStream`].
//!
//! *Why* a job a chunk and no thread a download: a slow client must not hold a thread of the blocking pool. A
//! download holds the chunk in the socket's hands and the next one, and their buffers are used again.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::task::JoinHandle;

use super::{Disk, lock};
use crate::memory::check_range;
use crate::{BlobError, BlobKey, joined};

/// Long enough that the visit to the blocking pool is small beside the copy, short enough to stay in the
/// processor's cache until the socket takes it.
const CHUNK_BYTES: usize = 256 * 1024;
/// One being read, one ready, one in the socket's hands.
const BUFFERS_KEPT: usize = 3;

#[derive(Debug)]
pub(crate) enum DiskReader {
    /// The chunk read at opening, and what comes after.
    Opened(Bytes, Rest),
    Reading(JoinHandle<Result<(Bytes, Rest), BlobError>>),
    Done,
}

/// The part of the range not read yet.
#[derive(Debug)]
pub(crate) struct Rest {
    file: File,
    path: PathBuf,
    left_bytes: u64,
    buffers: Arc<Buffers>,
}

impl DiskReader {
    /// Opens and reads the first chunk in one visit to the blocking pool: a small blob needs no second.
    pub(crate) async fn open(disk: &Arc<Disk>, key: &BlobKey, range: Range<u64>) -> Result<Self, BlobError> {
        let (disk, key) = (Arc::clone(disk), *key);
        let (chunk, rest) =
            crate::run_blocking(move || Rest::open(&disk, &key, &range)?.read_chunk()).await?;
        Ok(if chunk.is_empty() { Self::Done } else { Self::Opened(chunk, rest) })
    }

    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BlobError>>> {
        let outcome = match self {
            Self::Opened(..) | Self::Done => match std::mem::replace(self, Self::Done) {
                Self::Opened(chunk, rest) => Ok((chunk, rest)),
                _ => return Poll::Ready(None),
            },
            Self::Reading(job) => joined(ready!(job.poll_unpin(cx))),
        };
        *self = Self::Done;
        Poll::Ready(Some(outcome.map(|(chunk, rest)| {
            if rest.left_bytes > 0 {
                *self = Self::Reading(tokio::task::spawn_blocking(move || rest.read_chunk()));
            }
            chunk
        })))
    }
}

impl Rest {
    fn open(disk: &Disk, key: &BlobKey, range: &Range<u64>) -> Result<Self, BlobError> {
        let path = disk.path_of(key);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(BlobError::NotFound { key: *key });
            }
            opened => opened.map_err(BlobError::at(&path))?,
        };
        let size_bytes = file.metadata().map_err(BlobError::at(&path))?.len();
        check_range(range, size_bytes)?;
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).map_err(BlobError::at(&path))?;
        }
        Ok(Self { file, path, left_bytes: range.end - range.start, buffers: Arc::default() })
    }

    fn read_chunk(mut self) -> Result<(Bytes, Self), BlobError> {
        let wanted = usize::try_from(self.left_bytes).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        let mut buffer = self.buffers.take(wanted);
        let mut filled = 0;
        while filled < wanted {
            match self.file.read(&mut buffer[filled..wanted]) {
                Ok(0) => return Err(BlobError::Truncated { missing_bytes: self.left_bytes - filled as u64 }),
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(BlobError::at(&self.path)(error)),
            }
        }
        self.left_bytes -= wanted as u64;
        let lent = Lent { buffer, filled, buffers: Arc::clone(&self.buffers) };
        Ok((Bytes::from_owner(lent), self))
    }
}

/// Buffers of one download that nobody uses at the moment.
///
/// *Why*: a fresh buffer is zeroed and its pages are mapped anew, which costs as much as the copy into it.
#[derive(Debug, Default)]
struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
}

impl Buffers {
    fn take(&self, at_least_bytes: usize) -> Vec<u8> {
        let free = lock(&self.free).pop().filter(|buffer| buffer.len() >= at_least_bytes);
        free.unwrap_or_else(|| vec![0; at_least_bytes])
    }
}

/// A filled buffer that comes back when the last reference to its bytes is gone.
struct Lent {
    buffer: Vec<u8>,
    filled: usize,
    buffers: Arc<Buffers>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut free = lock(&self.buffers.free);
        if free.len() < BUFFERS_KEPT {
            free.push(std::mem::take(&mut self.buffer));
        }
    }
}
