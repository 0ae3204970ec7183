//! Which content has been seen to be right, when, and what is wrong with it. The bytes are looked at elsewhere.

use mudlark_types::{AccountId, AssetId, WorkspaceId};

use crate::blobs::BlobRow;
use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row, text_enum};

text_enum! {
    /// What is wrong with content that the database names.
    pub enum ContentFault {
        /// There are no bytes.
        Lost = "lost",
        /// There are fewer or more bytes than there were.
        Torn = "torn",
        /// As many bytes, but not those that there were.
        Damaged = "damaged",
    }
}

row! {
    /// A version whose content it is.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContentPlaceRow from "a" as content_place_columns {
        /// The workspace.
        workspace_id: WorkspaceId,
        /// The asset.
        id: AssetId,
        /// The asset's name.
        name: String,
    } joined {
        /// The path of the asset's folder.
        folder_path: String = crate::sql::Columns::get,
        /// The version's number.
        version_number: i64 = crate::sql::Columns::get,
    }
}

impl ContentFault {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Lost, Self::Torn, Self::Damaged];
}

/// How much content there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentTotals {
    /// How many pieces.
    pub count: i64,
    /// Their lengths together. *Units*: bytes.
    pub size_bytes: i64,
}

impl Session {
    /// All content of all accounts in the order of account and SHA-256, after the one last seen.
    pub async fn list_blobs(
        &mut self,
        after: Option<(AccountId, Vec<u8>)>,
        limit: i64,
    ) -> Result<Vec<BlobRow>> {
        let (account, sha256) = after.unwrap_or((AccountId::from_uuid(uuid::Uuid::nil()), Vec::new()));
        let sql = concat!(
            "SELECT ",
            blob_columns!(),
            " FROM blobs b WHERE (b.account_id, b.sha256) > ($1, $2) ORDER BY b.account_id, b.sha256 LIMIT $3"
        );
        self.fetch_many(sql, params![account, sha256, limit]).await
    }

    /// How much content there is.
    pub async fn count_blobs(&mut self) -> Result<ContentTotals> {
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM blobs";
        let (count, size_bytes) = self.fetch_scan(sql, params![]).await?;
        Ok(ContentTotals { count, size_bytes })
    }

    /// Up to ten of the versions that have this content.
    pub async fn list_places_of_content(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
    ) -> Result<Vec<ContentPlaceRow>> {
        let sql = concat!(
            "SELECT ",
            content_place_columns!(),
            ", f.path, v.version_number FROM versions v JOIN assets a ON a.id = v.asset_id ",
            "JOIN folders f ON f.id = a.folder_id WHERE v.account_id = $1 AND v.sha256 = $2 ",
            "ORDER BY a.id, v.version_number LIMIT 10"
        );
        self.fetch_few(sql, params![account_id, sha256]).await
    }

    /// The same content of other accounts.
    pub async fn list_copies_of_content(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
    ) -> Result<Vec<BlobRow>> {
        let sql = concat!(
            "SELECT ",
            blob_columns!(),
            " FROM blobs b WHERE b.sha256 = $2 AND b.account_id <> $1 ORDER BY b.account_id"
        );
        self.fetch_many(sql, params![account_id, sha256]).await
    }

    /// Of how many pieces of content something is known to be wrong, and what.
    pub async fn count_content_faults(&mut self) -> Result<Vec<(ContentFault, i64)>> {
        let sql = "SELECT fault, COUNT(*) FROM blobs WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault";
        self.fetch_few(sql, params![]).await
    }
}

impl Tx {
    /// Takes the content that has not been looked at for longest, if that was before a time, to look at it: it counts as
    /// looked at from now on, so that no two processes take the same.
    pub async fn take_blob_to_check(&mut self, before_ms: i64, now_ms: i64) -> Result<Option<BlobRow>> {
        let sql = format!(
            "SELECT {} FROM blobs b WHERE b.checked_at_ms < $1 ORDER BY b.checked_at_ms LIMIT 1{}",
            blob_columns!(),
            self.dialect().lock_row_or_skip(),
        );
        let Some(blob): Option<BlobRow> = self.fetch_optional(&sql, params![before_ms]).await? else {
            return Ok(None);
        };
        let sql = "UPDATE blobs SET checked_at_ms = $3 WHERE account_id = $1 AND sha256 = $2";
        self.execute(sql, params![blob.account_id, &blob.sha256[..], now_ms]).await?;
        Ok(Some(blob))
    }

    /// Notes what a look at content has shown. Answers whether that is news: another fault than was known, or none any more.
    pub async fn note_content_check(
        &mut self,
        account_id: AccountId,
        sha256: &[u8],
        fault: Option<ContentFault>,
        now_ms: i64,
    ) -> Result<bool> {
        let fault = fault.map(ContentFault::as_str);
        let sql = "UPDATE blobs SET checked_at_ms = $4 WHERE account_id = $1 AND sha256 = $2 \
                   AND COALESCE(fault, '') = COALESCE($3, '')";
        if self.execute_one(sql, params![account_id, sha256, fault, now_ms]).await? {
            return Ok(false);
        }
        let sql = "UPDATE blobs SET checked_at_ms = $4, fault = $3 WHERE account_id = $1 AND sha256 = $2";
        self.execute_one(sql, params![account_id, sha256, fault, now_ms]).await
    }
}
