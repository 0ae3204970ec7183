//! Folders: made by path, moved and renamed, read by path or id, as a tree, and in numbers.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{FolderRow, Page, Session};
use mudlark_types::wire::{Folder, FolderContents, FolderNode, FolderStats};
use mudlark_types::{ErrorCode, EventType, FileName, FolderId, FolderPath, Scope, WorkspaceId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Path, Query, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::event::Event;
use crate::ops::make_folders::make_folders;
use crate::ops::move_folder::{Destination, move_folder};
use crate::ops::trash;
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::FoldersRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::FoldersWrite, WorkspacePermission::EditArt);
    api.add(edit, Origin::Client, routes!(create_folder));
    api.add(read, Origin::Documented, routes!(find_folder));
    api.add(read, Origin::Listed, routes!(find_folder_hierarchy));
    api.add(read, Origin::Client, routes!(find_folder_stats));
    api.add(read, Origin::Listed, routes!(find_folder_by_id));
    api.add(edit, Origin::Listed, routes!(update_folder));
    api.add(edit, Origin::Listed, routes!(delete_folder));
}

/// The most folders shown in one; `/workspaces/folders/hierarchy` shows all.
const MAX_CHILD_FOLDERS: i64 = 1000;

#[derive(Deserialize, utoipa::ToSchema)]
struct NewFolderInput {
    /// The folder's path. `folder` in the query means the same.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/Robot")]
    path: Option<FolderPath>,
    #[schema(ignore)]
    folder: Option<FolderPath>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichFolder {
    /// The folder's path; by default the root, `/`.
    #[param(value_type = Option<String>, min_length = 1, max_length = 4096, example = "/Concepts/Robot")]
    folder: Option<FolderPath>,
    /// The folder's id, instead of its path.
    folder_id: Option<FolderId>,
}

/// Make a folder, and its missing parents. One that exists is answered as it is.
#[utoipa::path(
    post, path = "/workspaces/folders", tag = "Folders", operation_id = "create_folder",
    params(("folder" = Option<String>, Query, min_length = 1, max_length = 4096, description = "The folder's path, if not in the body.")),
    request_body(content = NewFolderInput, description = "May be empty where the query has the path."),
    responses((status = 200, description = "The folder.", body = Folder))
)]
async fn create_folder(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<NewFolderInput>,
) -> ApiResult<Tagged<Folder>> {
    let path = required(input.path.or(input.folder), "path")?;
    let mut change = caller.begin(&app).await?;
    let folder = make_folders(&app, &mut change, caller.workspace_id, caller.user_id, &path).await?;
    change.commit().await?;
    Ok(Tagged(views::folder(&folder)))
}

/// A folder with its folders and assets, by path or by id.
#[utoipa::path(
    get, path = "/workspaces/folders", tag = "Folders", operation_id = "find_folder",
    params(WhichFolder, PageQuery),
    responses(
        (status = 200, description = "The folder; its assets are paged.", body = FolderContents),
        (status = 404, description = "There is no such folder in this workspace."),
    )
)]
async fn find_folder(
    State(app): State<App>,
    caller: InWorkspace,
    Query(which): Query<WhichFolder>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<FolderContents>> {
    let mut session = app.store.read().await?;
    let folder = match (&which.folder, which.folder_id) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid_field("folder_id", "must not be given together with `folder`"));
        }
        (None, Some(id)) => session.find_folder(caller.workspace_id, id).await?,
        (path, None) => {
            let key = path.as_ref().map_or_else(|| "/".to_owned(), FolderPath::key);
            session.find_folder_by_path_key(caller.workspace_id, &key).await?
        }
    };
    let folder = folder.ok_or_else(|| ApiError::not_found("folder"))?;
    contents(&mut session, app.clock.now_ms(), folder, &page, &uri).await
}

/// A folder with its folders and assets, by id.
#[utoipa::path(
    get, path = "/workspaces/folders/{folder_id}", tag = "Folders", operation_id = "find_folder_by_id",
    params(("folder_id" = FolderId, Path), PageQuery),
    responses(
        (status = 200, description = "The folder; its assets are paged.", body = FolderContents),
        (status = 404, description = "There is no such folder in this workspace."),
    )
)]
async fn find_folder_by_id(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<FolderId>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<FolderContents>> {
    let mut session = app.store.read().await?;
    let folder = get(&mut session, caller.workspace_id, id).await?;
    contents(&mut session, app.clock.now_ms(), folder, &page, &uri).await
}

#[derive(Deserialize, utoipa::ToSchema)]
struct FolderPatch {
    /// Another folder to put it in.
    parent_id: Option<FolderId>,
    /// Another name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, format = "file-name", example = "Robots")]
    name: Option<FileName>,
    /// Its whole new path, instead of the two others; missing parents are made.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096)]
    path: Option<FolderPath>,
}

/// Move or rename a folder. What lies in it and below goes along.
#[utoipa::path(
    put, path = "/workspaces/folders/{folder_id}", tag = "Folders", operation_id = "update_folder",
    params(("folder_id" = FolderId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = FolderPatch, description = "The same members may be given in the query."),
    responses(
        (status = 200, description = "The folder as it is now.", body = Folder),
        (status = 409, description = "It is the root, would lie below itself, or another folder is there."),
        (status = 423, description = "Somebody else holds the lock of an asset in it or below it."),
    )
)]
async fn update_folder(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<FolderId>,
    if_match: IfMatch,
    Input(changes): Input<FolderPatch>,
) -> ApiResult<Tagged<Folder>> {
    let destination = match (changes.path, changes.parent_id, changes.name) {
        (Some(path), None, None) => Destination::Path(path),
        (Some(_), _, _) => {
            return Err(ApiError::invalid_field(
                "path",
                "must not be given together with `parent_id` or `name`",
            ));
        }
        (None, parent_id, name) => Destination::Place { parent_id, name },
    };
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let folder = get(&mut change.tx, workspace, id).await?;
    if_match.check(&views::folder(&folder))?;
    move_folder(&app, &mut change, caller.place(), &folder, &destination).await?;
    let moved = get(&mut change.tx, workspace, id).await?;
    let event = Event::in_workspace(workspace, EventType::FolderMoved, id);
    change.record(event.with("path", &moved.path).with("previous_path", &folder.path));
    change.commit().await?;
    Ok(Tagged(views::folder(&moved)))
}

/// Put a folder into the trash, with all that lies in it and below it. It is restored as a whole.
#[utoipa::path(
    delete, path = "/workspaces/folders/{folder_id}", tag = "Folders", operation_id = "delete_folder",
    params(("folder_id" = FolderId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses(
        (status = 204, description = "It is in the trash."),
        (status = 409, description = "It is the root."),
        (status = 423, description = "Somebody else holds the lock of an asset in it or below it."),
    )
)]
async fn delete_folder(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<FolderId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let folder = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&views::folder(&folder))?;
    trash::delete_folder(&mut change, caller.place(), &folder).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The folder, or 404.
async fn get(session: &mut Session, workspace: WorkspaceId, id: FolderId) -> ApiResult<FolderRow> {
    session.find_folder(workspace, id).await?.ok_or_else(|| ApiError::not_found("folder"))
}

async fn contents(
    session: &mut Session,
    now_ms: i64,
    folder: FolderRow,
    query: &PageQuery,
    uri: &Uri,
) -> ApiResult<Paged<FolderContents>> {
    let workspace_id = folder.workspace_id;
    let list = format!("folder {}", folder.id);
    let page = query.page(&list)?;
    let folders = session.list_child_folders(workspace_id, folder.id, Page::first(MAX_CHILD_FOLDERS)).await?;
    let assets = session.list_assets_in_folder(workspace_id, folder.id, page).await?;
    let total = session.count_assets_in_folder(workspace_id, folder.id).await?;
    let assets =
        paging::finish(assets, &page, total, &list, uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let assets = assets::show_page(session, now_ms, workspace_id, assets).await?;
    Ok(assets.within(|assets| FolderContents {
        folder: views::folder(&folder),
        folders: folders.iter().map(views::folder).collect(),
        assets,
    }))
}

/// All folders of the workspace, as a tree.
#[utoipa::path(
    get, path = "/workspaces/folders/hierarchy", tag = "Folders", operation_id = "find_folder_hierarchy",
    responses((status = 200, description = "The root folder with all folders below it.", body = FolderNode))
)]
async fn find_folder_hierarchy(State(app): State<App>, caller: InWorkspace) -> ApiResult<Tagged<FolderNode>> {
    let rows = app.store.read().await?.list_folders(caller.workspace_id).await?;
    tree(rows).map(Tagged).ok_or_else(|| ApiError::internal("a workspace without a root folder"))
}

/// Builds the tree from its rows, the deepest paths first, so that a deep tree needs no deep recursion here.
fn tree(mut rows: Vec<FolderRow>) -> Option<FolderNode> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.path.matches('/').count()));
    let mut children: HashMap<FolderId, Vec<FolderNode>> = HashMap::new();
    for row in rows {
        let mut folders = children.remove(&row.id).unwrap_or_default();
        folders.sort_by(|a, b| a.folder.name.cmp(&b.folder.name));
        let node = FolderNode { folder: views::folder(&row), folders };
        match row.parent_id {
            Some(parent) => children.entry(parent).or_default().push(node),
            None => return Some(node),
        }
    }
    None
}

#[derive(Deserialize)]
struct StatsOf {
    folder: Option<FolderPath>,
}

/// How much lies in a folder and below it.
#[utoipa::path(
    get, path = "/workspaces/folders/stats", tag = "Folders", operation_id = "find_folder_stats",
    params(("folder" = Option<String>, Query, min_length = 1, max_length = 4096, description = "The folder's path; by default the root, `/`.")),
    responses(
        (status = 200, description = "Counts, and bytes.", body = FolderStats),
        (status = 404, description = "There is no such folder in this workspace."),
    )
)]
async fn find_folder_stats(
    State(app): State<App>,
    caller: InWorkspace,
    Query(of): Query<StatsOf>,
) -> ApiResult<Tagged<FolderStats>> {
    let path = of.folder.unwrap_or_else(FolderPath::root);
    let mut session = app.store.read().await?;
    let folder = session
        .find_folder_by_path_key(caller.workspace_id, &path.key())
        .await?
        .ok_or_else(|| ApiError::not_found("folder"))?;
    let stats = session.folder_stats(caller.workspace_id, &path.key()).await?;
    Ok(Tagged(FolderStats {
        folder: folder.path,
        // The store counts the folder itself as well.
        folders: stats.folders - 1,
        assets: stats.assets,
        versions: stats.versions,
        size: stats.size_bytes,
    }))
}

/// The refusal of a name that another thing in the same place has.
pub(super) fn name_taken(what: &str, name: &str) -> ApiError {
    ApiError::new(ErrorCode::NameTaken, format!("Another {what} in this folder is called `{name}`"))
}
