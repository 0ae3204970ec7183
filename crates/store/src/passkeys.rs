//! Passkeys of people: public keys by the id of their credential, and the challenges that were answered. What a good answer
//! is, the `auth` crate knows.

use mudlark_types::{PasskeyId, UserId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A passkey.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PasskeyRow from "k" as passkey_columns {
        /// Its id here.
        id: PasskeyId,
        /// Whose it is.
        user_id: UserId,
        /// What the device calls it. *Source*: WebAuthn, section 6.5.1: at most 1023 bytes.
        credential_id: Vec<u8>,
        /// A COSE key.
        public_key: Vec<u8>,
        /// Its COSE algorithm.
        algorithm: i64,
        /// How often the device says it has signed; 0 for one that does not count.
        sign_count: i64,
        /// How the device is reached, as a JSON list of WebAuthn's names.
        transports: String,
        /// What its person calls it.
        name: String,
        /// When it was made.
        created_at_ms: i64,
        /// When it last opened a session.
        last_used_at_ms: Option<i64>,
    }
}

impl Session {
    /// The user's passkeys, oldest first.
    pub async fn list_passkeys(&mut self, user_id: UserId) -> Result<Vec<PasskeyRow>> {
        let sql = concat!(
            "SELECT ",
            passkey_columns!(),
            " FROM user_passkeys k WHERE k.user_id = $1 ORDER BY k.created_at_ms, k.id"
        );
        self.fetch_few(sql, params![user_id]).await
    }

    /// The passkey with this credential id, whoever has it.
    pub async fn find_passkey_by_credential(&mut self, credential_id: &[u8]) -> Result<Option<PasskeyRow>> {
        let sql = concat!("SELECT ", passkey_columns!(), " FROM user_passkeys k WHERE k.credential_id = $1");
        self.fetch_optional(sql, params![credential_id]).await
    }
}

impl Tx {
    /// Puts a passkey in. *Errors*: `Conflict` where its credential is there already.
    pub async fn insert_passkey(&mut self, passkey: &PasskeyRow) -> Result<()> {
        let sql = "INSERT INTO user_passkeys (id, user_id, credential_id, public_key, algorithm, sign_count, \
                   transports, name, created_at_ms, last_used_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let params = params![
            passkey.id,
            passkey.user_id,
            passkey.credential_id.as_slice(),
            passkey.public_key.as_slice(),
            passkey.algorithm,
            passkey.sign_count,
            &passkey.transports,
            &passkey.name,
            passkey.created_at_ms,
            passkey.last_used_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Notes that a passkey was used, and how often it says it has signed. Answers whether it is there and its count has
    /// grown, or it has never counted: of two that come with one count, as a copied device does, one is told no.
    pub async fn update_passkey_used(
        &mut self,
        id: PasskeyId,
        sign_count: i64,
        used_at_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE user_passkeys SET sign_count = $2, last_used_at_ms = $3 \
                   WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))";
        self.execute_one(sql, params![id, sign_count, used_at_ms]).await
    }

    /// Calls one of the user's passkeys something else. Answers whether it is there.
    pub async fn update_passkey_name(&mut self, user_id: UserId, id: PasskeyId, name: &str) -> Result<bool> {
        let sql = "UPDATE user_passkeys SET name = $3 WHERE id = $2 AND user_id = $1";
        self.execute_one(sql, params![user_id, id, name]).await
    }

    /// Forgets one of the user's passkeys. Answers whether it was there.
    pub async fn delete_passkey(&mut self, user_id: UserId, id: PasskeyId) -> Result<bool> {
        let sql = "DELETE FROM user_passkeys WHERE id = $2 AND user_id = $1";
        self.execute_one(sql, params![user_id, id]).await
    }

    /// Forgets all passkeys of the user. Answers how many.
    pub async fn delete_passkeys(&mut self, user_id: UserId) -> Result<u64> {
        self.execute("DELETE FROM user_passkeys WHERE user_id = $1", params![user_id]).await
    }

    /// Notes that a challenge is answered. Answers whether this is the first time.
    pub async fn answer_challenge(&mut self, sha256: &[u8], expires_at_ms: i64) -> Result<bool> {
        let sql = "INSERT INTO answered_challenges (sha256, expires_at_ms) VALUES ($1, $2) \
                   ON CONFLICT (sha256) DO NOTHING";
        self.execute_one(sql, params![sha256, expires_at_ms]).await
    }

    /// Forgets the answered challenges that have ended by themselves. Answers how many.
    pub async fn delete_expired_challenges(&mut self, now_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM answered_challenges WHERE expires_at_ms <= $1", params![now_ms]).await
    }
}
