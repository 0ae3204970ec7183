//! The words of a review.

use crate::vocabulary::names;

names!(
    /// What a review finds of its version.
    ReviewStatus, "pending, approved, rejected", {
        /// Nothing yet.
        Pending = "pending",
        /// It is good.
        Approved = "approved",
        /// It has to be done again.
        Rejected = "rejected",
    }
);
