//! How many jobs there are, and of files at fault, for `/metrics`.

use std::time::Duration;

use mudlark_store::{JobCounts, StoreError};
use tokio_util::sync::CancellationToken;

use super::{JobKind, WEBHOOK_DELIVERY};
use crate::app::App;

/// How old the figures are at the most.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Keeps the figures true until the server stops. While the database is away they stay as they were.
pub(crate) async fn show_figures(app: App, stop: CancellationToken) {
    loop {
        if let Err(error) = count(&app).await {
            tracing::debug!(%error, "jobs were not counted; trying again");
        }
        if stop.run_until_cancelled(tokio::time::sleep(COUNT_EVERY)).await.is_none() {
            return;
        }
    }
}

async fn count(app: &App) -> Result<(), StoreError> {
    let mut session = app.store.read().await?;
    let counts = session.count_jobs(&JobKind::ALL.map(JobKind::as_str)).await?;
    let now_ms = app.clock.now_ms();
    let (waiting, due, dead, due_since_ms) = session.count_undelivered(now_ms).await?;
    let faults = session.count_content_faults().await?;
    drop(session);
    for kind in JobKind::ALL {
        if let Some(counts) = counts.iter().find(|counts| counts.kind == kind.as_str()) {
            app.metrics.set_jobs(kind.as_str(), counts);
        }
    }
    let oldest_due_ms = now_ms - due_since_ms;
    let deliveries = JobCounts { waiting, due, dead, oldest_due_ms, ..JobCounts::default() };
    app.metrics.set_jobs(WEBHOOK_DELIVERY, &deliveries);
    app.metrics.set_content_faults(&faults);
    Ok(())
}
