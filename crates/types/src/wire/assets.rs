//! Assets, their versions and uploads on the wire.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::User;
use crate::{
    AssetId, FolderId, PictureId, PreviewId, StatusId, TagId, Timestamp, UserId, VersionId, WorkspaceId,
};

/// A named file with its versions.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Asset {
    pub id: AssetId,
    pub workspace_id: WorkspaceId,
    /// The name shown; no other asset in the folder has it, in any case of letters.
    pub name: String,
    /// A label of the studio's own, or `null`.
    #[schema(required)]
    pub asset_type_id: Option<Uuid>,
    /// One of the workspace's asset statuses.
    #[schema(required)]
    pub status_id: Option<StatusId>,
    /// `false` while the asset is in the trash.
    #[serde(rename = "isActive")]
    pub is_active: bool,
    pub created_by_user_id: UserId,
    /// Who holds the lock, if anybody.
    #[schema(required)]
    pub locked_by_user_id: Option<UserId>,
    /// What the file was called when it was uploaded, and is called when it is downloaded.
    pub file_name: String,
    /// The folder's path, `/` between and at both ends.
    #[schema(example = "/Concepts/Robot/")]
    pub file_location: String,
    pub current_version_id: VersionId,
    /// Grows with every change of the asset.
    pub sequence: i64,
    /// The version that a download gives.
    #[serde(rename = "currentVersion")]
    #[schema(value_type = Version)]
    pub current_version: WrittenVersion,
    /// The same version again, under the second name that is documented.
    #[schema(value_type = Version)]
    pub version: WrittenVersion,
    #[schema(required)]
    pub description: Option<String>,
    pub folder_id: FolderId,
    /// The lock, if anybody holds it.
    #[schema(required)]
    pub lock: Option<Lock>,
    pub tags: Vec<Tag>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An asset that looks like another.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SimilarAsset {
    /// How alike their pictures are: 1 for the same, and no less than 0.5.
    #[schema(minimum = 0.5, maximum = 1, example = 0.938)]
    pub similarity: f64,
    pub asset: Asset,
}

/// One version of an asset's content. It never changes; its name, description and picture do.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Version {
    pub id: VersionId,
    pub asset_id: AssetId,
    /// The version that was current when this one was made; `null` for the first.
    #[schema(required)]
    pub commit_parent_id: Option<VersionId>,
    pub created_by_user_id: UserId,
    /// The picture that was uploaded, if any.
    #[schema(required)]
    pub thumbnail_file_id: Option<PictureId>,
    /// What was made of the file to look at: another one has another id. `null` until the server has looked at the file.
    #[schema(required)]
    pub preview_id: Option<PreviewId>,
    /// What is in the file, such as `width` or `triangles`, or, under `unreadable`, why that can't be told; `null` until the server has
    /// looked.
    #[schema(required, value_type = Option<Object>, example = json!({"format": "png", "media": "picture", "width": 2048, "height": 1024}))]
    pub facts: Option<Box<RawValue>>,
    pub name: String,
    #[schema(required)]
    pub description: Option<String>,
    /// Names the stored content; opaque.
    pub key: String,
    /// *Units*: bytes.
    pub size: i64,
    /// Counts from 1 within the asset; never used twice, without gaps.
    pub version_number: i64,
    pub sequence: i64,
    /// SHA-256 of the content in lower-case hex: `sha256sum` prints the same.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub checksum: String,
    /// Who made the version.
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A version as it goes out, written once for the two places where it stands.
///
/// *Why*: it is most of an asset, and writing it is most of the work of answering one.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct WrittenVersion(#[serde(serialize_with = "written")] Arc<RawValue>);

fn written<S: serde::Serializer>(version: &Arc<RawValue>, serializer: S) -> Result<S::Ok, S::Error> {
    version.as_ref().serialize(serializer)
}

impl From<&Version> for WrittenVersion {
    fn from(version: &Version) -> Self {
        // Writing fails for maps whose keys are no strings, and for writers that fail: there is neither.
        let written = serde_json::value::to_raw_value(version).expect("a version can be written");
        Self(written.into())
    }
}

/// A lock on an asset.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Lock {
    pub user_id: UserId,
    #[schema(required)]
    pub reason: Option<String>,
    pub acquired_at: Timestamp,
    pub expires_at: Timestamp,
    /// Grows with each new holder.
    pub fence: i64,
}

/// A tag of a workspace.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Tag {
    pub id: TagId,
    pub workspace_id: WorkspaceId,
    /// No other tag of the workspace has it, in any case of letters.
    pub name: String,
    /// `#rrggbb`.
    #[schema(required)]
    pub color: Option<String>,
    pub created_by_user_id: UserId,
    /// Grows with every change of the tag.
    pub sequence: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A status that assets of a workspace can have.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AssetStatus {
    pub id: StatusId,
    pub workspace_id: WorkspaceId,
    #[schema(example = "In Progress")]
    pub name: String,
    #[schema(required)]
    pub color: Option<String>,
    /// The place in the list, counted from 0.
    pub position: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where to send the bytes of an upload, and its name afterwards.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SignedUpload {
    /// `PUT` the raw bytes here, without `Authorization`, before it expires. It is the server's own, which works until one PUT
    /// has succeeded, or that of the bucket in which files are kept, where the last PUT before the third step counts.
    pub signed_url: String,
    /// Names the upload in `POST /workspaces/assets/upload/assets` (`temp_file_key`).
    pub key: String,
    /// When the address stops working.
    pub expires_at: Timestamp,
}

/// Where to send the parts of an upload, and its name afterwards.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PartedUpload {
    /// Names the upload in `POST /workspaces/assets/upload/assets` (`temp_file_key`).
    pub key: String,
    /// The parts, in order; one where files are not kept in a bucket.
    pub parts: Vec<UploadPart>,
    /// When the addresses stop working.
    pub expires_at: Timestamp,
}

/// A part of an upload.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UploadPart {
    /// `PUT` these bytes of the file here, without `Authorization`; as often as need be. Keep the answer's `ETag`.
    pub signed_url: String,
    /// Where the part begins in the file, in bytes.
    pub offset: u64,
    /// How long it is, in bytes. Another length is refused.
    pub size: u64,
}
