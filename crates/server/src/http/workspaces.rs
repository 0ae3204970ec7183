//! Workspaces.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_store::{AuthSubject, WorkspaceChanges};
use mudlark_types::wire::{Workspace, WorkspaceList};
use mudlark_types::{AuditAction, EventType, Scope};
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::accounts;
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Line, nullable, required};
use crate::http::guard::{Authenticated, InWorkspace, denied};
use crate::http::pictures::{self as picture_files, WithPicture};
use crate::http::registry::{Api, Origin};
use crate::ops::audit::{self, Entry};
use crate::ops::create_workspace::{Creator, create_workspace};
use crate::ops::event::Event;
use crate::ops::pictures;

pub(crate) fn routes(api: &mut Api) {
    let create = Access::Account(Scope::WorkspacesWrite, AccountPermission::CreateWorkspaces);
    api.add(create, Origin::Documented, routes!(insert_workspace));
    let read =
        Access::AccountOrWorkspace(Scope::WorkspacesRead, AccountPermission::Read, WorkspacePermission::Read);
    api.add(read, Origin::Documented, routes!(find_workspace));
    let change = Access::Workspace(Scope::WorkspacesWrite, WorkspacePermission::Administer);
    api.add(change, Origin::Documented, routes!(update_workspace));
    api.add(change, Origin::Listed, routes!(delete_workspace));
    let see = Access::Workspace(Scope::WorkspacesRead, WorkspacePermission::Read);
    api.add(see, Origin::Mudlark, routes!(find_workspace_thumbnail));
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewWorkspaceInput {
    /// The workspace's name; at most 255 bytes. In the query or in the body.
    #[schema(value_type = String, min_length = 1, max_length = 255, required, example = "Robot Game")]
    name: Option<Line<255>>,
    /// A picture of it: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
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
    input: WithPicture<NewWorkspaceInput>,
) -> ApiResult<Tagged<Workspace>> {
    let (input, picture) = input.taken(&app, caller.account_id()).await?;
    let Line(name) = required(input.name, "name")?;
    let mut change = caller.begin(&app).await?;
    let sequence = change.sequence;
    let creator = Creator { user_id: caller.user_id(), subject: caller.auth_subject() };
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
    let thumbnail_file_id =
        pictures::keep(&app, &mut change, caller.account_id(), picture.map(Some), None).await?;
    if thumbnail_file_id.is_some() {
        let changes = WorkspaceChanges { thumbnail_file_id, ..WorkspaceChanges::default() };
        change.tx.update_workspace(created.id, &changes, sequence, change.now_ms).await?;
    }
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

#[derive(Deserialize, utoipa::ToSchema)]
struct WorkspacePatch {
    /// At most 255 bytes.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Robot Game 2")]
    name: Option<Line<255>>,
    /// A picture of it: PNG, JPEG, GIF or WebP; at most 10 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    #[expect(dead_code, reason = "for the document: the file is taken from the body as it comes")]
    file: Option<IgnoredAny>,
    /// `null` takes the picture away; anything else is ignored.
    #[schema(value_type = serde_json::Value)]
    #[serde(default, deserialize_with = "nullable")]
    thumbnail_file_id: Option<Option<IgnoredAny>>,
}

/// Change a workspace's name or picture.
#[utoipa::path(
    put, path = "/workspaces", tag = "Workspaces", operation_id = "update_workspace",
    params(("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content(
        (WorkspacePatch = "multipart/form-data"), (WorkspacePatch = "application/json"),
    ), description = "In multipart, the members may also be a JSON object in the part `body`."),
    responses((status = 200, description = "The workspace as it is now.", body = Workspace))
)]
async fn update_workspace(
    State(app): State<App>,
    caller: Authenticated,
    if_match: IfMatch,
    patch: WithPicture<WorkspacePatch>,
) -> ApiResult<Tagged<Workspace>> {
    let id = caller.workspace_id()?;
    let (patch, picture) = patch.taken(&app, caller.account_id()).await?;
    let mut change = caller.begin(&app).await?;
    if_match.check(&accounts::open_workspace_in(&app, &mut change.tx, &caller, id).await?)?;
    let before = change.tx.find_workspace(caller.account_id(), id).await?.ok_or_else(closed)?;
    let picture = picture_files::or_taken_away(picture, patch.thumbnail_file_id);
    let thumbnail_file_id =
        pictures::keep(&app, &mut change, caller.account_id(), picture, before.thumbnail_file_id).await?;
    let changes = WorkspaceChanges { name: patch.name.map(|Line(name)| name), thumbnail_file_id };
    change.tx.update_workspace(id, &changes, change.sequence, change.now_ms).await?;
    change.record(Event::in_workspace(id, EventType::WorkspaceUpdated, id));
    let workspace = accounts::open_workspace_in(&app, &mut change.tx, &caller, id).await?;
    change.commit().await?;
    Ok(Tagged(workspace))
}

/// Put the workspace into the trash, with all that is in it. Nobody enters it any more once this is answered.
#[utoipa::path(
    delete, path = "/workspaces", tag = "Workspaces", operation_id = "delete_workspace",
    params(("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    responses((status = 204, description = "It is in the trash."))
)]
async fn delete_workspace(
    State(app): State<App>,
    caller: Authenticated,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let id = caller.workspace_id()?;
    let mut change = caller.begin(&app).await?;
    if_match.check(&accounts::open_workspace_in(&app, &mut change.tx, &caller, id).await?)?;
    if !change.tx.delete_workspace(id, caller.user_id(), change.sequence, change.now_ms).await? {
        return Err(closed());
    }
    change.record(Event::in_account(EventType::WorkspaceDeleted, id));
    let revision = change.tx.record_auth_change(AuthSubject::Workspace(id)).await?;
    let entry = Entry::new(change.now_ms, AuditAction::WorkspaceDeleted, caller.account_id(), caller.actor());
    audit::record(&mut change.tx, &app.vault.current(), entry.on(id)).await?;
    change.commit().await?;
    crate::live_feed::settle(&app, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// It went into the trash between the gate and the transaction.
fn closed() -> ApiError {
    denied(mudlark_auth::Denial::WorkspaceClosed)
}

/// The workspace's picture, as it was sent.
#[utoipa::path(
    get, path = "/workspaces/thumbnail", tag = "Workspaces", operation_id = "find_workspace_thumbnail",
    responses(
        (status = 200, description = "The image.", body = String, content_type = "image/*"),
        (status = 304, description = "The client has it already."),
        (status = 404, description = "It has none."),
    )
)]
async fn find_workspace_thumbnail(State(app): State<App>, caller: InWorkspace) -> ApiResult<Response> {
    let row = app.store.read().await?.find_workspace(caller.account_id, caller.workspace_id).await?;
    picture_files::send(&app, caller.account_id, row.and_then(|row| row.thumbnail_file_id)).await
}

/// The one in `x-workspace-id`, or all that the caller may enter.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the document alone")]
enum WorkspaceOrList {
    Workspace(Box<Workspace>),
    List(WorkspaceList),
}
