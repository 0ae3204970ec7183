//! Which content an account has, once each. The bytes themselves are not here.

use mudlark_types::AccountId;

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// Content of an account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BlobRow from "b" as blob_columns {
        /// The account it belongs to.
        account_id: AccountId,
        /// SHA-256 of the content, 32 bytes.
        sha256: Vec<u8>,
        /// Length of the content.
        size_bytes: i64,
        /// When the account first had it.
        created_at_ms: i64,
    }
}

/// The condition that no row names the content in a table, as it is called in the query.
macro_rules! nothing_names {
    ($blob:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM versions v WHERE v.account_id = ",
            $blob,
            ".account_id AND v.sha256 = ",
            $blob,
            ".sha256) AND NOT EXISTS (SELECT 1 FROM uploads p WHERE p.account_id = ",
            $blob,
            ".account_id AND p.sha256 = ",
            $blob,
            ".sha256) AND NOT EXISTS (SELECT 1 FROM attachments t WHERE t.account_id = ",
            $blob,
            ".account_id AND t.sha256 = ",
            $blob,
            ".sha256) AND NOT EXISTS (SELECT 1 FROM pictures i WHERE i.account_id = ",
            $blob,
            ".account_id AND i.sha256 = ",
            $blob,
            ".sha256) AND NOT EXISTS (SELECT 1 FROM preview_pictures w WHERE w.account_id = ",
            $blob,
            ".account_id AND w.sha256 = ",
            $blob,
            ".sha256)"
        )
    };
}

impl Session {
    /// The account's content with this SHA-256.
    pub async fn find_blob(&mut self, account_id: AccountId, sha256: &[u8]) -> Result<Option<BlobRow>> {
        let sql =
            concat!("SELECT ", blob_columns!(), " FROM blobs b WHERE b.account_id = $1 AND b.sha256 = $2");
        self.fetch_optional(sql, params![account_id, sha256]).await
    }

    /// Content that no version, upload, attachment, picture or preview names, of any account.
    pub async fn list_unreferenced_blobs(&mut self, limit: i64) -> Result<Vec<BlobRow>> {
        let sql = concat!(
            "SELECT ",
            blob_columns!(),
            " FROM blobs b WHERE ",
            nothing_names!("b"),
            " ORDER BY b.account_id, b.sha256 LIMIT $1"
        );
        self.fetch_many(sql, params![limit]).await
    }
}

impl Tx {
    /// Notes that the account has this content, whose bytes have just been published: if it had it already, whatever was
    /// wrong with them is right again.
    ///
    /// The update also locks the row on PostgreSQL, so that a sweep can't delete it before this transaction has named it.
    pub async fn insert_blob(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
        size_bytes: i64,
        now_ms: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO blobs (account_id, sha256, size_bytes, created_at_ms, checked_at_ms) \
                   VALUES ($1, $2, $3, $4, $4) ON CONFLICT (account_id, sha256) \
                   DO UPDATE SET checked_at_ms = EXCLUDED.checked_at_ms, fault = NULL";
        self.execute(sql, params![account_id, sha256, size_bytes, now_ms]).await.map(drop)
    }

    /// Forgets content that no version, upload, attachment, picture or preview names. Answers whether it did: only then may the bytes go.
    ///
    /// An upload names its content until it is swept away after its expiry, a version until it is purged, an attachment
    /// until it is deleted.
    pub async fn delete_unreferenced_blob(&mut self, account_id: AccountId, sha256: &[u8]) -> Result<bool> {
        // Whoever adds content has locked the account before the blob; who took them the other way round would wait for
        // each other.
        self.lock_account(account_id).await?;
        let lock = format!(
            "SELECT size_bytes FROM blobs WHERE account_id = $1 AND sha256 = $2{}",
            self.dialect().lock_row()
        );
        if self.fetch_optional::<(i64,)>(&lock, params![account_id, sha256]).await?.is_none() {
            return Ok(false);
        }
        let sql =
            concat!("DELETE FROM blobs WHERE account_id = $1 AND sha256 = $2 AND ", nothing_names!("blobs"));
        self.execute_one(sql, params![account_id, sha256]).await
    }
}
