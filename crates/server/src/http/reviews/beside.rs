//! What is shown beside reviews: whom they mention, what hangs on them, and their versions. Asked once for a whole page.

use std::collections::HashMap;

use mudlark_store::{AttachmentRow, ReviewRow, Session, VersionWithUser};
use mudlark_types::wire::Review;
use mudlark_types::{AssetId, ReviewId, UserId, VersionId};

use crate::error::ApiResult;
use crate::http::{attachments, versions};
use crate::views;

/// What is shown beside the reviews of an asset.
pub(super) struct Beside {
    mentions: HashMap<ReviewId, Vec<UserId>>,
    attachments: HashMap<ReviewId, Vec<AttachmentRow>>,
    versions: HashMap<VersionId, VersionWithUser>,
}

impl Beside {
    pub(super) async fn of(session: &mut Session, asset: AssetId, rows: &[ReviewRow]) -> ApiResult<Self> {
        let ids: Vec<ReviewId> = rows.iter().map(|row| row.id).collect();
        let mut mentions: HashMap<_, Vec<_>> = HashMap::new();
        for (review, user) in session.list_mentions_of_reviews(&ids).await? {
            mentions.entry(review).or_default().push(user);
        }
        let attachments = attachments::by_review(session, &ids).await?;
        let versions = versions::by_id(session, asset, rows.iter().map(|row| row.asset_version_id)).await?;
        Ok(Self { mentions, attachments, versions })
    }

    pub(super) fn show(&mut self, row: ReviewRow) -> ApiResult<Review> {
        let mentions = self.mentions.remove(&row.id).unwrap_or_default();
        let attachments = self.attachments.remove(&row.id).unwrap_or_default();
        let version = self.versions.get(&row.asset_version_id);
        views::review(row, mentions, &attachments, version)
    }
}
