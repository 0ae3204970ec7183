//! Jobs on the wire. Why one failed is not here: such a text may name the server's own paths and addresses.

use serde::Serialize;

use crate::{AssetId, JobId, JobState, Timestamp, VersionId, WorkspaceId};

/// Work that a server does for an account beside its requests.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Job {
    pub id: JobId,
    /// What is to be done, such as `preview` or `workspace_purge`.
    #[schema(example = "preview")]
    pub kind: String,
    pub state: JobState,
    /// How often it was begun.
    pub attempts: i64,
    /// When it is done, or was to be.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// When it was given up.
    #[schema(required)]
    pub dead_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// The workspace that it is about.
    #[schema(required)]
    pub workspace_id: Option<WorkspaceId>,
    /// The asset that it is about.
    #[schema(required)]
    pub asset_id: Option<AssetId>,
    /// The version that it is about.
    #[schema(required)]
    pub version_id: Option<VersionId>,
    /// The name of the version's file.
    #[schema(required, example = "robot.png")]
    pub file_name: Option<String>,
}
