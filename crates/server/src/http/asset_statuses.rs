//! The statuses that a workspace's assets can have.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use mudlark_auth::{Access, WorkspacePermission};
use mudlark_store::{NewStatus, Session, StatusChanges, StatusRow, error};
use mudlark_types::wire::AssetStatus;
use mudlark_types::{ErrorCode, EventType, Scope, StatusId, WorkspaceId, case_fold};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Color, Input, Line, Path, nullable, required, whole_number};
use crate::http::guard::InWorkspace;
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::views;

/// The most statuses of a workspace: people choose from them.
const MAX_STATUSES: usize = 100;

pub(crate) fn routes(api: &mut Api) {
    let read = Access::Workspace(Scope::AssetsRead, WorkspacePermission::Read);
    let administer = Access::Workspace(Scope::WorkspacesWrite, WorkspacePermission::Administer);
    api.add(read, Origin::Listed, routes!(list_asset_statuses));
    api.add(administer, Origin::Mudlark, routes!(create_asset_status));
    api.add(administer, Origin::Mudlark, routes!(update_asset_status));
    api.add(administer, Origin::Mudlark, routes!(delete_asset_status));
}

/// The workspace's asset statuses, in their order.
#[utoipa::path(
    get, path = "/workspaces/assetStatuses", tag = "Assets", operation_id = "list_asset_statuses",
    responses((status = 200, description = "The statuses.", body = Vec<AssetStatus>))
)]
async fn list_asset_statuses(
    State(app): State<App>,
    caller: InWorkspace,
) -> ApiResult<Json<Vec<AssetStatus>>> {
    let rows = app.store.read().await?.list_asset_statuses(caller.workspace_id).await?;
    Ok(Json(rows.iter().map(views::asset_status).collect()))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewStatusInput {
    /// At most 100 bytes; no other status of the workspace has it, in any case of letters.
    #[schema(value_type = String, min_length = 1, max_length = 100, required, example = "Needs retopology")]
    name: Option<Line<100>>,
    /// `#rrggbb`.
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$", example = "#ff8800")]
    #[serde(default, deserialize_with = "nullable")]
    color: Option<Option<Color>>,
    /// Its place among the others, by which they are listed; by default the last.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    position: Option<Position>,
}

/// A status's place among the others.
#[derive(Clone, Copy, Debug)]
struct Position(i64);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let within = whole_number(deserializer)?.filter(|position| (0..=1_000_000).contains(position));
        within.map(Self).ok_or_else(|| D::Error::custom("must be a whole number from 0 to 1000000"))
    }
}

/// Make a status.
#[utoipa::path(
    post, path = "/workspaces/assetStatuses", tag = "Assets", operation_id = "create_asset_status",
    request_body(content = NewStatusInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The status.", body = AssetStatus))
)]
async fn create_asset_status(
    State(app): State<App>,
    caller: InWorkspace,
    Input(input): Input<NewStatusInput>,
) -> ApiResult<Tagged<AssetStatus>> {
    let Line(name) = required(input.name, "name")?;
    let mut change = caller.begin(&app).await?;
    let others = change.tx.list_asset_statuses(caller.workspace_id).await?;
    if others.len() >= MAX_STATUSES {
        let message = format!("A workspace has at most {MAX_STATUSES} asset statuses");
        return Err(ApiError::new(ErrorCode::Conflict, message));
    }
    check_name(&others, None, &name)?;
    let last = others.iter().map(|other| other.position).max().map_or(0, |last| last + 1);
    let status = NewStatus {
        id: app.clock.new_id(),
        workspace_id: caller.workspace_id,
        name,
        color: input.color.flatten().map(|Color(color)| color),
        position: input.position.map_or(last, |Position(position)| position),
        created_at_ms: change.now_ms,
    };
    change.tx.insert_asset_status(&status).await?;
    let event = Event::in_workspace(caller.workspace_id, EventType::StatusCreated, status.id);
    change.record(event.with("name", &status.name));
    finish(change, caller.workspace_id, status.id).await
}

/// Refuses a name that another status has. No second writer comes between: the account's changes are made one at a time.
fn check_name(statuses: &[StatusRow], own: Option<StatusId>, name: &str) -> ApiResult<()> {
    let key = case_fold(name);
    if statuses.iter().any(|status| Some(status.id) != own && case_fold(&status.name) == key) {
        let message = format!("Another asset status in this workspace is called `{name}`");
        return Err(ApiError::new(ErrorCode::NameTaken, message));
    }
    Ok(())
}

/// Commits a change of a status and answers the status as it is now.
async fn finish(mut change: Change, workspace: WorkspaceId, id: StatusId) -> ApiResult<Tagged<AssetStatus>> {
    let status = get(&mut change.tx, workspace, id).await?;
    change.commit().await?;
    Ok(Tagged(views::asset_status(&status)))
}

/// The status, or 404.
async fn get(session: &mut Session, workspace: WorkspaceId, id: StatusId) -> ApiResult<StatusRow> {
    session.find_asset_status(workspace, id).await?.ok_or_else(|| ApiError::not_found("asset status"))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct StatusPatch {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Needs UVs")]
    name: Option<Line<100>>,
    /// `#rrggbb`; `null` for none.
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$")]
    #[serde(default, deserialize_with = "nullable")]
    color: Option<Option<Color>>,
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    position: Option<Position>,
}

/// Change a status, for all assets that have it.
#[utoipa::path(
    patch, path = "/workspaces/assetStatuses/{status_id}", tag = "Assets", operation_id = "update_asset_status",
    params(("status_id" = StatusId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = StatusPatch, description = "The same members may be given in the query."),
    responses(
        (status = 200, description = "The status as it is now.", body = AssetStatus),
        (status = 409, description = "Another status has this name."),
    )
)]
async fn update_asset_status(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<StatusId>,
    if_match: IfMatch,
    Input(patch): Input<StatusPatch>,
) -> ApiResult<Tagged<AssetStatus>> {
    let workspace = caller.workspace_id;
    let mut change = caller.begin(&app).await?;
    let status = get(&mut change.tx, workspace, id).await?;
    if_match.check(&views::asset_status(&status))?;
    if let Some(Line(name)) = &patch.name {
        check_name(&change.tx.list_asset_statuses(workspace).await?, Some(id), name)?;
    }
    let changes = StatusChanges {
        name: patch.name.map(|Line(name)| name),
        color: patch.color.map(|color| color.map(|Color(color)| color)),
        position: patch.position.map(|Position(position)| position),
    };
    change.tx.update_asset_status(workspace, id, &changes, change.now_ms).await?;
    let name = changes.name.as_ref().unwrap_or(&status.name);
    change.record(Event::in_workspace(workspace, EventType::StatusUpdated, id).with("name", name));
    finish(change, workspace, id).await
}

/// Delete a status that no asset has, in the trash or not.
#[utoipa::path(
    delete, path = "/workspaces/assetStatuses/{status_id}", tag = "Assets", operation_id = "delete_asset_status",
    params(("status_id" = StatusId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 409, description = "Assets have it."),
    )
)]
async fn delete_asset_status(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<StatusId>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let status = get(&mut change.tx, caller.workspace_id, id).await?;
    if_match.check(&views::asset_status(&status))?;
    change.tx.delete_asset_status(caller.workspace_id, id).await.map_err(|error| {
        if error.is_conflict_on(error::FOREIGN_KEY) {
            let message = "Assets have this status, in the trash or not; give them another first";
            ApiError::new(ErrorCode::Conflict, message)
        } else {
            ApiError::from_store(error)
        }
    })?;
    let event = Event::in_workspace(caller.workspace_id, EventType::StatusDeleted, id);
    change.record(event.with("name", &status.name));
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
