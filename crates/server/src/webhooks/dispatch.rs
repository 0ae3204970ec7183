//! The one task of a process that looks at what has happened, and delivers what is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mudlark_store::{
    AfterAttempt, EventPlace, NewWebhookDelivery, Page, StoreError, WebhookAttemptRow, WebhookDeliveryRow,
    WebhookRow,
};
use mudlark_types::{EventType, WebhookId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::send::{Outcome, send};
use super::{BACK_OFF, GIVE_UP_AFTER_MS};
use crate::app::App;
use crate::error::ApiResult;
use crate::ops::change::Change;
use crate::ops::event::Event;

/// How often the database is looked into where nothing has told of a change: others may have made one, and deliveries
/// become due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes that come this close are looked at together.
const GATHER: Duration = Duration::from_millis(30);
/// Attempts at once, of all webhooks.
const AT_ONCE: usize = 32;
/// Attempts at once of one webhook: a slow receiver keeps nobody else waiting.
const AT_ONCE_EACH: usize = 4;
/// How long a delivery that is being tried is kept from others: longer than an attempt takes. *Units*: milliseconds.
const CLAIM_MS: i64 = 60_000;
const EVENTS_AT_ONCE: i64 = 500;
const WEBHOOKS_AT_ONCE: i64 = 50;
/// No webhook has this id, and all come after it.
const BEFORE_ALL: WebhookId = WebhookId::from_uuid(Uuid::nil());
/// *Source*: Standard Webhooks 1.0.0, "Deliverability": a receiver that answers so wants no more.
const GONE: u16 = 410;

/// Runs until the server stops. Attempts that are under way then are broken off, and made again after their time.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut dispatcher = Dispatcher {
        app: app.clone(),
        under_way: JoinSet::new(),
        places: Arc::new(Semaphore::new(AT_ONCE)),
        places_of: HashMap::new(),
        after: BEFORE_ALL,
    };
    loop {
        if let Err(error) = dispatcher.look().await {
            tracing::warn!(%error, "webhooks were not looked after; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = dispatcher.under_way.join_next() => while dispatcher.under_way.try_join_next().is_some() {},
            () = app.followers.any_change() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

struct Dispatcher {
    app: App,
    under_way: JoinSet<()>,
    places: Arc<Semaphore>,
    /// Of webhooks with attempts under way.
    places_of: HashMap<WebhookId, Arc<Semaphore>>,
    /// The webhook whose deliveries were looked for last: each has its turn.
    after: WebhookId,
}

impl Dispatcher {
    async fn look(&mut self) -> Result<(), StoreError> {
        let mut after = BEFORE_ALL;
        loop {
            let behind = self.app.store.read().await?.list_webhooks_behind(after, WEBHOOKS_AT_ONCE).await?;
            let Some(last) = behind.last() else { break };
            after = last.id;
            for webhook in &behind {
                queue(&self.app, webhook).await?;
            }
        }
        self.places_of.retain(|_, places| places.available_permits() < AT_ONCE_EACH);
        let now_ms = self.app.clock.now_ms();
        let mut session = self.app.store.read().await?;
        let due = session.list_webhooks_due(self.after, now_ms, WEBHOOKS_AT_ONCE).await?;
        drop(session);
        // A page that is not full was the last one: the next look begins anew.
        let is_full = i64::try_from(due.len()) == Ok(WEBHOOKS_AT_ONCE);
        self.after = due.last().filter(|_| is_full).map_or(BEFORE_ALL, |last| last.id);
        for webhook in due {
            self.start(webhook, now_ms).await?;
        }
        Ok(())
    }

    /// Starts attempts of a webhook, as many as there are places for.
    async fn start(&mut self, webhook: WebhookRow, now_ms: i64) -> Result<(), StoreError> {
        let places_of = self.places_of.entry(webhook.id);
        let places_of = Arc::clone(places_of.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_EACH))));
        let free = places_of.available_permits().min(self.places.available_permits());
        if free == 0 {
            return Ok(());
        }
        let mut tx = self.app.store.begin().await?;
        let limit = i64::try_from(free).unwrap_or(0);
        let mut claimed = Vec::new();
        for mut delivery in tx.list_due_webhook_deliveries(webhook.id, now_ms, limit).await? {
            let until_ms = now_ms + CLAIM_MS;
            if tx.claim_webhook_delivery(delivery.id, now_ms, until_ms).await? {
                delivery.due_at_ms = until_ms;
                claimed.push(delivery);
            }
        }
        tx.commit().await?;
        for delivery in claimed {
            // There is a place: this task alone takes them.
            let places =
                (Arc::clone(&places_of).try_acquire_owned(), Arc::clone(&self.places).try_acquire_owned());
            let (app, webhook) = (self.app.clone(), webhook.clone());
            self.under_way.spawn(async move {
                attempt(&app, &webhook, &delivery).await;
                drop(places);
            });
        }
        Ok(())
    }
}

/// Looks at what has happened since a webhook's mark.
async fn queue(app: &App, webhook: &WebhookRow) -> Result<(), StoreError> {
    let mark = (webhook.queued_sequence, webhook.queued_event_id.as_uuid());
    let page = Page { after: Some(mark), limit: EVENTS_AT_ONCE };
    let place = EventPlace::Workspace(webhook.workspace_id);
    let events = app.store.read().await?.list_events(place, page).await?;
    let Some(last) = events.last() else { return Ok(()) };
    let types = webhook.event_types;
    // A test was queued with its event, for one webhook.
    let told = events.iter().filter(|event| event.event_type != EventType::WebhookTest);
    let told = told.filter(|event| types.is_empty() || types.contains(event.event_type));
    let deliveries: Vec<_> = told
        .map(|event| NewWebhookDelivery {
            id: app.clock.new_id(),
            event_sequence: event.sequence,
            event_id: event.id,
            event_type: event.event_type,
        })
        .collect();
    let now_ms = app.clock.now_ms();
    let mut tx = app.store.begin().await?;
    let mark = (last.sequence, last.id);
    if tx.queue_webhook_deliveries(webhook, mark, &deliveries, now_ms, now_ms + GIVE_UP_AFTER_MS).await? {
        tx.commit().await?;
    }
    Ok(())
}

/// Makes an attempt and notes what came of it.
async fn attempt(app: &App, webhook: &WebhookRow, delivery: &WebhookDeliveryRow) {
    let (attempted_at_ms, began) = (app.clock.now_ms(), Instant::now());
    let outcome = send(app, webhook, delivery).await.unwrap_or_else(|error| {
        tracing::error!(webhook = %webhook.id, error = format!("{error:#}"), "a message was not made");
        Outcome { status: None, error: Some("the message could not be made; see the server's log".into()) }
    });
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let then = after_attempt(&outcome, delivery, app.clock.now_ms());
    let is_gone = outcome.status == Some(GONE);
    tracing::debug!(webhook = %webhook.id, delivery = %delivery.id, ?then, "tried to deliver");
    let attempt = WebhookAttemptRow {
        number: delivery.attempts + 1,
        attempted_at_ms,
        took_ms,
        status: outcome.status.map(i64::from),
        error: outcome.error,
    };
    if let Err(error) = note(app, delivery, &attempt, then).await {
        // It is tried again when its time is over.
        tracing::warn!(webhook = %webhook.id, %error, "an attempt was not noted");
    }
    if is_gone && let Err(error) = turn_off(app, webhook).await {
        tracing::warn!(webhook = %webhook.id, error = error.message(), "a webhook was not turned off");
    }
}

fn after_attempt(outcome: &Outcome, delivery: &WebhookDeliveryRow, now_ms: i64) -> AfterAttempt {
    if outcome.error.is_none() {
        return AfterAttempt::Delivered;
    }
    let again_ms = now_ms + BACK_OFF.delay_ms(delivery.attempts + 1, delivery.id.as_uuid());
    if again_ms < delivery.give_up_at_ms && outcome.status != Some(GONE) {
        AfterAttempt::RetryAt(again_ms)
    } else {
        AfterAttempt::GivenUp
    }
}

async fn note(
    app: &App,
    delivery: &WebhookDeliveryRow,
    attempt: &WebhookAttemptRow,
    then: AfterAttempt,
) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    tx.note_webhook_attempt(delivery, attempt, then).await?;
    tx.commit().await
}

/// The receiver wants no more: what is said of that goes into the history.
async fn turn_off(app: &App, webhook: &WebhookRow) -> ApiResult<()> {
    let mut change = Change::begin(app, webhook.account_id, None, None).await?;
    let (workspace, sequence, now_ms) = (webhook.workspace_id, change.sequence, change.now_ms);
    if !change.tx.disable_webhook(workspace, webhook.id, sequence, now_ms).await? {
        return Ok(());
    }
    let event = Event::in_workspace(workspace, EventType::WebhookUpdated, webhook.id);
    change.record(event.with("name", &webhook.name).with("enabled", false));
    change.commit().await
}
