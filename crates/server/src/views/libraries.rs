//! Libraries as they go over the wire.

use mudlark_store::LibraryRow;
use mudlark_types::Timestamp;
use mudlark_types::wire::Library;

pub(crate) fn library(row: &LibraryRow) -> Library {
    Library {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name.clone(),
        description: row.description.clone(),
        thumbnail_file_id: row.thumbnail_file_id,
        default_avatar: row.default_avatar,
        created_by_user_id: row.created_by_user_id,
        sequence: row.sequence,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}
