//! Jobs as they are shown to who administers an account.

use mudlark_store::{JobRow, PreviewedVersionRow};
use mudlark_types::wire::Job;
use mudlark_types::{JobState, Timestamp, WorkspaceId};

/// `version`, or else `workspace_id`: what it is about, where that is still there.
pub(crate) fn job(
    row: JobRow,
    version: Option<PreviewedVersionRow>,
    workspace_id: Option<WorkspaceId>,
) -> Job {
    let state = row.state();
    Job {
        id: row.id,
        kind: row.kind,
        state,
        attempts: row.attempts,
        due_at: matches!(state, JobState::Due | JobState::Waiting).then_some(Timestamp(row.due_at_ms)),
        dead_at: row.dead_at_ms.map(Timestamp),
        created_at: Timestamp(row.created_at_ms),
        workspace_id: version.as_ref().map(|version| version.workspace_id).or(workspace_id),
        asset_id: version.as_ref().map(|version| version.asset_id),
        version_id: version.as_ref().map(|version| version.id),
        file_name: version.map(|version| version.file_name),
    }
}
