//! What people say about a version of an asset.

use mudlark_types::{AccountId, AssetId, CommentId, UserId, VersionId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::search::{Subject, Words};
use crate::session::{Session, Tx};
use crate::sql::{params, row};
use crate::users::UserRow;

row! {
    /// A comment, with who wrote it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CommentRow from "c" as comment_columns {
        /// Its id.
        id: CommentId,
        /// The asset that it is about.
        asset_id: AssetId,
        /// The version that it is about.
        asset_version_id: VersionId,
        /// The comment that it replies to.
        parent_id: Option<CommentId>,
        /// Who wrote it.
        user_id: UserId,
        /// What it says.
        content: String,
        /// The point or camera that it refers to: a JSON object.
        viewer_metadata: Option<String>,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    } joined {
        /// Who wrote it.
        user: UserRow = UserRow::from_row,
    }
}

/// What a comment is made from.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// Its id.
    pub id: CommentId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The asset that it is about.
    pub asset_id: AssetId,
    /// The version that it is about.
    pub asset_version_id: VersionId,
    /// The comment that it replies to.
    pub parent_id: Option<CommentId>,
    /// Who writes it.
    pub user_id: UserId,
    /// What it says.
    pub content: String,
    /// The point or camera that it refers to: a JSON object.
    pub viewer_metadata: Option<String>,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a comment; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct CommentChanges {
    /// Another text.
    pub content: Option<String>,
    /// Another place that it refers to, or none.
    pub viewer_metadata: Option<Option<String>>,
}

/// The start of the queries for comments, with the workspace as `$1` and the asset as `$2`.
macro_rules! select_comments {
    () => {
        concat!(
            "SELECT ",
            comment_columns!(),
            ", ",
            user_columns!(),
            " FROM comments c JOIN users u ON u.id = c.user_id",
            " WHERE c.workspace_id = $1 AND c.asset_id = $2 AND c.deleted_at_ms IS NULL"
        )
    };
}

impl Session {
    /// The comment of this id on an asset of the workspace.
    pub async fn find_comment(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: CommentId,
    ) -> Result<Option<CommentRow>> {
        let sql = concat!(select_comments!(), " AND c.id = $3");
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The comments on an asset of the workspace, of one version if one is named, oldest first.
    pub async fn list_comments(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        version_id: Option<VersionId>,
        page: Page,
    ) -> Result<Vec<CommentRow>> {
        let sql = concat!(
            select_comments!(),
            " AND (NOT $3 OR c.asset_version_id = $4)",
            " AND (c.created_at_ms, c.id) > ($5, $6) ORDER BY c.created_at_ms, c.id LIMIT $7"
        );
        let (after_ms, after_id) = page.start();
        let params = params![
            workspace_id,
            asset_id,
            version_id.is_some(),
            version_id,
            after_ms,
            after_id,
            page.limit,
        ];
        self.fetch_many(sql, params).await
    }

    /// How many comments an asset of the workspace has, on one version if one is named.
    pub async fn count_comments(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        version_id: Option<VersionId>,
    ) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM comments WHERE workspace_id = $1 AND asset_id = $2 \
                   AND deleted_at_ms IS NULL AND (NOT $3 OR asset_version_id = $4)";
        let params = params![workspace_id, asset_id, version_id.is_some(), version_id];
        let (count,) = self.fetch_scan(sql, params).await?;
        Ok(count)
    }
}

impl Tx {
    /// Makes a comment. That asset, version and parent belong together is for the caller to have looked at.
    pub async fn insert_comment(&mut self, comment: &NewComment) -> Result<()> {
        let sql = "INSERT INTO comments (id, account_id, workspace_id, asset_id, asset_version_id, parent_id, \
                   user_id, content, viewer_metadata, sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
        let params = params![
            comment.id,
            comment.account_id,
            comment.workspace_id,
            comment.asset_id,
            comment.asset_version_id,
            comment.parent_id,
            comment.user_id,
            &comment.content,
            comment.viewer_metadata.as_deref(),
            comment.sequence,
            comment.created_at_ms,
        ];
        self.execute(sql, params).await?;
        let subject = Subject::Comment(comment.id);
        self.insert_search_entry(comment.workspace_id, subject, &Words::of(&comment.content)).await
    }

    /// Changes a comment. Answers whether the workspace has one of this id.
    pub async fn update_comment(
        &mut self,
        workspace_id: WorkspaceId,
        id: CommentId,
        changes: &CommentChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE comments SET content = COALESCE($3, content), \
                   viewer_metadata = CASE WHEN $4 THEN $5 ELSE viewer_metadata END, \
                   sequence = $6, updated_at_ms = $7 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let params = params![
            workspace_id,
            id,
            changes.content.as_deref(),
            changes.viewer_metadata.is_some(),
            changes.viewer_metadata.as_ref().and_then(Option::as_deref),
            sequence,
            now_ms,
        ];
        let is_there = self.execute_one(sql, params).await?;
        if is_there && changes.content.is_some() {
            self.renew_search_entry(Subject::Comment(id)).await?;
        }
        Ok(is_there)
    }

    /// Deletes a comment; replies to it stay, and what was attached to it stays with the asset. Answers whether the workspace had one of this id.
    pub async fn delete_comment(
        &mut self,
        workspace_id: WorkspaceId,
        id: CommentId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE comments SET deleted_at_ms = $4, sequence = $3, updated_at_ms = $4 \
                   WHERE id = $2 AND workspace_id = $1 AND deleted_at_ms IS NULL";
        let deleted = self.execute_one(sql, params![workspace_id, id, sequence, now_ms]).await?;
        if deleted {
            self.delete_search_entry(Subject::Comment(id)).await?;
            self.execute("UPDATE attachments SET comment_id = NULL WHERE comment_id = $1", params![id])
                .await?;
        }
        Ok(deleted)
    }
}
