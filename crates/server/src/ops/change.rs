//! The frame of every change a caller makes: one transaction, the account's next sequence number, the events that tell
//! of it, and the idempotency key that came with the request.

use mudlark_store::{NewEvent, NewJob, Tx};
use mudlark_types::{AccountId, EventId, UserId};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::ops::event::Event;
use crate::ops::idempotency_key::{IdempotencyKey, in_progress};

/// A change being made. Dropped before [`Change::commit`], nothing of it has happened.
pub(crate) struct Change {
    pub(crate) tx: Tx,
    /// The account's number for this change; every row it touches takes it.
    pub(crate) sequence: i64,
    pub(crate) now_ms: i64,
    account_id: AccountId,
    user_id: Option<UserId>,
    events: Vec<NewEvent>,
    has_jobs: bool,
    app: App,
}

impl Change {
    /// Begins a change in the user's name, or in the server's own. Taking the account's sequence first also lets the account's writers through
    /// one at a time.
    pub(crate) async fn begin(
        app: &App,
        account_id: AccountId,
        user_id: impl Into<Option<UserId>>,
        idempotency: Option<&IdempotencyKey>,
    ) -> ApiResult<Self> {
        let mut tx = app.store.begin().await?;
        let sequence = tx.next_sequence(account_id).await?;
        // Only now, so that the account's changes have their times in their order.
        let now_ms = app.clock.now_ms();
        if let Some(key) = idempotency
            && !tx.insert_idempotency_key(&key.performed(now_ms)).await?
        {
            return Err(in_progress());
        }
        let user_id = user_id.into();
        Ok(Self {
            tx,
            sequence,
            now_ms,
            account_id,
            user_id,
            events: Vec::new(),
            has_jobs: false,
            app: app.clone(),
        })
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Notes what the change does. It is written with the change, for histories and for those who follow. Answers its id.
    pub(crate) fn record(&mut self, event: Event) -> EventId {
        let id = self.app.clock.new_id();
        self.events.push(event.into_row(id));
        id
    }

    /// Asks for a job: it comes to be with the change, and is begun as soon as a process has a place for it.
    pub(crate) async fn enqueue(&mut self, job: &NewJob) -> ApiResult<()> {
        self.tx.enqueue_job(job).await?;
        self.has_jobs = true;
        Ok(())
    }

    /// Makes the change durable; when this returns, no crash undoes it.
    pub(crate) async fn commit(mut self) -> ApiResult<()> {
        if !self.events.is_empty() {
            let Self { account_id, user_id, sequence, now_ms, .. } = self;
            self.tx.insert_events(account_id, user_id, &self.events, sequence, now_ms).await?;
        }
        self.tx.commit().await.map_err(ApiError::from_store)?;
        self.app.followers.tell(self.account_id, self.sequence);
        if self.has_jobs {
            self.app.jobs.wake();
        }
        Ok(())
    }
}
