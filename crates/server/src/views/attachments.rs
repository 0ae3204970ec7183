//! Attachments as they go over the wire.

use mudlark_store::AttachmentRow;
use mudlark_types::Timestamp;
use mudlark_types::wire::Attachment;
use uuid::Uuid;

use super::{checksum, user};

pub(crate) fn attachment(row: &AttachmentRow) -> Attachment {
    Attachment {
        id: row.id,
        asset_id: row.asset_id,
        created_by_user_id: row.created_by_user_id,
        file_id: file_id(&row.sha256),
        thumbnail_file_id: None,
        review_id: row.review_id,
        comment_id: row.comment_id,
        name: row.name.clone(),
        description: row.description.clone(),
        file_name: row.file_name.clone(),
        size: row.size_bytes,
        checksum: checksum(&row.sha256),
        user: user(&row.user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

/// The id of stored content: a UUID of version 8 made of the start of its SHA-256, so that another content has another id
/// and nothing more needs to be kept. *Source*: RFC 9562, section 5.8.
pub(crate) fn file_id(sha256: &[u8]) -> Uuid {
    let start = sha256.first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_custom_bytes(start).into_uuid()
}
