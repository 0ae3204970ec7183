//! The staging folder: one file an upload, removed with its owner, and the sweep for owners that crashed. Not the
//! writing. Used by the writer, the publish step and [`Disk`].

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use uuid::Uuid;

use super::{Disk, lock};
use crate::BlobError;

/// A file in staging; dropping it removes it.
#[derive(Debug)]
pub(crate) struct StagedFile {
    name: Uuid,
    pub(super) path: PathBuf,
    /// Taken by `drop` only.
    file: Option<Arc<File>>,
    pub(super) disk: Arc<Disk>,
    published: bool,
}

impl StagedFile {
    /// Blocks; whoever is dropped between this and its use on another thread still removes the file.
    pub(super) fn create(disk: Arc<Disk>) -> Result<Self, BlobError> {
        let name = Uuid::now_v7();
        let path = disk.staging.join(name.to_string());
        // Known as alive before it can be seen, so that no sweep takes it.
        lock(&disk.live).insert(name);
        let created = File::options().write(true).create_new(true).open(&path).map_err(BlobError::at(&path));
        match created {
            Ok(file) => Ok(Self { name, path, file: Some(Arc::new(file)), disk, published: false }),
            Err(error) => {
                lock(&disk.live).remove(&name);
                Err(error)
            }
        }
    }

    pub(super) fn file(&self) -> &Arc<File> {
        self.file.as_ref().expect("there until drop")
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same file again, for reading.
    pub(crate) fn reopen(&self) -> Result<File, BlobError> {
        File::open(&self.path).map_err(BlobError::at(&self.path))
    }

    /// After the rename: the name in staging is no longer ours to remove.
    pub(super) fn set_published(&mut self) {
        self.published = true;
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        let file = self.file.take();
        if !self.published {
            // Nobody to tell; a name that stays is for the sweep.
            drop(fs::remove_file(&self.path));
            // With the name gone, closing frees the blocks: tens of milliseconds a gigabyte, not for a thread
            // that serves requests.
            if let Ok(runtime) = Handle::try_current() {
                drop(runtime.spawn_blocking(move || drop(file)));
            }
        }
        lock(&self.disk.live).remove(&self.name);
    }
}

impl Disk {
    pub(crate) fn list_staged(&self) -> Result<Vec<Uuid>, BlobError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.staging).map_err(BlobError::at(&self.staging))? {
            let entry = entry.map_err(BlobError::at(&self.staging))?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok());
            names.extend(name.filter(|name| !lock(&self.live).contains(name)));
        }
        Ok(names)
    }

    pub(crate) fn remove_staged(&self, names: &[Uuid]) -> Result<u64, BlobError> {
        let mut removed = 0;
        for path in names.iter().map(|name| self.staging.join(name.to_string())) {
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(BlobError::at(&path)(error)),
            }
        }
        Ok(removed)
    }

    pub(crate) fn sweep_staging(&self, older_than: Duration, now: SystemTime) -> Result<u64, BlobError> {
        let mut removed = 0;
        for entry in fs::read_dir(&self.staging).map_err(BlobError::at(&self.staging))? {
            let entry = entry.map_err(BlobError::at(&self.staging))?;
            let Some(name) = entry.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok()) else {
                continue;
            };
            let modified = match entry.metadata().and_then(|metadata| metadata.modified()) {
                Ok(modified) => modified,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(BlobError::at(&entry.path())(error)),
            };
            let old_enough = now.duration_since(modified).is_ok_and(|age| age >= older_than);
            if !old_enough || lock(&self.live).contains(&name) {
                continue;
            }
            match fs::remove_file(entry.path()) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(BlobError::at(&entry.path())(error)),
            }
        }
        Ok(removed)
    }
}
