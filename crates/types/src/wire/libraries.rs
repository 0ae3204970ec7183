//! Libraries on the wire.

use serde::Serialize;

use crate::{LibraryId, PictureId, Timestamp, UserId, WorkspaceId};

/// A collection of assets, across folders.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Library {
    pub id: LibraryId,
    pub workspace_id: WorkspaceId,
    /// Other libraries may have the same.
    pub name: String,
    #[schema(required)]
    pub description: Option<String>,
    /// The picture that was uploaded, if any.
    #[schema(required)]
    pub thumbnail_file_id: Option<PictureId>,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
    pub created_by_user_id: UserId,
    /// Grows with every change of the library itself; not with what is put into it.
    pub sequence: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
