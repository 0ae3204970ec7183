//! API keys and the codes by which their secrets are recognised. The secrets themselves are never here.

use std::fmt;

use mudlark_types::{AccountId, Scopes, UserId, WorkspaceRoles};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

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

impl Session {
    /// The key of this public id, revoked or not.
    pub async fn find_api_key(&mut self, key_id: &str) -> Result<Option<ApiKeyRow>> {
        let sql = concat!("SELECT ", api_key_columns!(), " FROM api_keys k WHERE k.key_id = $1");
        self.fetch_optional(sql, params![key_id]).await
    }

    /// The account's keys, revoked ones too, oldest first.
    pub async fn list_api_keys(&mut self, account_id: AccountId) -> Result<Vec<ApiKeyRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_columns!(),
            " FROM api_keys k WHERE k.account_id = $1 ORDER BY k.created_at_ms, k.key_id"
        );
        self.fetch_many(sql, params![account_id]).await
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
