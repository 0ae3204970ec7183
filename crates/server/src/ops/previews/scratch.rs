//! Copies of content on this machine for those who read it, in a folder of their own: without a name, or laid out beside each other.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use futures_util::StreamExt;
use mudlark_blobs::BlobKey;
use mudlark_types::AccountId;
use tokio::io::AsyncWriteExt;

use crate::app::App;
use crate::views::digest_of;

/// What is this old belongs to no job that is under way.
const AGE: Duration = Duration::from_hours(1);

/// Content as a file of this machine: itself where it lies here, or a copy without a name.
pub(super) async fn open(
    app: &App,
    account_id: AccountId,
    sha256: &[u8],
    size_bytes: i64,
) -> anyhow::Result<File> {
    let key = BlobKey {
        scope: account_id.as_uuid(),
        sha256: digest_of(sha256).context("content without a digest")?,
    };
    if let Some(file) = app.blobs.open_file(&key).await? {
        return Ok(file);
    }
    let copy = tempfile::tempfile_in(folder(&app.settings.data)?)?;
    let mut writer = tokio::fs::File::from_std(copy.try_clone()?);
    let mut bytes = app.blobs.read(&key, 0..u64::try_from(size_bytes)?).await?;
    while let Some(piece) = bytes.next().await {
        writer.write_all(&piece?).await?;
    }
    writer.flush().await?;
    (&copy).seek(SeekFrom::Start(0))?;
    Ok(copy)
}

/// The folder of such copies.
pub(super) fn folder(data: &Path) -> std::io::Result<PathBuf> {
    let folder = data.join("previews");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Removes what processes that were killed have left, before any preview is made. Where several may work beside each other, in one
/// folder even, age alone tells what was left.
pub(crate) async fn sweep_at_start(app: &App) -> anyhow::Result<()> {
    remove_older(app, if app.store.is_shared() { AGE } else { Duration::ZERO }).await
}

/// Removes what processes that were killed have left, once it is old enough.
pub(crate) async fn sweep(app: &App) -> anyhow::Result<()> {
    remove_older(app, AGE).await
}

async fn remove_older(app: &App, age: Duration) -> anyhow::Result<()> {
    let folder = folder(&app.settings.data)?;
    let until = SystemTime::now() - age;
    let removed = tokio::task::spawn_blocking(move || remove_until(&folder, until)).await??;
    tracing::debug!(removed, "swept what broken previews had left");
    Ok(())
}

/// Answers how many went.
fn remove_until(folder: &Path, until: SystemTime) -> std::io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Another process may remove it at the same time.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.modified()? > until {
            continue;
        }
        let gone =
            if metadata.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        removed += u64::from(gone.is_ok());
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_is_removed_with_all_in_it_and_what_is_young_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join("left");
        fs::create_dir_all(left.join("textures")).unwrap();
        fs::write(left.join("textures/skin.png"), "skin").unwrap();
        let now = SystemTime::now();
        assert_eq!(remove_until(folder.path(), now - AGE).unwrap(), 0);
        assert!(left.exists());
        assert_eq!(remove_until(folder.path(), now + AGE).unwrap(), 1);
        assert!(!left.exists());
    }
}
