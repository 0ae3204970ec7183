//! The trash of a workspace: looked through, restored from, emptied. How things get into it is each area's own.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{Session, TrashRow, TrashedKind};
use mudlark_types::wire::{RestoredEntry, TrashEntry};
use mudlark_types::{AssetId, FolderId, Scope, VersionId, WorkspaceId};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets;
use crate::http::conditional::Tagged;
use crate::http::extract::{Path, Query};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::versions;
use crate::ops::change::Change;
use crate::ops::commit_content::Place;
use crate::ops::trash::{purge, restore_asset, restore_folder, restore_version, retention_ms};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    let admin = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::Administer);
    api.add(read, Origin::Mudlark, routes!(list_trash));
    api.add(edit, Origin::Mudlark, routes!(restore_trash_entry));
    api.add(admin, Origin::Mudlark, routes!(purge_trash_entry));
    api.add(admin, Origin::Mudlark, routes!(purge_trash));
}

/// What is in the trash, oldest first. What went with a folder is shown as that folder.
#[utoipa::path(
    get, path = "/workspaces/trash", tag = "Trash", operation_id = "list_trash",
    params(PageQuery),
    responses((status = 200, description = "Assets, folders and versions, and until when each can be restored.", body = Vec<TrashEntry>))
)]
async fn list_trash(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<TrashEntry>>> {
    let list = format!("trash {}", caller.workspace_id);
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_trash(caller.workspace_id, page).await?;
    let total = session.count_trash(caller.workspace_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.deleted_at_ms, row.id))?;
    let kept_ms = retention_ms(&app);
    paged.try_map(|row| views::trash_entry(row, kept_ms))
}

/// The entry, or 404.
async fn get(session: &mut Session, workspace: WorkspaceId, id: Uuid) -> ApiResult<TrashRow> {
    session.find_trash(workspace, id).await?.ok_or_else(|| ApiError::not_found("entry of the trash"))
}

/// Take an asset, a folder or a version out of the trash; a folder with all that went with it. Folders above that are gone
/// are made again. The asset of a version keeps the current version that it has.
#[utoipa::path(
    post, path = "/workspaces/trash/{trash_id}/restore", tag = "Trash", operation_id = "restore_trash_entry",
    params(("trash_id" = Uuid, Path, description = "The id of the asset, the folder or the version.")),
    responses(
        (status = 200, description = "What it is now.", body = RestoredEntry),
        (status = 404, description = "It is not in the trash, or went there with a folder or an asset."),
        (status = 409, description = "Its name has been taken meanwhile."),
        (status = 423, description = "It is a version of an asset that somebody else has locked."),
    )
)]
async fn restore_trash_entry(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<Uuid>,
) -> ApiResult<Tagged<RestoredEntry>> {
    let mut change = caller.begin(&app).await?;
    let entry = get(&mut change.tx, caller.workspace_id, id).await?;
    let restored = restore(&app, &mut change, caller.place(), &entry).await?;
    change.commit().await?;
    Ok(Tagged(restored))
}

/// Takes an entry out of the trash and answers what it is now.
async fn restore(app: &App, change: &mut Change, place: Place, entry: &TrashRow) -> ApiResult<RestoredEntry> {
    let workspace = place.workspace;
    let gone = || ApiError::internal("an entry of the trash whose thing is not there");
    let mut restored = RestoredEntry::default();
    match entry.kind {
        TrashedKind::Folder => {
            let id = FolderId::from_uuid(entry.id);
            let folder = change.tx.find_trashed_folder(workspace, id).await?.ok_or_else(gone)?;
            restore_folder(app, change, place, &folder).await?;
            let folder = change.tx.find_folder(workspace, id).await?.ok_or_else(gone)?;
            restored.folder = Some(views::folder(&folder));
        }
        TrashedKind::Asset => {
            let id = AssetId::from_uuid(entry.id);
            let asset = change.tx.find_asset_any(workspace, id).await?.ok_or_else(gone)?;
            restore_asset(app, change, place, &asset).await?;
            let asset = assets::get(&mut change.tx, workspace, id).await?;
            restored.asset = Some(assets::show(&mut change.tx, &asset, change.now_ms).await?);
        }
        TrashedKind::Version => {
            let id = VersionId::from_uuid(entry.id);
            let asset = assets::get(&mut change.tx, workspace, entry.asset_id.ok_or_else(gone)?).await?;
            restore_version(change, place, &asset, id).await?;
            let row = versions::get_version(&mut change.tx, workspace, asset.id, id).await?;
            restored.version = Some(views::version(&row.version, &row.user));
        }
    }
    Ok(restored)
}

/// Remove an entry of the trash for good: its versions, and all that hangs on it. Of a folder, everything that lay in it.
#[utoipa::path(
    delete, path = "/workspaces/trash/{trash_id}", tag = "Trash", operation_id = "purge_trash_entry",
    params(("trash_id" = Uuid, Path, description = "The id of the asset, the folder or the version.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "It is not in the trash, or went there with a folder or an asset."),
    )
)]
async fn purge_trash_entry(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let entry = get(&mut change.tx, caller.workspace_id, id).await?;
    purge(&mut change, &entry).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Empty the trash: remove for good what is in it now.
#[utoipa::path(
    delete, path = "/workspaces/trash", tag = "Trash", operation_id = "purge_trash",
    responses((status = 204, description = "It is gone."))
)]
async fn purge_trash(State(app): State<App>, caller: InWorkspace) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let everything = mudlark_store::Page::first(i64::MAX);
    for entry in change.tx.list_trash(caller.workspace_id, everything).await? {
        purge(&mut change, &entry).await?;
    }
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
