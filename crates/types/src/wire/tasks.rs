//! Tasks on the wire.

use serde::Serialize;

use super::Asset;
use crate::{AccountId, AssetId, TaskId, TaskPriority, TaskStatus, Timestamp, UserId, WorkspaceId};

/// Something that somebody has to do.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Task {
    pub id: TaskId,
    pub creator_id: UserId,
    pub title: String,
    /// Who has to do it; `null` for nobody yet.
    #[schema(required)]
    pub assignee_id: Option<UserId>,
    #[schema(required)]
    pub description: Option<String>,
    pub priority: TaskPriority,
    pub status: TaskStatus,
    pub account_id: AccountId,
    pub workspace_id: WorkspaceId,
    /// What it is about, if an asset.
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    /// That asset; `null` also while it is in the trash.
    #[schema(required)]
    pub asset: Option<Asset>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
