//! Walks the published blobs, one folder of a scope at a time. Knows no references and removes nothing. Called by
//! [`crate::Blobs::list_content`].

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::Disk;
use crate::{BlobError, BlobKey, ListedBlob, Sha256Digest};

/// What is still to be visited; at most the scopes, one scope's folders and one folder's blobs are in memory.
struct Walk {
    scopes: Vec<(Uuid, PathBuf)>,
    folders: Vec<(Uuid, PathBuf)>,
}

/// *Why* a folder a step: no blocking thread is held while the caller looks at its references.
pub(crate) fn list_content(disk: &Arc<Disk>) -> BoxStream<'static, Result<ListedBlob, BlobError>> {
    let disk = Arc::clone(disk);
    let walk = crate::run_blocking(move || {
        let scopes = named_entries(&disk.content).map_err(BlobError::at(&disk.content))?;
        Ok(Walk { scopes, folders: Vec::new() })
    });
    stream::once(walk)
        .map_ok(|walk| stream::try_unfold(walk, |walk| crate::run_blocking(move || next_folder(walk))))
        .try_flatten()
        .map_ok(|blobs| stream::iter(blobs.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}

fn next_folder(mut walk: Walk) -> Result<Option<(Vec<ListedBlob>, Walk)>, BlobError> {
    loop {
        if let Some((scope, folder)) = walk.folders.pop() {
            let blobs = blobs_in(scope, &folder).map_err(BlobError::at(&folder))?;
            return Ok(Some((blobs, walk)));
        }
        let Some((scope, folder)) = walk.scopes.pop() else { return Ok(None) };
        let paths = entries(&folder).map_err(BlobError::at(&folder))?;
        walk.folders.extend(paths.into_iter().map(|path| (scope, path)));
    }
}

/// Skips what is not a blob of ours; a blob deleted meanwhile is left out.
fn blobs_in(scope: Uuid, folder: &Path) -> io::Result<Vec<ListedBlob>> {
    let mut blobs = Vec::new();
    for path in entries(folder)? {
        let Some(sha256) = file_name(&path).and_then(|name| name.parse::<Sha256Digest>().ok()) else {
            continue;
        };
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            other => other?,
        };
        let key = BlobKey { scope, sha256 };
        blobs.push(ListedBlob { key, size_bytes: metadata.len(), published_at: metadata.modified()? });
    }
    Ok(blobs)
}

fn named_entries(folder: &Path) -> io::Result<Vec<(Uuid, PathBuf)>> {
    let scope = |path: PathBuf| Some((file_name(&path)?.parse().ok()?, path));
    Ok(entries(folder)?.into_iter().filter_map(scope).collect())
}

/// Empty when the folder is gone or is no folder at all.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}
