//! Attachments: files that hang on an asset, or on a review or comment about it. Their bytes are blobs, as versions' are.

use mudlark_types::{AccountId, AssetId, AttachmentId, CommentId, ReviewId, UserId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, Value, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;

row! {
    /// An attachment, with who made it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttachmentRow from "t" as attachment_columns {
        /// Its id.
        id: AttachmentId,
        /// The asset that it is of.
        asset_id: AssetId,
        /// The review that it hangs on.
        review_id: Option<ReviewId>,
        /// The comment that it hangs on.
        comment_id: Option<CommentId>,
        /// Who made it.
        created_by_user_id: UserId,
        /// Its name, as shown.
        name: String,
        /// What is said about it.
        description: Option<String>,
        /// The name of the file it was made from.
        file_name: String,
        /// SHA-256 of its content, 32 bytes.
        sha256: Vec<u8>,
        /// Length of its content.
        size_bytes: i64,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    } joined {
        /// Who made it.
        user: UserRow = UserRow::from_row,
    }
}

/// What an attachment of an asset hangs on. That this is about the same asset is for the caller to have looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachedTo {
    /// The asset alone.
    Asset,
    /// A review.
    Review(ReviewId),
    /// A comment.
    Comment(CommentId),
}

impl AttachedTo {
    fn review_id(self) -> Option<ReviewId> {
        if let Self::Review(id) = self { Some(id) } else { None }
    }

    fn comment_id(self) -> Option<CommentId> {
        if let Self::Comment(id) = self { Some(id) } else { None }
    }
}

/// What an attachment is made from.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// Its id.
    pub id: AttachmentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The asset that it is of.
    pub asset_id: AssetId,
    /// What it hangs on.
    pub attached_to: AttachedTo,
    /// Who makes it.
    pub created_by_user_id: UserId,
    /// Its name, as shown.
    pub name: String,
    /// What is said about it.
    pub description: Option<String>,
    /// The name of the file it is made from.
    pub file_name: String,
    /// SHA-256 of its content; the blob is there already.
    pub sha256: Vec<u8>,
    /// Length of its content.
    pub size_bytes: i64,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of an attachment; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct AttachmentChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// What else it hangs on.
    pub attached_to: Option<AttachedTo>,
}

/// Which attachments of an asset to list; all of what is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct AttachmentFilter {
    /// Only those that hang on this review.
    pub review_id: Option<ReviewId>,
    /// Only those that hang on this comment.
    pub comment_id: Option<CommentId>,
}

/// The start of the queries for attachments.
macro_rules! select_attachments {
    () => {
        concat!(
            "SELECT ",
            attachment_columns!(),
            ", ",
            user_columns!(),
            " FROM attachments t JOIN users u ON u.id = t.created_by_user_id"
        )
    };
}

impl Session {
    /// The attachment of this id of an asset of the workspace.
    pub async fn find_attachment(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: AttachmentId,
    ) -> Result<Option<AttachmentRow>> {
        let sql =
            concat!(select_attachments!(), " WHERE t.id = $3 AND t.asset_id = $2 AND t.workspace_id = $1");
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The attachments of an asset of the workspace, oldest first.
    pub async fn list_attachments(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        filter: AttachmentFilter,
        page: Page,
    ) -> Result<Vec<AttachmentRow>> {
        let sql = concat!(
            select_attachments!(),
            " WHERE t.workspace_id = $1 AND t.asset_id = $2",
            " AND (NOT $3 OR t.review_id = $4) AND (NOT $5 OR t.comment_id = $6)",
            " AND (t.created_at_ms, t.id) > ($7, $8) ORDER BY t.created_at_ms, t.id LIMIT $9"
        );
        let (after_ms, after_id) = page.start();
        let params = params![
            workspace_id,
            asset_id,
            filter.review_id.is_some(),
            filter.review_id,
            filter.comment_id.is_some(),
            filter.comment_id,
            after_ms,
            after_id,
            page.limit,
        ];
        self.fetch_many(sql, params).await
    }

    /// How many attachments an asset of the workspace has.
    pub async fn count_attachments(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        filter: AttachmentFilter,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM attachments t WHERE t.workspace_id = $1 AND t.asset_id = $2 \
                   AND (NOT $3 OR t.review_id = $4) AND (NOT $5 OR t.comment_id = $6)";
        let params = params![
            workspace_id,
            asset_id,
            filter.review_id.is_some(),
            filter.review_id,
            filter.comment_id.is_some(),
            filter.comment_id,
        ];
        let (count,) = self.fetch_scan(sql, params).await?;
        Ok(count)
    }

    /// The attachments that hang on these reviews, oldest first.
    pub async fn list_attachments_of_reviews(&mut self, ids: &[ReviewId]) -> Result<Vec<AttachmentRow>> {
        self.list_attachments_on("review_id", ids).await
    }

    /// The attachments that hang on these comments, oldest first.
    pub async fn list_attachments_of_comments(&mut self, ids: &[CommentId]) -> Result<Vec<AttachmentRow>> {
        self.list_attachments_on("comment_id", ids).await
    }

    async fn list_attachments_on<Id: Copy + Into<Value<'static>>>(
        &mut self,
        column: &str,
        ids: &[Id],
    ) -> Result<Vec<AttachmentRow>> {
        let mut attachments = Vec::new();
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!(
                "{} WHERE t.{column} IN ({placeholders}) ORDER BY t.created_at_ms, t.id",
                select_attachments!()
            );
            let rows: Vec<AttachmentRow> = self.fetch_many(&sql, &padded_ids(ids, count)).await?;
            attachments.extend(rows);
        }
        Ok(attachments)
    }
}

impl Tx {
    /// Makes an attachment. *Errors*: `Conflict` on the foreign key when the blob isn't there.
    pub async fn insert_attachment(&mut self, attachment: &NewAttachment) -> Result<()> {
        let sql = "INSERT INTO attachments (id, account_id, workspace_id, asset_id, review_id, comment_id, \
                   created_by_user_id, name, description, file_name, sha256, size_bytes, sequence, \
                   created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
        let params = params![
            attachment.id,
            attachment.account_id,
            attachment.workspace_id,
            attachment.asset_id,
            attachment.attached_to.review_id(),
            attachment.attached_to.comment_id(),
            attachment.created_by_user_id,
            &attachment.name,
            attachment.description.as_deref(),
            &attachment.file_name,
            &attachment.sha256,
            attachment.size_bytes,
            attachment.sequence,
            attachment.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes an attachment. Answers whether the workspace has one of this id.
    pub async fn update_attachment(
        &mut self,
        workspace_id: WorkspaceId,
        id: AttachmentId,
        changes: &AttachmentChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE attachments SET name = COALESCE($3, name), \
                   description = CASE WHEN $4 THEN $5 ELSE description END, \
                   review_id = CASE WHEN $6 THEN $7 ELSE review_id END, \
                   comment_id = CASE WHEN $6 THEN $8 ELSE comment_id END, \
                   sequence = $9, updated_at_ms = $10 WHERE id = $2 AND workspace_id = $1";
        let params = params![
            workspace_id,
            id,
            changes.name.as_deref(),
            changes.description.is_some(),
            changes.description.as_ref().and_then(Option::as_deref),
            changes.attached_to.is_some(),
            changes.attached_to.and_then(AttachedTo::review_id),
            changes.attached_to.and_then(AttachedTo::comment_id),
            sequence,
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Lets these attachments of an asset hang on a review about it, in place of those that did. Answers false, and is to
    /// be dropped then, where one is not the asset's or hangs on something else.
    pub async fn replace_review_attachments(
        &mut self,
        asset_id: AssetId,
        review_id: ReviewId,
        ids: &[AttachmentId],
    ) -> Result<bool> {
        self.execute("UPDATE attachments SET review_id = NULL WHERE review_id = $1", params![review_id])
            .await?;
        let sql = "UPDATE attachments SET review_id = $2 WHERE id = $3 AND asset_id = $1 \
                   AND (review_id IS NULL OR review_id = $2) AND comment_id IS NULL";
        for id in ids {
            if !self.execute_one(sql, params![asset_id, review_id, *id]).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Deletes an attachment; its bytes are swept away when nothing else names them. Answers whether the workspace had
    /// one of this id.
    pub async fn delete_attachment(&mut self, workspace_id: WorkspaceId, id: AttachmentId) -> Result<bool> {
        let sql = "DELETE FROM attachments WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }
}
