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
    let (mut above, mut missing) = (find(change, workspace_id, "/").await?, Vec::<NewFolder>::new());
    for segment in path.segments() {
        let (parent, parent_path, parent_key) = match missing.last() {
            Some(last) => (last.id, &last.path, &last.path_key),
            None => (above.id, &above.path, &above.path_key),
        };
        let child_path = format!("{parent_path}{segment}/");
        // No character composes across a slash: the parent's folded key is the beginning of its child's.
        let child_key = format!("{parent_key}{}/", case_fold(segment));
        // Below the first that is missing, nothing is there.
        if missing.is_empty()
            && let Some(child) = change.tx.find_folder_by_path_key(workspace_id, &child_key).await?
        {
            above = child;
            continue;
        }
        missing.push(NewFolder {
            id: app.clock.new_id(),
            workspace_id,
            parent_id: Some(parent),
            name: segment.to_owned(),
            path: child_path,
            path_key: child_key,
            created_by_user_id: Some(user_id),
            sequence: change.sequence,
            created_at_ms: change.now_ms,
        });
    }
    change.tx.insert_folders(&missing).await?;
    for folder in &missing {
        let event = Event::in_workspace(workspace_id, EventType::FolderCreated, folder.id);
        change.record(event.with("path", &folder.path));
    }
    find(change, workspace_id, &path.key()).await
}

async fn find(change: &mut Change, workspace_id: WorkspaceId, path_key: &str) -> ApiResult<FolderRow> {
    change
        .tx
        .find_folder_by_path_key(workspace_id, path_key)
        .await?
        .ok_or_else(|| ApiError::internal("a folder that must be there has no row"))
}
