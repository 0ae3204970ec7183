//! Notifications on the wire.

use serde::Serialize;
use uuid::Uuid;

use crate::{AccountId, AssetId, NotificationId, NotificationKind, Timestamp, UserId, WorkspaceId};

/// Something that the caller is told of. It holds ids alone: what they point at is read by whoever may.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Notification {
    pub id: NotificationId,
    pub account_id: AccountId,
    pub workspace_id: WorkspaceId,
    /// Who is told.
    pub user_id: UserId,
    /// Who did it.
    pub actor_id: UserId,
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// The task, review, review request, comment or version that it is about.
    pub record_id: Uuid,
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    /// When it was marked as read.
    #[schema(required)]
    pub read_at: Option<Timestamp>,
    pub created_at: Timestamp,
}
