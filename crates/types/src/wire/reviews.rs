//! Reviews on the wire.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Attachment, User, Version};
use crate::{AssetId, ReviewId, ReviewStatus, Timestamp, UserId, VersionId};

/// What somebody finds of a version of an asset.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    pub id: ReviewId,
    pub asset_id: AssetId,
    pub asset_version_id: VersionId,
    /// Who wrote it.
    pub user_id: UserId,
    /// Who is to decide; `null` for nobody in particular.
    #[schema(required)]
    pub assigned_user_id: Option<UserId>,
    pub status: ReviewStatus,
    pub content: String,
    /// Who is to know of it.
    pub mentions: Vec<UserId>,
    /// The point or camera that it refers to, as the viewer wrote it.
    #[schema(required, value_type = Option<Object>)]
    pub viewer_metadata: Option<Box<RawValue>>,
    /// What hangs on it, oldest first.
    pub attachments: Vec<Attachment>,
    /// The version; `null` while it is in the trash.
    #[schema(required)]
    pub version: Option<Version>,
    /// Who wrote it.
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
