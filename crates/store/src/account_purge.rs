//! The removal of closed accounts for good, in steps like that of workspaces (`workspace_trash`). The audit trail stays:
//! it is a chain, and says who has closed the account.

use mudlark_types::{AccountId, UserId, WorkspaceId};

use crate::auth_changes::AuthSubject;
use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::params;

impl Session {
    /// Accounts that were closed at or before a moment.
    pub async fn list_expired_accounts(
        &mut self,
        closed_until_ms: i64,
        limit: i64,
    ) -> Result<Vec<AccountId>> {
        let sql = "SELECT id FROM accounts WHERE closed_at_ms <= $1 AND purge_started_at_ms IS NULL \
                   ORDER BY closed_at_ms, id LIMIT $2";
        let rows: Vec<(AccountId,)> = self.fetch_many(sql, params![closed_until_ms, limit]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Accounts whose removal has begun.
    pub async fn list_accounts_being_purged(&mut self) -> Result<Vec<AccountId>> {
        let sql = "SELECT id FROM accounts WHERE purge_started_at_ms IS NOT NULL \
                   ORDER BY purge_started_at_ms, id";
        let rows: Vec<(AccountId,)> = self.fetch_many(sql, params![]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Whether an account's removal has begun.
    pub async fn is_account_being_purged(&mut self, id: AccountId) -> Result<bool> {
        let sql = "SELECT id FROM accounts WHERE id = $1 AND purge_started_at_ms IS NOT NULL";
        Ok(self.fetch_optional::<(AccountId,)>(sql, params![id]).await?.is_some())
    }

    /// A workspace of an account whose removal has begun.
    pub async fn find_purged_workspace_of(&mut self, id: AccountId) -> Result<Option<WorkspaceId>> {
        let sql =
            "SELECT id FROM workspaces WHERE account_id = $1 AND purge_started_at_ms IS NOT NULL LIMIT 1";
        let found: Option<(WorkspaceId,)> = self.fetch_optional(sql, params![id]).await?;
        Ok(found.map(|(id,)| id))
    }

    /// Who is or was in the account: its members, and the service users of its keys.
    pub async fn list_users_of_account(&mut self, id: AccountId, limit: i64) -> Result<Vec<UserId>> {
        let sql = "SELECT user_id FROM account_members WHERE account_id = $1 \
                   UNION SELECT user_id FROM api_keys WHERE account_id = $1 LIMIT $2";
        let rows: Vec<(UserId,)> = self.fetch_many(sql, params![id, limit]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}

impl Tx {
    /// Begins to remove an account for good, and all its workspaces with it, if it was closed at or before a moment.
    /// Answers whether it was.
    pub async fn start_account_purge(
        &mut self,
        id: AccountId,
        closed_until_ms: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE accounts SET purge_started_at_ms = $3, created_by_user_id = NULL \
                   WHERE id = $1 AND closed_at_ms <= $2 AND purge_started_at_ms IS NULL";
        if !self.execute_one(sql, params![id, closed_until_ms, now_ms]).await? {
            return Ok(false);
        }
        let sql = "UPDATE workspaces SET deleted_at_ms = COALESCE(deleted_at_ms, $2), \
                   purge_started_at_ms = COALESCE(purge_started_at_ms, $2) WHERE account_id = $1";
        self.execute(sql, params![id, now_ms]).await?;
        Ok(true)
    }

    /// Takes the next step of removing what an account without workspaces still has, but for its users: about `limit`
    /// rows. Answers whether there may be more. Its bytes are then files that no row names.
    pub async fn purge_account_step(&mut self, id: AccountId, limit: i64) -> Result<bool> {
        for sql in [
            "DELETE FROM events WHERE account_id = $1 \
             AND sequence < (SELECT MIN(sequence) + $2 FROM events WHERE account_id = $1)",
            "DELETE FROM pictures WHERE id IN (SELECT id FROM pictures WHERE account_id = $1 LIMIT $2)",
            "DELETE FROM previews WHERE id IN (SELECT id FROM previews WHERE account_id = $1 LIMIT $2)",
            "DELETE FROM blobs WHERE account_id = $1 \
             AND sha256 IN (SELECT sha256 FROM blobs WHERE account_id = $1 LIMIT $2)",
            "DELETE FROM account_invites WHERE id IN (SELECT id FROM account_invites WHERE account_id = $1 LIMIT $2)",
        ] {
            if self.execute(sql, params![id, limit]).await? > 0 {
                return Ok(true);
            }
        }
        for sql in [
            "DELETE FROM settings WHERE account_id = $1",
            "DELETE FROM idempotency_keys WHERE account_id = $1",
            "UPDATE api_keys SET created_by_user_id = NULL WHERE account_id = $1",
            // Its pictures are gone: people who are in other accounts too have none now.
            "UPDATE users SET avatar_file_id = NULL WHERE avatar_file_id IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM pictures p WHERE p.id = users.avatar_file_id) \
             AND id IN (SELECT user_id FROM account_members WHERE account_id = $1)",
        ] {
            self.execute(sql, params![id]).await?;
        }
        Ok(false)
    }

    /// Removes what a user has in the account: the membership, and the key whose service user it is, which is noted for
    /// the live tables.
    pub async fn purge_member(&mut self, id: AccountId, user_id: UserId) -> Result<()> {
        let scope = params![id, user_id];
        let keys: Vec<(String,)> = self
            .fetch_many("SELECT key_id FROM api_keys WHERE account_id = $1 AND user_id = $2", scope)
            .await?;
        for (key_id,) in keys {
            for sql in [
                "DELETE FROM revoked_tokens WHERE key_id = $1",
                "DELETE FROM api_key_secrets WHERE key_id = $1",
                "DELETE FROM api_keys WHERE key_id = $1",
            ] {
                self.execute(sql, params![&key_id]).await?;
            }
            self.record_auth_change(AuthSubject::Key(key_id)).await?;
        }
        let sql = "DELETE FROM account_members WHERE account_id = $1 AND user_id = $2";
        self.execute(sql, scope).await?;
        self.record_auth_change(AuthSubject::Person(user_id)).await.map(drop)
    }

    /// Forgets a user who is in no account any more; nothing changes while there is one. Answers whether it did.
    ///
    /// *Errors*: `Conflict` on [`FOREIGN_KEY`](crate::error::FOREIGN_KEY) where what the user has made in an account that
    /// they left still names them.
    pub async fn delete_user_without_account(&mut self, user_id: UserId) -> Result<bool> {
        let scope = params![user_id];
        let sql = "SELECT (SELECT COUNT(*) FROM account_members WHERE user_id = $1) \
                   + (SELECT COUNT(*) FROM api_keys WHERE user_id = $1)";
        let (accounts,): (i64,) = self.fetch_one(sql, scope).await?;
        if accounts > 0 {
            return Ok(false);
        }
        for sql in [
            "UPDATE users SET invited_by_user_id = NULL WHERE invited_by_user_id = $1",
            "DELETE FROM sign_in_links WHERE user_id = $1",
            "DELETE FROM user_passwords WHERE user_id = $1",
            "DELETE FROM user_passkeys WHERE user_id = $1",
            "DELETE FROM user_identities WHERE user_id = $1",
        ] {
            self.execute(sql, scope).await?;
        }
        if self.delete_user_sessions(user_id, None).await? > 0 {
            self.record_auth_change(AuthSubject::Person(user_id)).await?;
        }
        self.execute_one("DELETE FROM users WHERE id = $1", scope).await
    }

    /// Removes an account that is being removed and of which nothing is left, and notes it for the live tables. Answers
    /// whether it was there. *Errors*: `Conflict` where something is left.
    pub async fn delete_account(&mut self, id: AccountId) -> Result<bool> {
        let sql = "DELETE FROM accounts WHERE id = $1 AND purge_started_at_ms IS NOT NULL";
        let is_gone = self.execute_one(sql, params![id]).await?;
        self.record_auth_change(AuthSubject::Account(id)).await?;
        Ok(is_gone)
    }
}
