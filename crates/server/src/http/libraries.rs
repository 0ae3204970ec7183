//! Libraries: collections of assets, across folders. Which asset is in which is `library_assets`' matter.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{LibraryChanges, LibraryRow, NewLibrary, Session};
use mudlark_types::wire::Library;
use mudlark_types::{EventType, LibraryId, Scope, WorkspaceId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Line, Path, Query, Text, nullable};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;
use crate::ops::create_workspace::stock_picture;
use crate::ops::event::Event;
use crate::ops::pictures;
use crate::views;

/// The longest name. *Units*: bytes.
const MAX_NAME: usize = 255;
/// The longest description. *Units*: bytes.
const MAX_DESCRIPTION: usize = 10_000;
/// What a library is called whose maker gives it no name.
const DEFAULT_NAME: &str = "New Library";

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::LibrariesRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::LibrariesWrite, WorkspacePermission::EditArt);
    api.add(read, Origin::Documented, routes!(list_libraries));
    api.add(edit, Origin::Documented, routes!(create_library));
    api.add(read, Origin::Mudlark, routes!(find_library));
    api.add(edit, Origin::Mudlark, routes!(update_library));
    api.add(edit, Origin::Mudlark, routes!(delete_library));
    api.add(read, Origin::Mudlark, routes!(find_library_thumbnail));
}

/// The workspace's libraries, oldest first.
#[utoipa::path(
    get, path = "/workspaces/libraries", tag = "Libraries", operation_id = "list_libraries",
    params(PageQuery),
    responses((status = 200, description = "The libraries.", body = Vec<Library>))
)]
async fn list_libraries(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Library>>> {
    let list = format!("libraries {}", caller.workspace_id);
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_libraries(caller.workspace_id, page).await?;
    let total = session.count_libraries(caller.workspace_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| views::library(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewLibraryInput {
    /// At most 255 bytes; by default `New Library`.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Forest pack")]
    #[serde(default, deserialize_with = "nullable")]
    name: Option<Option<Line<MAX_NAME>>>,
    /// At most 10,000 bytes.
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    /// A picture of it: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
}

/// Make a library.
#[utoipa::path(
    post, path = "/workspaces/libraries", tag = "Libraries", operation_id = "create_library",
    request_body(content(
        (NewLibraryInput = "multipart/form-data"), (NewLibraryInput = "application/json"),
    ), description = "The same members may be given in the query."),
    responses((status = 200, description = "The library.", body = Library))
)]
async fn create_library(
    State(app): State<App>,
    caller: InWorkspace,
    input: WithPicture<NewLibraryInput>,
) -> ApiResult<Tagged<Library>> {
    let (input, picture) = input.taken(&app, caller.account_id).await?;
    let id: LibraryId = app.clock.new_id();
    let mut change = caller.begin(&app).await?;
    let picture = pictures::keep(&app, &mut change, caller.account_id, picture.map(Some), None).await?;
    let library = NewLibrary {
        id,
        account_id: caller.account_id,
        workspace_id: caller.workspace_id,
        name: input.name.flatten().map_or_else(|| DEFAULT_NAME.to_owned(), |Line(name)| name),
        description: input.description.flatten().map(|Text(text)| text),
        default_avatar: stock_picture(id),
        thumbnail_file_id: picture.flatten(),
        created_by_user_id: caller.user_id,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_library(&library).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::LibraryCreated, id);
    change.record(event.with("name", &library.name));
    finish(change, caller.workspace_id, id).await
}

/// Commits a change of a library and answers the library as it is now.
async fn finish(mut change: Change, workspace: WorkspaceId, id: LibraryId) -> ApiResult<Tagged<Library>> {
    let library = get(&mut change.tx, workspace, id).await?;
    change.commit().await?;
    Ok(Tagged(views::library(&library)))
}

/// The library, or 404.
pub(super) async fn get(
    session: &mut Session,
    workspace: WorkspaceId,
    id: LibraryId,
) -> ApiResult<LibraryRow> {
    session.find_library(workspace, id).await?.ok_or_else(|| ApiError::not_found("library"))
}

/// One library.
#[utoipa::path(
    get, path = "/workspaces/libraries/{library_id}", tag = "Libraries", operation_id = "find_library",
    params(("library_id" = LibraryId, Path)),
    responses((status = 200, description = "The library.", body = Library))
)]
async fn find_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
) -> ApiResult<Tagged<Library>> {
    let library = get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    Ok(Tagged(views::library(&library)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct LibraryPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Forest pack, second part")]
    name: Option<Line<MAX_NAME>>,
    /// `null` for none.
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<MAX_DESCRIPTION>>>,
    /// A picture of it: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// `null` takes the picture away; anything else is ignored.
    #[schema(value_type = serde_json::Value)]
    #[serde(default, deserialize_with = "nullable")]
    thumbnail_file_id: Option<Option<IgnoredAny>>,
}

/// Change a library. What is not given stays as it is.
#[utoipa::path(
    put, path = "/workspaces/libraries/{library_id}", tag = "Libraries", operation_id = "update_library",
    params(("library_id" = LibraryId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content(
        (LibraryPatch = "application/json"), (LibraryPatch = "multipart/form-data"),
    ), description = "The same members may be given in the query."),
    responses((status = 200, description = "The library as it is now.", body = Library))
)]
async fn update_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
    if_match: IfMatch,
    patch: WithPicture<LibraryPatch>,
) -> ApiResult<Tagged<Library>> {
    let (patch, picture) = patch.taken(&app, caller.account_id).await?;
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let library = get(&mut change.tx, workspace, id).await?;
    if_match.check(&views::library(&library))?;
    let picture = picture_files::or_taken_away(picture, patch.thumbnail_file_id);
    let before = library.thumbnail_file_id;
    let changes = LibraryChanges {
        name: patch.name.map(|Line(name)| name),
        description: patch.description.map(|text| text.map(|Text(text)| text)),
        thumbnail_file_id: pictures::keep(&app, &mut change, caller.account_id, picture, before).await?,
    };
    change.tx.update_library(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let name = changes.name.as_ref().unwrap_or(&library.name);
    change.record(Event::in_workspace(workspace, EventType::LibraryUpdated, id).with("name", name));
    finish(change, workspace, id).await
}

/// Delete a library. Its assets stay where they are.
#[utoipa::path(
    delete, path = "/workspaces/libraries/{library_id}", tag = "Libraries", operation_id = "delete_library",
    params(("library_id" = LibraryId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_library(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let library = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&views::library(&library))?;
    pictures::keep(&app, &mut change, caller.account_id, Some(None), library.thumbnail_file_id).await?;
    change.tx.delete_library(caller.workspace_id, id).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::LibraryDeleted, id);
    change.record(event.with("name", &library.name));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The library's picture, as it was sent.
#[utoipa::path(
    get, path = "/workspaces/libraries/{library_id}/thumbnail", tag = "Libraries",
    operation_id = "find_library_thumbnail",
    params(("library_id" = LibraryId, Path)),
    responses(
        (status = 200, description = "The image.", body = String, content_type = "image/*"),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "There is no such library, or it has none."),
    )
)]
async fn find_library_thumbnail(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<LibraryId>,
) -> ApiResult<Response> {
    let library = get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    picture_files::send(&app, caller.account_id, library.thumbnail_file_id).await
}
