//! The keys that tokens are signed with: public parts in the open, private parts sealed by the caller.

use std::fmt;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row, text_enum};

text_enum! {
    /// Where a signing key is in its life.
    pub enum SigningKeyState {
        /// Published, not used yet.
        Next = "next",
        /// Signs.
        Active = "active",
        /// Signs no more; tokens it signed still count.
        Retired = "retired",
        /// Tokens it signed count no more.
        Revoked = "revoked",
    }
}

row! {
    /// A signing key.
    #[derive(Clone, PartialEq, Eq)]
    pub struct SigningKeyRow from "k" as signing_key_columns {
        /// Its id in tokens.
        kid: String,
        /// Where it is in its life.
        state: SigningKeyState,
        /// Its public part, as a JSON Web Key.
        public_jwk: String,
        /// Its private part, encrypted; none once it signs no more.
        sealed_private: Option<Vec<u8>>,
        /// When it was made.
        created_at_ms: i64,
        /// When it began to sign.
        activated_at_ms: Option<i64>,
        /// When it stopped.
        retired_at_ms: Option<i64>,
    }
}

/// Leaves the private part out, sealed as it is.
impl fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("kid", &self.kid)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// All signing keys, oldest first.
    pub async fn list_signing_keys(&mut self) -> Result<Vec<SigningKeyRow>> {
        let sql = concat!(
            "SELECT ",
            signing_key_columns!(),
            " FROM signing_keys k ORDER BY k.created_at_ms, k.kid"
        );
        self.fetch_few(sql, params![]).await
    }
}

impl Tx {
    /// Lets one transaction after the other look at the signing keys and the secrets, and change them: whoever asks
    /// second waits until the first has ended, and then sees what it did.
    pub async fn lock_signing_keys(&mut self) -> Result<()> {
        // The counter's row stands for all that it counts; every change of them takes it in the end.
        let sql = "UPDATE auth_revision SET revision = revision WHERE id = 1";
        self.execute(sql, params![]).await.map(drop)
    }

    /// Keeps a signing key as it is given. *Errors*: `Conflict` on `signing_keys_state_key` where another one is
    /// `Active` or `Next` already.
    pub async fn insert_signing_key(&mut self, key: &SigningKeyRow) -> Result<()> {
        let sql = "INSERT INTO signing_keys (kid, state, public_jwk, sealed_private, created_at_ms, \
                   activated_at_ms, retired_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let params = params![
            &key.kid,
            key.state,
            &key.public_jwk,
            key.sealed_private.as_deref(),
            key.created_at_ms,
            key.activated_at_ms,
            key.retired_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Moves a key on in its life. Becoming `Active` notes the time; becoming `Retired` or `Revoked` notes the time
    /// and destroys the private part. Answers whether there is such a key.
    pub async fn update_signing_key_state(
        &mut self,
        kid: &str,
        state: SigningKeyState,
        now_ms: i64,
    ) -> Result<bool> {
        let activates = state == SigningKeyState::Active;
        let ends = matches!(state, SigningKeyState::Retired | SigningKeyState::Revoked);
        let sql = "UPDATE signing_keys SET state = $2, \
                   activated_at_ms = CASE WHEN $4 THEN $3 ELSE activated_at_ms END, \
                   retired_at_ms = CASE WHEN $5 THEN COALESCE(retired_at_ms, $3) ELSE retired_at_ms END, \
                   sealed_private = CASE WHEN $5 THEN NULL ELSE sealed_private END \
                   WHERE kid = $1";
        self.execute_one(sql, params![kid, state, now_ms, activates, ends]).await
    }

    /// Keeps a key's private part sealed anew. Answers false where there is none to keep.
    pub async fn update_signing_key_sealed(&mut self, kid: &str, sealed_private: &[u8]) -> Result<bool> {
        let sql = "UPDATE signing_keys SET sealed_private = $2 WHERE kid = $1 AND sealed_private IS NOT NULL";
        self.execute_one(sql, params![kid, sealed_private]).await
    }

    /// Forgets a retired key. Answers false when it is unknown, or not retired.
    pub async fn delete_retired_signing_key(&mut self, kid: &str) -> Result<bool> {
        let sql = "DELETE FROM signing_keys WHERE kid = $1 AND state = $2";
        self.execute_one(sql, params![kid, SigningKeyState::Retired]).await
    }
}
