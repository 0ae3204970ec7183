//! The store on a local disk: where things are and the small operations. Not the streaming paths, which have a
//! file each. Called by [`crate::Blobs`]; everything here blocks and belongs on the blocking pool.
//!
//! ```text
//! root/staging/<uuid>                     uploads under way, and leftovers of crashes
//! root/content/<scope>/<aa>/<64 hex>      published; aa = the first two hex digits, 256 folders a scope
//! ```

pub(crate) mod list;
pub(crate) mod publish;
pub(crate) mod reader;
pub(crate) mod staging;
pub(crate) mod writer;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use uuid::Uuid;

use crate::{BlobError, BlobKey};

/// Guards between a publish and a conditional delete of one blob; more than one so that uploads rarely wait for
/// each other's rename.
const NAME_LOCKS: usize = 16;

#[derive(Debug)]
pub(crate) struct Disk {
    staging: PathBuf,
    content: PathBuf,
    /// Staged files that belong to an upload of this process.
    live: Mutex<HashSet<Uuid>>,
    /// Folders (scope, first digest byte) whose own names are known to be flushed.
    flushed: Mutex<HashSet<(Uuid, u8)>>,
    name_locks: [Mutex<()>; NAME_LOCKS],
    /// Whether what is staged has to survive a power cut: not where it only waits to be sent elsewhere.
    is_durable: bool,
}

impl Disk {
    pub(crate) fn open(root: &Path) -> Result<Self, BlobError> {
        let disk = Self::at(root, true);
        for folder in [&disk.staging, &disk.content] {
            make_folder(folder).map_err(not_writable(folder))?;
        }
        disk.probe().map_err(not_writable(root))?;
        Ok(disk)
    }

    /// Opens a place where bytes are staged and nothing is ever published.
    pub(crate) fn open_scratch(root: &Path) -> Result<Self, BlobError> {
        let disk = Self::at(root, false);
        make_folder(&disk.staging).map_err(not_writable(&disk.staging))?;
        let probe = disk.staging.join(Uuid::now_v7().to_string());
        fs::write(&probe, b"probe")
            .and_then(|()| fs::remove_file(&probe))
            .map_err(not_writable(&disk.staging))?;
        Ok(disk)
    }

    fn at(root: &Path, is_durable: bool) -> Self {
        Self {
            staging: root.join("staging"),
            content: root.join("content"),
            live: Mutex::default(),
            flushed: Mutex::default(),
            name_locks: Default::default(),
            is_durable,
        }
    }

    /// Does once what every upload does, so that a wrong folder is told at start and not by the first user.
    fn probe(&self) -> io::Result<()> {
        let name = Uuid::now_v7().to_string();
        let (staged, published) = (self.staging.join(&name), self.content.join(&name));
        fs::write(&staged, b"probe")?;
        fs::rename(&staged, &published).inspect_err(|_| drop(fs::remove_file(&staged)))?;
        fs::remove_file(&published)
    }

    pub(crate) fn size(&self, key: &BlobKey) -> Result<Option<u64>, BlobError> {
        let path = self.path_of(key);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BlobError::at(&path)(error)),
        }
    }

    pub(crate) fn open_file(&self, key: &BlobKey) -> Result<File, BlobError> {
        let path = self.path_of(key);
        File::open(&path).map_err(BlobError::at(&path))
    }

    /// Removes a blob; with a cutoff, only if it was last published before.
    pub(crate) fn delete(&self, key: &BlobKey, cutoff: Option<SystemTime>) -> Result<bool, BlobError> {
        let path = self.path_of(key);
        let _no_publish_between = self.lock_name(key);
        let removed = match cutoff {
            Some(cutoff) => match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
                Ok(published_at) if published_at >= cutoff => return Ok(false),
                Ok(_) => return self.take_away(&path, cutoff),
                Err(error) => Err(error),
            },
            None => fs::remove_file(&path),
        };
        match removed {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(BlobError::at(&path)(error)),
        }
    }

    /// Removes a published file that looked old. Another process may publish it anew at any moment, so it is taken
    /// out of its place first, looked at again, and put back if it is new after all.
    fn take_away(&self, path: &Path, cutoff: SystemTime) -> Result<bool, BlobError> {
        let taken = self.staging.join(Uuid::now_v7().to_string());
        match fs::rename(path, &taken) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            outcome => outcome.map_err(BlobError::at(path))?,
        }
        let published_at = fs::metadata(&taken).and_then(|metadata| metadata.modified());
        let is_new = published_at.map_err(BlobError::at(&taken))? >= cutoff;
        if is_new {
            match fs::hard_link(&taken, path) {
                // Published once more: the same bytes.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                outcome => outcome.map_err(BlobError::at(path))?,
            }
            let folder = path.parent().unwrap_or(path);
            flush_folder(folder).map_err(BlobError::at(folder))?;
        }
        fs::remove_file(&taken).map_err(BlobError::at(&taken))?;
        Ok(!is_new)
    }

    fn folder_of(&self, key: &BlobKey) -> PathBuf {
        self.content.join(key.scope.to_string()).join(format!("{:02x}", key.sha256.as_bytes()[0]))
    }

    fn path_of(&self, key: &BlobKey) -> PathBuf {
        self.folder_of(key).join(key.sha256.to_string())
    }

    fn lock_name(&self, key: &BlobKey) -> MutexGuard<'_, ()> {
        lock(&self.name_locks[usize::from(key.sha256.as_bytes()[0]) % NAME_LOCKS])
    }
}

/// A lock that outlives a panic of another holder: each of ours guards single steps that can't be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a folder and those above it, each one's name flushed into its parent.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(parent)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !path.is_dir() => Err(error),
        _ => flush_folder(parent),
    }
}

/// Flushes the names in a folder. File systems that can't open a folder (Windows) have no such step.
fn flush_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

fn not_writable(path: &Path) -> impl FnOnce(io::Error) -> BlobError {
    move |source| BlobError::NotWritable { path: path.to_owned(), source }
}
