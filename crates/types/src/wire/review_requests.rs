//! Review requests on the wire.

use serde::Serialize;

use super::{User, Version};
use crate::{AssetId, ReviewId, ReviewRequestId, ReviewStatus, Timestamp, UserId, VersionId};

/// That somebody asks users to review a version of an asset.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReviewRequest {
    pub id: ReviewRequestId,
    pub asset_id: AssetId,
    pub asset_version_id: VersionId,
    /// Who asks.
    pub user_id: UserId,
    /// What there is to look at.
    #[schema(required)]
    pub content: Option<String>,
    /// Who is asked, and what they have answered.
    pub reviewers: Vec<Reviewer>,
    /// The version; `null` while it is in the trash.
    #[schema(required)]
    pub version: Option<Version>,
    /// Who asks.
    pub user: User,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Somebody who is asked for a review. The answer is their newest review of the version since they were asked.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Reviewer {
    pub user_id: UserId,
    /// Their answer; `null` until there is one.
    #[schema(required)]
    pub review_id: Option<ReviewId>,
    /// What it finds.
    #[schema(required)]
    pub status: Option<ReviewStatus>,
    /// When it was written.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    pub user: User,
}
