//! Review requests as they go over the wire.

use mudlark_store::{ReviewRequestRow, ReviewerRow, VersionWithUser};
use mudlark_types::Timestamp;
use mudlark_types::wire::{ReviewRequest, Reviewer};

use super::{user, version};

pub(crate) fn review_request(
    row: ReviewRequestRow,
    reviewers: &[ReviewerRow],
    of_version: Option<&VersionWithUser>,
) -> ReviewRequest {
    ReviewRequest {
        id: row.id,
        asset_id: row.asset_id,
        asset_version_id: row.asset_version_id,
        user_id: row.user_id,
        content: row.content,
        reviewers: reviewers.iter().map(reviewer).collect(),
        version: of_version.map(|row| version(&row.version, &row.user)),
        user: user(&row.user),
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    }
}

fn reviewer(row: &ReviewerRow) -> Reviewer {
    Reviewer {
        user_id: row.user.id,
        review_id: row.review_id,
        status: row.status,
        answered_at: row.answered_at_ms.map(Timestamp),
        user: user(&row.user),
    }
}
