//! Webhooks and their deliveries as they are shown.

use mudlark_auth::Vault;
use mudlark_store::{WebhookAttemptRow, WebhookDeliveryRow, WebhookRow};
use mudlark_types::wire::{Webhook, WebhookAttempt, WebhookDelivery};
use mudlark_types::{Timestamp, WebhookDeliveryState};

use crate::error::{ApiError, ApiResult};
use crate::webhooks::confidential::Confidential;

/// *Errors*: what is sealed can't be opened.
pub(crate) fn webhook(vault: &Vault, row: &WebhookRow) -> ApiResult<Webhook> {
    let confidential = Confidential::open(vault, row.id, &row.sealed).map_err(ApiError::internal)?;
    Ok(Webhook {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name.clone(),
        url: row.url.clone(),
        events: row.event_types,
        header_names: confidential.headers().keys().cloned().collect(),
        enabled: row.is_enabled,
        allow_sensitive_data: row.allow_sensitive_data,
        previous_secret_expires_at: row.previous_secret_until_ms.map(Timestamp),
        created_by_user_id: row.created_by_user_id,
        sequence: row.sequence,
        created_at: Timestamp(row.created_at_ms),
        updated_at: Timestamp(row.updated_at_ms),
    })
}

pub(crate) fn webhook_delivery(row: &WebhookDeliveryRow) -> WebhookDelivery {
    let pending = |at_ms| (row.state == WebhookDeliveryState::Pending).then_some(Timestamp(at_ms));
    WebhookDelivery {
        id: row.id,
        webhook_id: row.webhook_id,
        event_id: row.event_id,
        sequence: row.event_sequence,
        event_type: row.event_type,
        state: row.state,
        attempts: row.attempts,
        last_status: row.last_status,
        last_error: row.last_error.clone(),
        next_attempt_at: pending(row.due_at_ms),
        gives_up_at: pending(row.give_up_at_ms),
        finished_at: row.finished_at_ms.map(Timestamp),
        created_at: Timestamp(row.created_at_ms),
    }
}

pub(crate) fn webhook_attempt(row: WebhookAttemptRow) -> WebhookAttempt {
    WebhookAttempt {
        number: row.number,
        attempted_at: Timestamp(row.attempted_at_ms),
        took_ms: row.took_ms,
        status: row.status,
        error: row.error,
    }
}
