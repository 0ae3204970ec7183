//! Workspaces.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_types::wire::{Workspace, WorkspaceList};
use mudlark_types::{EventType, Scope};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiResult;
use crate::http::accounts;
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Line, required};
use crate::http::guard::Authenticated;
use crate::http::registry::{Api, Origin};
use crate::ops::create_workspace::{Creator, create_workspace};
use crate::ops::event::Event;

pub(crate) fn routes(api: &mut Api) {
    let create = Access::Account(Scope::WorkspacesWrite, AccountPermission::CreateWorkspaces);
    api.add(create, Origin::Documented, routes!(insert_workspace));
    let read =
        Access::AccountOrWorkspace(Scope::WorkspacesRead, AccountPermission::Read, WorkspacePermission::Read);
    api.add(read, Origin::Documented, routes!(find_workspace));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewWorkspaceInput {
    /// The workspace's name; at most 255 bytes. In the query or in the body.
    #[schema(value_type = String, required, example = "Robot Game")]
    name: Option<Line<255>>,
}

/// Make a workspace. The caller becomes its admin.
#[utoipa::path(
    post, path = "/workspaces", tag = "Workspaces", operation_id = "create_workspace",
    params(("name" = Option<String>, Query, description = "The workspace's name, if not in the body.")),
    request_body(content(
        (NewWorkspaceInput = "application/json"), (NewWorkspaceInput = "multipart/form-data"),
        (NewWorkspaceInput = "application/x-www-form-urlencoded"),
    ), description = "May be empty where the query has the name."),
    responses((status = 200, description = "The workspace.", body = Workspace))
)]
async fn insert_workspace(
    State(app): State<App>,
    caller: Authenticated,
    Input(input): Input<NewWorkspaceInput>,
) -> ApiResult<Tagged<Workspace>> {
    let Line(name) = required(input.name, "name")?;
    let mut change = caller.begin(&app).await?;
    let sequence = change.sequence;
    let creator = Creator { user_id: caller.user_id(), key_id: caller.caller().key_id().as_str() };
    let created = create_workspace(
        &app.clock,
        &app.vault.current(),
        &mut change.tx,
        caller.account_id(),
        &name,
        Some(creator),
        caller.actor(),
        sequence,
    )
    .await?;
    change.record(Event::in_account(EventType::WorkspaceCreated, created.id).with("name", &name));
    change.commit().await?;
    // The creator's next request must find the door open, whichever process it comes to.
    crate::live_feed::settle(&app, created.revision).await?;
    accounts::open_workspace(&app, &caller, created.id).await.map(Tagged)
}

/// With `x-workspace-id`, that workspace; without, `{"workspaces": […]}`: those that the caller may enter.
#[utoipa::path(
    get, path = "/workspaces", tag = "Workspaces", operation_id = "find_workspace",
    responses((status = 200, description = "The workspace, or the list of them.", body = inline(WorkspaceOrList)))
)]
async fn find_workspace(State(app): State<App>, caller: Authenticated) -> ApiResult<Response> {
    if let Some((id, _)) = caller.workspace() {
        return Ok(Tagged(accounts::open_workspace(&app, &caller, id).await?).into_response());
    }
    let mut session = app.store.read().await?;
    let user = accounts::own_user(&mut session, &caller).await?;
    let workspaces = accounts::open_workspaces(&app, &mut session, &caller, &user).await?;
    Ok(Json(WorkspaceList { workspaces }).into_response())
}

/// The one in `x-workspace-id`, or all that the caller may enter.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the document alone")]
enum WorkspaceOrList {
    Workspace(Box<Workspace>),
    List(WorkspaceList),
}
