//! Entries of the four histories, and of the feed of changes. All come from one log of events.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{AccountId, AssetId, EventId, EventType, Timestamp, UserId, WorkspaceId};

/// What entries of every history but a user's own have.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    pub id: EventId,
    /// Who did it; `null` where the server did by itself.
    #[schema(required)]
    pub user_id: Option<UserId>,
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The thing that was made, changed or deleted.
    pub record_id: Uuid,
    /// What else is known, by type.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What happened to an asset, or to something that hangs on it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AssetHistory {
    pub asset_id: AssetId,
    pub workspace_id: WorkspaceId,
    #[serde(flatten)]
    pub entry: HistoryEntry,
}

/// What happened in a workspace, to its assets too.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkspaceHistory {
    pub workspace_id: WorkspaceId,
    /// The asset it happened to.
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    #[serde(flatten)]
    pub entry: HistoryEntry,
}

/// What happened in an account outside its workspaces.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountHistory {
    pub account_id: AccountId,
    #[serde(flatten)]
    pub entry: HistoryEntry,
}

/// What happened to a user.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UserHistory {
    pub id: EventId,
    /// The user it happened to.
    pub user_id: UserId,
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The thing that was made, changed or deleted.
    pub record_id: Uuid,
    /// What else is known, by type.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One entry of the feed of a workspace's changes.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkspaceChange {
    /// The number of the change; entries of one change have the same. Ask on with the largest one seen.
    pub sequence: i64,
    pub id: EventId,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub workspace_id: WorkspaceId,
    /// The asset it happened to.
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    /// The thing that was made, changed or deleted.
    pub record_id: Uuid,
    /// Who did it; `null` where the server did by itself.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// What else is known, by type.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    pub created_at: Timestamp,
}
