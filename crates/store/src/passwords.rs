//! What people sign in with: the hashes of their passwords, and links that are good for one password. Never a password or
//! a link's token. What a good hash is, the `auth` crate knows.

use mudlark_types::UserId;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A password.
    #[derive(Clone, PartialEq, Eq)]
    pub struct PasswordRow from "p" as password_columns {
        /// Whose it is.
        user_id: UserId,
        /// Its hash, as a PHC string.
        hash: String,
        /// Since when.
        changed_at_ms: i64,
    }
}

row! {
    /// A link that is good for once.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SignInLinkRow from "l" as sign_in_link_columns {
        /// SHA-256 of its token, 32 bytes.
        token_sha256: Vec<u8>,
        /// Whose password it sets; none where it makes the first user of the installation.
        user_id: Option<UserId>,
        /// When it was made.
        created_at_ms: i64,
        /// From when on it is no longer good.
        expires_at_ms: i64,
    }
}

impl Session {
    /// The user's password, if they have one.
    pub async fn find_password(&mut self, user_id: UserId) -> Result<Option<PasswordRow>> {
        let sql = concat!("SELECT ", password_columns!(), " FROM user_passwords p WHERE p.user_id = $1");
        self.fetch_optional(sql, params![user_id]).await
    }

    /// Whether there is any account, or anybody who can sign in: whether the installation has begun.
    pub async fn has_account_or_password(&mut self) -> Result<bool> {
        let sql = "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM accounts LIMIT 1) a) \
                   + (SELECT COUNT(*) FROM (SELECT 1 FROM user_passwords LIMIT 1) p)";
        let (count,): (i64,) = self.fetch_one(sql, params![]).await?;
        Ok(count > 0)
    }

    /// The link whose token has this SHA-256, if it is still good.
    pub async fn find_sign_in_link(&mut self, sha256: &[u8], now_ms: i64) -> Result<Option<SignInLinkRow>> {
        let sql = concat!(
            "SELECT ",
            sign_in_link_columns!(),
            " FROM sign_in_links l WHERE l.token_sha256 = $1 AND l.expires_at_ms > $2"
        );
        self.fetch_optional(sql, params![sha256, now_ms]).await
    }

    /// How many links of the user are still good.
    pub async fn count_sign_in_links(&mut self, user_id: UserId, now_ms: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM sign_in_links WHERE user_id = $1 AND expires_at_ms > $2";
        let (count,) = self.fetch_one(sql, params![user_id, now_ms]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Gives a user this password, in place of another.
    pub async fn upsert_password(&mut self, password: &PasswordRow) -> Result<()> {
        let sql = "INSERT INTO user_passwords (user_id, hash, changed_at_ms) VALUES ($1, $2, $3) \
                   ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at_ms = excluded.changed_at_ms";
        self.execute(sql, params![password.user_id, &password.hash, password.changed_at_ms]).await.map(drop)
    }

    /// Forgets the user's password. Answers whether there was one.
    pub async fn delete_password(&mut self, user_id: UserId) -> Result<bool> {
        self.execute_one("DELETE FROM user_passwords WHERE user_id = $1", params![user_id]).await
    }

    /// Puts a link in.
    pub async fn insert_sign_in_link(&mut self, link: &SignInLinkRow) -> Result<()> {
        let sql = "INSERT INTO sign_in_links (token_sha256, user_id, created_at_ms, expires_at_ms) \
                   VALUES ($1, $2, $3, $4)";
        let sha256 = link.token_sha256.as_slice();
        self.execute(sql, params![sha256, link.user_id, link.created_at_ms, link.expires_at_ms])
            .await
            .map(drop)
    }

    /// Uses a link up, if it is still good. Answers whether it was: of two who come with one, one is told so.
    pub async fn take_sign_in_link(&mut self, sha256: &[u8], now_ms: i64) -> Result<bool> {
        let sql = "DELETE FROM sign_in_links WHERE token_sha256 = $1 AND expires_at_ms > $2";
        self.execute_one(sql, params![sha256, now_ms]).await
    }

    /// Forgets the user's links; without a user, those that make the first one.
    pub async fn delete_sign_in_links(&mut self, user_id: Option<UserId>) -> Result<u64> {
        match user_id {
            Some(id) => self.execute("DELETE FROM sign_in_links WHERE user_id = $1", params![id]).await,
            None => self.execute("DELETE FROM sign_in_links WHERE user_id IS NULL", params![]).await,
        }
    }

    /// Forgets the links that have ended by themselves. Answers how many.
    pub async fn delete_expired_sign_in_links(&mut self, now_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM sign_in_links WHERE expires_at_ms <= $1", params![now_ms]).await
    }
}

impl std::fmt::Debug for PasswordRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordRow").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}
