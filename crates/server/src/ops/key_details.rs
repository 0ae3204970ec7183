//! A key with all that is shown of it, read from the database: its row, its roles, the dates of its secrets.

use std::collections::HashMap;

use mudlark_auth::KeyRights;
use mudlark_store::{ApiKeyRow, ApiKeySecretRow, Session, StoreError};
use mudlark_types::{AccountId, AccountRoles, UserId};

use crate::ops::create_key::KeyRoles;
use crate::ops::key_limits;
use crate::ops::key_refusal::KeyRefusal;

/// A key as it stands in the database.
pub(crate) struct KeyDetails {
    pub(crate) row: ApiKeyRow,
    pub(crate) account_roles: AccountRoles,
    /// All it ever had, oldest first.
    pub(crate) secrets: Vec<ApiKeySecretRow>,
}

impl KeyDetails {
    /// Its roles in one list.
    pub(crate) fn roles(&self) -> KeyRoles {
        KeyRoles { account: self.account_roles, workspace: self.row.workspace_roles }
    }

    /// *Errors*: [`KeyRefusal::Revoked`], [`KeyRefusal::Expired`].
    pub(crate) fn check_usable(&self, now_ms: i64) -> Result<(), KeyRefusal> {
        if self.row.revoked_at_ms.is_some() {
            Err(KeyRefusal::Revoked)
        } else if self.row.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms) {
            Err(KeyRefusal::Expired)
        } else {
            Ok(())
        }
    }

    /// What the key may do.
    pub(crate) async fn rights(&self, session: &mut Session) -> Result<KeyRights, KeyRefusal> {
        let memberships = session.list_workspace_roles_of_user(self.row.user_id).await?;
        Ok(KeyRights {
            account_roles: self.account_roles,
            workspace_roles: self.row.workspace_roles,
            memberships: memberships.into_iter().collect(),
            limits: key_limits::of_row(&self.row).map_err(KeyRefusal::Damaged)?,
            expires_at_ms: self.row.expires_at_ms,
        })
    }
}

/// The account's key of this public id.
pub(crate) async fn find(
    session: &mut Session,
    account_id: AccountId,
    key_id: &str,
) -> Result<Option<KeyDetails>, StoreError> {
    match session.find_api_key_in_account(account_id, key_id).await? {
        Some(row) => Ok(of_rows(session, account_id, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// The account's key that acts as this user.
pub(crate) async fn find_of_user(
    session: &mut Session,
    account_id: AccountId,
    user_id: UserId,
) -> Result<Option<KeyDetails>, StoreError> {
    match session.find_api_key_of_user(account_id, user_id).await? {
        Some(row) => Ok(of_rows(session, account_id, vec![row]).await?.pop()),
        None => Ok(None),
    }
}

/// Keys of one account, in the order of their rows.
pub(crate) async fn of_rows(
    session: &mut Session,
    account_id: AccountId,
    rows: Vec<ApiKeyRow>,
) -> Result<Vec<KeyDetails>, StoreError> {
    let user_ids: Vec<UserId> = rows.iter().map(|row| row.user_id).collect();
    let members = session.list_account_members_by_ids(account_id, &user_ids).await?;
    let roles: HashMap<UserId, AccountRoles> =
        members.into_iter().map(|member| (member.user_id, member.roles)).collect();
    let mut secrets: HashMap<String, Vec<ApiKeySecretRow>> = HashMap::new();
    for secret in session.list_api_key_secrets_of_users(account_id, &user_ids).await? {
        secrets.entry(secret.key_id.clone()).or_default().push(secret);
    }
    let details = rows.into_iter().map(|row| KeyDetails {
        account_roles: roles.get(&row.user_id).copied().unwrap_or_default(),
        secrets: secrets.remove(&row.key_id).unwrap_or_default(),
        row,
    });
    Ok(details.collect())
}
