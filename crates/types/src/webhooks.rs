//! The words of webhooks.

use crate::vocabulary::names;

names!(
    /// How far a delivery has come.
    WebhookDeliveryState, "pending, delivered, failed", {
        /// It is to be tried, for the first time or again.
        Pending = "pending",
        /// It was taken.
        Delivered = "delivered",
        /// It was given up.
        Failed = "failed",
    }
);
