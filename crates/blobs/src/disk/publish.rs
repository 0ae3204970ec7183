//! The step from staged to published: rename, then flush the folders. Not the file's own flush, which `finish` has
//! done. Called by [`crate::StagedBlob::publish`].

use std::fs;
use std::time::SystemTime;

use super::staging::StagedFile;
use super::{Disk, flush_folder, lock};
use crate::{BlobError, BlobKey};

/// How many folders are remembered as flushed; forgetting them only costs two more flushes each.
const FLUSHED_FOLDERS_KEPT: usize = 16 * 1024;

/// Blocks. On an error the staged file is removed.
pub(crate) fn publish(mut staged: StagedFile, key: &BlobKey) -> Result<(), BlobError> {
    let disk = &staged.disk;
    ready_folder(disk, key)?;
    let path = disk.path_of(key);
    {
        let _no_delete_between = disk.lock_name(key);
        // The time of publishing, not of the last byte: what a conditional delete goes by.
        staged.file().set_modified(SystemTime::now()).map_err(BlobError::at(&staged.path))?;
        fs::rename(&staged.path, &path).map_err(BlobError::at(&path))?;
    }
    let folder = disk.folder_of(key);
    let flushed = flush_folder(&folder).map_err(BlobError::at(&folder));
    staged.set_published();
    flushed
}

/// Sees to it that the blob's folder exists and that its own name survives a power cut.
///
/// *Why* remembered instead of looked at: a folder that exists may have been made a moment ago by another upload
/// (or a process that died) whose flush of the folders above has not happened.
fn ready_folder(disk: &Disk, key: &BlobKey) -> Result<(), BlobError> {
    let folder = disk.folder_of(key);
    let id = (key.scope, key.sha256.as_bytes()[0]);
    let exists = folder.is_dir();
    if exists && lock(&disk.flushed).contains(&id) {
        return Ok(());
    }
    if !exists {
        fs::create_dir_all(&folder).map_err(BlobError::at(&folder))?;
    }
    let scope_folder = disk.content.join(key.scope.to_string());
    for above in [&scope_folder, &disk.content] {
        flush_folder(above).map_err(BlobError::at(above))?;
    }
    let mut flushed = lock(&disk.flushed);
    if flushed.len() >= FLUSHED_FOLDERS_KEPT {
        flushed.clear();
    }
    flushed.insert(id);
    Ok(())
}
