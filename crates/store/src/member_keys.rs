//! API keys as members: found by the service user that they act as, and counted. Keys by their public id are in
//! `api_keys`.

use mudlark_types::{AccountId, UserId};

use crate::api_keys::ApiKeyRow;
use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::params;

impl Session {
    /// The account's key that acts as this service user, revoked or not.
    pub async fn find_api_key_of_user(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
    ) -> Result<Option<ApiKeyRow>> {
        let sql = concat!(
            "SELECT ",
            api_key_columns!(),
            " FROM api_keys k WHERE k.user_id = $1 AND k.account_id = $2"
        );
        self.fetch_optional(sql, params![user_id, account_id]).await
    }

    /// How many keys of the account are neither revoked nor at their end.
    pub async fn count_usable_api_keys(&mut self, account_id: AccountId, now_ms: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM api_keys WHERE account_id = $1 AND revoked_at_ms IS NULL \
                   AND (expires_at_ms IS NULL OR expires_at_ms > $2)";
        let (count,) = self.fetch_scan(sql, params![account_id, now_ms]).await?;
        Ok(count)
    }

    /// Whether the account has an owner besides this user who can act: a person, or a key that stands.
    ///
    /// *Why* two patterns: of an account's roles `owner` is the first in the text of a set.
    pub async fn has_other_owner(
        &mut self,
        account_id: AccountId,
        user_id: UserId,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM account_members m JOIN users u ON u.id = m.user_id \
                   WHERE m.account_id = $1 AND m.user_id <> $2 \
                   AND (m.roles = 'owner' OR m.roles LIKE 'owner,%') \
                   AND (u.kind = 'person' OR EXISTS (SELECT 1 FROM api_keys k WHERE k.user_id = m.user_id \
                   AND k.account_id = m.account_id AND k.revoked_at_ms IS NULL \
                   AND (k.expires_at_ms IS NULL OR k.expires_at_ms > $3)))";
        let (count,): (i64,) = self.fetch_one(sql, params![account_id, user_id, now_ms]).await?;
        Ok(count > 0)
    }
}

impl Tx {
    /// Takes the user out of the account and of all its workspaces, those in the trash too. Answers whether it was a
    /// member of the account.
    pub async fn delete_account_member(&mut self, account_id: AccountId, user_id: UserId) -> Result<bool> {
        let sql = "DELETE FROM workspace_members WHERE user_id = $2 \
                   AND workspace_id IN (SELECT id FROM workspaces WHERE account_id = $1)";
        self.execute(sql, params![account_id, user_id]).await?;
        let sql = "DELETE FROM account_members WHERE account_id = $1 AND user_id = $2";
        self.execute_one(sql, params![account_id, user_id]).await
    }
}
