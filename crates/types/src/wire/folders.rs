//! Folders on the wire.

use serde::Serialize;

use super::Asset;
use crate::{FolderId, Timestamp, UserId, WorkspaceId};

/// A folder of a workspace.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Folder {
    pub id: FolderId,
    pub workspace_id: WorkspaceId,
    /// `null` for the workspace's root folder only.
    #[schema(required)]
    pub parent_id: Option<FolderId>,
    /// The root folder's name is empty.
    pub name: String,
    /// From the root, `/` between and at both ends.
    #[schema(example = "/Concepts/Robot/")]
    pub path: String,
    /// `null` for the root folder, which nobody made.
    #[schema(required)]
    pub created_by_user_id: Option<UserId>,
    pub sequence: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A folder with what lies in it, one level deep.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FolderContents {
    #[serde(flatten)]
    pub folder: Folder,
    /// The folders right in this one.
    pub folders: Vec<Folder>,
    /// The assets right in this folder; paged with `limit` and `cursor`.
    pub assets: Vec<Asset>,
}

/// A folder with all folders below it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FolderNode {
    #[serde(flatten)]
    pub folder: Folder,
    /// The folders right in this one, each with its own.
    #[schema(no_recursion)]
    pub folders: Vec<FolderNode>,
}

/// How much lies in a folder and all folders below it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FolderStats {
    /// The folder's path.
    pub folder: String,
    /// Folders below, not counting this one.
    pub folders: i64,
    pub assets: i64,
    pub versions: i64,
    /// The content of all versions, each counted whole. *Units*: bytes.
    pub size: i64,
}
