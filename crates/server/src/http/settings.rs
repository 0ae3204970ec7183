//! Settings of the account and of a workspace: what programs keep of their own there. The server gives them no meaning.

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, AccountPermission, WorkspacePermission};
use mudlark_store::settings::SETTING_NAME_TAKEN;
use mudlark_store::{SettingRow, StoreError};
use mudlark_types::wire::Setting;
use mudlark_types::{AccountId, ErrorCode, Scope, SettingId, Timestamp, WorkspaceId, case_fold};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::{IfMatch, Tagged};
use crate::http::extract::{Input, Line, Path, Query, nullable, required};
use crate::http::guard::{Authenticated, InWorkspace};
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::change::Change;

/// The most settings beside one account or workspace.
const MAX_SETTINGS: i64 = 200;
/// The longest value. *Units*: bytes of JSON.
const MAX_VALUE_BYTES: usize = 16 * 1024;

pub(crate) fn routes(api: &mut Api) {
    let see = Access::Account(Scope::AccountsRead, AccountPermission::Read);
    let change = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);
    api.add(see, Origin::Listed, routes!(list_account_settings));
    api.add(change, Origin::Listed, routes!(put_account_setting));
    let see = Access::Workspace(Scope::WorkspacesRead, WorkspacePermission::Read);
    let change = Access::Workspace(Scope::WorkspacesWrite, WorkspacePermission::Administer);
    api.add(see, Origin::Mudlark, routes!(list_workspace_settings));
    api.add(change, Origin::Mudlark, routes!(put_workspace_setting));
}

/// What settings stand beside.
#[derive(Clone, Copy)]
struct Owner {
    account: AccountId,
    workspace: Option<WorkspaceId>,
}

impl Owner {
    fn id(self) -> Uuid {
        self.workspace.map_or(self.account.as_uuid(), |workspace| workspace.as_uuid())
    }
}

/// The account's settings, oldest first: what programs keep there of their own.
#[utoipa::path(
    get, path = "/accounts/settings", tag = "Accounts", operation_id = "list_account_settings", params(PageQuery),
    responses((status = 200, description = "The settings: at most 200.", body = Vec<Setting>))
)]
async fn list_account_settings(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Setting>>> {
    list(&app, Owner { account: caller.account_id(), workspace: None }, &query, &uri).await
}

/// The workspace's settings, oldest first: what programs keep there of their own.
#[utoipa::path(
    get, path = "/workspaces/settings", tag = "Workspaces", operation_id = "list_workspace_settings",
    params(PageQuery),
    responses((status = 200, description = "The settings: at most 200.", body = Vec<Setting>))
)]
async fn list_workspace_settings(
    State(app): State<App>,
    caller: InWorkspace,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<Setting>>> {
    list(&app, of_workspace(&caller), &query, &uri).await
}

fn of_workspace(caller: &InWorkspace) -> Owner {
    Owner { account: caller.account_id, workspace: Some(caller.workspace_id) }
}

async fn list(app: &App, owner: Owner, query: &PageQuery, uri: &Uri) -> ApiResult<Paged<Vec<Setting>>> {
    let list = format!("settings {}", owner.id());
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_settings(owner.id(), page).await?;
    let total = session.count_settings(owner.id()).await?;
    let paged = paging::finish(rows, &page, total, &list, uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    paged.try_map(|row| view(row, owner))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct SettingInput {
    /// At most 255 bytes; no other setting may have it, in any case. A new setting needs it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "viewer.background")]
    name: Option<Line<255>>,
    /// Any JSON of at most 16 KiB.
    #[schema(value_type = Value, example = json!("dark"))]
    #[serde(default, deserialize_with = "nullable")]
    value: Option<Option<Value>>,
}

/// Change a setting of the account, or make one: the program chooses its id.
#[utoipa::path(
    put, path = "/accounts/settings/{setting_id}", tag = "Accounts", operation_id = "put_account_setting",
    params(("setting_id" = SettingId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = SettingInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The setting as it is now.", body = Setting))
)]
async fn put_account_setting(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<SettingId>,
    if_match: IfMatch,
    Input(input): Input<SettingInput>,
) -> ApiResult<Tagged<Setting>> {
    let change = caller.begin(&app).await?;
    put(change, Owner { account: caller.account_id(), workspace: None }, id, &if_match, input).await
}

/// Change a setting of the workspace, or make one: the program chooses its id.
#[utoipa::path(
    put, path = "/workspaces/settings/{setting_id}", tag = "Workspaces", operation_id = "put_workspace_setting",
    params(("setting_id" = SettingId, Path), ("if-match" = Option<String>, Header, description = "The ETag last seen.")),
    request_body(content = SettingInput, description = "The same members may be given in the query."),
    responses((status = 200, description = "The setting as it is now.", body = Setting))
)]
async fn put_workspace_setting(
    State(app): State<App>,
    caller: InWorkspace,
    Path(id): Path<SettingId>,
    if_match: IfMatch,
    Input(input): Input<SettingInput>,
) -> ApiResult<Tagged<Setting>> {
    let change = caller.begin(&app).await?;
    put(change, of_workspace(&caller), id, &if_match, input).await
}

async fn put(
    mut change: Change,
    owner: Owner,
    id: SettingId,
    if_match: &IfMatch,
    input: SettingInput,
) -> ApiResult<Tagged<Setting>> {
    let before = change.tx.find_setting(owner.id(), id).await?;
    match &before {
        Some(row) => if_match.check(&view(row.clone(), owner)?)?,
        None if change.tx.count_settings(owner.id()).await? >= MAX_SETTINGS => {
            let message = format!("There are {MAX_SETTINGS} settings here, and no more");
            return Err(ApiError::new(ErrorCode::LimitReached, message));
        }
        None => {}
    }
    let name = match (input.name, &before) {
        (Some(Line(name)), _) => name,
        (None, Some(row)) => row.name.clone(),
        (None, None) => required(None, "name")?,
    };
    let value = match (input.value, &before) {
        (Some(value), _) => checked(&value.unwrap_or_default())?,
        (None, Some(row)) => row.value.clone(),
        (None, None) => required(None, "value")?,
    };
    let row = SettingRow {
        owner_id: owner.id(),
        id,
        account_id: owner.account,
        name_key: case_fold(&name),
        name,
        value,
        created_at_ms: before.map_or(change.now_ms, |row| row.created_at_ms),
        updated_at_ms: change.now_ms,
    };
    change.tx.upsert_setting(&row).await.map_err(|error| taken(error, &row.name))?;
    change.commit().await?;
    view(row, owner).map(Tagged)
}

fn checked(value: &Value) -> ApiResult<String> {
    let text = value.to_string();
    if text.len() > MAX_VALUE_BYTES {
        let must = format_args!("must be at most {MAX_VALUE_BYTES} bytes of JSON");
        return Err(ApiError::invalid_field("value", must));
    }
    Ok(text)
}

fn taken(error: StoreError, name: &str) -> ApiError {
    if error.is_conflict_on(SETTING_NAME_TAKEN) {
        ApiError::new(ErrorCode::NameTaken, format!("Another setting here is called `{name}`"))
    } else {
        ApiError::from_store(error)
    }
}

/// *Errors*: the value is not what we wrote.
fn view(row: SettingRow, owner: Owner) -> ApiResult<Setting> {
    Ok(Setting {
        id: row.id,
        account_id: row.account_id,
        workspace_id: owner.workspace,
        name: row.name,
        value: RawValue::from_string(row.value).map_err(ApiError::internal)?,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}
