//! A change of who belongs to an account or a workspace, and with which roles: of people, and of keys as far as they are
//! members. Each takes place inside a transaction that holds the account's sequence, and leaves its line in the trail.
//! What a key may do everywhere is `change_key`'s matter; where the two would say different things, it is refused here.

use std::collections::{BTreeSet, HashMap};

use mudlark_auth::{KeyLimits, KeyRights, may_grant};
use mudlark_store::{AuthSubject, UserKind};
use mudlark_types::{
    AccountId, AccountRole, AccountRoles, AuditAction, ErrorCode, EventType, UserId, WorkspaceId,
    WorkspaceRoles,
};
use serde_json::json;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::ops::key_details::{self, KeyDetails};
use crate::ops::key_refusal::{Giver, KeyRefusal};
use crate::ops::last_owner;
use crate::ops::revoke::revoke_key;

/// Who changes a member, and in which account.
pub(crate) struct By {
    pub(crate) account_id: AccountId,
    pub(crate) giver: Giver,
    /// For the audit trail.
    pub(crate) actor: Actor,
}

/// A member of the account: a person, or a key.
struct Member {
    roles: AccountRoles,
    key: Option<KeyDetails>,
}

impl Member {
    async fn find(change: &mut Change, account_id: AccountId, user_id: UserId) -> ApiResult<Option<Self>> {
        let Some(row) = change.tx.find_account_member(account_id, user_id).await? else { return Ok(None) };
        let user = change.tx.find_user(user_id).await?;
        let key = match user {
            Some(user) if user.kind == UserKind::Service => {
                key_details::find_of_user(&mut change.tx, account_id, user_id).await?
            }
            _ => None,
        };
        Ok(Some(Self { roles: row.roles, key }))
    }

    async fn get(change: &mut Change, account_id: AccountId, user_id: UserId) -> ApiResult<Self> {
        let found = Self::find(change, account_id, user_id).await?;
        found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such member in this account"))
    }

    /// Tells the live tables. Answers the revision to wait for.
    async fn record_change(&self, change: &mut Change, user_id: UserId) -> ApiResult<i64> {
        let subject = match &self.key {
            Some(key) => AuthSubject::Key(key.row.key_id.clone()),
            None => AuthSubject::Person(user_id),
        };
        Ok(change.tx.record_auth_change(subject).await?)
    }
}

/// Gives a member of the account these roles in a workspace, in place of those it has there. Answers the revision.
///
/// *Errors*: 404 where there is no such member of the account; 409 for a key whose own roles or limits say something
/// else; 403 where the giver has less.
pub(crate) async fn put_in_workspace(
    app: &App,
    change: &mut Change,
    by: By,
    workspace_id: WorkspaceId,
    user_id: UserId,
    roles: WorkspaceRoles,
) -> ApiResult<i64> {
    let member = Member::get(change, by.account_id, user_id).await?;
    let memberships = HashMap::from([(workspace_id, roles)]);
    match &member.key {
        Some(key) => {
            key.check_usable(change.now_ms)?;
            let rights = key.rights(&mut change.tx).await?;
            check_key_can_have(&rights, workspace_id, roles)?;
            by.giver.check(&in_workspace(&rights, workspace_id, memberships))?;
        }
        None => by.giver.check_person(AccountRoles::EMPTY, memberships)?,
    }
    let before = change.tx.find_workspace_member(workspace_id, user_id).await?.map(|row| row.roles);
    change.tx.upsert_workspace_member(workspace_id, user_id, roles, change.now_ms).await?;
    let revision = member.record_change(change, user_id).await?;
    let event = Event::in_workspace(workspace_id, EventType::WorkspaceMemberUpdated, user_id);
    change.record(event.about(user_id).with("roles", roles));
    let details = json!({ "workspace_id": workspace_id, "from": before, "to": roles });
    record(app, change, by, AuditAction::MemberRolesChanged, user_id, details).await?;
    Ok(revision)
}

/// Takes a member out of a workspace. Answers the revision.
///
/// *Errors*: 404 where it is no member of it; 409 for a key that would still be let in.
pub(crate) async fn remove_from_workspace(
    app: &App,
    change: &mut Change,
    by: By,
    workspace_id: WorkspaceId,
    user_id: UserId,
) -> ApiResult<i64> {
    let Some(row) = change.tx.find_workspace_member(workspace_id, user_id).await? else {
        return Err(ApiError::not_found("member"));
    };
    let member = Member::get(change, by.account_id, user_id).await?;
    if let Some(key) = &member.key
        && key.check_usable(change.now_ms).is_ok()
        && !key.row.workspace_roles.is_empty()
    {
        return Err(has_roles_everywhere(key));
    }
    change.tx.delete_workspace_member(workspace_id, user_id).await?;
    let revision = member.record_change(change, user_id).await?;
    let event = Event::in_workspace(workspace_id, EventType::WorkspaceMemberRemoved, user_id);
    change.record(event.about(user_id));
    let details = json!({ "workspace_id": workspace_id, "from": row.roles });
    record(app, change, by, AuditAction::MemberRemoved, user_id, details).await?;
    Ok(revision)
}

/// Gives a person other roles in the account. Answers the revision.
///
/// *Errors*: 404; 409 for a key, and for the last owner; 403 where the giver has less than the roles before or after.
pub(crate) async fn put_in_account(
    app: &App,
    change: &mut Change,
    by: By,
    user_id: UserId,
    roles: AccountRoles,
) -> ApiResult<i64> {
    let member = Member::get(change, by.account_id, user_id).await?;
    if let Some(key) = &member.key {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            format!(
                "This member is an API key: its roles are changed with PATCH /accounts/api-keys/{}",
                key.row.key_id
            ),
        ));
    }
    check_may_touch(&by.giver, member.roles)?;
    by.giver.check_person(roles, HashMap::new())?;
    if member.roles.contains(AccountRole::Owner) && !roles.contains(AccountRole::Owner) {
        last_owner::check_not_last(&mut change.tx, by.account_id, user_id, change.now_ms).await?;
    }
    change.tx.upsert_account_member(by.account_id, user_id, roles, change.now_ms).await?;
    let revision = member.record_change(change, user_id).await?;
    let event = Event::in_account(EventType::AccountMemberUpdated, user_id);
    change.record(event.about(user_id).with("roles", roles));
    let details = json!({ "from": member.roles, "to": roles });
    record(app, change, by, AuditAction::MemberRolesChanged, user_id, details).await?;
    Ok(revision)
}

/// Takes a member out of the account and all its workspaces; a key is revoked. Answers the revision.
///
/// *Errors*: 404; 409 for the last owner; 403 where the giver has less than the member.
pub(crate) async fn remove_from_account(
    app: &App,
    change: &mut Change,
    by: By,
    user_id: UserId,
) -> ApiResult<i64> {
    let member = Member::get(change, by.account_id, user_id).await?;
    check_may_touch(&by.giver, member.roles)?;
    if member.roles.contains(AccountRole::Owner) {
        last_owner::check_not_last(&mut change.tx, by.account_id, user_id, change.now_ms).await?;
    }
    if let Some(key) = &member.key {
        revoke_key(&mut change.tx, &key.row.key_id, change.now_ms).await?;
        let entry = Entry::new(change.now_ms, AuditAction::KeyRevoked, by.account_id, by.actor.clone());
        audit::record(&mut change.tx, &app.vault.current(), entry.on(&key.row.key_id)).await?;
    }
    change.tx.delete_account_member(by.account_id, user_id).await?;
    let revision = member.record_change(change, user_id).await?;
    change.record(Event::in_account(EventType::AccountMemberRemoved, user_id).about(user_id));
    let details = json!({ "from": member.roles });
    record(app, change, by, AuditAction::MemberRemoved, user_id, details).await?;
    Ok(revision)
}

/// A key's membership only adds to what it may do everywhere, and only where it is not narrowed to other workspaces.
fn check_key_can_have(rights: &KeyRights, workspace: WorkspaceId, roles: WorkspaceRoles) -> ApiResult<()> {
    if !rights.limits.allow_workspace(workspace) {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "This member is an API key that is narrowed to other workspaces; make a key that is not",
        ));
    }
    let bare = |workspace_roles| KeyRights {
        account_roles: AccountRoles::EMPTY,
        workspace_roles,
        memberships: HashMap::new(),
        limits: KeyLimits::default(),
        expires_at_ms: None,
    };
    if may_grant(&bare(roles), &bare(rights.workspace_roles)).is_err() {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            format!(
                "This member is an API key that is {} in every workspace, and a membership takes nothing away; narrow \
                 the key with PATCH /accounts/api-keys/{{key_id}}",
                rights.workspace_roles
            ),
        ));
    }
    Ok(())
}

/// What a key may do in one workspace, with these memberships.
fn in_workspace(
    rights: &KeyRights,
    workspace: WorkspaceId,
    memberships: HashMap<WorkspaceId, WorkspaceRoles>,
) -> KeyRights {
    KeyRights {
        account_roles: AccountRoles::EMPTY,
        workspace_roles: WorkspaceRoles::EMPTY,
        memberships,
        limits: KeyLimits { workspace_ids: Some(BTreeSet::from([workspace])), ..rights.limits.clone() },
        expires_at_ms: rights.expires_at_ms,
    }
}

fn has_roles_everywhere(key: &KeyDetails) -> ApiError {
    ApiError::new(
        ErrorCode::Conflict,
        format!(
            "This member is an API key that is {} in every workspace, and would still be let in; narrow or revoke it at \
             /accounts/api-keys/{}",
            key.row.workspace_roles, key.row.key_id
        ),
    )
}

/// Who has less takes nothing away.
fn check_may_touch(giver: &Giver, roles: AccountRoles) -> ApiResult<()> {
    match giver.check_person(roles, HashMap::new()) {
        Err(KeyRefusal::ExceedsGiver(_)) => Err(ApiError::new(
            ErrorCode::ExceedsCaller,
            "The member has roles that the caller has not: only an owner changes or removes an owner",
        )
        .with_field("member_id", "must have no more than the caller has")),
        other => Ok(other?),
    }
}

async fn record(
    app: &App,
    change: &mut Change,
    by: By,
    action: AuditAction,
    user_id: UserId,
    details: serde_json::Value,
) -> ApiResult<()> {
    let entry = Entry::new(change.now_ms, action, by.account_id, by.actor).on(user_id).with(details);
    Ok(audit::record(&mut change.tx, &app.vault.current(), entry).await?)
}
