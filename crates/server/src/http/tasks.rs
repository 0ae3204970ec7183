//! Tasks: what somebody has to do, for an asset or not.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{AssetRow, NewTask, Session, TaskChanges, TaskFilter, TaskRow};
use mudlark_types::wire::Task;
use mudlark_types::{
    AssetId, EventType, NotificationKind, Scope, TaskId, TaskPriority, TaskStatus, UserId, WorkspaceId,
};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::assets::{self, Beside};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Line, Path, Query, Text, nullable, required};
use crate::http::guard::InWorkspace;
use crate::http::members;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::notify::{self, Happening};
use crate::views;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::TasksRead, WorkspacePermission::Read);
    let contribute = Access::Workspace(Scope::TasksWrite, WorkspacePermission::Contribute);
    api.add(read, Origin::Listed, routes!(list_tasks));
    api.add(contribute, Origin::Documented, routes!(create_task));
    api.add(read, Origin::Mudlark, routes!(find_task));
    api.add(contribute, Origin::Mudlark, routes!(update_task));
    api.add(contribute, Origin::Mudlark, routes!(delete_task));
    api.add(read, Origin::Documented, routes!(list_asset_tasks));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct TaskQuery {
    /// Only those about this asset.
    asset_id: Option<AssetId>,
    /// Only those that this user has to do.
    assignee_id: Option<UserId>,
    /// Only those that are so far.
    status: Option<TaskStatus>,
}

/// The workspace's tasks, oldest first.
#[utoipa::path(
    get, path = "/workspaces/tasks", tag = "Tasks", operation_id = "list_tasks",
    params(TaskQuery, PageQuery),
    responses((status = 200, description = "The tasks.", body = Vec<Task>))
)]
async fn list_tasks(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<TaskQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Task>>> {
    let TaskQuery { asset_id, assignee_id, status } = query;
    let filter = TaskFilter { asset_id, assignee_id, status };
    let now_ms = app.clock.now_ms();
    list(&mut app.store.read().await?, now_ms, caller.workspace_id, filter, &page, &uri).await
}

/// An asset's tasks, oldest first.
#[utoipa::path(
    get, path = "/workspaces/assets/{asset_id}/tasks", tag = "Tasks", operation_id = "list_asset_tasks",
    params(("asset_id" = AssetId, Path), PageQuery),
    responses((status = 200, description = "The tasks.", body = Vec<Task>))
)]
async fn list_asset_tasks(
    State(app): State<App>,
    caller: InWorkspace,
    Path(asset_id): Path<AssetId>,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Task>>> {
    let mut session = app.store.read().await?;
    assets::get(&mut session, caller.workspace_id, asset_id).await?;
    let filter = TaskFilter { asset_id: Some(asset_id), ..TaskFilter::default() };
    list(&mut session, app.clock.now_ms(), caller.workspace_id, filter, &query, &uri).await
}

async fn list(
    session: &mut Session,
    now_ms: i64,
    workspace: WorkspaceId,
    filter: TaskFilter,
    query: &PageQuery,
    uri: &Uri,
) -> ApiResult<Paged<Vec<Task>>> {
    let list = format!("tasks {workspace} {filter:?}");
    let page = query.page(&list)?;
    let rows = session.list_tasks(workspace, filter, page).await?;
    let total = session.count_tasks(workspace, filter).await?;
    let paged = paging::finish(rows, &page, total, &list, uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    let ids: Vec<AssetId> = paged.rows.iter().filter_map(|row| row.asset_id).collect();
    let assets = session.list_assets_by_ids(workspace, &ids).await?;
    let beside = Beside::of(session, workspace, &assets).await?;
    let assets: HashMap<AssetId, AssetRow> = assets.into_iter().map(|row| (row.id, row)).collect();
    paged.try_map(|row| {
        let asset = row.asset_id.and_then(|id| assets.get(&id));
        let asset = asset.map(|asset| beside.show(asset.clone(), now_ms)).transpose()?;
        Ok(views::task(&row, asset))
    })
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewTaskInput {
    /// What there is to do, in a line; at most 255 bytes.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Redo the lantern")]
    title: Option<Line<255>>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<10_000>>>,
    /// By default `Medium`.
    priority: Option<TaskPriority>,
    /// By default `Pending`.
    status: Option<TaskStatus>,
    /// Who has to do it: somebody in the workspace.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    assignee_id: Option<Option<UserId>>,
    /// What it is about: an asset of the workspace.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_id: Option<Option<AssetId>>,
}

/// Make a task.
#[utoipa::path(
    post, path = "/workspaces/tasks", tag = "Tasks", operation_id = "create_task",
    request_body(content = NewTaskInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The task.", body = Task))
)]
async fn create_task(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<NewTaskInput>,
) -> ApiResult<Tagged<Task>> {
    let Line(title) = required(input.title, "title")?;
    let (assignee_id, asset_id) = (input.assignee_id.flatten(), input.asset_id.flatten());
    let mut change = caller.begin(&app).await?;
    members::check_in_workspace(&mut change.tx, caller.workspace_id, assignee_id, "assignee_id").await?;
    check_asset(&mut change.tx, caller.workspace_id, asset_id).await?;
    let task = NewTask {
        id: app.clock.new_id(),
        account_id: caller.account_id,
        workspace_id: caller.workspace_id,
        creator_id: caller.user_id,
        assignee_id,
        asset_id,
        title,
        description: input.description.flatten().map(|Text(text)| text),
        priority: input.priority.unwrap_or(TaskPriority::Medium),
        status: input.status.unwrap_or(TaskStatus::Pending),
        sequence: change.sequence,
        created_at_ms: change.now_ms,
    };
    change.tx.insert_task(&task).await?;
    change.record(event_of(EventType::TaskCreated, caller.workspace_id, task.id, asset_id, assignee_id));
    let happening = Happening { place: caller.place(), record_id: task.id.as_uuid(), asset_id };
    notify::tell(&app, &mut change, happening, NotificationKind::TaskAssigned, assignee_id).await?;
    finish(change, caller.workspace_id, task.id).await
}

/// What happened to a task: in its asset's history too, if it is about one.
fn event_of(
    event_type: EventType,
    workspace: WorkspaceId,
    id: TaskId,
    asset: Option<AssetId>,
    assignee: Option<UserId>,
) -> Event {
    let event = match asset {
        Some(asset) => Event::of_asset(workspace, asset, event_type, id),
        None => Event::in_workspace(workspace, event_type, id),
    };
    event.with("assignee_id", assignee)
}

/// Refuses an asset that is not in the workspace.
async fn check_asset(session: &mut Session, workspace: WorkspaceId, asset: Option<AssetId>) -> ApiResult<()> {
    let Some(id) = asset else { return Ok(()) };
    match session.find_asset(workspace, id).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::invalid_field("asset_id", "must be an asset of the workspace")),
    }
}

/// Commits a change of a task and answers the task as it is now.
async fn finish(mut change: Change, workspace: WorkspaceId, id: TaskId) -> ApiResult<Tagged<Task>> {
    let task = get(&mut change.tx, change.now_ms, workspace, id).await?;
    change.commit().await?;
    Ok(Tagged(task))
}

/// The task with its asset, or 404.
async fn get(session: &mut Session, now_ms: i64, workspace: WorkspaceId, id: TaskId) -> ApiResult<Task> {
    let row: TaskRow = session.find_task(workspace, id).await?.ok_or_else(|| ApiError::not_found("task"))?;
    let asset = match row.asset_id {
        Some(asset) => session.find_asset(workspace, asset).await?,
        None => None,
    };
    let asset = match asset {
        Some(asset) => Some(assets::show(session, &asset, now_ms).await?),
        None => None,
    };
    Ok(views::task(&row, asset))
}

/// One task.
#[utoipa::path(
    get, path = "/workspaces/tasks/{task_id}", tag = "Tasks", operation_id = "find_task",
    params(("task_id" = TaskId, Path)),
    responses((status = 200, description = "The task.", body = Task))
)]
async fn find_task(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TaskId>,
) -> ApiResult<Tagged<Task>> {
    let now_ms = app.clock.now_ms();
    get(&mut app.store.read().await?, now_ms, caller.workspace_id, id).await.map(Tagged)
}

#[derive(Deserialize, utoipa::ToSchema)]
struct TaskPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Redo the whole lantern")]
    title: Option<Line<255>>,
    #[schema(value_type = Option<String>, max_length = 10_000)]
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<Text<10_000>>>,
    priority: Option<TaskPriority>,
    status: Option<TaskStatus>,
    /// Somebody in the workspace; `null` for nobody.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    assignee_id: Option<Option<UserId>>,
    /// An asset of the workspace; `null` for none.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(default, deserialize_with = "nullable")]
    asset_id: Option<Option<AssetId>>,
}

/// Change a task.
#[utoipa::path(
    patch, path = "/workspaces/tasks/{task_id}", tag = "Tasks", operation_id = "update_task",
    params(("task_id" = TaskId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = TaskPatch, description = "The same members may be given in the query."),
    responses((status = 200, description = "The task as it is now.", body = Task))
)]
async fn update_task(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TaskId>,
    if_match: IfMatch,
    Input(patch): Input<TaskPatch>,
) -> ApiResult<Tagged<Task>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let before = get(&mut change.tx, change.now_ms, workspace, id).await?;
    if_match.check(&before)?;
    members::check_in_workspace(&mut change.tx, workspace, patch.assignee_id.flatten(), "assignee_id")
        .await?;
    check_asset(&mut change.tx, workspace, patch.asset_id.flatten()).await?;
    let changes = TaskChanges {
        title: patch.title.map(|Line(title)| title),
        description: patch.description.map(|text| text.map(|Text(text)| text)),
        priority: patch.priority,
        status: patch.status,
        assignee_id: patch.assignee_id,
        asset_id: patch.asset_id,
    };
    change.tx.update_task(workspace, id, &changes, change.sequence, change.now_ms).await?;
    let asset = changes.asset_id.unwrap_or(before.asset_id);
    let assignee = changes.assignee_id.unwrap_or(before.assignee_id);
    let event = event_of(EventType::TaskUpdated, workspace, id, asset, assignee);
    change.record(event.with("status", changes.status.unwrap_or(before.status)));
    let happening = Happening { place: caller.place(), record_id: id.as_uuid(), asset_id: asset };
    let newly_given = assignee.filter(|_| assignee != before.assignee_id);
    notify::tell(&app, &mut change, happening, NotificationKind::TaskAssigned, newly_given).await?;
    finish(change, workspace, id).await
}

/// Delete a task.
#[utoipa::path(
    delete, path = "/workspaces/tasks/{task_id}", tag = "Tasks", operation_id = "delete_task",
    params(("task_id" = TaskId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_task(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<TaskId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let task = get(&mut change.tx, change.now_ms, caller.workspace_id, id).await?;
    if_match.check(&task)?;
    change.tx.delete_task(caller.workspace_id, id, change.sequence, change.now_ms).await?;
    change.record(event_of(EventType::TaskDeleted, caller.workspace_id, id, task.asset_id, task.assignee_id));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
