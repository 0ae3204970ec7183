//! Reviews: what people find of a version of an asset. Who may approve and reject is decided elsewhere.

use mudlark_types::{AccountId, AssetId, ReviewId, ReviewStatus, UserId, VersionId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{IDS_PER_QUERY, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;

/// SQL for the review status of the asset `a`: that of the newest review of its current version, or `NULL` where that
/// has none. The one definition; what searches by it names it too.
macro_rules! asset_review_status {
    () => {
        "(SELECT r.status FROM reviews r WHERE r.asset_version_id = a.current_version_id \
         ORDER BY r.created_at_ms DESC, r.id DESC LIMIT 1)"
    };
}

row! {
    /// A review, with who wrote it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReviewRow from "r" as review_columns {
        /// Its id.
        id: ReviewId,
        /// The asset that it is about.
        asset_id: AssetId,
        /// The version that it is about.
        asset_version_id: VersionId,
        /// Who wrote it.
        user_id: UserId,
        /// Who is to decide.
        assigned_user_id: Option<UserId>,
        /// What it finds.
        status: ReviewStatus,
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

/// What a review is made from.
#[derive(Clone, Debug)]
pub struct NewReview {
    /// Its id.
    pub id: ReviewId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The asset that it is about.
    pub asset_id: AssetId,
    /// The version that it is about.
    pub asset_version_id: VersionId,
    /// Who writes it.
    pub user_id: UserId,
    /// Who is to decide.
    pub assigned_user_id: Option<UserId>,
    /// What it finds.
    pub status: ReviewStatus,
    /// What it says.
    pub content: String,
    /// The point or camera that it refers to: a JSON object.
    pub viewer_metadata: Option<String>,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// What to change of a review; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ReviewChanges {
    /// Somebody else who is to decide, or nobody.
    pub assigned_user_id: Option<Option<UserId>>,
    /// Another finding.
    pub status: Option<ReviewStatus>,
    /// Another text.
    pub content: Option<String>,
    /// Another place that it refers to, or none.
    pub viewer_metadata: Option<Option<String>>,
}

/// Which reviews of an asset to list; all of what is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFilter {
    /// Only those of this version.
    pub asset_version_id: Option<VersionId>,
    /// Only those that find this.
    pub status: Option<ReviewStatus>,
}

/// The condition of the queries for an asset's reviews: the workspace is `$1`, the asset `$2`, the filter `$3` to `$6`.
macro_rules! of_asset {
    () => {
        " FROM reviews r JOIN users u ON u.id = r.user_id WHERE r.workspace_id = $1 AND r.asset_id = $2 \
         AND (NOT $3 OR r.asset_version_id = $4) AND (NOT $5 OR r.status = $6)"
    };
}

impl Session {
    /// The review of this id on an asset of the workspace.
    pub async fn find_review(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: ReviewId,
    ) -> Result<Option<ReviewRow>> {
        let sql = concat!(
            "SELECT ",
            review_columns!(),
            ", ",
            user_columns!(),
            " FROM reviews r JOIN users u ON u.id = r.user_id",
            " WHERE r.id = $3 AND r.asset_id = $2 AND r.workspace_id = $1"
        );
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The reviews of an asset of the workspace, oldest first.
    pub async fn list_reviews(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        filter: ReviewFilter,
        page: Page,
    ) -> Result<Vec<ReviewRow>> {
        let sql = concat!(
            "SELECT ",
            review_columns!(),
            ", ",
            user_columns!(),
            of_asset!(),
            " AND (r.created_at_ms, r.id) > ($7, $8) ORDER BY r.created_at_ms, r.id LIMIT $9"
        );
        let (after_ms, after_id) = page.start();
        let params = params![
            workspace_id,
            asset_id,
            filter.asset_version_id.is_some(),
            filter.asset_version_id,
            filter.status.is_some(),
            filter.status,
            after_ms,
            after_id,
            page.limit,
        ];
        self.fetch_many(sql, params).await
    }

    /// How many reviews an asset of the workspace has.
    pub async fn count_reviews(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        filter: ReviewFilter,
    ) -> Result<i64> {
        let params = params![
            workspace_id,
            asset_id,
            filter.asset_version_id.is_some(),
            filter.asset_version_id,
            filter.status.is_some(),
            filter.status,
        ];
        let (count,) = self.fetch_scan(concat!("SELECT COUNT(*)", of_asset!()), params).await?;
        Ok(count)
    }

    /// Who is mentioned in these reviews, by review in the order they were named.
    pub async fn list_mentions_of_reviews(&mut self, ids: &[ReviewId]) -> Result<Vec<(ReviewId, UserId)>> {
        let mut mentions = Vec::new();
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!(
                "SELECT review_id, user_id FROM review_mentions WHERE review_id IN ({placeholders}) \
                 ORDER BY review_id, position"
            );
            let rows: Vec<(ReviewId, UserId)> = self.fetch_many(&sql, &padded_ids(ids, count)).await?;
            mentions.extend(rows);
        }
        Ok(mentions)
    }

    /// The review status of a live asset of the workspace, as `asset_review_status!` defines it.
    pub async fn find_review_status(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
    ) -> Result<Option<ReviewStatus>> {
        let sql = concat!(
            "SELECT ",
            asset_review_status!(),
            " FROM assets a WHERE a.id = $2 AND a.workspace_id = $1 AND a.deleted_at_ms IS NULL"
        );
        let row: Option<(Option<ReviewStatus>,)> =
            self.fetch_optional(sql, params![workspace_id, asset_id]).await?;
        Ok(row.and_then(|(status,)| status))
    }
}

impl Tx {
    /// Makes a review. That asset and version belong together is for the caller to have looked at.
    pub async fn insert_review(&mut self, review: &NewReview) -> Result<()> {
        let sql = "INSERT INTO reviews (id, account_id, workspace_id, asset_id, asset_version_id, user_id, \
                   assigned_user_id, status, content, viewer_metadata, sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
        let params = params![
            review.id,
            review.account_id,
            review.workspace_id,
            review.asset_id,
            review.asset_version_id,
            review.user_id,
            review.assigned_user_id,
            review.status,
            &review.content,
            review.viewer_metadata.as_deref(),
            review.sequence,
            review.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Changes a review. Answers whether the workspace has one of this id.
    pub async fn update_review(
        &mut self,
        workspace_id: WorkspaceId,
        id: ReviewId,
        changes: &ReviewChanges,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE reviews SET status = COALESCE($3, status), content = COALESCE($4, content), \
                   assigned_user_id = CASE WHEN $5 THEN $6 ELSE assigned_user_id END, \
                   viewer_metadata = CASE WHEN $7 THEN $8 ELSE viewer_metadata END, \
                   sequence = $9, updated_at_ms = $10 WHERE id = $2 AND workspace_id = $1";
        let params = params![
            workspace_id,
            id,
            changes.status,
            changes.content.as_deref(),
            changes.assigned_user_id.is_some(),
            changes.assigned_user_id.flatten(),
            changes.viewer_metadata.is_some(),
            changes.viewer_metadata.as_ref().and_then(Option::as_deref),
            sequence,
            now_ms,
        ];
        self.execute_one(sql, params).await
    }

    /// Lets a review mention these users, each once, in place of those it mentioned.
    pub async fn replace_review_mentions(&mut self, id: ReviewId, users: &[UserId]) -> Result<()> {
        self.execute("DELETE FROM review_mentions WHERE review_id = $1", params![id]).await?;
        let into = "review_mentions (review_id, position, user_id)";
        let mentions: Vec<(i64, UserId)> = (0..).zip(users.iter().copied()).collect();
        self.insert_each(into, &mentions, |(position, user)| [id.into(), (*position).into(), (*user).into()])
            .await
    }

    /// Deletes a review. Answers whether the workspace had one of this id.
    pub async fn delete_review(&mut self, workspace_id: WorkspaceId, id: ReviewId) -> Result<bool> {
        let sql = "DELETE FROM reviews WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }
}
