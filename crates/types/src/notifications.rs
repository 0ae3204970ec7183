//! What users are told of.

use crate::vocabulary::names;

names!(
    /// Why a user is told of something.
    NotificationKind, "task_assigned, review_assigned, review_mentioned, review_requested, comment_replied, asset_updated", {
        /// A task was given to them.
        TaskAssigned = "task_assigned",
        /// A review was given to them.
        ReviewAssigned = "review_assigned",
        /// A review mentions them.
        ReviewMentioned = "review_mentioned",
        /// They were asked for a review.
        ReviewRequested = "review_requested",
        /// Somebody replied to a comment of theirs.
        CommentReplied = "comment_replied",
        /// An asset that they subscribe to has a new version, review or comment.
        AssetUpdated = "asset_updated",
    }
);
