//! Events as entries of histories and of the feed of changes.

use mudlark_store::EventRow;
use mudlark_types::Timestamp;
use mudlark_types::wire::{
    AccountHistory, AssetHistory, HistoryEntry, UserHistory, WorkspaceChange, WorkspaceHistory,
};
use serde_json::value::RawValue;

use crate::error::{ApiError, ApiResult};

/// *Errors*: the data is not what we wrote.
fn data(text: String) -> ApiResult<Box<RawValue>> {
    RawValue::from_string(text).map_err(ApiError::internal)
}

fn misplaced() -> ApiError {
    ApiError::internal("an event without the thing that it is a history of")
}

fn entry(row: EventRow) -> ApiResult<HistoryEntry> {
    Ok(HistoryEntry {
        id: row.id,
        user_id: row.user_id,
        event_type: row.event_type,
        record_id: row.record_id,
        data: data(row.data)?,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.created_at_ms),
    })
}

pub(crate) fn asset_history(row: EventRow) -> ApiResult<AssetHistory> {
    Ok(AssetHistory {
        asset_id: row.asset_id.ok_or_else(misplaced)?,
        workspace_id: row.workspace_id.ok_or_else(misplaced)?,
        entry: entry(row)?,
    })
}

pub(crate) fn workspace_history(row: EventRow) -> ApiResult<WorkspaceHistory> {
    Ok(WorkspaceHistory {
        workspace_id: row.workspace_id.ok_or_else(misplaced)?,
        asset_id: row.asset_id,
        entry: entry(row)?,
    })
}

pub(crate) fn account_history(row: EventRow) -> ApiResult<AccountHistory> {
    Ok(AccountHistory { account_id: row.account_id, entry: entry(row)? })
}

pub(crate) fn user_history(row: EventRow) -> ApiResult<UserHistory> {
    Ok(UserHistory {
        id: row.id,
        user_id: row.about_user_id.ok_or_else(misplaced)?,
        event_type: row.event_type,
        record_id: row.record_id,
        data: data(row.data)?,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.created_at_ms),
    })
}

pub(crate) fn workspace_change(row: EventRow) -> ApiResult<WorkspaceChange> {
    Ok(WorkspaceChange {
        sequence: row.sequence,
        id: row.id,
        event_type: row.event_type,
        workspace_id: row.workspace_id.ok_or_else(misplaced)?,
        asset_id: row.asset_id,
        record_id: row.record_id,
        user_id: row.user_id,
        data: data(row.data)?,
        created_at: Timestamp(row.created_at_ms),
    })
}
