//! Sessions of people who have signed in, by the SHA-256 of their cookies. Not the connection to the database
//! ([`crate::Session`]). A session that was ended has no row; whether one has ended by itself, the caller decides by the
//! times, except for what is cleared away.

use mudlark_types::{AccountId, AccountRoles, UserId, UserSessionId, WorkspaceId, WorkspaceRoles};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserSessionRow from "s" as user_session_columns {
        /// Its id, which opens nothing.
        id: UserSessionId,
        /// Who signed in.
        user_id: UserId,
        /// SHA-256 of its cookie, 32 bytes.
        token_sha256: Vec<u8>,
        /// Where they signed in from.
        address: Option<String>,
        /// What the browser called itself then.
        user_agent: Option<String>,
        /// When they signed in.
        created_at_ms: i64,
        /// When it was last used, to some minutes.
        last_used_at_ms: i64,
        /// When it ends, used or not.
        expires_at_ms: i64,
    }
}

impl Session {
    /// The user's sessions, oldest first.
    pub async fn list_user_sessions(&mut self, user_id: UserId) -> Result<Vec<UserSessionRow>> {
        let sql = concat!(
            "SELECT ",
            user_session_columns!(),
            " FROM user_sessions s WHERE s.user_id = $1 ORDER BY s.created_at_ms, s.id"
        );
        self.fetch_few(sql, params![user_id]).await
    }

    /// Everybody's sessions, by user: for start-up.
    pub async fn list_all_user_sessions(&mut self) -> Result<Vec<UserSessionRow>> {
        let sql = concat!(
            "SELECT ",
            user_session_columns!(),
            " FROM user_sessions s ORDER BY s.user_id, s.created_at_ms, s.id"
        );
        self.fetch_many(sql, params![]).await
    }

    /// The user's roles in all accounts that they belong to, in the order in which they came to be in them.
    pub async fn list_account_roles_of_user(
        &mut self,
        user_id: UserId,
    ) -> Result<Vec<(AccountId, AccountRoles)>> {
        let sql = "SELECT account_id, roles FROM account_members WHERE user_id = $1 \
                   ORDER BY created_at_ms, account_id";
        self.fetch_few(sql, params![user_id]).await
    }

    /// The roles in accounts of everybody who has a session, in no order: for start-up.
    pub async fn list_account_roles_of_sessions(&mut self) -> Result<Vec<(UserId, AccountId, AccountRoles)>> {
        let sql = "SELECT m.user_id, m.account_id, m.roles FROM account_members m \
                   WHERE EXISTS (SELECT 1 FROM user_sessions s WHERE s.user_id = m.user_id)";
        self.fetch_many(sql, params![]).await
    }

    /// The roles in workspaces of everybody who has a session, in no order: for start-up.
    pub async fn list_workspace_roles_of_sessions(
        &mut self,
    ) -> Result<Vec<(UserId, WorkspaceId, WorkspaceRoles)>> {
        let sql = "SELECT m.user_id, m.workspace_id, m.roles FROM workspace_members m \
                   WHERE EXISTS (SELECT 1 FROM user_sessions s WHERE s.user_id = m.user_id)";
        self.fetch_many(sql, params![]).await
    }

    /// Who has sessions that are over: used last before one time, or with their end before another.
    pub async fn list_users_with_ended_sessions(
        &mut self,
        idle_since_ms: i64,
        now_ms: i64,
        limit: i64,
    ) -> Result<Vec<UserId>> {
        let sql = "SELECT DISTINCT user_id FROM user_sessions WHERE last_used_at_ms <= $1 OR expires_at_ms <= $2 \
                   ORDER BY user_id LIMIT $3";
        let users: Vec<(UserId,)> = self.fetch_few(sql, params![idle_since_ms, now_ms, limit]).await?;
        Ok(users.into_iter().map(|(user_id,)| user_id).collect())
    }
}

impl Tx {
    /// Puts a session in.
    pub async fn insert_user_session(&mut self, session: &UserSessionRow) -> Result<()> {
        let sql = "INSERT INTO user_sessions (id, user_id, token_sha256, address, user_agent, created_at_ms, \
                   last_used_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let params = params![
            session.id,
            session.user_id,
            session.token_sha256.as_slice(),
            session.address.as_deref(),
            session.user_agent.as_deref(),
            session.created_at_ms,
            session.last_used_at_ms,
            session.expires_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Notes that a session was used. Answers whether it is there and the note is news.
    pub async fn update_user_session_last_used(
        &mut self,
        user_id: UserId,
        id: UserSessionId,
        used_at_ms: i64,
        unless_used_since_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE user_sessions SET last_used_at_ms = $3 WHERE id = $2 AND user_id = $1 \
                   AND last_used_at_ms < $4";
        self.execute_one(sql, params![user_id, id, used_at_ms, unless_used_since_ms]).await
    }

    /// Ends one of the user's sessions. Answers whether it was there.
    pub async fn delete_user_session(&mut self, user_id: UserId, id: UserSessionId) -> Result<bool> {
        let sql = "DELETE FROM user_sessions WHERE id = $2 AND user_id = $1";
        self.execute_one(sql, params![user_id, id]).await
    }

    /// Ends all of the user's sessions but one, or all. Answers how many.
    pub async fn delete_user_sessions(&mut self, user_id: UserId, but: Option<UserSessionId>) -> Result<u64> {
        let all = "DELETE FROM user_sessions WHERE user_id = $1";
        let all_but_one = "DELETE FROM user_sessions WHERE user_id = $1 AND id <> $2";
        match but {
            None => self.execute(all, params![user_id]).await,
            Some(id) => self.execute(all_but_one, params![user_id, id]).await,
        }
    }

    /// Ends the user's sessions that are over, by the same times as
    /// [`list_users_with_ended_sessions`](Session::list_users_with_ended_sessions). Answers how many.
    pub async fn delete_ended_user_sessions(
        &mut self,
        user_id: UserId,
        idle_since_ms: i64,
        now_ms: i64,
    ) -> Result<u64> {
        let sql =
            "DELETE FROM user_sessions WHERE user_id = $1 AND (last_used_at_ms <= $2 OR expires_at_ms <= $3)";
        self.execute(sql, params![user_id, idle_since_ms, now_ms]).await
    }
}
