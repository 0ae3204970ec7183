//! Invites to an account: made many at once, all or none; sent again; answered once. The answer that makes an invite shows
//! its token, and whoever made it passes it on; where the server sends letters, it goes out by one too.

use std::collections::{BTreeMap, BTreeSet};

use mudlark_auth::InviteToken;
use mudlark_store::{
    AuthSubject, INVITE_OPEN, InviteEnd, InviteRow, NewInvite, NewUser, StoreError, UserKind,
};
use mudlark_types::{
    AccountId, AccountRoles, AuditAction, ErrorCode, EventType, UserId, WorkspaceId, WorkspaceRoles,
};
use serde_json::json;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::account_limits;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::change::Change;
use crate::ops::create_key::KeyRoles;
use crate::ops::create_workspace::stock_picture;
use crate::ops::event::Event;
use crate::ops::key_refusal::{Giver, KeyRefusal};
use crate::ops::letters;

/// How long an invite is good. *Units*: milliseconds.
pub(crate) const GOOD_FOR_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Somebody to invite.
pub(crate) struct Wanted {
    /// As written, and as compared.
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) roles: KeyRoles,
    /// Where the roles in workspaces hold.
    pub(crate) workspace_ids: BTreeSet<WorkspaceId>,
}

/// An invite as it is shown once.
pub(crate) struct Sent {
    pub(crate) row: InviteRow,
    pub(crate) token: InviteToken,
}

/// Invites all of them, or, where one can't be, nobody.
///
/// *Errors*: 400 for an address that is there twice and for a workspace that is none of the account's; 403 where the
/// giver has less; 409 for who belongs to the account or has an invite that is open. Each names its place in the list.
pub(crate) async fn invite(
    app: &App,
    change: &mut Change,
    account_id: AccountId,
    (giver, user_id): (&Giver, UserId),
    actor: &Actor,
    wanted: Vec<Wanted>,
) -> ApiResult<Vec<Sent>> {
    check_once_each(&wanted)?;
    let mut known: BTreeMap<WorkspaceId, bool> = BTreeMap::new();
    let (mut sent, mut lines) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for (index, one) in wanted.into_iter().enumerate() {
        for id in &one.workspace_ids {
            if !known.contains_key(id) {
                known.insert(*id, change.tx.find_workspace(account_id, *id).await?.is_some());
            }
            if known.get(id) != Some(&true) {
                let field = format!("invites[{index}].workspace_ids");
                return Err(ApiError::invalid_field(&field, "must be workspaces of the account"));
            }
        }
        check_giver(giver, one.roles.account, one.roles.workspace, &one.workspace_ids)?;
        check_no_member(change, account_id, index, &one).await?;
        let token = InviteToken::generate();
        let invite = NewInvite {
            id: app.clock.new_id(),
            account_id,
            email: one.email,
            email_key: one.email_key,
            account_roles: one.roles.account,
            workspace_roles: one.roles.workspace,
            workspace_ids: joined(&one.workspace_ids),
            token_sha256: token.digest(),
            invited_by_user_id: user_id,
            expires_at_ms: change.now_ms + GOOD_FOR_MS,
            created_at_ms: change.now_ms,
        };
        change.tx.insert_invite(&invite).await.map_err(|error| open_already(error, index))?;
        let row = change.tx.find_invite(account_id, invite.id).await?.ok_or_else(no_row)?;
        change.record(Event::in_account(EventType::InviteCreated, row.id));
        lines.push(line(change, AuditAction::InviteCreated, actor, &row));
        send_letter(app, change, &row, &token).await?;
        sent.push(Sent { row, token });
    }
    account_limits::check_people(app, &mut change.tx, account_id, change.now_ms).await?;
    audit::record_all(&mut change.tx, &app.vault.current(), lines).await?;
    Ok(sent)
}

fn check_once_each(wanted: &[Wanted]) -> ApiResult<()> {
    let mut seen = BTreeSet::new();
    match wanted.iter().position(|one| !seen.insert(&one.email_key)) {
        None => Ok(()),
        Some(index) => {
            Err(ApiError::invalid_field(&format!("invites[{index}].email"), "must be in the list once"))
        }
    }
}

/// *Why* asked again when an invite is sent again: its new token comes into the hands of whoever asks.
fn check_giver(
    giver: &Giver,
    account_roles: AccountRoles,
    workspace_roles: WorkspaceRoles,
    workspace_ids: &BTreeSet<WorkspaceId>,
) -> Result<(), KeyRefusal> {
    giver.check_person(account_roles, workspace_ids.iter().map(|id| (*id, workspace_roles)).collect())
}

async fn check_no_member(
    change: &mut Change,
    account_id: AccountId,
    index: usize,
    one: &Wanted,
) -> ApiResult<()> {
    let Some(person) = change.tx.find_person_by_email(&one.email_key).await? else { return Ok(()) };
    if change.tx.find_account_member(account_id, person.id).await?.is_none() {
        return Ok(());
    }
    let message = "Somebody in the list belongs to the account already; `fields` says who";
    Err(ApiError::new(ErrorCode::Conflict, message)
        .with_field(&format!("invites[{index}].email"), "must not be a member's"))
}

fn open_already(error: StoreError, index: usize) -> ApiError {
    if !error.is_conflict_on(INVITE_OPEN) {
        return ApiError::from_store(error);
    }
    let message = "Somebody in the list has an invite that is open; send that one again with POST \
                   /accounts/invites/{invite_id}/resend, or delete it";
    ApiError::new(ErrorCode::Conflict, message)
        .with_field(&format!("invites[{index}].email"), "must have no open invite")
}

/// Gives an invite another token and another week; the token before is good for nothing.
pub(crate) async fn send_again(
    app: &App,
    change: &mut Change,
    giver: &Giver,
    actor: &Actor,
    invite: &InviteRow,
) -> ApiResult<Sent> {
    check_giver(giver, invite.account_roles, invite.workspace_roles, &workspace_ids(invite)?)?;
    let token = InviteToken::generate();
    let (now_ms, end_ms) = (change.now_ms, change.now_ms + GOOD_FOR_MS);
    if !change.tx.update_invite_token(invite.account_id, invite.id, &token.digest(), end_ms, now_ms).await? {
        return Err(answered(invite));
    }
    let row = change.tx.find_invite(invite.account_id, invite.id).await?.ok_or_else(no_row)?;
    let entry = line(change, AuditAction::InviteCreated, actor, &row);
    audit::record(&mut change.tx, &app.vault.current(), entry).await?;
    send_letter(app, change, &row, &token).await?;
    Ok(Sent { row, token })
}

/// Has the invite be sent, where letters are.
async fn send_letter(app: &App, change: &mut Change, row: &InviteRow, token: &InviteToken) -> ApiResult<()> {
    match letters::invite_job(app, &app.vault.current(), row, token) {
        Some(job) => change.enqueue(&job).await,
        None => Ok(()),
    }
}

/// What somebody who accepts says of themselves.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) username: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
}

/// Makes the person whom the invite is for a member of the account and of the workspaces that are still there. The person
/// is made where there is none with the address. Answers who it is, and the revision to wait for.
///
/// *Errors*: 409 where it was answered before or has expired, and where the account takes nobody.
pub(crate) async fn accept(
    app: &App,
    change: &mut Change,
    actor: Actor,
    invite: &InviteRow,
    profile: Profile,
) -> ApiResult<(UserId, i64)> {
    check_account_open(change, invite.account_id).await?;
    end(change, invite, InviteEnd::Accepted).await?;
    let user_id = person(app, change, invite, profile).await?;
    let roles = match change.tx.find_account_member(invite.account_id, user_id).await? {
        Some(member) => member.roles.union(invite.account_roles),
        None => invite.account_roles,
    };
    change.tx.upsert_account_member(invite.account_id, user_id, roles, change.now_ms).await?;
    account_limits::check_people(app, &mut change.tx, invite.account_id, change.now_ms).await?;
    for workspace in workspace_ids(invite)? {
        if change.tx.find_workspace(invite.account_id, workspace).await?.is_some() {
            change
                .tx
                .upsert_workspace_member(workspace, user_id, invite.workspace_roles, change.now_ms)
                .await?;
        }
    }
    // Made where they may have belonged to nothing else, by somebody who gets no say in this account.
    change.tx.delete_sign_in_links(Some(user_id)).await?;
    let revision = change.tx.record_auth_change(AuthSubject::Person(user_id)).await?;
    let event = Event::in_account(EventType::InviteAccepted, invite.id);
    change.record(event.about(user_id).with("user_id", user_id));
    let entry = line(change, AuditAction::InviteAccepted, &actor, invite);
    audit::record(&mut change.tx, &app.vault.current(), entry).await?;
    Ok((user_id, revision))
}

/// Ends the invite; nobody becomes a member by it.
pub(crate) async fn reject(
    app: &App,
    change: &mut Change,
    actor: Actor,
    invite: &InviteRow,
) -> ApiResult<()> {
    end(change, invite, InviteEnd::Rejected).await?;
    change.record(Event::in_account(EventType::InviteRejected, invite.id));
    let entry = line(change, AuditAction::InviteRejected, &actor, invite);
    Ok(audit::record(&mut change.tx, &app.vault.current(), entry).await?)
}

/// Forgets the invite; its token is good for nothing. A member it has made stays one.
pub(crate) async fn withdraw(
    app: &App,
    change: &mut Change,
    actor: Actor,
    invite: &InviteRow,
) -> ApiResult<()> {
    change.tx.delete_invite(invite.account_id, invite.id).await?;
    let entry = line(change, AuditAction::InviteDeleted, &actor, invite);
    Ok(audit::record(&mut change.tx, &app.vault.current(), entry).await?)
}

async fn end(change: &mut Change, invite: &InviteRow, end: InviteEnd) -> ApiResult<()> {
    if change.tx.end_invite(invite.id, end, change.now_ms).await? { Ok(()) } else { Err(answered(invite)) }
}

fn answered(invite: &InviteRow) -> ApiError {
    let message = if invite.accepted_at_ms.is_some() {
        "The invite was accepted before; each is good for once"
    } else if invite.rejected_at_ms.is_some() {
        "The invite was rejected before; ask for another one"
    } else {
        "The invite has expired; ask for it to be sent again"
    };
    ApiError::new(ErrorCode::Conflict, message)
}

async fn check_account_open(change: &mut Change, account_id: AccountId) -> ApiResult<()> {
    match change.tx.find_account(account_id).await? {
        Some(account) if account.suspended_at_ms.is_none() => Ok(()),
        _ => Err(ApiError::new(ErrorCode::Conflict, "The account takes nobody just now: it is suspended")),
    }
}

async fn person(app: &App, change: &mut Change, invite: &InviteRow, profile: Profile) -> ApiResult<UserId> {
    if let Some(known) = change.tx.find_person_by_email(&invite.email_key).await? {
        return Ok(known.id);
    }
    let id: UserId = app.clock.new_id();
    let local_part = invite.email.rsplit_once('@').map_or(invite.email.as_str(), |(local, _)| local);
    let person = NewUser {
        id,
        kind: UserKind::Person,
        username: profile.username.unwrap_or_else(|| local_part.to_owned()),
        email: Some(invite.email.clone()),
        first_name: profile.first_name,
        last_name: profile.last_name,
        default_avatar: stock_picture(id),
        created_at_ms: change.now_ms,
    };
    change.tx.insert_user(&person).await?;
    // Two accounts may have invited the same stranger: who comes second tries again, and finds the person.
    change.tx.update_user_invited(id, &invite.email_key, Some(invite.invited_by_user_id)).await.map_err(
        |error| match error {
            StoreError::Conflict { .. } => {
                ApiError::new(ErrorCode::Unavailable, "The person is just being made; try again")
                    .retry_after_s(1)
            }
            other => ApiError::from_store(other),
        },
    )?;
    Ok(id)
}

/// The workspaces that an invite opens.
pub(crate) fn workspace_ids(invite: &InviteRow) -> ApiResult<BTreeSet<WorkspaceId>> {
    let ids = invite.workspace_ids.split(',').filter(|id| !id.is_empty());
    ids.map(str::parse).collect::<Result<_, _>>().map_err(ApiError::internal)
}

fn joined(ids: &BTreeSet<WorkspaceId>) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn line(change: &Change, action: AuditAction, actor: &Actor, invite: &InviteRow) -> Entry {
    let roles = KeyRoles { account: invite.account_roles, workspace: invite.workspace_roles };
    let workspaces: Vec<&str> = invite.workspace_ids.split(',').filter(|id| !id.is_empty()).collect();
    Entry::new(change.now_ms, action, invite.account_id, actor.clone())
        .on(invite.id)
        .with(json!({ "email": invite.email, "roles": roles.names(), "workspace_ids": workspaces }))
}

fn no_row() -> ApiError {
    ApiError::internal("an invite that was just written has no row")
}
