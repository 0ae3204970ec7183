//! Workspaces and their members on the wire.

use serde::Serialize;

use super::User;
use crate::{AccountId, PictureId, Timestamp, UserId, WorkspaceId, WorkspaceRoles};

/// A workspace as the caller sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub account_id: AccountId,
    pub name: String,
    /// The picture that was uploaded, if any.
    #[schema(required)]
    pub thumbnail_file_id: Option<PictureId>,
    /// Which of the ten stock pictures stands in for a missing one.
    #[serde(rename = "defaultAvatar")]
    #[schema(minimum = 1, maximum = 10)]
    pub default_avatar: i64,
    /// `null` where the operator made the workspace.
    #[schema(required)]
    pub created_by_user_id: Option<UserId>,
    /// Grows with every change of the workspace; a decimal number in a string.
    pub sequence: String,
    /// The caller's own place in the workspace.
    pub roles: WorkspaceMember,
    pub usage: WorkspaceUsage,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The workspaces that a caller may enter: the answer of `GET /workspaces` without `x-workspace-id`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkspaceList {
    pub workspaces: Vec<Workspace>,
}

/// A user's place in a workspace.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkspaceMember {
    pub workspace_id: WorkspaceId,
    pub user_id: UserId,
    #[schema(value_type = Vec<crate::WorkspaceRole>)]
    pub roles: WorkspaceRoles,
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How much a workspace holds.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkspaceUsage {
    pub members: i64,
    /// The content of all versions and attachments, each counted whole. *Units*: bytes.
    pub storage: i64,
    pub assets: i64,
}
