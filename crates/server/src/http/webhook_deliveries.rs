//! What webhooks have told, and what came of it; and telling it again.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use mudlark_store::{NewWebhookDelivery, ReplayedDeliveries, Session, WebhookDeliveryRow};
use mudlark_types::wire::{WebhookDelivery, WebhookDeliveryLog, WebhookReplay};
use mudlark_types::{ErrorCode, EventType, WebhookDeliveryId, WebhookDeliveryState, WebhookId};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::conditional::Tagged;
use crate::http::extract::{Input, Path, Query, moment};
use crate::http::guard::InWorkspace;
use crate::http::paging::{self, PageQuery, Paged};
use crate::http::registry::{Api, Origin};
use crate::http::webhooks::{self, ADMINISTER};
use crate::ops::event::Event;
use crate::views;
use crate::webhooks::GIVE_UP_AFTER_MS;

pub(crate) fn routes(api: &mut Api) {
    api.add(ADMINISTER, Origin::Mudlark, routes!(list_webhook_deliveries));
    api.add(ADMINISTER, Origin::Mudlark, routes!(find_webhook_delivery));
    api.add(ADMINISTER, Origin::Mudlark, routes!(replay_webhook_delivery));
    api.add(ADMINISTER, Origin::Mudlark, routes!(replay_webhook_deliveries));
    api.add(ADMINISTER, Origin::Mudlark, routes!(test_webhook));
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveryQuery {
    /// Only those that have come so far.
    state: Option<WebhookDeliveryState>,
}

/// What a webhook has told and is about to tell, oldest first. What is finished is kept for 30 days.
#[utoipa::path(
    get, path = "/workspaces/webhooks/{webhook_id}/deliveries", tag = "Webhooks",
    operation_id = "list_webhook_deliveries",
    params(("webhook_id" = WebhookId, Path), DeliveryQuery, PageQuery),
    responses((status = 200, description = "The deliveries.", body = Vec<WebhookDelivery>))
)]
async fn list_webhook_deliveries(
    State(app): State<App>,
    caller: InWorkspace,
    Path(webhook_id): Path<WebhookId>,
    Query(query): Query<DeliveryQuery>,
    Query(page): Query<PageQuery>,
    uri: Uri,
) -> ApiResult<Paged<Vec<WebhookDelivery>>> {
    let state = query.state;
    let list = format!("deliveries {webhook_id} {}", state.map_or("all", WebhookDeliveryState::as_str));
    let page = page.page(&list)?;
    let mut session = app.store.read().await?;
    webhooks::get(&mut session, caller.workspace_id, webhook_id).await?;
    let rows = session.list_webhook_deliveries(webhook_id, state, page).await?;
    let total = session.count_webhook_deliveries(webhook_id, state).await?;
    let paged = paging::finish(rows, &page, total, &list, &uri, |row| (row.created_at_ms, row.id.as_uuid()))?;
    Ok(paged.map(|row| views::webhook_delivery(&row)))
}

/// The delivery of a webhook of the caller's workspace, or 404.
async fn get(
    session: &mut Session,
    caller: &InWorkspace,
    webhook_id: WebhookId,
    id: WebhookDeliveryId,
) -> ApiResult<WebhookDeliveryRow> {
    webhooks::get(session, caller.workspace_id, webhook_id).await?;
    let found = session.find_webhook_delivery(webhook_id, id).await?;
    found.ok_or_else(|| ApiError::not_found("delivery"))
}

/// One delivery, with what came of each attempt.
#[utoipa::path(
    get, path = "/workspaces/webhooks/{webhook_id}/deliveries/{delivery_id}", tag = "Webhooks",
    operation_id = "find_webhook_delivery",
    params(("webhook_id" = WebhookId, Path), ("delivery_id" = WebhookDeliveryId, Path)),
    responses((status = 200, description = "The delivery.", body = WebhookDeliveryLog))
)]
async fn find_webhook_delivery(
    State(app): State<App>,
    caller: InWorkspace,
    Path((webhook_id, id)): Path<(WebhookId, WebhookDeliveryId)>,
) -> ApiResult<Tagged<WebhookDeliveryLog>> {
    let mut session = app.store.read().await?;
    let delivery = get(&mut session, &caller, webhook_id, id).await?;
    let attempts = session.list_webhook_attempts(id).await?;
    let log = attempts.into_iter().map(views::webhook_attempt).collect();
    Ok(Tagged(WebhookDeliveryLog { delivery: views::webhook_delivery(&delivery), log }))
}

/// Deliver a message again, whether it was taken or not. It keeps its id.
#[utoipa::path(
    post, path = "/workspaces/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", tag = "Webhooks",
    operation_id = "replay_webhook_delivery",
    params(("webhook_id" = WebhookId, Path), ("delivery_id" = WebhookDeliveryId, Path)),
    responses((status = 200, description = "The delivery, which is pending now.", body = WebhookDelivery))
)]
async fn replay_webhook_delivery(
    State(app): State<App>,
    caller: InWorkspace,
    Path((webhook_id, id)): Path<(WebhookId, WebhookDeliveryId)>,
) -> ApiResult<Json<WebhookDelivery>> {
    let mut change = caller.begin(&app).await?;
    get(&mut change.tx, &caller, webhook_id, id).await?;
    let (now_ms, which) = (change.now_ms, ReplayedDeliveries::One(id));
    change.tx.replay_webhook_deliveries(webhook_id, which, now_ms, now_ms + GIVE_UP_AFTER_MS).await?;
    let delivery = get(&mut change.tx, &caller, webhook_id, id).await?;
    change.commit().await?;
    Ok(Json(views::webhook_delivery(&delivery)))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct ReplayInput {
    /// Only messages that were made from this moment on (RFC 3339). Left out: all that are kept.
    #[serde(default, deserialize_with = "moment")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-11-22T10:15:00Z")]
    since: Option<i64>,
}

/// Deliver again all that was given up, once its receiver is well.
#[utoipa::path(
    post, path = "/workspaces/webhooks/{webhook_id}/replay", tag = "Webhooks",
    operation_id = "replay_webhook_deliveries",
    params(("webhook_id" = WebhookId, Path)),
    request_body(content = ReplayInput, description = "May be empty."),
    responses((status = 200, description = "How many are pending now.", body = WebhookReplay))
)]
async fn replay_webhook_deliveries(
    State(app): State<App>,
    caller: InWorkspace,
    Path(webhook_id): Path<WebhookId>,
    Input(input): Input<ReplayInput>,
) -> ApiResult<Json<WebhookReplay>> {
    let mut change = caller.begin(&app).await?;
    webhooks::get(&mut change.tx, caller.workspace_id, webhook_id).await?;
    let (now_ms, which) = (change.now_ms, ReplayedDeliveries::FailedSince(input.since.unwrap_or(0)));
    let give_up_at_ms = now_ms + GIVE_UP_AFTER_MS;
    let replayed = change.tx.replay_webhook_deliveries(webhook_id, which, now_ms, give_up_at_ms).await?;
    change.commit().await?;
    Ok(Json(WebhookReplay { replayed }))
}

/// Send a test message to a webhook, of the type `webhook.test`, whatever the webhook tells of.
///
/// It is made, signed and tried again like any other, and comes to this webhook alone.
#[utoipa::path(
    post, path = "/workspaces/webhooks/{webhook_id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("webhook_id" = WebhookId, Path)),
    responses(
        (status = 200, description = "The message's delivery, which is pending.", body = WebhookDelivery),
        (status = 409, description = "The webhook is turned off."),
    )
)]
async fn test_webhook(
    State(app): State<App>,
    caller: InWorkspace,
    Path(webhook_id): Path<WebhookId>,
) -> ApiResult<Json<WebhookDelivery>> {
    let mut change = caller.begin(&app).await?;
    let webhook = webhooks::get(&mut change.tx, caller.workspace_id, webhook_id).await?;
    if !webhook.is_enabled {
        let off = "The webhook is turned off; turn it on with PATCH and \"enabled\": true";
        return Err(ApiError::new(ErrorCode::Conflict, off));
    }
    let event = Event::in_workspace(caller.workspace_id, EventType::WebhookTest, webhook_id);
    let delivery = NewWebhookDelivery {
        id: app.clock.new_id(),
        event_sequence: change.sequence,
        event_id: change.record(event.with("name", &webhook.name)),
        event_type: EventType::WebhookTest,
    };
    let (now_ms, id) = (change.now_ms, delivery.id);
    change.tx.insert_webhook_deliveries(webhook_id, &[delivery], now_ms, now_ms + GIVE_UP_AFTER_MS).await?;
    let delivery = get(&mut change.tx, &caller, webhook_id, id).await?;
    change.commit().await?;
    Ok(Json(views::webhook_delivery(&delivery)))
}
