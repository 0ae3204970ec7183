//! Attachments on the wire.

use serde::Serialize;
use uuid::Uuid;

use super::User;
use crate::{AssetId, AttachmentId, CommentId, ReviewId, Timestamp, UserId};

/// A file that hangs on an asset, or on what is said about it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Attachment {
    pub id: AttachmentId,
    pub asset_id: AssetId,
    pub created_by_user_id: UserId,
    /// Names the stored content; opaque. Two attachments with the same content have the same.
    pub file_id: Uuid,
    /// No pictures are made of attachments: `null`.
    #[schema(required)]
    pub thumbnail_file_id: Option<Uuid>,
    /// The review that it hangs on.
    #[schema(required)]
    pub review_id: Option<ReviewId>,
    /// The comment that it hangs on.
    #[schema(required)]
    pub comment_id: Option<CommentId>,
    pub name: String,
    #[schema(required)]
    pub description: Option<String>,
    /// What the file was called when it was uploaded, and is called when it is downloaded.
    pub file_name: String,
    /// *Units*: bytes.
    pub size: i64,
    /// SHA-256 of the content in lower-case hex: `sha256sum` prints the same.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub checksum: String,
    /// Who attached it.
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
