//! A new API key: its service user, its roles, and its first secret.

use std::collections::HashMap;

use mudlark_auth::{KeyId, KeyLimits, KeyRights, Secret, Vault};
use mudlark_store::{AuthSubject, NewApiKey, NewUser, Tx, UserKind};
use mudlark_types::{
    AccountId, AccountRole, AccountRoles, AuditAction, Timestamp, UserId, WorkspaceRole, WorkspaceRoles,
};
use serde_json::json;

use crate::clock::Clock;
use crate::ops::audit::{self, Actor, Entry};
use crate::ops::create_workspace::stock_picture;
use crate::ops::give_secret::give_secret;
use crate::ops::key_limits;
use crate::ops::key_refusal::{Giver, KeyRefusal, MAX_KEYS};

/// The roles a key is given: one list, in which a name can count on two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRoles {
    pub(crate) account: AccountRoles,
    /// Held in every workspace of the account.
    pub(crate) workspace: WorkspaceRoles,
}

impl KeyRoles {
    /// Sorts names into the sides they count on: `admin` counts on both. `owner` brings `admin` in the workspaces.
    pub(crate) fn parse<S: AsRef<str>>(names: &[S]) -> Result<Self, String> {
        let (mut account, mut workspace) = (AccountRoles::EMPTY, WorkspaceRoles::EMPTY);
        for name in names {
            let name = name.as_ref();
            let (on_account, in_workspaces) = (name.parse::<AccountRole>(), name.parse::<WorkspaceRole>());
            if on_account.is_err() && in_workspaces.is_err() {
                return Err(format!(
                    "`{name}` is no role; there are owner, admin, member (of the account) and admin, manage_art, \
                     review, viewer (of its workspaces)"
                ));
            }
            if let Ok(role) = on_account {
                account.insert(role);
            }
            if let Ok(role) = in_workspaces {
                workspace.insert(role);
            }
        }
        if account.contains(AccountRole::Owner) {
            workspace.insert(WorkspaceRole::Admin);
        }
        if account.is_empty() {
            account.insert(AccountRole::Member);
        }
        Ok(Self { account, workspace })
    }

    /// The names in one list again.
    pub(crate) fn names(self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.account.iter().map(AccountRole::as_str).collect();
        names.extend(self.workspace.iter().map(WorkspaceRole::as_str).filter(|name| *name != "admin"));
        if self.workspace.contains(WorkspaceRole::Admin) && !names.contains(&"admin") {
            names.push("admin");
        }
        names
    }
}

/// What a key is made from.
#[derive(Clone, Debug)]
pub(crate) struct KeyRequest<'a> {
    pub(crate) account_id: AccountId,
    pub(crate) name: &'a str,
    pub(crate) roles: KeyRoles,
    pub(crate) limits: KeyLimits,
    pub(crate) expires_at_ms: Option<i64>,
    pub(crate) giver: Giver,
    /// For the audit trail.
    pub(crate) actor: Actor,
}

impl<'a> KeyRequest<'a> {
    /// A key that the operator makes, without limits.
    pub(crate) fn of_operator(account_id: AccountId, name: &'a str, roles: KeyRoles) -> Self {
        let (limits, giver, actor) = (KeyLimits::default(), Giver::Operator, Actor::operator());
        Self { account_id, name, roles, limits, expires_at_ms: None, giver, actor }
    }
}

/// A key as it is shown once.
pub(crate) struct CreatedKey {
    pub(crate) key_id: KeyId,
    pub(crate) secret: Secret,
    pub(crate) user_id: UserId,
    pub(crate) revision: i64,
}

/// Makes the key inside the transaction. What the request leaves open is narrowed as the giver is.
///
/// *Errors*: [`KeyRefusal`]; a giver gives no more than it has.
pub(crate) async fn create_key(
    clock: &Clock,
    vault: &Vault,
    tx: &mut Tx,
    request: KeyRequest<'_>,
) -> Result<CreatedKey, KeyRefusal> {
    let KeyRequest { account_id, name, roles, limits, expires_at_ms, giver, actor } = request;
    let rights = KeyRights {
        account_roles: roles.account,
        workspace_roles: roles.workspace,
        memberships: HashMap::new(),
        limits,
        expires_at_ms,
    };
    let KeyRights { limits, expires_at_ms, .. } = inherited(rights, &giver)?;
    check_workspaces(tx, account_id, &limits).await?;
    let now_ms = clock.now_ms();
    if tx.count_usable_api_keys(account_id, now_ms).await? >= MAX_KEYS {
        return Err(KeyRefusal::TooMany);
    }
    let key_id = KeyId::generate();
    let user_id: UserId = clock.new_id();
    tx.insert_user(&NewUser {
        id: user_id,
        kind: UserKind::Service,
        username: name.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        default_avatar: stock_picture(user_id),
        created_at_ms: now_ms,
    })
    .await?;
    tx.upsert_account_member(account_id, user_id, roles.account, now_ms).await?;
    let (workspace_ids, networks) = key_limits::texts(&limits);
    tx.insert_api_key(&NewApiKey {
        key_id: key_id.to_string(),
        account_id,
        user_id,
        name: name.to_owned(),
        workspace_roles: roles.workspace,
        scopes: limits.scopes,
        workspace_ids,
        networks,
        created_by_user_id: giver.user_id(),
        expires_at_ms,
        created_at_ms: now_ms,
    })
    .await?;
    let secret = give_secret(vault, tx, &key_id, 1, now_ms).await?;
    let revision = tx.record_auth_change(AuthSubject::Key(key_id.to_string())).await?;
    let entry = Entry::new(now_ms, AuditAction::KeyCreated, account_id, actor).on(&key_id);
    let details = json!({
        "name": name,
        "roles": roles.names(),
        "scopes": limits.scopes,
        "workspace_ids": limits.workspace_ids,
        "networks": limits.networks.as_ref().map(|networks| networks.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "expires_at": expires_at_ms.map(Timestamp),
    });
    audit::record(tx, vault, entry.with(details)).await?;
    Ok(CreatedKey { key_id, secret, user_id, revision })
}

/// The rights with the giver's limits and end where none were asked for, once the giver may give them.
fn inherited(mut rights: KeyRights, giver: &Giver) -> Result<KeyRights, KeyRefusal> {
    if let Giver::Key { rights: has, .. } = giver {
        let (limits, theirs) = (&mut rights.limits, has.limits.clone());
        limits.scopes = limits.scopes.or(theirs.scopes);
        limits.workspace_ids = limits.workspace_ids.take().or(theirs.workspace_ids);
        limits.networks = limits.networks.take().or(theirs.networks);
        rights.expires_at_ms = rights.expires_at_ms.or(has.expires_at_ms);
    }
    giver.check(&rights)?;
    Ok(rights)
}

/// *Errors*: [`KeyRefusal::UnknownWorkspace`] for the first that is no live one of the account.
pub(crate) async fn check_workspaces(
    tx: &mut Tx,
    account_id: AccountId,
    limits: &KeyLimits,
) -> Result<(), KeyRefusal> {
    for id in limits.workspace_ids.iter().flatten() {
        if tx.find_workspace(account_id, *id).await?.is_none() {
            return Err(KeyRefusal::UnknownWorkspace(*id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_counts_in_the_account_and_in_its_workspaces() {
        let roles = KeyRoles::parse(&["admin"]).unwrap();
        assert!(roles.account.contains(AccountRole::Admin) && roles.workspace.contains(WorkspaceRole::Admin));
        assert_eq!(roles.names(), ["admin"]);
    }

    #[test]
    fn workspace_role_alone_makes_a_plain_member_of_the_account() {
        let roles = KeyRoles::parse(&["Viewer"]).unwrap();
        assert_eq!(roles.account.to_string(), "member");
        assert_eq!(roles.workspace.to_string(), "viewer");
    }

    #[test]
    fn owner_enters_the_workspaces_and_unknown_names_are_refused() {
        assert!(KeyRoles::parse(&["owner"]).unwrap().workspace.contains(WorkspaceRole::Admin));
        assert!(KeyRoles::parse(&["root"]).is_err());
    }
}
