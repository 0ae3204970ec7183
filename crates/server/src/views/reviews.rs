//! Reviews as they go over the wire.

use mudlark_store::{AttachmentRow, ReviewRow, VersionWithUser};
use mudlark_types::wire::Review;
use mudlark_types::{Timestamp, UserId};
use serde_json::value::RawValue;

use super::{attachment, user, version};
use crate::error::{ApiError, ApiResult};

/// *Errors*: its metadata is not what we wrote.
pub(crate) fn review(
    row: ReviewRow,
    mentions: Vec<UserId>,
    attachments: &[AttachmentRow],
    of_version: Option<&VersionWithUser>,
) -> ApiResult<Review> {
    let viewer_metadata = row.viewer_metadata.map(RawValue::from_string).transpose();
    Ok(Review {
        id: row.id,
        asset_id: row.asset_id,
        asset_version_id: row.asset_version_id,
        user_id: row.user_id,
        assigned_user_id: row.assigned_user_id,
        status: row.status,
        content: row.content,
        mentions,
        viewer_metadata: viewer_metadata.map_err(ApiError::internal)?,
        attachments: attachments.iter().map(attachment).collect(),
        version: of_version.map(|row| version(&row.version, &row.user)),
        user: user(&row.user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}
