//! Invites to the account: made, sent again and withdrawn by its admins. Answering them is `user_invites`.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use mudlark_auth::{Access, AccountPermission};
use mudlark_store::{AccountRow, InviteRow, Session, UserRow};
use mudlark_types::wire::AccountInvite;
use mudlark_types::{AccountId, ErrorCode, InviteId, Scope, UserId, WorkspaceRole, WorkspaceRoles};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{BareList, Email, InputOrList, ListOf, Path, Query, required};
use crate::http::guard::Authenticated;
use crate::http::idempotency::NO_STORE;
use crate::http::key_inputs::{KeyRole, RolesIn, WorkspacesIn};
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::ops::create_key::KeyRoles;
use crate::ops::invites::{self, Sent, Wanted};
use crate::views;

/// The most invites that one request makes.
const MAX_INVITES: usize = 500;

const ADMINISTER: Access = Access::Account(Scope::AccountsWrite, AccountPermission::Administer);

pub(crate) fn routes(api: &mut Api) {
    let see = Access::Account(Scope::AccountsRead, AccountPermission::Administer);
    api.add(see, Origin::Documented, routes!(list_account_invites));
    api.add(ADMINISTER, Origin::Listed, routes!(create_account_invites));
    api.add(ADMINISTER, Origin::Mudlark, routes!(delete_account_invite));
    api.add(ADMINISTER, Origin::Mudlark, routes!(resend_account_invite));
}

/// The account's invites, oldest first: open, accepted, rejected and expired ones. Never their tokens.
#[utoipa::path(
    get, path = "/accounts/invites", tag = "Accounts", operation_id = "list_account_invites", params(PageQuery),
    responses((status = 200, description = "The invites.", body = Vec<AccountInvite>))
)]
async fn list_account_invites(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<AccountInvite>>> {
    let list = format!("invites {}", caller.account_id());
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let rows = session.list_invites(caller.account_id(), page).await?;
    let total = session.count_invites(caller.account_id()).await?;
    let around = Around::of(&mut session, &rows).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    paged.try_map(|row| around.view(&row, None))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct InvitesInput {
    /// At most 500; made all or none.
    #[schema(value_type = Vec<InviteInput>, min_items = 1, max_items = 500, required)]
    #[serde(default, alias = "users")]
    invites: Option<Vec<InviteInput>>,
}

impl BareList for InvitesInput {
    const MEMBER: &'static str = "invites";
}

#[derive(Deserialize, utoipa::ToSchema)]
struct InviteInput {
    /// Whom to invite.
    #[schema(value_type = String, format = Email, example = "mira@studio.example")]
    email: Email,
    /// In the account: `owner`, `admin`, `member` (the default); in the workspaces: `admin`, `manage_art`, `review`,
    /// `viewer` (the default). `admin` counts on both sides.
    #[schema(value_type = Option<Vec<KeyRole>>, min_items = 1, example = json!(["member"]))]
    roles: Option<RolesIn>,
    /// Workspaces of the account to become a member of; at most 100.
    #[schema(value_type = Option<ListOf<uuid::Uuid>>)]
    #[serde(default, deserialize_with = "none_or_listed")]
    workspace_ids: Option<WorkspacesIn>,
}

/// An empty list is as good as none.
fn none_or_listed<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<WorkspacesIn>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    WorkspacesIn::deserialize(value).map(Some).map_err(serde::de::Error::custom)
}

/// What goes over the wire: the members, or the list alone.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "read as InvitesInput; this is what the document shows")]
enum InvitesBody {
    Members(InvitesInput),
    List(Vec<InviteInput>),
}

/// Invite people to the account.
///
/// The list is the body itself, or its member `invites` or `users`. The answer shows each invite's token, this once;
/// pass the token on, and it is answered at `/users/invites/{token}/accept`. Where the server has a mail server, each goes
/// out by a letter too. An invite is good for 7 days, and once. Nobody invites to more than they have. Sent again with the same `Idempotency-Key`, the
/// request is answered 409 `secret_shown_once`.
#[utoipa::path(
    post, path = "/accounts/invites", tag = "Accounts", operation_id = "create_account_invites",
    request_body = InvitesBody,
    responses(
        (status = 200, description = "The invites with their tokens, in the order asked.", body = Vec<AccountInvite>),
        (status = 409, description = "Somebody is a member, or has an open invite; nobody was invited."),
    )
)]
async fn create_account_invites(
    State(app): State<App>,
    caller: Authenticated,
    InputOrList(input): InputOrList<InvitesInput>,
) -> ApiResult<Response> {
    let wanted = wanted(required(input.invites, "invites")?)?;
    let account_id = caller.account_id();
    let mut change = caller.begin(&app).await?;
    let giver = caller.as_giver(&mut change, ADMINISTER).await?;
    let by = (&giver, caller.user_id());
    let sent = invites::invite(&app, &mut change, account_id, by, &caller.actor(), wanted).await?;
    let rows: Vec<InviteRow> = sent.iter().map(|sent| sent.row.clone()).collect();
    let around = Around::of(&mut change.tx, &rows).await?;
    change.commit().await?;
    let shown: Vec<AccountInvite> =
        sent.iter().map(|sent| around.view_sent(sent)).collect::<Result<_, _>>()?;
    Ok((NO_STORE, Json(shown)).into_response())
}

fn wanted(inputs: Vec<InviteInput>) -> ApiResult<Vec<Wanted>> {
    if inputs.is_empty() || inputs.len() > MAX_INVITES {
        return Err(ApiError::invalid_field(
            "invites",
            format_args!("must be 1 to {MAX_INVITES} invites; send a longer list in several requests"),
        ));
    }
    inputs.into_iter().enumerate().map(|(index, input)| one_wanted(index, input)).collect()
}

fn one_wanted(index: usize, input: InviteInput) -> ApiResult<Wanted> {
    let workspace_ids = input.workspace_ids.map(|WorkspacesIn(ids)| ids).unwrap_or_default();
    let mut roles = match input.roles {
        Some(RolesIn(roles)) => roles,
        None => KeyRoles::parse(&["member"]).map_err(ApiError::internal)?,
    };
    if workspace_ids.is_empty() {
        // `admin` and `owner` bring a role in workspaces with them; the others were asked for.
        if roles.workspace.iter().any(|role| role != WorkspaceRole::Admin) {
            let field = format!("invites[{index}].workspace_ids");
            return Err(ApiError::invalid_field(&field, "must name the workspaces that the roles hold in"));
        }
        roles.workspace = WorkspaceRoles::EMPTY;
    } else if roles.workspace.is_empty() {
        roles.workspace.insert(WorkspaceRole::Viewer);
    }
    let email_key = input.email.key();
    Ok(Wanted { email: input.email.as_str().to_owned(), email_key, roles, workspace_ids })
}

/// Withdraw an invite; its token is good for nothing any more. A member that it made stays one.
#[utoipa::path(
    delete, path = "/accounts/invites/{invite_id}", tag = "Accounts", operation_id = "delete_account_invite",
    params(("invite_id" = InviteId, Path)),
    responses((status = 204, description = "It is gone."))
)]
async fn delete_account_invite(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<InviteId>,
) -> ApiResult<StatusCode> {
    let mut change = caller.begin(&app).await?;
    let invite = get(&mut change.tx, caller.account_id(), id).await?;
    invites::withdraw(&app, &mut change, caller.actor(), &invite).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send an invite again, expired or not: a new token, shown this once, and 7 days more. The one before is good for
/// nothing any more.
#[utoipa::path(
    post, path = "/accounts/invites/{invite_id}/resend", tag = "Accounts", operation_id = "resend_account_invite",
    params(("invite_id" = InviteId, Path)),
    responses(
        (status = 200, description = "The invite with its new token.", body = AccountInvite),
        (status = 409, description = "It was accepted or rejected."),
    )
)]
async fn resend_account_invite(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<InviteId>,
) -> ApiResult<Response> {
    let mut change = caller.begin(&app).await?;
    let giver = caller.as_giver(&mut change, ADMINISTER).await?;
    let invite = get(&mut change.tx, caller.account_id(), id).await?;
    let sent = invites::send_again(&app, &mut change, &giver, &caller.actor(), &invite).await?;
    let around = Around::of(&mut change.tx, std::slice::from_ref(&sent.row)).await?;
    change.commit().await?;
    Ok((NO_STORE, Json(around.view_sent(&sent)?)).into_response())
}

async fn get(session: &mut Session, account_id: AccountId, id: InviteId) -> ApiResult<InviteRow> {
    let found = session.find_invite(account_id, id).await?;
    found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such invite in this account"))
}

/// What is shown around invites: who made them, and to what.
pub(super) struct Around {
    users: HashMap<UserId, UserRow>,
    accounts: HashMap<AccountId, AccountRow>,
}

impl Around {
    pub(super) async fn of(session: &mut Session, rows: &[InviteRow]) -> ApiResult<Self> {
        let mut ids: Vec<UserId> = rows.iter().map(|row| row.invited_by_user_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let users = session.list_users_by_ids(&ids).await?;
        let mut accounts = HashMap::new();
        for row in rows {
            if !accounts.contains_key(&row.account_id)
                && let Some(account) = session.find_account(row.account_id).await?
            {
                accounts.insert(row.account_id, account);
            }
        }
        Ok(Self { users: users.into_iter().map(|user| (user.id, user)).collect(), accounts })
    }

    pub(super) fn view(&self, row: &InviteRow, token: Option<&str>) -> ApiResult<AccountInvite> {
        let of = (self.users.get(&row.invited_by_user_id), self.accounts.get(&row.account_id));
        views::account_invite(row, token, of)
    }

    fn view_sent(&self, sent: &Sent) -> ApiResult<AccountInvite> {
        self.view(&sent.row, Some(sent.token.expose()))
    }
}
