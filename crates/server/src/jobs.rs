//! Work that servers do beside their requests: which kinds there are, who does it, and what becomes of what fails. The work
//! itself is in `ops`; what is kept of a job, in the store.
//!
//! A job is asked for in the transaction that makes it necessary, and is then done by one process at a time, of those that
//! share the database. It is held by a lease: the process that holds it says in time that it still does, or loses it to another.
//! Each is done at least once; so that it is once in effect, the work must bear to be begun again in its middle, and to
//! be gone on with, for a moment, by a process that has lost it. Whatever must be written by one alone is written in a transaction that
//! holds the job (`Tx::hold_job`). What fails is tried again after ever longer pauses, and, where it is not regular work, given up in the end; what has ended its
//! process several times is given up always. What was given up stays until the operator says what becomes of it (`mudlark jobs`).

mod figures;
mod kinds;
mod runner;
mod work;

pub(crate) use figures::show_figures;
pub(crate) use kinds::{JobKind, LOOKED_AT, WEBHOOK_DELIVERY};
pub(crate) use runner::run;

use tokio::sync::Notify;

use crate::app::App;

/// Wakes whoever does jobs in this process.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    wanted: Notify,
}

impl Jobs {
    /// Tells that there may be a job to do: once the transaction that asks for it is committed. Without it, a job is found
    /// within a second.
    pub(crate) fn wake(&self) {
        self.wanted.notify_one();
    }

    async fn wanted(&self) {
        self.wanted.notified().await;
    }
}

/// Takes up the work at the start of a process: what another has left, where no other can run, and all regular work once.
pub(crate) async fn begin(app: &App) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    if !app.store.is_shared() {
        let lapsed = tx.lapse_jobs().await?;
        tracing::debug!(lapsed, "jobs of a server that has ended are taken up");
    }
    for kind in JobKind::ALL.into_iter().filter(|kind| kind.plan().is_regular) {
        tx.enqueue_job(&kind.regular(&app.clock)).await?;
    }
    Ok(tx.commit().await?)
}
