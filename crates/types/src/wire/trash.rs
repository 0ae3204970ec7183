//! The trash on the wire.

use serde::Serialize;
use uuid::Uuid;

use super::{Asset, Folder, Version};
use crate::{AccountId, AssetId, Timestamp, UserId, WorkspaceId};

/// What is in the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrashKind {
    Asset,
    /// With all that lay in it and below it.
    Folder,
    /// One version of an asset that is not in the trash itself.
    Version,
}

/// An asset, a folder or a version that was deleted.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TrashEntry {
    /// The id of the asset, the folder or the version.
    pub id: Uuid,
    pub workspace_id: WorkspaceId,
    pub kind: TrashKind,
    /// The asset, where it is one or a version of one.
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    pub name: String,
    /// The path of the folder that it lay in; of a version, that its asset lies in.
    #[schema(example = "/Concepts/Robot/")]
    pub file_location: String,
    #[schema(required)]
    pub deleted_by_user_id: Option<UserId>,
    pub deleted_at: Timestamp,
    /// When it goes for good, unless it is restored before.
    pub expires_at: Timestamp,
}

/// What was taken out of the trash: one of the three.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct RestoredEntry {
    #[schema(required)]
    pub asset: Option<Asset>,
    #[schema(required)]
    pub folder: Option<Folder>,
    #[schema(required)]
    pub version: Option<Version>,
}

/// A workspace that was deleted, with all that is in it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TrashedWorkspace {
    pub id: WorkspaceId,
    pub account_id: AccountId,
    pub name: String,
    #[schema(required)]
    pub deleted_by_user_id: Option<UserId>,
    pub deleted_at: Timestamp,
    /// When it goes for good, unless it is restored before.
    pub expires_at: Timestamp,
}
