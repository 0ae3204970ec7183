//! Tags of a workspace: what it calls its assets by. Which asset has which is `asset_tags`' matter.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::tags::TAG_NAME_TAKEN;
use mudlark_store::{NewTag, Session, StoreError, TagChanges, TagRow};
use mudlark_types::wire::Tag;
use mudlark_types::{ErrorCode, EventType, Scope, TagId, WorkspaceId, case_fold};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Color, Input, Line, Path, Query, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::views;

/// The longest name. *Units*: bytes.
pub(super) const MAX_NAME: usize = 100;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let edit = Access::Workspace(Scope::AssetsWrite, WorkspacePermission::EditArt);
    api.add(read, Origin::Mudlark, routes!(list_tags));
    api.add(edit, Origin::Mudlark, routes!(create_tag));
    api.add(read, Origin::Mudlark, routes!(find_tag));
    api.add(edit, Origin::Mudlark, routes!(update_tag));
    api.add(edit, Origin::Mudlark, routes!(delete_tag));
}

/// The workspace's tags, oldest first.
#[utoipa::path(
    get, path = "/workspaces/tags", tag = "Tags", operation_id = "list_tags",
    params(PageQuery),
    responses((status = 200, description = "The tags.", body = Vec<Tag>))
)]
async fn list_tags(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Tag>>> {
    let list = format!("tags {}", caller.workspace_id);
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_tags(caller.workspace_id, page).await?;
    let total = session.count_tags(caller.workspace_id).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| views::tag(&row)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewTagInput {
    /// At most 100 bytes; no other tag of the workspace has it, in any case of letters.
    #[schema(value_type = String, min_length = 1, max_length = 100, required, example = "hero prop")]
    name: Option<Line<MAX_NAME>>,
    /// `#rrggbb`.
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$", example = "#ff8800")]
    #[serde(default, deserialize_with = "nullable")]
    color: Option<Option<Color>>,
}

/// Make a tag.
#[utoipa::path(
    post, path = "/workspaces/tags", tag = "Tags", operation_id = "create_tag",
    request_body(content = NewTagInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The tag.", body = Tag))
)]
async fn create_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<NewTagInput>,
) -> ApiResult<Tagged<Tag>> {
    let name = required(input.name, "name")?;
    let mut change = caller.begin(&app).await?;
    let id = insert(&app, &mut change, &caller, name, input.color.flatten()).await?;
    finish(change, caller.workspace_id, id).await
}

/// Makes a tag in a change.
pub(super) async fn insert(
    app: &App,
    change: &mut Change,
    caller: &InWorkspace,
    Line(name): Line<MAX_NAME>,
    color: Option<Color>,
) -> ApiResult<TagId> {
    let tag = NewTag {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: caller.workspace_id,
        name_key: case_fold(&name),
        name,
        color: color.map(|Color(color)| color),
        created_by_user_id: caller.user_id,
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_tag(&tag).await.map_err(|error| taken(error, &tag.name))?;
    let event = Event::in_workspace(caller.workspace_id, EventType::TagCreated, tag.id);
    change.record(event.with("name", &tag.name));
    Ok(tag.id)
}

fn taken(error: StoreError, name: &str) -> ApiError {
    if error.is_conflict_on(TAG_NAME_TAKEN) {
        ApiError::new(ErrorCode::NameTaken, format!("Another tag in this workspace is called `{name}`"))
    } else {
        ApiError::from_store(error)
    }
}

/// Commits a change of a tag and answers the tag as it is now.
async fn finish(mut change: Change, workspace: WorkspaceId, id: TagId) -> ApiResult<Tagged<Tag>> {
    let tag = get(&mut change.tx, workspace, id).await?;
    change.commit().await?;
    Ok(Tagged(views::tag(&tag)))
}

/// The tag, or 404.
pub(super) async fn get(session: &mut Session, workspace: WorkspaceId, id: TagId) -> ApiResult<TagRow> {
    session.find_tag(workspace, id).await?.ok_or_else(|| ApiError::not_found("tag"))
}

/// One tag.
#[utoipa::path(
    get, path = "/workspaces/tags/{tag_id}", tag = "Tags", operation_id = "find_tag",
    params(("tag_id" = TagId, Path)),
    responses((status = 200, description = "The tag.", body = Tag))
)]
async fn find_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TagId>,
) -> ApiResult<Tagged<Tag>> {
    let tag = get(&mut app.store.read().await?, caller.workspace_id, id).await?;
    Ok(Tagged(views::tag(&tag)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct TagPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "hero")]
    name: Option<Line<MAX_NAME>>,
    /// `#rrggbb`; `null` for none.
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$")]
    #[serde(default, deserialize_with = "nullable")]
    color: Option<Option<Color>>,
}

/// Change a tag, on all assets that have it.
#[utoipa::path(
    patch, path = "/workspaces/tags/{tag_id}", tag = "Tags", operation_id = "update_tag",
    params(("tag_id" = TagId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = TagPatch, description = "The same members may be given in the query."),
    responses(
        (status = 200, description = "The tag as it is now.", body = Tag),
        (status = 409, description = "Another tag has this name."),
    )
)]
async fn update_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TagId>,
    if_match: IfMatch,
    Input(patch): Input<TagPatch>,
) -> ApiResult<Tagged<Tag>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let tag = get(&mut change.tx, workspace, id).await?;
    if_match.check(&views::tag(&tag))?;
    let name = patch.name.map(|Line(name)| name);
    let changes = TagChanges {
        name_key: name.as_deref().map(case_fold),
        name,
        color: patch.color.map(|color| color.map(|Color(color)| color)),
    };
    change
        .tx
        .update_tag(workspace, id, &changes, change.sequence, change.now_ms)
        .await
        .map_err(|error| taken(error, changes.name.as_deref().unwrap_or(&tag.name)))?;
    let name = changes.name.as_ref().unwrap_or(&tag.name);
    change.record(Event::in_workspace(workspace, EventType::TagUpdated, id).with("name", name));
    finish(change, workspace, id).await
}

/// Delete a tag: it is taken off all assets.
#[utoipa::path(
    delete, path = "/workspaces/tags/{tag_id}", tag = "Tags", operation_id = "delete_tag",
    params(("tag_id" = TagId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_tag(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TagId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let tag = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&views::tag(&tag))?;
    change.tx.delete_tag(caller.workspace_id, id, change.sequence, change.now_ms).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::TagDeleted, id);
    change.record(event.with("name", &tag.name));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
