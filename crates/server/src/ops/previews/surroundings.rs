//! The files that a version's file names, such as a model's textures: found among the workspace's assets by their paths beside
//! it, and laid out in a folder for who reads it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mudlark_previews::extension_of;
use mudlark_store::{AssetRow, NewVersion, PreviewedVersionRow, Session};
use mudlark_types::{AccountId, AssetId, FileName, FolderPath, VersionId, WorkspaceId};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::app::App;
use crate::error::ApiResult;
use crate::jobs::JobKind;
use crate::ops::change::Change;
use crate::ops::previews::scratch;

/// How often a file is read again since more of what it names was found: a model names materials, which name textures.
const MAX_READINGS: u32 = 3;
/// The most files that are laid out.
const MAX_FILES: usize = 300;
/// The most of them together. *Units*: bytes.
const MAX_BYTES: i64 = 1 << 30;
/// The most names that are noted.
const MAX_NAMES: usize = 1000;
/// The most versions that are looked at again for one that comes.
const MAX_OTHERS: i64 = 100;
/// How long these wait, so that textures which come together are shown together. *Units*: milliseconds.
const OTHERS_WAIT_MS: i64 = 2_000;

/// Has versions be looked at again whose files name the one that comes.
pub(super) async fn show_in_others(change: &mut Change, version: &NewVersion) -> ApiResult<()> {
    let Ok(name) = FileName::parse(&version.file_name) else { return Ok(()) };
    let others = change.tx.list_versions_naming(version.workspace_id, &name.key(), MAX_OTHERS).await?;
    look_again(change, version.account_id, others).await
}

/// Has versions be looked at again that an asset shows in, or showed in: it was moved, renamed (which gives it another name), put into the
/// trash or taken out of it, or has another current version. Its own file may find others, too, where it is now.
pub(crate) async fn asset_changed(
    change: &mut Change,
    asset: &AssetRow,
    new_name: Option<&FileName>,
) -> ApiResult<()> {
    let mut others = Vec::new();
    let name = FileName::parse(&asset.name).ok();
    for name in name.iter().chain(new_name) {
        others.extend(change.tx.list_versions_naming(asset.workspace_id, &name.key(), MAX_OTHERS).await?);
    }
    if change.tx.names_files(asset.current_version_id).await? {
        others.push(asset.current_version_id);
    }
    look_again(change, asset.account_id, others).await
}

/// [`asset_changed`], of all in a folder and below it.
pub(crate) async fn folder_changed(
    change: &mut Change,
    account_id: AccountId,
    workspace_id: WorkspaceId,
    path_key: &str,
) -> ApiResult<()> {
    let others = change.tx.list_versions_naming_below(workspace_id, path_key, MAX_OTHERS).await?;
    look_again(change, account_id, others).await
}

async fn look_again(change: &mut Change, account_id: AccountId, versions: Vec<VersionId>) -> ApiResult<()> {
    for version in versions {
        let mut job = JobKind::PreviewAnew.about(&change.app().clock, version, Some(account_id));
        job.after_ms = OTHERS_WAIT_MS;
        change.enqueue(&job).await?;
    }
    Ok(())
}

/// Whether files of this name are of a format whose files name others more often than not.
pub(super) fn usually_names_others(file_name: &str) -> bool {
    matches!(extension_of(file_name).as_str(), "gltf" | "obj" | "fbx")
}

/// What a version's file names.
#[derive(Default)]
pub(super) struct Named {
    /// The names, folded, without the folders, whether there are such files or not.
    pub(super) names: Vec<String>,
    /// The assets of the workspace that these mean.
    pub(super) used: Vec<AssetId>,
}

/// What lies beside a version's file.
#[derive(Default)]
pub(super) struct Surroundings {
    /// None as long as nothing was found.
    folder: Option<TempDir>,
    /// What the file names, whether there is such a file or not: folded, without the folders.
    names: BTreeSet<String>,
    /// The assets that it means by them.
    used: BTreeSet<AssetId>,
    /// The paths that were looked for.
    looked_for: BTreeSet<String>,
    bytes: i64,
    files: usize,
    readings: u32,
}

impl Surroundings {
    /// The folder that the file is read beside.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// What the file names.
    pub(super) fn into_named(self) -> Named {
        Named { names: self.names.into_iter().collect(), used: self.used.into_iter().collect() }
    }

    /// Lays out what was missing when the file was read. Answers whether it is to be read again, since some of it was found.
    pub(super) async fn gather(
        &mut self,
        app: &App,
        version: &PreviewedVersionRow,
        facts: &Map<String, Value>,
    ) -> anyhow::Result<bool> {
        let missing: Vec<&str> = facts
            .get("missing")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for path in &missing {
            if let (Some(name), true) = (last_name(path), self.names.len() < MAX_NAMES) {
                self.names.insert(name.key());
            }
        }
        self.readings += 1;
        if missing.is_empty() || self.readings > MAX_READINGS {
            return Ok(false);
        }
        let mut session = app.store.read().await?;
        let Some(asset) = session.find_asset_any(version.workspace_id, version.asset_id).await? else {
            return Ok(false);
        };
        let mut found = Vec::new();
        for path in missing {
            let is_new = self.looked_for.insert(path.to_owned());
            if is_new
                && let Some(file) = find(&mut session, version.workspace_id, &asset.folder_path, path).await?
            {
                self.used.insert(file.id);
                found.push((place_of(path), file));
            }
        }
        drop(session);
        let before = self.files;
        for (place, file) in found {
            self.lay_out(app, place.as_deref(), &file).await?;
        }
        Ok(self.files > before)
    }

    async fn lay_out(&mut self, app: &App, place: Option<&Path>, asset: &AssetRow) -> anyhow::Result<()> {
        let size_bytes = asset.current_version.size_bytes;
        let Some(place) = place.filter(|_| self.files < MAX_FILES && self.bytes + size_bytes <= MAX_BYTES)
        else {
            return Ok(());
        };
        let mut content =
            scratch::open(app, asset.account_id, &asset.current_version.sha256, size_bytes).await?;
        let folder = match &self.folder {
            Some(folder) => folder,
            None => self.folder.insert(tempfile::tempdir_in(scratch::folder(&app.settings.data)?)?),
        };
        let path = folder.path().join(place);
        tokio::task::spawn_blocking(move || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            match File::create_new(&path) {
                Ok(mut copy) => std::io::copy(&mut content, &mut copy).map(drop),
                // Two names may mean one place; the first stays.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await??;
        self.bytes += size_bytes;
        self.files += 1;
        Ok(())
    }
}

fn last_name(path: &str) -> Option<FileName> {
    FileName::parse(path.rsplit('/').next().unwrap_or_default()).ok()
}

/// Where a file is laid out: where its path says, and what lies outside beside the file itself, where readers look next. None of a
/// path that is none: it comes from who has read a hostile file.
fn place_of(path: &str) -> Option<PathBuf> {
    if path.starts_with("../") {
        return Some(PathBuf::from(last_name(path)?.as_str()));
    }
    let parts: Option<Vec<FileName>> = path.split('/').map(|part| FileName::parse(part).ok()).collect();
    Some(parts?.iter().map(FileName::as_str).collect())
}

/// The asset that a path means from a folder, or else the one of its last name in the folder itself.
async fn find(
    session: &mut Session,
    workspace_id: WorkspaceId,
    folder: &str,
    path: &str,
) -> anyhow::Result<Option<AssetRow>> {
    let Some(name) = last_name(path) else { return Ok(None) };
    let mut folders: Vec<FolderPath> = Vec::new();
    folders.extend(folder_of(folder, path));
    folders.extend(FolderPath::parse(folder).ok());
    folders.dedup();
    for folder in folders {
        let Some(folder) = session.find_folder_by_path_key(workspace_id, &folder.key()).await? else {
            continue;
        };
        if let Some(asset) = session.find_asset_by_name(workspace_id, folder.id, &name.key()).await? {
            return Ok(Some(asset));
        }
    }
    Ok(None)
}

/// The folder of the file that a path means from a folder; none where it leads out of the workspace.
fn folder_of(from: &str, path: &str) -> Option<FolderPath> {
    let mut segments: Vec<&str> = from.split('/').filter(|segment| !segment.is_empty()).collect();
    let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        match part {
            ".." => drop(segments.pop()?),
            part => segments.push(part),
        }
    }
    FolderPath::parse(&format!("/{}", segments.join("/"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_means_a_folder_of_the_workspace_or_none() {
        for (from, path, folder) in [
            ("/Models/Robot/", "skin.png", Some("/Models/Robot/")),
            ("/Models/Robot/", "textures/skin.png", Some("/Models/Robot/textures/")),
            ("/Models/Robot/", "../Shared/skin.png", Some("/Models/Shared/")),
            ("/Models/Robot/", "../../skin.png", Some("/")),
            ("/Models/Robot/", "../../../skin.png", None),
        ] {
            assert_eq!(folder_of(from, path).as_ref().map(FolderPath::as_str), folder, "{from} {path}");
        }
    }

    #[test]
    fn place_is_within_the_folder() {
        assert_eq!(place_of("textures/skin.png"), Some("textures/skin.png".into()));
        assert_eq!(place_of("../../x/skin.png"), Some("skin.png".into()));
        for path in ["", "/etc/passwd", "a/../../b", "a//b", "..", "../..", "a/\0"] {
            assert_eq!(place_of(path), None, "{path}");
        }
    }
}
