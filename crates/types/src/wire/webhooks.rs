//! Webhooks on the wire. A secret is in two answers alone, those that make one; values of headers are in none.

use serde::Serialize;

use crate::{
    EventId, EventType, EventTypes, Timestamp, UserId, WebhookDeliveryId, WebhookDeliveryState, WebhookId,
    WorkspaceId,
};

/// Where others are told of what happens in a workspace.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Webhook {
    pub id: WebhookId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// Where messages go.
    pub url: String,
    /// What it tells of; empty for everything.
    #[schema(value_type = Vec<EventType>)]
    pub events: EventTypes,
    /// The names of the headers that messages carry; their values are not shown.
    pub header_names: Vec<String>,
    pub enabled: bool,
    /// Whether messages hold more than ids.
    #[serde(rename = "allowSensitiveData")]
    pub allow_sensitive_data: bool,
    /// Until when messages are signed with the secret before the present one, too.
    #[schema(required)]
    pub previous_secret_expires_at: Option<Timestamp>,
    pub created_by_user_id: UserId,
    pub sequence: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A webhook with a secret that was just made, and is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookWithSecret {
    /// Can't be shown again: keep it where secrets are kept. Messages are checked with it as Standard Webhooks says.
    #[schema(example = "whsec_…")]
    pub secret: String,
    #[serde(flatten)]
    pub webhook: Webhook,
}

/// A message of a webhook, and how far its delivery has come.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookDelivery {
    /// The message's `id`, and its header `webhook-id`; the same for each attempt.
    pub id: WebhookDeliveryId,
    pub webhook_id: WebhookId,
    /// What it tells of, as the feed of changes has it.
    pub event_id: EventId,
    /// The event's sequence.
    pub sequence: i64,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub state: WebhookDeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// The status that the last attempt was answered with; `null` where there was no answer.
    #[schema(required)]
    pub last_status: Option<i64>,
    /// Why the last attempt was no success.
    #[schema(required)]
    pub last_error: Option<String>,
    /// While it is pending: when it is tried.
    #[schema(required)]
    pub next_attempt_at: Option<Timestamp>,
    /// While it is pending: when it is given up.
    #[schema(required)]
    pub gives_up_at: Option<Timestamp>,
    /// When it was delivered or given up.
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A delivery with all its attempts.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookDeliveryLog {
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
    /// In order.
    pub log: Vec<WebhookAttempt>,
}

/// What came of an attempt to deliver a message.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookAttempt {
    /// Counted from 1.
    pub number: i64,
    pub attempted_at: Timestamp,
    /// In milliseconds.
    pub took_ms: i64,
    /// The status it was answered with; `null` where there was no answer.
    #[schema(required)]
    pub status: Option<i64>,
    /// Why it was no success.
    #[schema(required)]
    pub error: Option<String>,
}

/// How many deliveries are tried again.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookReplay {
    pub replayed: u64,
}
