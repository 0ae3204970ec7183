//! Review requests: who asks whom to review a version of an asset. The answers are the reviews themselves.

use mudlark_types::{
    AccountId, AssetId, ReviewId, ReviewRequestId, ReviewStatus, UserId, VersionId, WorkspaceId,
};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{Columns, IDS_PER_QUERY, id_placeholders, padded_ids, params, row};
use crate::users::UserRow;

row! {
    /// A review request, with who asks.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReviewRequestRow from "q" as review_request_columns {
        /// Its id.
        id: ReviewRequestId,
        /// The asset that it is about.
        asset_id: AssetId,
        /// The version that is to be reviewed.
        asset_version_id: VersionId,
        /// Who asks.
        user_id: UserId,
        /// What there is to look at.
        content: Option<String>,
        /// When it was made.
        created_at_ms: i64,
        /// When it was last changed.
        updated_at_ms: i64,
    } joined {
        /// Who asks.
        user: UserRow = UserRow::from_row,
    }
}

row! {
    /// Somebody who is asked, with their answer: their newest review of the version since then.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReviewerRow from "x" as reviewer_columns {
        /// The request.
        review_request_id: ReviewRequestId,
    } joined {
        /// Who is asked.
        user: UserRow = UserRow::from_row,
        /// The answer, if there is one.
        review_id: Option<ReviewId> = Columns::get,
        /// What it finds.
        status: Option<ReviewStatus> = Columns::get,
        /// When it was written.
        answered_at_ms: Option<i64> = Columns::get,
    }
}

/// What a review request is made from.
#[derive(Clone, Debug)]
pub struct NewReviewRequest {
    /// Its id.
    pub id: ReviewRequestId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The asset that it is about.
    pub asset_id: AssetId,
    /// The version that is to be reviewed.
    pub asset_version_id: VersionId,
    /// Who asks.
    pub user_id: UserId,
    /// What there is to look at.
    pub content: Option<String>,
    /// From [`Tx::next_sequence`].
    pub sequence: i64,
    /// When it is made.
    pub created_at_ms: i64,
}

/// The condition of the queries for an asset's review requests: the workspace is `$1`, the asset `$2`; of one version
/// if `$3`, that being `$4`.
macro_rules! of_asset {
    () => {
        " FROM review_requests q JOIN users u ON u.id = q.user_id \
         WHERE q.workspace_id = $1 AND q.asset_id = $2 AND (NOT $3 OR q.asset_version_id = $4)"
    };
}

impl Session {
    /// The review request of this id about an asset of the workspace.
    pub async fn find_review_request(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        id: ReviewRequestId,
    ) -> Result<Option<ReviewRequestRow>> {
        let sql = concat!(
            "SELECT ",
            review_request_columns!(),
            ", ",
            user_columns!(),
            " FROM review_requests q JOIN users u ON u.id = q.user_id",
            " WHERE q.id = $3 AND q.asset_id = $2 AND q.workspace_id = $1"
        );
        self.fetch_optional(sql, params![workspace_id, asset_id, id]).await
    }

    /// The review requests about an asset of the workspace, of one version if one is named, oldest first.
    pub async fn list_review_requests(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        version_id: Option<VersionId>,
        page: Page,
    ) -> Result<Vec<ReviewRequestRow>> {
        let sql = concat!(
            "SELECT ",
            review_request_columns!(),
            ", ",
            user_columns!(),
            of_asset!(),
            " AND (q.created_at_ms, q.id) > ($5, $6) ORDER BY q.created_at_ms, q.id LIMIT $7"
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

    /// How many review requests there are about an asset of the workspace, of one version if one is named.
    pub async fn count_review_requests(
        &mut self,
        workspace_id: WorkspaceId,
        asset_id: AssetId,
        version_id: Option<VersionId>,
    ) -> Result<i64> {
        let params = params![workspace_id, asset_id, version_id.is_some(), version_id];
        let (count,) = self.fetch_scan(concat!("SELECT COUNT(*)", of_asset!()), params).await?;
        Ok(count)
    }

    /// Who is asked by these requests and has answered what, by request in the order they were named.
    pub async fn list_reviewers(&mut self, ids: &[ReviewRequestId]) -> Result<Vec<ReviewerRow>> {
        let mut reviewers = Vec::new();
        for ids in ids.chunks(IDS_PER_QUERY) {
            let (placeholders, count) = id_placeholders(1, ids.len());
            let sql = format!(
                "SELECT {}, {}, r.id, r.status, r.created_at_ms FROM review_request_users x \
                 JOIN review_requests q ON q.id = x.review_request_id JOIN users u ON u.id = x.user_id \
                 LEFT JOIN reviews r ON r.id = (SELECT n.id FROM reviews n \
                   WHERE n.asset_version_id = q.asset_version_id AND n.created_at_ms >= q.created_at_ms \
                   AND n.user_id = x.user_id ORDER BY n.created_at_ms DESC, n.id DESC LIMIT 1) \
                 WHERE x.review_request_id IN ({placeholders}) ORDER BY x.review_request_id, x.position",
                reviewer_columns!(),
                user_columns!()
            );
            reviewers.extend(self.fetch_many(&sql, &padded_ids(ids, count)).await?);
        }
        Ok(reviewers)
    }
}

impl Tx {
    /// Makes a review request. That asset and version belong together is for the caller to have looked at.
    pub async fn insert_review_request(&mut self, request: &NewReviewRequest) -> Result<()> {
        let sql = "INSERT INTO review_requests (id, account_id, workspace_id, asset_id, asset_version_id, \
                   user_id, content, sequence, created_at_ms, updated_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
        let params = params![
            request.id,
            request.account_id,
            request.workspace_id,
            request.asset_id,
            request.asset_version_id,
            request.user_id,
            request.content.as_deref(),
            request.sequence,
            request.created_at_ms,
        ];
        self.execute(sql, params).await.map(drop)
    }

    /// Gives a review request another text, or none; where none is given, it stays. Answers whether the workspace has
    /// one of this id.
    pub async fn update_review_request(
        &mut self,
        workspace_id: WorkspaceId,
        id: ReviewRequestId,
        content: Option<Option<&str>>,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE review_requests SET content = CASE WHEN $3 THEN $4 ELSE content END, \
                   sequence = $5, updated_at_ms = $6 WHERE id = $2 AND workspace_id = $1";
        let params = params![workspace_id, id, content.is_some(), content.flatten(), sequence, now_ms];
        self.execute_one(sql, params).await
    }

    /// Asks these users, each once, in place of those who were asked.
    pub async fn replace_reviewers(&mut self, id: ReviewRequestId, users: &[UserId]) -> Result<()> {
        self.execute("DELETE FROM review_request_users WHERE review_request_id = $1", params![id]).await?;
        let into = "review_request_users (review_request_id, position, user_id)";
        let reviewers: Vec<(i64, UserId)> = (0..).zip(users.iter().copied()).collect();
        self.insert_each(into, &reviewers, |(position, user)| [id.into(), (*position).into(), (*user).into()])
            .await
    }

    /// Deletes a review request; what was answered stays. Answers whether the workspace had one of this id.
    pub async fn delete_review_request(
        &mut self,
        workspace_id: WorkspaceId,
        id: ReviewRequestId,
    ) -> Result<bool> {
        let sql = "DELETE FROM review_requests WHERE id = $2 AND workspace_id = $1";
        self.execute_one(sql, params![workspace_id, id]).await
    }
}
