//! What is in the trash.

use mudlark_store::{TrashRow, TrashedKind, TrashedWorkspaceRow};
use mudlark_types::Timestamp;
use mudlark_types::wire::{TrashEntry, TrashKind, TrashedWorkspace};

use crate::error::ApiResult;
use crate::ops::trash::above;

/// *Errors*: its path is not what we wrote.
pub(crate) fn trash_entry(row: TrashRow, kept_ms: i64) -> ApiResult<TrashEntry> {
    let (kind, file_location) = match row.kind {
        TrashedKind::Asset => (TrashKind::Asset, row.path),
        TrashedKind::Folder => (TrashKind::Folder, above(&row.path)?.as_str().to_owned()),
        TrashedKind::Version => (TrashKind::Version, row.path),
    };
    Ok(TrashEntry {
        id: row.id,
        workspace_id: row.workspace_id,
        kind,
        asset_id: row.asset_id,
        name: row.name,
        file_location,
        deleted_by_user_id: row.deleted_by_user_id,
        deleted_at: Timestamp(row.deleted_at_ms),
        expires_at: Timestamp(row.deleted_at_ms + kept_ms),
    })
}

pub(crate) fn trashed_workspace(row: TrashedWorkspaceRow, kept_ms: i64) -> TrashedWorkspace {
    TrashedWorkspace {
        id: row.id,
        account_id: row.account_id,
        name: row.name,
        deleted_by_user_id: row.deleted_by_user_id,
        deleted_at: Timestamp(row.deleted_at_ms),
        expires_at: Timestamp(row.deleted_at_ms + kept_ms),
    }
}
