//! What the changes of an asset come to, as events: one for each thing that became another one.

use mudlark_store::{AssetChanges, AssetRow, FolderRow, StatusRow};
use mudlark_types::EventType;

use crate::ops::change::Change;
use crate::ops::event::Event;

/// Records what `changes` did to the asset, which was as `before`; `folder` and `status` are what it was given.
pub(crate) fn record(
    change: &mut Change,
    before: &AssetRow,
    changes: &AssetChanges,
    folder: Option<&FolderRow>,
    status: Option<&StatusRow>,
) {
    let event = |event_type| Event::of_asset(before.workspace_id, before.id, event_type, before.id);
    if let Some(name) = changes.name.as_ref().filter(|name| **name != before.name) {
        change.record(event(EventType::AssetRenamed).with("name", name).with("previous_name", &before.name));
    }
    if let Some(folder) = folder.filter(|folder| folder.id != before.folder_id) {
        let moved = event(EventType::AssetMoved).with("file_location", &folder.path);
        change.record(moved.with("previous_file_location", &before.folder_path));
    }
    if changes.status_id.is_some_and(|status| status != before.status_id) {
        let given = event(EventType::AssetStatusChanged).with("status_id", status.map(|status| status.id));
        let given = given.with("status_name", status.map(|status| &status.name));
        change.record(given.with("previous_status_id", before.status_id));
    }
    let is_described = changes.description.as_ref().is_some_and(|text| *text != before.description);
    if is_described || changes.asset_type_id.is_some_and(|kind| kind != before.asset_type_id) {
        change.record(event(EventType::AssetUpdated));
    }
}
