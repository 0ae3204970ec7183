//! API keys and the codes by which their secrets are recognised. The secrets themselves are never here.

use std::fmt;

use mudlark_types::{AccountId, Scopes, UserId, WorkspaceRoles};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};

row! {
    /// An API key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ApiKeyRow from "k" as api_key_columns {
        /// Its public id.
        key_id: String,
        /// The account it belongs to.
        account_id: AccountId,
        /// The service user it acts as.
        user_id: UserId,
        /// Its name, as shown.
        name: String,
        /// Its roles in every workspace of the account.
        workspace_roles: WorkspaceRoles,
        /// The scopes it is narrowed to.
        scopes: Option<Scopes>,
        /// The workspaces it is narrowed to: ids with commas between.
        workspace_ids: Option<String>,
        /// The networks it is narrowed to: CIDR with commas between.
        networks: Option<String>,
        /// Who made it; nobody of the account where the operator did.
        created_by_user_id: Option<UserId>,
        /// When it ends by itself.
        expires_at_ms: Option<i64>,
        /// Since when it is revoked.
        revoked_at_ms: Option<i64>,
        /// When it was last used, to about a minute.
        last_used_at_ms: Option<i64>,
        /// From where it was last used.
        last_used_ip: Option<String>,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed; use is no change.
        updated_at_ms: i64,
    }
}

row! {
    /// What one secret of a key is recognised by.
    #[derive(Clone, PartialEq, Eq)]
    pub struct ApiKeySecretRow from "s" as api_key_secret_columns {
        /// The key.
        key_id: String,
        /// Which of the key's secrets, from 1.
        version: i64,
        /// The pepper under which the code was made.
        pepper_id: i64,
        /// The code.
        mac: Vec<u8>,
        /// When the secret was made.
        created_at_ms: i64,
        /// When it ends by itself.
        expires_at_ms: Option<i64>,
        /// Since when it is revoked.
        revoked_at_ms: Option<i64>,
    }
}

/// Leaves the code out: logs are read by more people than the database is.
impl fmt::Debug for ApiKeySecretRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeySecretRow")
            .field("key_id", &self.key_id)
            .field("version", &self.version)
            .field("pepper_id", &self.pepper_id)
            .finish_non_exhaustive()
    }
}

/// What an API key is made from.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its public id.
    pub key_id: String,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The service user it acts as.
    pub user_id: UserId,
    /// Its name, as shown.
    pub name: String,
    /// Its roles in every workspace of the account.
    pub workspace_roles: WorkspaceRoles,
    /// The scopes it is narrowed to.
    pub scopes: Option<Scopes>,
    /// The workspaces it is narrowed to: ids with commas between.
    pub workspace_ids: Option<String>,
    /// The networks it is narrowed to: CIDR with commas between.
    pub networks: Option<String>,
    /// Who makes it; nobody of the account where the operator does.
    pub created_by_user_id: Option<UserId>,
    /// When it ends by itself.
    pub expires_at_ms: Option<i64>,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What a secret of a key is kept as.
#[derive(Clone)]
pub struct NewApiKeySecret {
    /// The key.
    pub key_id: String,
    /// Which of the key's secrets, from 1.
    pub version: i64,
    /// The pepper under which the code was made.
    pub pepper_id: i64,
    /// The code.
    pub mac: Vec<u8>,
    /// When the secret is made.
    pub created_at_ms: i64,
    /// When it ends by itself.
    pub expires_at_ms: Option<i64>,
}

/// What of a key can be changed, as it is to be afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyChanges {
    /// Its name, as shown.
    pub name: String,
    /// Its roles in every workspace of the account.
    pub workspace_roles: WorkspaceRoles,
    /// The scopes it is narrowed to.
    pub scopes: Option<Scopes>,
    /// The workspaces it is narrowed to: ids with commas between.
    pub workspace_ids: Option<String>,
    /// The networks it is narrowed to: CIDR with commas between.
    pub networks: Option<String>,
    /// When it ends by itself.
    pub expires_at_ms: Option<i64>,
}

impl Session {
    /// The key of this public id, revoked or not.
    pub async fn find_api_key(&mut self, key_id: &str) -> Result<Option<ApiKeyRow>> {
        let sql = concat!("SELECT ", api_key_columns!(), " FROM api_keys k WHERE k.key_id = $1");
        self.fetch_optional(sql, params![key_id]).await
    }

    /// The account's key of this public id, revoked or not.
    pub async fn find_api_key_in_account(
        &mut self,
        account_id: AccountId,
        key_id: &str,
    ) -> Result<Option<ApiKeyRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_columns!(),
            " FROM api_keys k WHERE k.key_id = $1 AND k.account_id = $2"
        );
        self.fetch_optional(sql, params![key_id, account_id]).await
    }

    /// The account's keys, revoked ones too, oldest first. In a page's place in the list stands the service user's id,
    /// which a key shares with no other.
    pub async fn list_api_keys(&mut self, account_id: AccountId, page: Page) -> Result<Vec<ApiKeyRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_columns!(),
            " FROM api_keys k WHERE k.account_id = $1 AND (k.created_at_ms, k.user_id) > ($2, $3) \
             ORDER BY k.created_at_ms, k.user_id LIMIT $4"
        );
        let (after_ms, after_id) = page.start();
        self.fetch_many(sql, params![account_id, after_ms, after_id, page.limit]).await
    }

    /// How many keys the account has, revoked ones too.
    pub async fn count_api_keys(&mut self, account_id: AccountId) -> Result<i64> {
        let (count,) = self
            .fetch_one("SELECT COUNT(*) FROM api_keys WHERE account_id = $1", params![account_id])
            .await?;
        Ok(count)
    }

    /// Every key, revoked ones too: for start-up.
    pub async fn list_all_api_keys(&mut self) -> Result<Vec<ApiKeyRow>> {
        let sql = concat!("SELECT ", api_key_columns!(), " FROM api_keys k ORDER BY k.key_id");
        self.fetch_many(sql, params![]).await
    }

    /// Every key's secrets, revoked ones too: for start-up.
    pub async fn list_all_api_key_secrets(&mut self) -> Result<Vec<ApiKeySecretRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_secret_columns!(),
            " FROM api_key_secrets s ORDER BY s.key_id, s.version"
        );
        self.fetch_many(sql, params![]).await
    }

    /// The key's secrets, revoked ones too, in the order of their versions.
    pub async fn list_api_key_secrets(&mut self, key_id: &str) -> Result<Vec<ApiKeySecretRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_secret_columns!(),
            " FROM api_key_secrets s WHERE s.key_id = $1 ORDER BY s.version"
        );
        self.fetch_few(sql, params![key_id]).await
    }

    /// The secrets of the key that are good at this time, in the order of their versions: two at most.
    pub async fn list_live_api_key_secrets(
        &mut self,
        key_id: &str,
        now_ms: i64,
    ) -> Result<Vec<ApiKeySecretRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_secret_columns!(),
            " FROM api_key_secrets s WHERE s.key_id = $1 AND s.revoked_at_ms IS NULL \
             AND (s.expires_at_ms IS NULL OR s.expires_at_ms > $2) ORDER BY s.version"
        );
        self.fetch_few(sql, params![key_id, now_ms]).await
    }

    /// The secrets of the account's keys that act as these users, revoked ones too, in the order of key and version.
    pub async fn list_api_key_secrets_of_users(
        &mut self,
        account_id: AccountId,
        user_ids: &[UserId],
    ) -> Result<Vec<ApiKeySecretRow>> {
        let mut secrets = Vec::new();
        for ids in user_ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(2, ids.len());
            let sql = format!(
                "SELECT {} FROM api_keys k JOIN api_key_secrets s ON s.key_id = k.key_id \
                 WHERE k.account_id = $1 AND k.user_id IN ({placeholders}) ORDER BY s.key_id, s.version",
                api_key_secret_columns!()
            );
            let mut params = vec![account_id.into()];
            params.extend(padded_ids(ids, count));
            secrets.extend(self.fetch_many(&sql, &params).await?);
        }
        Ok(secrets)
    }

    /// Secrets of all accounts that are good at this time, of keys that are, after a key and a version: for finding
    /// the key of a secret that was handed in without one.
    pub async fn list_live_api_key_secrets_after(
        &mut self,
        (key_id, version): (&str, i64),
        now_ms: i64,
        limit: i64,
    ) -> Result<Vec<ApiKeySecretRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_secret_columns!(),
            " FROM api_key_secrets s JOIN api_keys k ON k.key_id = s.key_id \
             WHERE (s.key_id, s.version) > ($1, $2) AND s.revoked_at_ms IS NULL AND k.revoked_at_ms IS NULL \
             AND (s.expires_at_ms IS NULL OR s.expires_at_ms > $3) \
             AND (k.expires_at_ms IS NULL OR k.expires_at_ms > $3) ORDER BY s.key_id, s.version LIMIT $4"
        );
        self.fetch_many(sql, params![key_id, version, now_ms, limit]).await
    }

    /// Each pepper that secrets still depend on, with how many do: those neither revoked nor expired. A key that has
    /// expired counts: it may be given more time.
    pub async fn count_live_secrets_by_pepper(&mut self, now_ms: i64) -> Result<Vec<(i64, i64)>> {
        let sql = "SELECT s.pepper_id, COUNT(*) FROM api_key_secrets s JOIN api_keys k ON k.key_id = s.key_id \
                   WHERE s.revoked_at_ms IS NULL AND (s.expires_at_ms IS NULL OR s.expires_at_ms > $1) \
                   AND k.revoked_at_ms IS NULL GROUP BY s.pepper_id ORDER BY s.pepper_id";
        self.fetch_many(sql, params![now_ms]).await
    }
}

impl Tx {
    /// Makes a key, not revoked and never used.
    pub async fn insert_api_key(&mut self, key: &NewApiKey) -> Result<()> {
        let sql = "INSERT INTO api_keys (key_id, account_id, user_id, name, workspace_roles, scopes, workspace_ids, \
                   networks, created_by_user_id, expires_at_ms, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
        let params = params![
            &key.key_id,
            key.account_id,
            key.user_id,
            &key.name,
            key.workspace_roles,
            key.scopes,
            key.workspace_ids.as_deref(),
            key.networks.as_deref(),
            key.created_by_user_id,
            key.expires_at_ms,
            key.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Keeps what a secret is recognised by.
    pub async fn insert_api_key_secret(&mut self, secret: &NewApiKeySecret) -> Result<()> {
        let sql = "INSERT INTO api_key_secrets (key_id, version, pepper_id, mac, created_at_ms, expires_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let params = params![
            &secret.key_id,
            secret.version,
            secret.pepper_id,
            &secret.mac,
            secret.created_at_ms,
            secret.expires_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Revokes a key for good. Answers false when it is unknown or was revoked before.
    pub async fn update_api_key_revoked(&mut self, key_id: &str, now_ms: i64) -> Result<bool> {
        let sql = "UPDATE api_keys SET revoked_at_ms = $2, updated_at_ms = $2 \
                   WHERE key_id = $1 AND revoked_at_ms IS NULL";
        self.execute_one(sql, params![key_id, now_ms]).await
    }

    /// Changes a key. Answers whether the account has it.
    pub async fn update_api_key(
        &mut self,
        account_id: AccountId,
        key_id: &str,
        changes: &ApiKeyChanges,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE api_keys SET name = $3, workspace_roles = $4, scopes = $5, workspace_ids = $6, \
                   networks = $7, expires_at_ms = $8, updated_at_ms = $9 WHERE account_id = $1 AND key_id = $2";
        let params = params![
            account_id,
            key_id,
            &changes.name,
            changes.workspace_roles,
            changes.scopes,
            changes.workspace_ids.as_deref(),
            changes.networks.as_deref(),
            changes.expires_at_ms,
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Revokes one secret for good. Answers false when it is unknown or was revoked before.
    pub async fn update_api_key_secret_revoked(
        &mut self,
        key_id: &str,
        version: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE api_key_secrets SET revoked_at_ms = $3 \
                   WHERE key_id = $1 AND version = $2 AND revoked_at_ms IS NULL";
        self.execute_one(sql, params![key_id, version, now_ms]).await
    }

    /// Lets one secret end at a time. Answers whether there is such a secret.
    pub async fn update_api_key_secret_expiry(
        &mut self,
        key_id: &str,
        version: i64,
        expires_at_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE api_key_secrets SET expires_at_ms = $3 WHERE key_id = $1 AND version = $2";
        self.execute_one(sql, params![key_id, version, expires_at_ms]).await
    }

    /// Keeps a secret's code under another pepper. Answers whether there is such a secret.
    pub async fn update_api_key_secret_mac(
        &mut self,
        key_id: &str,
        version: i64,
        pepper_id: i64,
        mac: &[u8],
    ) -> Result<bool> {
        let sql = "UPDATE api_key_secrets SET pepper_id = $3, mac = $4 WHERE key_id = $1 AND version = $2";
        self.execute_one(sql, params![key_id, version, pepper_id, mac]).await
    }

    /// Notes a use of the key, unless one at or after `only_if_before_ms` is noted already. Answers whether it did.
    pub async fn update_api_key_last_used(
        &mut self,
        key_id: &str,
        now_ms: i64,
        ip: Option<&str>,
        only_if_before_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE api_keys SET last_used_at_ms = $2, last_used_ip = $3 \
                   WHERE key_id = $1 AND (last_used_at_ms IS NULL OR last_used_at_ms < $4)";
        self.execute_one(sql, params![key_id, now_ms, ip, only_if_before_ms]).await
    }
}
