//! Deliveries of webhooks: which events they tell of, when each is tried, and what came of it. Events are looked at in
//! their order and once for each webhook; a delivery that somebody tries is kept from others until they should be done.

use mudlark_types::{EventId, EventType, WebhookDeliveryId, WebhookDeliveryState, WebhookId, WorkspaceId};

use crate::error::Result;
use crate::paging::Page;
use crate::session::{Session, Tx};
use crate::sql::{params, row};
use crate::webhooks::WebhookRow;

row! {
    /// A delivery, with what came of the last attempt.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WebhookDeliveryRow from "d" as delivery_columns {
        /// Its id, the same for each attempt.
        id: WebhookDeliveryId,
        /// The webhook it is of.
        webhook_id: WebhookId,
        /// The change of the event that it tells of.
        event_sequence: i64,
        /// The event that it tells of.
        event_id: EventId,
        /// What happened.
        event_type: EventType,
        /// How far it has come.
        state: WebhookDeliveryState,
        /// How often it was tried.
        attempts: i64,
        /// While pending: when it is tried; while somebody tries it: when they are taken to have failed.
        due_at_ms: i64,
        /// While pending: when it is given up.
        give_up_at_ms: i64,
        /// When the event was looked at.
        created_at_ms: i64,
        /// When it was delivered or given up.
        finished_at_ms: Option<i64>,
    } joined {
        /// The status that the last attempt was answered with.
        last_status: Option<i64> = |columns: &mut crate::sql::Columns<'_>| columns.get(),
        /// Why the last attempt was no success.
        last_error: Option<String> = |columns: &mut crate::sql::Columns<'_>| columns.get(),
    }
}

row! {
    /// What came of an attempt.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WebhookAttemptRow from "x" as attempt_columns {
        /// Which attempt, counted from 1.
        number: i64,
        /// When it began.
        attempted_at_ms: i64,
        /// How long it took.
        took_ms: i64,
        /// The status it was answered with; none where there was no answer.
        status: Option<i64>,
        /// Why it was no success; none where it was one.
        error: Option<String>,
    }
}

/// What a delivery is made from.
#[derive(Clone, Copy, Debug)]
pub struct NewWebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The change of the event that it tells of.
    pub event_sequence: i64,
    /// The event that it tells of.
    pub event_id: EventId,
    /// What happened.
    pub event_type: EventType,
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterAttempt {
    /// It was taken.
    Delivered,
    /// It is tried again at this time.
    RetryAt(i64),
    /// It is given up.
    GivenUp,
}

/// The start of the queries for deliveries.
macro_rules! select_deliveries {
    () => {
        concat!(
            "SELECT ",
            delivery_columns!(),
            ", x.status, x.error FROM webhook_deliveries d",
            " LEFT JOIN webhook_attempts x ON x.delivery_id = d.id AND x.number = d.attempts"
        )
    };
}

/// What a webhook must be to tell: enabled, of a workspace that is not in the trash and an account that is open.
macro_rules! telling {
    () => {
        " FROM webhooks w JOIN workspaces s ON s.id = w.workspace_id JOIN accounts a ON a.id = w.account_id \
         WHERE w.is_enabled = 1 AND s.deleted_at_ms IS NULL AND a.suspended_at_ms IS NULL \
         AND a.closed_at_ms IS NULL AND w.id > $1"
    };
}

impl Session {
    /// Webhooks of all accounts, by id and after this one, for which events wait to be looked at.
    pub async fn list_webhooks_behind(&mut self, after: WebhookId, limit: i64) -> Result<Vec<WebhookRow>> {
        let sql = concat!(
            "SELECT ",
            webhook_columns!(),
            telling!(),
            " AND EXISTS (SELECT 1 FROM events e WHERE e.workspace_id = w.workspace_id",
            " AND (e.sequence, e.id) > (w.queued_sequence, w.queued_event_id)) ORDER BY w.id LIMIT $2"
        );
        self.fetch_many(sql, params![after, limit]).await
    }

    /// Webhooks of all accounts, by id and after this one, with deliveries that are due.
    pub async fn list_webhooks_due(
        &mut self,
        after: WebhookId,
        now_ms: i64,
        limit: i64,
    ) -> Result<Vec<WebhookRow>> {
        let sql = concat!(
            "SELECT ",
            webhook_columns!(),
            telling!(),
            " AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending'",
            " AND d.due_at_ms <= $2) ORDER BY w.id LIMIT $3"
        );
        self.fetch_many(sql, params![after, now_ms, limit]).await
    }

    /// The webhook's deliveries that are due, the longest due first.
    pub async fn list_due_webhook_deliveries(
        &mut self,
        webhook_id: WebhookId,
        now_ms: i64,
        limit: i64,
    ) -> Result<Vec<WebhookDeliveryRow>> {
        let sql = concat!(
            select_deliveries!(),
            " WHERE d.webhook_id = $1 AND d.state = 'pending' AND d.due_at_ms <= $2",
            " ORDER BY d.due_at_ms, d.id LIMIT $3"
        );
        self.fetch_few(sql, params![webhook_id, now_ms, limit]).await
    }

    /// The delivery of this id of a webhook.
    pub async fn find_webhook_delivery(
        &mut self,
        webhook_id: WebhookId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDeliveryRow>> {
        let sql = concat!(select_deliveries!(), " WHERE d.id = $2 AND d.webhook_id = $1");
        self.fetch_optional(sql, params![webhook_id, id]).await
    }

    /// A webhook's deliveries, oldest first; only those in a state, where one is given.
    pub async fn list_webhook_deliveries(
        &mut self,
        webhook_id: WebhookId,
        state: Option<WebhookDeliveryState>,
        page: Page,
    ) -> Result<Vec<WebhookDeliveryRow>> {
        let sql = concat!(
            select_deliveries!(),
            " WHERE d.webhook_id = $1 AND (NOT $2 OR d.state = $3) AND (d.created_at_ms, d.id) > ($4, $5)",
            " ORDER BY d.created_at_ms, d.id LIMIT $6"
        );
        let (after_ms, after_id) = page.start();
        let params = params![webhook_id, state.is_some(), state, after_ms, after_id, page.limit];
        self.fetch_many(sql, params).await
    }

    /// How many deliveries a webhook has; only those in a state, where one is given.
    pub async fn count_webhook_deliveries(
        &mut self,
        webhook_id: WebhookId,
        state: Option<WebhookDeliveryState>,
    ) -> Result<i64> {
        let sql =
            "SELECT COUNT(*) FROM webhook_deliveries d WHERE d.webhook_id = $1 AND (NOT $2 OR d.state = $3)";
        let (count,) = self.fetch_scan(sql, params![webhook_id, state.is_some(), state]).await?;
        Ok(count)
    }

    /// Deliveries of all webhooks that are not delivered: those that were given up, the newest first, and, unless only they
    /// are asked for, those that are to be tried, the first due first.
    pub async fn list_undelivered(
        &mut self,
        only_failed: bool,
        limit: i64,
    ) -> Result<Vec<WebhookDeliveryRow>> {
        let sql = concat!(
            select_deliveries!(),
            " WHERE d.state = 'failed' ORDER BY d.finished_at_ms DESC, d.id LIMIT $1"
        );
        let mut rows: Vec<WebhookDeliveryRow> = self.fetch_many(sql, params![limit]).await?;
        let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
        if !only_failed && left > 0 {
            let sql = concat!(
                select_deliveries!(),
                " WHERE d.state = 'pending' ORDER BY d.due_at_ms, d.id LIMIT $1"
            );
            rows.extend(self.fetch_many::<WebhookDeliveryRow>(sql, params![left]).await?);
        }
        Ok(rows)
    }

    /// How many deliveries of webhooks that tell wait for their time or are being tried, how many are due, and how many were
    /// given up; and when the first of those that are due came to be so, or now.
    pub async fn count_undelivered(&mut self, now_ms: i64) -> Result<(i64, i64, i64, i64)> {
        let sql = concat!(
            "SELECT COUNT(CASE WHEN d.due_at_ms > $2 THEN 1 END), COUNT(CASE WHEN d.due_at_ms <= $2 THEN 1 END), ",
            "(SELECT COUNT(*) FROM webhook_deliveries f WHERE f.state = 'failed'), ",
            "COALESCE(MIN(CASE WHEN d.due_at_ms <= $2 THEN d.due_at_ms END), $2) ",
            "FROM webhook_deliveries d WHERE d.state = 'pending' AND d.webhook_id IN (SELECT w.id",
            telling!(),
            ")"
        );
        self.fetch_scan(sql, params![WebhookId::from_uuid(uuid::Uuid::nil()), now_ms]).await
    }

    /// The delivery of this id, of any webhook.
    pub async fn find_delivery_of_any_webhook(
        &mut self,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDeliveryRow>> {
        self.fetch_optional(concat!(select_deliveries!(), " WHERE d.id = $1"), params![id]).await
    }

    /// What came of a delivery's attempts, in order.
    pub async fn list_webhook_attempts(&mut self, id: WebhookDeliveryId) -> Result<Vec<WebhookAttemptRow>> {
        let sql = concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM webhook_attempts x WHERE x.delivery_id = $1 ORDER BY x.number"
        );
        self.fetch_few(sql, params![id]).await
    }
}

impl Tx {
    /// Notes how far events were looked at for a webhook, and what of them it is to tell. Answers false, with nothing
    /// done, where somebody else has looked meanwhile.
    pub async fn queue_webhook_deliveries(
        &mut self,
        webhook: &WebhookRow,
        upto: (i64, EventId),
        deliveries: &[NewWebhookDelivery],
        now_ms: i64,
        give_up_at_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE webhooks SET queued_sequence = $4, queued_event_id = $5 \
                   WHERE id = $1 AND queued_sequence = $2 AND queued_event_id = $3";
        let (sequence, event_id) = upto;
        let params =
            params![webhook.id, webhook.queued_sequence, webhook.queued_event_id, sequence, event_id];
        if !self.execute_one(sql, params).await? {
            return Ok(false);
        }
        self.insert_webhook_deliveries(webhook.id, deliveries, now_ms, give_up_at_ms).await?;
        Ok(true)
    }

    /// Keeps deliveries of a webhook, due now.
    pub async fn insert_webhook_deliveries(
        &mut self,
        webhook_id: WebhookId,
        deliveries: &[NewWebhookDelivery],
        now_ms: i64,
        give_up_at_ms: i64,
    ) -> Result<()> {
        let sql = "INSERT INTO webhook_deliveries (id, webhook_id, event_sequence, event_id, event_type, state, \
                   attempts, due_at_ms, give_up_at_ms, created_at_ms) \
                   VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $7, $6)";
        self.execute_each(sql, deliveries, |delivery| {
            [
                delivery.id.into(),
                webhook_id.into(),
                delivery.event_sequence.into(),
                delivery.event_id.into(),
                delivery.event_type.into(),
                now_ms.into(),
                give_up_at_ms.into(),
            ]
        })
        .await
    }

    /// Takes a delivery that is due, so that nobody else tries it before `until_ms`. Answers false where it is not due.
    pub async fn claim_webhook_delivery(
        &mut self,
        id: WebhookDeliveryId,
        now_ms: i64,
        until_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE webhook_deliveries SET due_at_ms = $3 WHERE id = $1 AND state = 'pending' AND due_at_ms <= $2";
        self.execute_one(sql, params![id, now_ms, until_ms]).await
    }

    /// Notes what came of an attempt, and what becomes of the delivery. One that was replayed or taken over meanwhile
    /// keeps its state, and the attempt its line. Answers false where the delivery is gone.
    pub async fn note_webhook_attempt(
        &mut self,
        delivery: &WebhookDeliveryRow,
        attempt: &WebhookAttemptRow,
        then: AfterAttempt,
    ) -> Result<bool> {
        let (state, due_at_ms, finished) = match then {
            AfterAttempt::Delivered => (WebhookDeliveryState::Delivered, delivery.due_at_ms, true),
            AfterAttempt::RetryAt(at_ms) => (WebhookDeliveryState::Pending, at_ms, false),
            AfterAttempt::GivenUp => (WebhookDeliveryState::Failed, delivery.due_at_ms, true),
        };
        let finished_at_ms = finished.then_some(attempt.attempted_at_ms + attempt.took_ms);
        let sql = "UPDATE webhook_deliveries SET attempts = attempts + 1, \
                   state = CASE WHEN due_at_ms = $2 THEN $3 ELSE state END, \
                   finished_at_ms = CASE WHEN due_at_ms = $2 THEN $4 ELSE finished_at_ms END, \
                   due_at_ms = CASE WHEN due_at_ms = $2 THEN $5 ELSE due_at_ms END WHERE id = $1";
        let params = params![delivery.id, delivery.due_at_ms, state, finished_at_ms, due_at_ms];
        if !self.execute_one(sql, params).await? {
            return Ok(false);
        }
        let sql = "INSERT INTO webhook_attempts (delivery_id, number, attempted_at_ms, took_ms, status, error) \
                   SELECT d.id, d.attempts, $2, $3, $4, $5 FROM webhook_deliveries d WHERE d.id = $1";
        let params = params![
            delivery.id,
            attempt.attempted_at_ms,
            attempt.took_ms,
            attempt.status,
            attempt.error.as_deref(),
        ];
        self.execute_one(sql, params).await
    }

    /// Lets a webhook's finished deliveries be tried again from now on: one, or all in a state. Answers how many.
    pub async fn replay_webhook_deliveries(
        &mut self,
        webhook_id: WebhookId,
        which: ReplayedDeliveries,
        now_ms: i64,
        give_up_at_ms: i64,
    ) -> Result<u64> {
        let set = "UPDATE webhook_deliveries SET state = 'pending', finished_at_ms = NULL, due_at_ms = $2, \
                   give_up_at_ms = $3 WHERE webhook_id = $1 AND ";
        match which {
            ReplayedDeliveries::One(id) => {
                let sql = format!("{set} id = $4");
                self.execute(&sql, params![webhook_id, now_ms, give_up_at_ms, id]).await
            }
            ReplayedDeliveries::FailedSince(since_ms) => {
                let sql = format!("{set} state = 'failed' AND created_at_ms >= $4");
                self.execute(&sql, params![webhook_id, now_ms, give_up_at_ms, since_ms]).await
            }
        }
    }

    /// Forgets deliveries that were finished before this. Answers how many there were.
    pub async fn delete_old_webhook_deliveries(&mut self, before_ms: i64) -> Result<u64> {
        self.execute("DELETE FROM webhook_deliveries WHERE finished_at_ms < $1", params![before_ms]).await
    }

    /// Turns off a webhook whose receiver wants no more. Answers whether it was on.
    pub async fn disable_webhook(
        &mut self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        sequence: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let sql = "UPDATE webhooks SET is_enabled = 0, sequence = $3, updated_at_ms = $4 \
                   WHERE id = $2 AND workspace_id = $1 AND is_enabled = 1";
        self.execute_one(sql, params![workspace_id, id, sequence, now_ms]).await
    }
}

/// Which deliveries are tried again.
#[derive(Clone, Copy, Debug)]
pub enum ReplayedDeliveries {
    /// The one of this id, whatever its state.
    One(WebhookDeliveryId),
    /// Those that were given up, of events from this time on.
    FailedSince(i64),
}
