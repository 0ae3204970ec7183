//! A folder with all its missing parents, inside a change.

use mudlark_store::{FolderRow, NewFolder};
use mudlark_types::names::case_fold;
use mudlark_types::{EventType, FolderPath, UserId, WorkspaceId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::change::Change;
use crate::ops::event::Event;

/// Finds the folder, or makes it and its missing parents. An existing folder keeps the spelling it was made with.
pub(crate) async fn make_folders(
    app: &App,
    change: &mut Change,
    workspace_id: WorkspaceId,
    user_id: UserId,
    path: &FolderPath,
) -> ApiResult<FolderRow> {
    if let Some(folder) = change.tx.find_folder_by_path_key(workspace_id, &path.key()).await? {
        return Ok(folder);
    }
    let mut folder = find(change, workspace_id, "/").await?;
    for segment in path.segments() {
        let child_path = format!("{}{segment}/", folder.path);
        // No character composes across a slash: the parent's folded key is the beginning of its child's.
        let child_key = format!("{}{}/", folder.path_key, case_fold(segment));
        if let Some(child) = change.tx.find_folder_by_path_key(workspace_id, &child_key).await? {
            folder = child;
            continue;
        }
        let child = NewFolder {
            id: app.clock.new_id(),
            workspace_id,
            parent_id: Some(folder.id),
            name: segment.to_owned(),
            path: child_path,
            path_key: child_key,
            created_by_user_id: Some(user_id),
            sequence: change.sequence,
            created_at_ms: change.now_ms,
        };
        change.tx.insert_folder(&child).await?;
        let event = Event::in_workspace(workspace_id, EventType::FolderCreated, child.id);
        change.record(event.with("path", &child.path));
        folder = find(change, workspace_id, &child.path_key).await?;
    }
    Ok(folder)
}

async fn find(change: &mut Change, workspace_id: WorkspaceId, path_key: &str) -> ApiResult<FolderRow> {
    change
        .tx
        .find_folder_by_path_key(workspace_id, path_key)
        .await?
        .ok_or_else(|| ApiError::internal("a folder that must be there has no row"))
}
