//! Tokens that were revoked one by one, by their ids; never the tokens themselves.

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A token that is no longer accepted.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RevokedTokenRow from "t" as revoked_token_columns {
        /// Its id, the claim `jti`.
        token_id: String,
        /// The key that it was made from.
        key_id: String,
        /// When it would have ended by itself; from then on the row is of no use.
        expires_at_ms: i64,
        /// When it was revoked.
        revoked_at_ms: i64,
    }
}

impl Session {
    /// The row of this token, if it was revoked.
    pub async fn find_revoked_token(&mut self, token_id: &str) -> Result<Option<RevokedTokenRow>> {
        let sql =
            concat!("SELECT ", revoked_token_columns!(), " FROM revoked_tokens t WHERE t.token_id = $1");
        self.fetch_optional(sql, params![token_id]).await
    }

    /// The revoked tokens that would still be good at this time: for start-up.
    pub async fn list_revoked_tokens(&mut self, now_ms: i64) -> Result<Vec<RevokedTokenRow>> {
        let sql = concat!(
            "SELECT ",
            revoked_token_columns!(),
            " FROM revoked_tokens t WHERE t.expires_at_ms > $1 ORDER BY t.token_id"
        );
        self.fetch_many(sql, params![now_ms]).await
    }
}

impl Tx {
    /// Revokes a token. Answers false when it was revoked before.
    pub async fn insert_revoked_token(&mut self, token: &RevokedTokenRow) -> Result<bool> {
        let sql = "INSERT INTO revoked_tokens (token_id, key_id, expires_at_ms, revoked_at_ms) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (token_id) DO NOTHING";
        let params = params![&token.token_id, &token.key_id, token.expires_at_ms, token.revoked_at_ms];
        self.execute_one(sql, params).await
    }

    /// Forgets the tokens that have ended by themselves. Answers how many.
    pub async fn delete_expired_revoked_tokens(&mut self, now_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM revoked_tokens WHERE expires_at_ms <= $1", params![now_ms]).await
    }
}
