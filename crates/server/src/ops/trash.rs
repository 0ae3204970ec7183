//! What goes into the trash whole, comes out of it whole, or goes for good.

use mudlark_store::folders::FOLDER_PATH_TAKEN;
use mudlark_store::{AssetRow, FolderRow, TrashRow, TrashedKind};
use mudlark_types::names::case_fold;
use mudlark_types::{ErrorCode, EventType, FolderPath, VersionId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::account_limits;
use crate::ops::asset_locks::{check_open, check_open_below};
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::event::Event;
use crate::ops::make_folders::make_folders;
use crate::ops::previews;

/// *Units*: milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long something stays in the trash. *Units*: milliseconds.
pub(crate) fn retention_ms(app: &App) -> i64 {
    i64::from(app.settings.trash_retention_days) * DAY_MS
}

/// Puts a folder into the trash, with all that lies in it and below it.
///
/// *Errors*: `conflict` for the root; `asset_locked` where another holds the lock of an asset inside.
pub(crate) async fn delete_folder(change: &mut Change, place: Place, folder: &FolderRow) -> ApiResult<()> {
    if folder.parent_id.is_none() {
        return Err(ApiError::new(ErrorCode::Conflict, "The root folder can't be deleted"));
    }
    check_open_below(change, place, &folder.path_key).await?;
    previews::folder_changed(change, place.account, place.workspace, &folder.path_key).await?;
    let gone = change.tx.delete_folder(folder, place.user, change.sequence, change.now_ms).await?;
    let event = Event::in_workspace(place.workspace, EventType::FolderDeleted, folder.id);
    let event = event.with("path", &folder.path).with("folders", gone.folders);
    change.record(event.with("assets", gone.assets));
    Ok(())
}

/// Takes a folder out of the trash, with all that went there with it. Folders above it that are gone are made again.
///
/// *Errors*: `name_taken` where a folder of its path has been made meanwhile.
pub(crate) async fn restore_folder(
    app: &App,
    change: &mut Change,
    place: Place,
    folder: &FolderRow,
) -> ApiResult<()> {
    let above = above(&folder.path)?;
    let parent = make_folders(app, change, place.workspace, place.user, &above).await?;
    let path = format!("{}{}/", parent.path, folder.name);
    let path_key = case_fold(&path);
    let to = FolderRow { parent_id: Some(parent.id), path, path_key, ..folder.clone() };
    change.tx.restore_folder(folder, &to, change.sequence, change.now_ms).await.map_err(|error| {
        if error.is_conflict_on(FOLDER_PATH_TAKEN) {
            let message =
                format!("There is a folder {} again; rename or move that one, then restore", to.path);
            ApiError::new(ErrorCode::NameTaken, message)
        } else {
            ApiError::from_store(error)
        }
    })?;
    let event = Event::in_workspace(place.workspace, EventType::FolderRestored, folder.id);
    change.record(event.with("path", &to.path));
    previews::folder_changed(change, place.account, place.workspace, &to.path_key).await?;
    account_limits::check_assets(app, &mut change.tx, place.account).await
}

/// The path of the folder that a folder lies in.
pub(crate) fn above(path: &str) -> ApiResult<FolderPath> {
    let path = FolderPath::parse(path).map_err(ApiError::internal)?;
    Ok(path.split_last().map_or_else(FolderPath::root, |(above, _)| above))
}

/// Takes an asset out of the trash. A folder of it that is gone is made again.
///
/// *Errors*: `name_taken` where an asset of its name has been put there meanwhile.
pub(crate) async fn restore_asset(
    app: &App,
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
) -> ApiResult<()> {
    let path = FolderPath::parse(&asset.folder_path).map_err(ApiError::internal)?;
    let folder = match change.tx.find_folder(place.workspace, asset.folder_id).await? {
        Some(folder) => folder,
        None => make_folders(app, change, place.workspace, place.user, &path).await?,
    };
    let (sequence, now_ms) = (change.sequence, change.now_ms);
    change.tx.restore_asset(place.workspace, asset.id, folder.id, sequence, now_ms).await.map_err(
        |error| {
            if error.is_conflict_on(mudlark_store::assets::ASSET_NAME_TAKEN) {
                let message = format!(
                    "Another asset in {} is called `{}`; rename or move that one, then restore",
                    folder.path, asset.name
                );
                ApiError::new(ErrorCode::NameTaken, message)
            } else {
                ApiError::from_store(error)
            }
        },
    )?;
    let event = Event::of_asset(place.workspace, asset.id, EventType::AssetRestored, asset.id);
    change.record(event.with("name", &asset.name));
    previews::asset_changed(change, asset, None).await?;
    account_limits::check_assets(app, &mut change.tx, place.account).await
}

/// Takes a version of a live asset out of the trash. The asset's current version stays the one that it is.
///
/// *Errors*: `asset_locked` where another holds the asset's lock.
pub(crate) async fn restore_version(
    change: &mut Change,
    place: Place,
    asset: &AssetRow,
    id: VersionId,
) -> ApiResult<()> {
    check_open(change, place, asset).await?;
    change.tx.restore_version(asset.id, id, change.sequence, change.now_ms).await?;
    change.record(Event::of_asset(place.workspace, asset.id, EventType::VersionRestored, id));
    Ok(())
}

/// How many entries of the trash are looked up at a time.
const BATCH: i64 = 100;

/// Removes for good what has been in the trash for as long as it stays there. Each entry is a change of its own, in its
/// account's order, so that none meets a restore. Answers how many went.
pub(crate) async fn purge_expired(app: &App) -> ApiResult<u64> {
    let until_ms = app.clock.now_ms() - retention_ms(app);
    let mut purged = 0;
    loop {
        let entries = app.store.read().await?.list_trash_of_all(until_ms, BATCH).await?;
        if entries.is_empty() {
            return Ok(purged);
        }
        for entry in entries {
            let mut change = Change::begin(app, entry.account_id, None, None).await?;
            // It may have been restored, and deleted again, since it was looked up.
            let still = change.tx.find_trash(entry.workspace_id, entry.id).await?;
            if let Some(still) = still.filter(|still| still.deleted_at_ms <= until_ms) {
                purge(&mut change, &still).await?;
                purged += 1;
            }
            change.commit().await?;
        }
    }
}

/// Removes an entry of the trash for good. Its content goes by a job of its own.
pub(crate) async fn purge(change: &mut Change, entry: &TrashRow) -> ApiResult<()> {
    change.tx.purge(entry).await?;
    let event = match (entry.kind, entry.asset_id) {
        (TrashedKind::Version, Some(asset)) => {
            Event::of_asset(entry.workspace_id, asset, EventType::VersionPurged, entry.id)
        }
        (TrashedKind::Folder, _) => {
            Event::in_workspace(entry.workspace_id, EventType::FolderPurged, entry.id)
        }
        _ => Event::in_workspace(entry.workspace_id, EventType::AssetPurged, entry.id),
    };
    change.record(event.with("name", &entry.name).with("path", &entry.path));
    Ok(())
}
