//! `mudlark jobs …`: what servers have to do beside requests, and what they could not. Deliveries of webhooks are shown
//! with it, and can be tried again; they are kept elsewhere.

use anyhow::bail;
use clap::Subcommand;
use mudlark_store::{JobFilter, JobRow, ReplayedDeliveries, WebhookDeliveryRow};
use mudlark_types::{JobId, JobState, Timestamp, WebhookDeliveryId, WebhookDeliveryState};
use serde_json::{Value, json};

use super::{Admin, audit_copy, block_on, output};
use crate::cli::AdminFlags;
use crate::jobs::{JobKind, WEBHOOK_DELIVERY};
use crate::webhooks::GIVE_UP_AFTER_MS;

/// How many deliveries are tried again in one transaction.
const BATCH: i64 = 500;

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List what is to be done, what is being done and what was given up: those that were given up first.
    List {
        /// Only what was given up. It is not tried again by itself.
        #[arg(long)]
        dead: bool,
        /// Only this kind, such as workspace_purge or webhook_delivery.
        #[arg(long)]
        kind: Option<String>,
        /// How many at the most.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Let a job be done at once, as if it had never failed, or all that were given up.
    Retry {
        /// The job, as `list` shows it.
        #[arg(required_unless_present = "all_dead", conflicts_with = "all_dead")]
        id: Option<JobId>,
        /// All that were given up; deliveries of webhooks only where their kind is asked for.
        #[arg(long)]
        all_dead: bool,
        /// Of these only this kind.
        #[arg(long, requires = "all_dead")]
        kind: Option<String>,
        #[command(flatten)]
        flags: AdminFlags,
    },
    /// Forget a job: it is not done.
    Discard {
        /// The job, as `list` shows it.
        id: JobId,
        #[command(flatten)]
        flags: AdminFlags,
    },
}

impl JobsCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            match self {
                Self::List { dead, kind, limit, flags } => {
                    let admin = Admin::open(&flags).await?;
                    let mut rows = list(&admin, dead, kind, limit).await?;
                    if !flags.json {
                        rows.iter_mut().for_each(printable);
                    }
                    let columns = ["id", "kind", "subject", "state", "attempts", "due_at", "last_error"];
                    output::list(flags.json, &rows, &columns)
                }
                Self::Retry { id: Some(id), flags, .. } => {
                    let admin = Admin::open(&flags).await?;
                    let retried = retry(&admin, id).await?;
                    output::object(flags.json, &retried)
                }
                Self::Retry { id: None, kind, flags, .. } => {
                    let admin = Admin::open(&flags).await?;
                    let retried = retry_dead(&admin, kind.as_deref()).await?;
                    output::object(flags.json, &json!({ "retried": retried }))
                }
                Self::Discard { id, flags } => {
                    let admin = Admin::open(&flags).await?;
                    discard(&admin, id).await?;
                    output::object(flags.json, &json!({ "id": id, "state": "discarded" }))
                }
            }
        })
    }
}

async fn list(admin: &Admin, dead: bool, kind: Option<String>, limit: i64) -> anyhow::Result<Vec<Value>> {
    let mut session = admin.data.store.read().await?;
    let with_deliveries = kind.as_deref().is_none_or(|kind| kind == WEBHOOK_DELIVERY);
    let filter = JobFilter { kind, only_dead: dead };
    let jobs = session.list_jobs(&filter, limit).await?;
    let mut rows: Vec<Value> = jobs.iter().map(job_view).collect();
    let left = limit - i64::try_from(rows.len())?;
    if with_deliveries && left > 0 {
        let now_ms = admin.clock.now_ms();
        let deliveries = session.list_undelivered(dead, left).await?;
        rows.extend(deliveries.iter().map(|delivery| delivery_view(delivery, now_ms)));
    }
    Ok(rows)
}

/// A terminal must not take what a client or a receiver wrote for orders or for a further line.
fn printable(row: &mut Value) {
    if let Some(Value::String(text)) = row.get_mut("last_error") {
        *text = audit_copy::visible(text);
    }
}

async fn retry(admin: &Admin, id: JobId) -> anyhow::Result<Value> {
    let store = &admin.data.store;
    let mut tx = store.begin().await?;
    if tx.retry_job(id).await? {
        tx.commit().await?;
        let job = store.read().await?.find_job(id).await?;
        // It may be done by now.
        return Ok(job.as_ref().map_or_else(|| json!({ "id": id, "state": "done" }), job_view));
    }
    if let Some(job) = tx.find_job(id).await? {
        bail!("{}", being_done(&job));
    }
    let Some(delivery) = tx.find_delivery_of_any_webhook(WebhookDeliveryId::from(id.as_uuid())).await? else {
        bail!("{}", absent(id));
    };
    if delivery.state == WebhookDeliveryState::Delivered {
        bail!(
            "the delivery {id} was taken by its receiver; the API sends it again all the same, by its replay"
        );
    }
    let now_ms = admin.clock.now_ms();
    let which = ReplayedDeliveries::One(delivery.id);
    tx.replay_webhook_deliveries(delivery.webhook_id, which, now_ms, now_ms + GIVE_UP_AFTER_MS).await?;
    let delivery = tx.find_webhook_delivery(delivery.webhook_id, delivery.id).await?;
    tx.commit().await?;
    Ok(delivery.map(|delivery| delivery_view(&delivery, now_ms)).unwrap_or_default())
}

async fn retry_dead(admin: &Admin, kind: Option<&str>) -> anyhow::Result<u64> {
    let mut retried = 0;
    if kind != Some(WEBHOOK_DELIVERY) {
        let mut tx = admin.data.store.begin().await?;
        retried += tx.retry_dead_jobs(kind).await?;
        tx.commit().await?;
        return Ok(retried);
    }
    loop {
        let mut tx = admin.data.store.begin().await?;
        let failed = tx.list_undelivered(true, BATCH).await?;
        if failed.is_empty() {
            return Ok(retried);
        }
        let now_ms = admin.clock.now_ms();
        for delivery in failed {
            let which = ReplayedDeliveries::One(delivery.id);
            let until_ms = now_ms + GIVE_UP_AFTER_MS;
            retried += tx.replay_webhook_deliveries(delivery.webhook_id, which, now_ms, until_ms).await?;
        }
        tx.commit().await?;
    }
}

async fn discard(admin: &Admin, id: JobId) -> anyhow::Result<()> {
    let mut tx = admin.data.store.begin().await?;
    let Some(job) = tx.find_job(id).await? else {
        let delivery = WebhookDeliveryId::from(id.as_uuid());
        if tx.find_delivery_of_any_webhook(delivery).await?.is_some() {
            bail!(
                "{id} is a delivery of a webhook: it is given up by itself after three days, and forgotten after thirty. To \
                 stop them all, turn the webhook off"
            );
        }
        bail!("{}", absent(id));
    };
    if JobKind::of(&job.kind).is_some_and(|kind| kind.plan().is_regular) {
        bail!(
            "{id} is regular work ({}), which a server needs done; `mudlark jobs retry {id}` does it now",
            job.kind
        );
    }
    if !tx.delete_job(id).await? {
        bail!("{}", being_done(&job));
    }
    Ok(tx.commit().await?)
}

fn absent(id: JobId) -> String {
    format!("there is no job {id}; `mudlark jobs list` shows those there are. One that was done is not kept")
}

fn being_done(job: &JobRow) -> String {
    format!(
        "the job {} is being done by a server; try again when it has ended, or, if that server is gone, after {}",
        job.id,
        Timestamp(job.due_at_ms)
    )
}

fn job_view(job: &JobRow) -> Value {
    let state = job.state();
    let at = |is: bool| is.then_some(Timestamp(job.due_at_ms));
    json!({
        "id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "account_id": job.account_id,
        "payload": serde_json::from_str::<Value>(&job.payload).unwrap_or_default(),
        "state": state,
        "priority": job.priority,
        "attempts": job.attempts,
        "lapses": job.lapses,
        "due_at": at(matches!(state, JobState::Due | JobState::Waiting)),
        "holder": job.lease_holder,
        "held_until": at(state == JobState::Running),
        "last_error": job.last_error,
        "created_at": Timestamp(job.created_at_ms),
        "dead_at": job.dead_at_ms.map(Timestamp),
    })
}

/// A delivery as if it were a job.
fn delivery_view(delivery: &WebhookDeliveryRow, now_ms: i64) -> Value {
    let state = match delivery.state {
        WebhookDeliveryState::Failed => "dead",
        _ if delivery.due_at_ms <= now_ms => "due",
        _ => "waiting",
    };
    json!({
        "id": delivery.id,
        "kind": WEBHOOK_DELIVERY,
        "subject": delivery.webhook_id,
        "state": state,
        "attempts": delivery.attempts,
        "due_at": (state != "dead").then_some(Timestamp(delivery.due_at_ms)),
        "last_error": delivery.last_error,
        "created_at": Timestamp(delivery.created_at_ms),
        "dead_at": delivery.finished_at_ms.map(Timestamp),
    })
}
