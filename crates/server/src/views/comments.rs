//! Comments as they go over the wire.

use mudlark_store::{AttachmentRow, CommentRow};
use mudlark_types::Timestamp;
use mudlark_types::wire::Comment;
use serde_json::value::RawValue;

use super::{attachment, user};
use crate::error::{ApiError, ApiResult};

/// *Errors*: its metadata is not what we wrote.
pub(crate) fn comment(row: CommentRow, attachments: &[AttachmentRow]) -> ApiResult<Comment> {
    let viewer_metadata = row.viewer_metadata.map(RawValue::from_string).transpose();
    Ok(Comment {
        id: row.id,
        asset_id: row.asset_id,
        asset_version_id: row.asset_version_id,
        parent_id: row.parent_id,
        user_id: row.user_id,
        content: row.content,
        viewer_metadata: viewer_metadata.map_err(ApiError::internal)?,
        attachments: attachments.iter().map(attachment).collect(),
        user: user(&row.user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}
