//! Uploads in three steps: asked for, received, made into a version.

use mudlark_types::{AccountId, UploadId, UserId, WorkspaceId};

use crate::error::Result;
use crate::session::{Session, Tx};
use crate::sql::{params, row, text_enum};

text_enum! {
    /// How far an upload has come.
    pub enum UploadState {
        /// An address was given out; no bytes yet.
        Pending = "pending",
        /// All bytes are here and safe.
        Received = "received",
        /// The bytes have become a version.
        Committed = "committed",
    }
}

row! {
    /// An upload.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UploadRow from "p" as upload_columns {
        /// Its id.
        id: UploadId,
        /// The account it is for.
        account_id: AccountId,
        /// The workspace it is for.
        workspace_id: WorkspaceId,
        /// Who asked for it.
        user_id: UserId,
        /// The name of the file, as given.
        name: String,
        /// How far it has come.
        state: UploadState,
        /// SHA-256 of what was received.
        sha256: Option<Vec<u8>>,
        /// Length of what was received.
        size_bytes: Option<i64>,
        /// When it was asked for.
        created_at_ms: i64,
        /// When it ends, however far it has come.
        expires_at_ms: i64,
        /// When the bytes were here.
        received_at_ms: Option<i64>,
        /// When they became a version.
        committed_at_ms: Option<i64>,
    }
}

/// What an upload is made from.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// Its id.
    pub id: UploadId,
    /// The account it is for.
    pub account_id: AccountId,
    /// The workspace it is for.
    pub workspace_id: WorkspaceId,
    /// Who asks for it.
    pub user_id: UserId,
    /// The name of the file, as given.
    pub name: String,
    /// When it is asked for.
    pub created_at_ms: i64,
    /// When it ends, however far it has come.
    pub expires_at_ms: i64,
}

impl Session {
    /// The upload of this id, expired or not.
    pub async fn find_upload(&mut self, id: UploadId) -> Result<Option<UploadRow>> {
        let sql = concat!("SELECT ", upload_columns!(), " FROM uploads p WHERE p.id = $1");
        self.fetch_optional(sql, params![id]).await
    }
}

impl Tx {
    /// Makes an upload that waits for its bytes.
    pub async fn insert_upload(&mut self, upload: &NewUpload) -> Result<()> {
        let sql = "INSERT INTO uploads (id, account_id, workspace_id, user_id, name, state, created_at_ms, \
                   expires_at_ms) VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)";
        let params = params![
            upload.id,
            upload.account_id,
            upload.workspace_id,
            upload.user_id,
            &upload.name,
            upload.created_at_ms,
            upload.expires_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Notes that the bytes are here. Answers false when the upload is unknown or had its bytes before.
    /// *Errors*: `Conflict` on the foreign key unless the blob was inserted first.
    pub async fn mark_upload_received(
        &mut self,
        id: UploadId,
        sha256: &[u8],
        size_bytes: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE uploads SET state = 'received', sha256 = $2, size_bytes = $3, received_at_ms = $4 \
                   WHERE id = $1 AND state = 'pending'";
        self.execute_one(sql, params![id, sha256, size_bytes, now_ms]).await
    }

    /// Notes that the bytes have become a version. Answers false when they are not here, or had become one before.
    pub async fn mark_upload_committed(&mut self, id: UploadId, now_ms: i64) -> Result<bool> {
        let sql = "UPDATE uploads SET state = 'committed', committed_at_ms = $2 \
                   WHERE id = $1 AND state = 'received'";
        self.execute_one(sql, params![id, now_ms]).await
    }

    /// Forgets uploads that have ended by now, however far they came. Answers how many.
    pub async fn delete_expired_uploads(&mut self, now_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM uploads WHERE expires_at_ms <= $1", params![now_ms]).await
    }
}
