//! Who people are to an OpenID provider. The pair of its address and its own name for somebody never changes; their e-mail
//! address there may.

use mudlark_types::UserId;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// An identity.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdentityRow from "i" as identity_columns {
        /// The provider's address, as it calls itself.
        issuer: String,
        /// The provider's name for somebody. *Source*: OpenID Connect Core, section 2: at most 255 ASCII characters.
        subject: String,
        /// Who that is here.
        user_id: UserId,
        /// When they first came by it.
        created_at_ms: i64,
        /// When they last came by it.
        last_used_at_ms: i64,
    }
}

impl Session {
    /// Who somebody is here, by the provider's name for them.
    pub async fn find_identity(&mut self, issuer: &str, subject: &str) -> Result<Option<IdentityRow>> {
        let sql = concat!(
            "SELECT ",
            identity_columns!(),
            " FROM user_identities i WHERE i.issuer = $1 AND i.subject = $2"
        );
        self.fetch_optional(sql, params![issuer, subject]).await
    }

    /// How many identities of a provider a user has.
    pub async fn count_identities(&mut self, issuer: &str, user_id: UserId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM user_identities WHERE issuer = $1 AND user_id = $2";
        let (count,): (i64,) = self.fetch_one(sql, params![issuer, user_id]).await?;
        Ok(count)
    }
}

impl Tx {
    /// Notes an identity, or that it was used again. An identity stays with the user who has it.
    pub async fn upsert_identity(&mut self, identity: &IdentityRow) -> Result<()> {
        let sql = "INSERT INTO user_identities (issuer, subject, user_id, created_at_ms, last_used_at_ms) \
                   VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (issuer, subject) DO UPDATE SET last_used_at_ms = excluded.last_used_at_ms";
        let params = params![
            &identity.issuer,
            &identity.subject,
            identity.user_id,
            identity.created_at_ms,
            identity.last_used_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Forgets all identities of the user. Answers how many.
    pub async fn delete_identities(&mut self, user_id: UserId) -> Result<u64> {
        self.execute("DELETE FROM user_identities WHERE user_id = $1", params![user_id]).await
    }
}
