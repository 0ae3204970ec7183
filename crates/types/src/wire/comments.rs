//! Comments on the wire.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Attachment, User};
use crate::{AssetId, CommentId, Timestamp, UserId, VersionId};

/// What somebody says about a version of an asset.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Comment {
    pub id: CommentId,
    pub asset_id: AssetId,
    pub asset_version_id: VersionId,
    /// The comment that it replies to. It may have been deleted meanwhile.
    #[schema(required)]
    pub parent_id: Option<CommentId>,
    /// Who wrote it.
    pub user_id: UserId,
    pub content: String,
    /// The point or camera that it refers to, as the viewer wrote it.
    #[schema(required, value_type = Option<Object>)]
    pub viewer_metadata: Option<Box<RawValue>>,
    /// The files that hang on it, oldest first.
    pub attachments: Vec<Attachment>,
    /// Who wrote it.
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
