//! Mudlark's bytes: content-addressed by SHA-256, equal content kept once a scope, on disk, in S3 or in memory behind
//! one handle, [`Blobs`]. It knows nothing of accounts, files or names (a scope is any UUID) and keeps no count
//! of references: which blobs are still needed is the caller's knowledge. Called by the server's operations.
//!
//! # Life of a blob
//! [`Blobs::stage`] → [`BlobWriter::write`]… → [`BlobWriter::finish`] (flushed, digest known) →
//! [`StagedBlob::publish`] (named by its digest, durable). Dropping any of them before that removes the bytes.
//! The caller may acknowledge an upload, or commit a row that points to it, only after `publish` has returned.
//!
//! # Crash safety
//! The order is: flush the file, rename it to its digest, flush the folder (and, the first time, the folders
//! above). What a power cut leaves behind:
//!
//! | cut | left on disk | cleared by |
//! |---|---|---|
//! | while bytes arrive, or before the file's flush | a partial file in `staging` | [`Blobs::sweep_staging`] |
//! | after the file's flush, before the rename | a whole file in `staging` | [`Blobs::sweep_staging`] |
//! | after the rename, before the folder's flush | either that, or a published blob nobody points to | either sweep |
//! | after the folder's flush, before the caller's commit | a published blob nobody points to | the caller's sweep over [`Blobs::list_content`] |
//!
//! A digest's name therefore never stands for partial bytes, and a committed row never points to missing ones.
//! Deletes are not flushed: a deleted blob that reappears is an orphan again, and swept again.
//!
//! # In S3
//! Bytes that come through this process wait in `staging` on its disk, unflushed: a crash loses what nobody was told is
//! safe. `publish` sends them, whole or in parts, each request with a checksum that S3 verifies, and the object is there
//! only when all have come. Clients may also send to S3 themselves, see [`Direct`].
//!
//! # Why disk is our own code
//! An object-store client names the object when the upload begins and acknowledges when the bytes are handed to
//! the system. Here the name is known only after the last byte, and an acknowledgement needs the file *and* its
//! folder flushed.

mod digest;
mod disk;
mod error;
mod incoming;
mod memory;
mod outgoing;
mod s3;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, BoxStream, StreamExt};
use uuid::Uuid;

pub use digest::{BlobKey, InvalidDigest, Sha256Digest};
pub use error::BlobError;
pub use incoming::{BlobWriter, StagedBlob, StagedReader};
pub use outgoing::BlobStream;

pub use s3::call::Patience;
pub use s3::direct::{Direct, MAX_SINGLE_PUT_BYTES, PartAddresses, Taken};
pub use s3::location::{InvalidLocation, S3Location};
pub use s3::{S3Credentials, S3Transfer};

use disk::Disk;
use memory::Memory;
use s3::S3;

/// After this a removal that has not returned has happened or never will: twice the time that S3 honours its signature for,
/// the difference of clocks that it allows included.
pub const REMOVAL_LAPSES: Duration = Duration::from_hours(1);

/// A handle to the stored bytes; cloning it is cheap and gives the same store.
#[derive(Debug, Clone)]
pub struct Blobs {
    backend: Backend,
}

#[derive(Debug, Clone)]
enum Backend {
    Disk(Arc<Disk>),
    S3(Arc<S3>),
    Memory(Arc<Memory>),
}

/// One published blob, as [`Blobs::list_content`] reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBlob {
    /// Where it is.
    pub key: BlobKey,
    /// Its length.
    pub size_bytes: u64,
    /// When it was last published; publishing equal content again makes it new.
    pub published_at: SystemTime,
}

impl Blobs {
    /// Opens the store under `root`, making the folder and its `staging` and `content` if need be.
    ///
    /// *Errors*: [`BlobError::NotWritable`] when a file can't be written to the one and moved to the other
    /// (permissions, a read-only mount, two file systems).
    ///
    /// *Why* not async: it runs once, before the server listens.
    ///
    /// One process at a time may have a root open: the guards between publishing and deleting are in memory.
    pub fn open_disk(root: &Path) -> Result<Self, BlobError> {
        Ok(Self { backend: Backend::Disk(Arc::new(Disk::open(root)?)) })
    }

    /// Opens the store in a bucket of S3. `scratch` is a folder on this machine for bytes on their way there.
    ///
    /// *Errors*: [`BlobError::Unavailable`] when an object can't be written, read and removed, with what to do about it in
    /// its source; [`BlobError::NotWritable`] for the folder.
    ///
    /// Several processes may have a bucket open.
    pub async fn open_s3(
        location: S3Location,
        credentials: S3Credentials,
        scratch: &Path,
        transfer: S3Transfer,
    ) -> Result<Self, BlobError> {
        let scratch = Arc::new(Disk::open_scratch(scratch)?);
        let s3 = S3::new(location, credentials, scratch, transfer)?;
        s3.probe().await?;
        Ok(Self { backend: Backend::S3(Arc::new(s3)) })
    }

    /// A store in memory that is gone with its last handle; for tests and trials.
    pub fn in_memory() -> Self {
        Self { backend: Backend::Memory(Arc::new(Memory::default())) }
    }

    /// Begins an upload. Nothing is made on disk before the first few hundred kilobytes have arrived.
    pub fn stage(&self) -> BlobWriter {
        match &self.backend {
            Backend::Disk(disk) => BlobWriter::on_disk(disk),
            Backend::S3(s3) => BlobWriter::to_s3(s3),
            Backend::Memory(memory) => BlobWriter::in_memory(memory),
        }
    }

    /// The length of a published blob in bytes, or `None` if there is no such blob.
    pub async fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => {
                let (disk, key) = (Arc::clone(disk), *key);
                run_blocking(move || disk.size(&key)).await
            }
            Backend::S3(s3) => s3.size(key).await,
            Backend::Memory(memory) => Ok(memory.size(key)),
        }
    }

    /// Opens the bytes `range` of a blob for reading; an empty range gives an empty stream.
    ///
    /// The stream either gives exactly `range.end - range.start` bytes or ends with an error.
    ///
    /// *Errors*: [`BlobError::NotFound`], [`BlobError::RangeOutOfBounds`] (also when the file has become shorter
    /// than the caller believes); from the stream [`BlobError::Truncated`].
    pub async fn read(&self, key: &BlobKey, range: Range<u64>) -> Result<BlobStream, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => BlobStream::from_disk(disk, key, range).await,
            Backend::S3(s3) => BlobStream::from_s3(s3, key, range).await,
            Backend::Memory(memory) => Ok(BlobStream::from_memory(memory.read(key, range)?)),
        }
    }

    /// The file that a blob is, where it is one on this machine, for reading; it stays whole also when the blob is removed meanwhile.
    pub async fn open_file(&self, key: &BlobKey) -> Result<Option<File>, BlobError> {
        let Backend::Disk(disk) = &self.backend else { return Ok(None) };
        let (disk, key) = (Arc::clone(disk), *key);
        run_blocking(move || disk.open_file(&key).map(Some)).await
    }

    /// Removes a blob; `false` if there was none. Streams already open keep working.
    ///
    /// A blob that somebody may be publishing again meanwhile is for [`Blobs::delete_if_older`].
    pub async fn delete(&self, key: &BlobKey) -> Result<bool, BlobError> {
        self.delete_when(key, None).await
    }

    /// Removes a blob last published before `cutoff`; `false` if nothing was removed.
    ///
    /// *Why*: a sweep finds a blob without references, then an upload publishes equal content and commits its
    /// row, then the sweep deletes. With a cutoff from before the sweep's look at the references the last step
    /// does nothing; no publish can come between the check and the removal. Take a cutoff at least as far back
    /// as the longest time from publish to commit: that also covers file systems that keep whole seconds.
    ///
    /// In S3 there is a moment between the look at the blob's time and its removal, and no condition of S3's closes it:
    /// equal content has an equal `ETag`. A publish that falls into it is undone. There, the caller must see to it that
    /// nobody commits what was published while a removal was under way. One that fails may be under way for
    /// [`REMOVAL_LAPSES`] yet; one that returns is over.
    pub async fn delete_if_older(&self, key: &BlobKey, cutoff: SystemTime) -> Result<bool, BlobError> {
        self.delete_when(key, Some(cutoff)).await
    }

    async fn delete_when(&self, key: &BlobKey, cutoff: Option<SystemTime>) -> Result<bool, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => {
                let (disk, key) = (Arc::clone(disk), *key);
                run_blocking(move || disk.delete(&key, cutoff)).await
            }
            Backend::S3(s3) => s3.delete(key, cutoff).await,
            Backend::Memory(memory) => Ok(memory.delete(key, cutoff)),
        }
    }

    /// Removes what crashed uploads left in the staging area at least `older_than` before `now`, and says how
    /// many. Uploads alive in this process are never touched, however slow.
    pub async fn sweep_staging(&self, older_than: Duration, now: SystemTime) -> Result<u64, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => {
                let disk = Arc::clone(disk);
                run_blocking(move || disk.sweep_staging(older_than, now)).await
            }
            Backend::S3(s3) => {
                let disk = Arc::clone(&s3.scratch);
                run_blocking(move || disk.sweep_staging(older_than, now)).await
            }
            // Staged bytes live in their writer here: a crash takes both.
            Backend::Memory(_) => Ok(0),
        }
    }

    /// What lies in the staging area and belongs to no upload of this process: leftovers, or uploads of others.
    pub async fn list_staged(&self) -> Result<Vec<Uuid>, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => {
                let disk = Arc::clone(disk);
                run_blocking(move || disk.list_staged()).await
            }
            Backend::S3(s3) => {
                let disk = Arc::clone(&s3.scratch);
                run_blocking(move || disk.list_staged()).await
            }
            Backend::Memory(_) => Ok(Vec::new()),
        }
    }

    /// Removes these from the staging area, and says how many were still there. An upload whose file is removed fails
    /// when it is published.
    pub async fn remove_staged(&self, names: Vec<Uuid>) -> Result<u64, BlobError> {
        match &self.backend {
            Backend::Disk(disk) => {
                let disk = Arc::clone(disk);
                run_blocking(move || disk.remove_staged(&names)).await
            }
            Backend::S3(s3) => {
                let disk = Arc::clone(&s3.scratch);
                run_blocking(move || disk.remove_staged(&names)).await
            }
            Backend::Memory(_) => Ok(0),
        }
    }

    /// Removes what clients or crashed processes left in S3's staging area at least `older_than` before `now`, and gives
    /// up uploads in parts begun before; says how many. Take longer than any signed address holds.
    pub async fn sweep_remote_staging(
        &self,
        older_than: Duration,
        now: SystemTime,
    ) -> Result<u64, BlobError> {
        match &self.backend {
            Backend::S3(s3) => s3.sweep_staging(older_than, now).await,
            Backend::Disk(_) | Backend::Memory(_) => Ok(0),
        }
    }

    /// Whether the storage can be reached just now, as far as one small request tells; a disk always is.
    pub async fn ping(&self) -> Result<(), BlobError> {
        match &self.backend {
            Backend::S3(s3) => s3.ping().await,
            Backend::Disk(_) | Backend::Memory(_) => Ok(()),
        }
    }

    /// Signs addresses for clients; `None` unless the store is in S3.
    pub fn direct(&self) -> Option<Direct> {
        match &self.backend {
            Backend::S3(s3) => Some(Direct { s3: Arc::clone(s3) }),
            Backend::Disk(_) | Backend::Memory(_) => None,
        }
    }

    /// All published blobs, in no order, for finding those that nobody points to.
    ///
    /// Blobs published or deleted during the listing may or may not appear. Foreign files are left out.
    pub fn list_content(&self) -> BoxStream<'static, Result<ListedBlob, BlobError>> {
        match &self.backend {
            Backend::Disk(disk) => disk::list::list_content(disk),
            Backend::S3(s3) => s3::list::list_content(s3),
            Backend::Memory(memory) => stream::iter(memory.list().into_iter().map(Ok)).boxed(),
        }
    }
}

/// Runs file work on the blocking pool. A panic inside goes on in the caller.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    joined(tokio::task::spawn_blocking(work).await)
}

/// The outcome of work on the blocking pool; being cancelled (the runtime stops) is an I/O error.
fn joined<T>(outcome: Result<Result<T, BlobError>, tokio::task::JoinError>) -> Result<T, BlobError> {
    match outcome.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(result) => result,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(cancelled)) => Err(BlobError::Io { path: None, source: io::Error::other(cancelled) }),
    }
}
