//! A folder moved or renamed, with all below it, inside a change.

use mudlark_store::FolderRow;
use mudlark_types::names::{MAX_PATH_BYTES, case_fold};
use mudlark_types::{ErrorCode, FileName, FolderId, FolderPath};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::asset_locks::check_open_below;
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::make_folders::make_folders;
use crate::ops::previews;

/// Where a folder is to go.
pub(crate) enum Destination {
    /// To this path, whose missing parents are made.
    Path(FolderPath),
    /// Into this folder (or where it is), under this name (or its own).
    Place { parent_id: Option<FolderId>, name: Option<FileName> },
}

/// Moves the folder. Everything below it keeps its place in it, and its ids.
///
/// *Errors*: `asset_locked` where another holds the lock of an asset inside; `conflict` for the root, and for a place inside the folder itself; `name_taken` where another folder is
/// there already; `invalid_input` for a parent that is not in the workspace, and where a path below would get too long.
pub(crate) async fn move_folder(
    app: &App,
    change: &mut Change,
    place: Place,
    folder: &FolderRow,
    destination: &Destination,
) -> ApiResult<()> {
    let (workspace_id, user_id) = (place.workspace, place.user);
    let Some(own_parent) = folder.parent_id else {
        return Err(ApiError::new(ErrorCode::Conflict, "The root folder can be neither moved nor renamed"));
    };
    check_open_below(change, place, &folder.path_key).await?;
    let (parent, name) = match destination {
        Destination::Path(path) => {
            let (above, name) = path
                .split_last()
                .ok_or_else(|| ApiError::invalid_field("path", "must not be the root folder"))?;
            refuse_inside(folder, &above.key())?;
            (make_folders(app, change, workspace_id, user_id, &above).await?, name.to_owned())
        }
        Destination::Place { parent_id, name } => {
            let parent_id = parent_id.unwrap_or(own_parent);
            let parent =
                change.tx.find_folder(workspace_id, parent_id).await?.ok_or_else(|| {
                    ApiError::invalid_field("parent_id", "must be a folder of the workspace")
                })?;
            refuse_inside(folder, &parent.path_key)?;
            (parent, name.as_ref().map_or(folder.name.as_str(), FileName::as_str).to_owned())
        }
    };
    let path = format!("{}{name}/", parent.path);
    let path_key = case_fold(&path);
    let there = change.tx.find_folder_by_path_key(workspace_id, &path_key).await?;
    if there.is_some_and(|other| other.id != folder.id) {
        return Err(ApiError::new(ErrorCode::NameTaken, format!("There is a folder {path} already")));
    }
    let longest_now = change.tx.longest_path_bytes(workspace_id, &folder.path_key).await?;
    // The folder's own path is the beginning of each path below it.
    let longest = usize::try_from(longest_now).map_err(ApiError::internal)? - folder.path.len() + path.len();
    if longest > MAX_PATH_BYTES {
        return Err(ApiError::invalid_field(
            "path",
            format_args!("must leave every path below it at most {MAX_PATH_BYTES} bytes of UTF-8"),
        ));
    }
    let moved = FolderRow { parent_id: Some(parent.id), name, path, path_key, ..folder.clone() };
    change.tx.update_folder_place(folder, &moved, change.sequence, change.now_ms).await?;
    previews::folder_changed(change, place.account, workspace_id, &moved.path_key).await
}

/// Nothing can be inside itself.
fn refuse_inside(folder: &FolderRow, parent_key: &str) -> ApiResult<()> {
    if parent_key.starts_with(&folder.path_key) {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "A folder can't be moved into itself or below itself",
        ));
    }
    Ok(())
}
