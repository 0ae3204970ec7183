//! Invites as those see them who answer them. Whoever holds an invite's token answers it; the person who becomes a member is
//! the one with the invite's address, whoever passes the token on.

use axum::extract::State;
use axum::http::Uri;
use mudlark_auth::{Access, InviteToken};
use mudlark_store::{InviteRow, Session};
use mudlark_types::wire::AccountInvite;
use mudlark_types::{ErrorCode, Scope};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::accounts;
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Line, Path, Query};
use crate::http::guard::Authenticated;
use crate::http::invites::Around;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::live_feed::settle;
use crate::ops::change::Change;
use crate::ops::invites::{self, Profile};

pub(crate) fn routes(api: &mut Api) {
    api.add(Access::Token(Scope::UsersRead), Origin::Mudlark, routes!(list_user_invites));
    api.add(Access::Token(Scope::UsersWrite), Origin::Mudlark, routes!(accept_invite));
    api.add(Access::Token(Scope::UsersWrite), Origin::Mudlark, routes!(reject_invite));
}

/// The open invites to the caller's address, of all accounts, oldest first. A key has no address, and none.
#[utoipa::path(
    get, path = "/users/invites", tag = "Users", operation_id = "list_user_invites", params(PageQuery),
    responses((status = 200, description = "The invites.", body = Vec<AccountInvite>))
)]
async fn list_user_invites(
    State(app): State<App>,
    caller: Authenticated,
    Query(query): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<AccountInvite>>> {
    let list = format!("invites of {}", caller.user_id());
    let page = query.page(&list)?;
    let mut session = app.store.read().await?;
    let email = accounts::own_user(&mut session, &caller).await?.email;
    let now_ms = app.clock.now_ms();
    let (rows, total) = match email.map(|email| email.to_lowercase()) {
        Some(key) => (
            session.list_invites_to(&key, now_ms, page).await?,
            session.count_invites_to(&key, now_ms).await?,
        ),
        None => (Vec::new(), 0),
    };
    let around = Around::of(&mut session, &rows).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    paged.try_map(|row| around.view(&row, None))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AcceptInput {
    /// What to be called; by default what stands before the `@` of the address. Counts where the person is new here.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    username: Option<Line<255>>,
    #[serde(rename = "firstName", alias = "first_name")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "Mira")]
    first_name: Option<Line<255>>,
    #[serde(rename = "lastName", alias = "last_name")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    last_name: Option<Line<255>>,
}

/// Accept an invite for the person whom it is for: they become a member of the account and the workspaces. Once.
#[utoipa::path(
    post, path = "/users/invites/{token}/accept", tag = "Users", operation_id = "accept_invite",
    params(("token" = String, Path, description = "The invite's token.")),
    request_body(content = AcceptInput, description = "May be empty."),
    responses(
        (status = 200, description = "The invite as it is now.", body = AccountInvite),
        (status = 404, description = "No invite has this token."),
        (status = 409, description = "It was answered before, or has expired."),
    )
)]
async fn accept_invite(
    State(app): State<App>,
    caller: Authenticated,
    Path(token): Path<String>,
    Input(input): Input<AcceptInput>,
) -> ApiResult<Tagged<AccountInvite>> {
    let profile = Profile {
        username: input.username.map(|Line(name)| name),
        first_name: input.first_name.map(|Line(name)| name),
        last_name: input.last_name.map(|Line(name)| name),
    };
    let (mut change, invite) = begin(&app, &caller, &token).await?;
    let (_, revision) = invites::accept(&app, &mut change, caller.actor(), &invite, profile).await?;
    let accepted = finish(change, &invite).await?;
    settle(&app, revision).await?;
    Ok(accepted)
}

/// Reject an invite. Once.
#[utoipa::path(
    post, path = "/users/invites/{token}/reject", tag = "Users", operation_id = "reject_invite",
    params(("token" = String, Path, description = "The invite's token.")),
    responses(
        (status = 200, description = "The invite as it is now.", body = AccountInvite),
        (status = 404, description = "No invite has this token."),
        (status = 409, description = "It was answered before, or has expired."),
    )
)]
async fn reject_invite(
    State(app): State<App>,
    caller: Authenticated,
    Path(token): Path<String>,
) -> ApiResult<Tagged<AccountInvite>> {
    let (mut change, invite) = begin(&app, &caller, &token).await?;
    invites::reject(&app, &mut change, caller.actor(), &invite).await?;
    finish(change, &invite).await
}

/// Begins a change of the account that the token opens, with its invite as it is inside the transaction.
async fn begin(app: &App, caller: &Authenticated, token: &str) -> ApiResult<(Change, InviteRow)> {
    let digest = InviteToken::digest_of_presented(token);
    let account_id = find(&mut app.store.read().await?, &digest).await?.account_id;
    let mut change = caller.begin_in(app, account_id).await?;
    let invite = find(&mut change.tx, &digest).await?;
    Ok((change, invite))
}

async fn find(session: &mut Session, digest: &[u8]) -> ApiResult<InviteRow> {
    let found = session.find_invite_by_token(digest).await?;
    found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "No invite has this token"))
}

async fn finish(mut change: Change, invite: &InviteRow) -> ApiResult<Tagged<AccountInvite>> {
    let row = change.tx.find_invite(invite.account_id, invite.id).await?;
    let row = row.ok_or_else(|| ApiError::internal("an invite that was just answered has no row"))?;
    let around = Around::of(&mut change.tx, std::slice::from_ref(&row)).await?;
    change.commit().await?;
    around.view(&row, None).map(Tagged)
}
