//! Pictures: images that stand for an account, a workspace, a user or a version. Their bytes are blobs of the account.

use mudlark_types::{AccountId, PictureId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row};

row! {
    /// A picture.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PictureRow from "p" as picture_columns {
        /// Its id.
        id: PictureId,
        /// The account whose content it is.
        account_id: AccountId,
        /// SHA-256 of its bytes, 32 bytes.
        sha256: Vec<u8>,
        /// Length of its bytes.
        size_bytes: i64,
        /// What kind of image it is, such as `image/png`.
        content_type: String,
        /// When it was made.
        created_at_ms: i64,
    }
}

impl Session {
    /// The account's picture of this id.
    pub async fn find_picture(&mut self, account_id: AccountId, id: PictureId) -> Result<Option<PictureRow>> {
        let sql =
            concat!("SELECT ", picture_columns!(), " FROM pictures p WHERE p.id = $2 AND p.account_id = $1");
        self.fetch_optional(sql, params![account_id, id]).await
    }
}

impl Tx {
    /// Keeps a picture, whose blob must be there.
    pub async fn insert_picture(&mut self, picture: &PictureRow) -> Result<()> {
        let sql = "INSERT INTO pictures (id, account_id, sha256, size_bytes, content_type, created_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let params = params![
            picture.id,
            picture.account_id,
            picture.sha256.as_slice(),
            picture.size_bytes,
            &picture.content_type,
            picture.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Forgets a picture that nothing shows any more. Answers whether there was one.
    pub async fn delete_picture(&mut self, account_id: AccountId, id: PictureId) -> Result<bool> {
        let sql = "DELETE FROM pictures WHERE id = $2 AND account_id = $1";
        self.execute_one(sql, params![account_id, id]).await
    }
}
