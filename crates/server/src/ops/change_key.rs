//! A change of a key's name, roles, limits or end. It only ever takes away: what it leaves must lie within what the
//! key had, and within what the giver has.

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;
use mudlark_auth::{KeyLimits, KeyRights, may_grant};
use mudlark_store::{ApiKeyChanges, AuthSubject, Tx};
use mudlark_types::{AccountRoles, Scopes, WorkspaceId};

use crate::ops::create_key::{KeyRoles, check_workspaces};
use crate::ops::key_details::KeyDetails;
use crate::ops::key_limits;
use crate::ops::key_refusal::{Giver, KeyRefusal};

/// What is to change. The inner `None` of a limit is none at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyPatch {
    pub(crate) name: Option<String>,
    pub(crate) roles: Option<KeyRoles>,
    pub(crate) scopes: Option<Option<Scopes>>,
    pub(crate) workspace_ids: Option<Option<BTreeSet<WorkspaceId>>>,
    pub(crate) networks: Option<Option<Vec<IpNet>>>,
    pub(crate) expires_at_ms: Option<Option<i64>>,
}

/// Changes the key, inside a transaction that holds the account's sequence. Answers the revision.
///
/// Roles that are given hold everywhere: where the key has more in a single workspace (one that it made, say), it
/// keeps these alone.
pub(crate) async fn change_key(
    tx: &mut Tx,
    key: &KeyDetails,
    giver: &Giver,
    patch: KeyPatch,
    now_ms: i64,
) -> Result<i64, KeyRefusal> {
    key.check_usable(now_ms)?;
    let before = key.rights(tx).await?;
    let after = applied(&before, &patch);
    may_grant(&before, &after).map_err(KeyRefusal::Widens)?;
    giver.check(&after)?;
    if patch.workspace_ids.is_some() {
        check_workspaces(tx, key.row.account_id, &after.limits).await?;
    }
    let (account_id, user_id) = (key.row.account_id, key.row.user_id);
    let (workspace_ids, networks) = key_limits::texts(&after.limits);
    let changes = ApiKeyChanges {
        name: patch.name.unwrap_or_else(|| key.row.name.clone()),
        workspace_roles: after.workspace_roles,
        scopes: after.limits.scopes,
        workspace_ids,
        networks,
        expires_at_ms: after.expires_at_ms,
    };
    tx.update_api_key(account_id, &key.row.key_id, &changes, now_ms).await?;
    if changes.name != key.row.name {
        tx.update_user_username(user_id, &changes.name, now_ms).await?;
    }
    if after.account_roles != before.account_roles {
        tx.upsert_account_member(account_id, user_id, after.account_roles, now_ms).await?;
    }
    for (workspace, roles) in &after.memberships {
        if before.memberships.get(workspace) != Some(roles) {
            tx.upsert_workspace_member(*workspace, user_id, *roles, now_ms).await?;
        }
    }
    Ok(tx.record_auth_change(AuthSubject::Key(key.row.key_id.clone())).await?)
}

fn applied(before: &KeyRights, patch: &KeyPatch) -> KeyRights {
    let mut after = before.clone();
    if let Some(roles) = patch.roles {
        after.account_roles = roles.account;
        after.workspace_roles = roles.workspace;
        let everywhere = KeyRights {
            account_roles: AccountRoles::EMPTY,
            workspace_roles: roles.workspace,
            memberships: HashMap::new(),
            limits: KeyLimits::default(),
            expires_at_ms: None,
        };
        for single in after.memberships.values_mut() {
            let alone = KeyRights { workspace_roles: *single, ..everywhere.clone() };
            if may_grant(&everywhere, &alone).is_err() {
                *single = roles.workspace;
            }
        }
    }
    if let Some(scopes) = patch.scopes {
        after.limits.scopes = scopes;
    }
    if let Some(workspace_ids) = &patch.workspace_ids {
        after.limits.workspace_ids.clone_from(workspace_ids);
    }
    if let Some(networks) = &patch.networks {
        after.limits.networks.clone_from(networks);
    }
    if let Some(expires_at_ms) = patch.expires_at_ms {
        after.expires_at_ms = expires_at_ms;
    }
    after
}
