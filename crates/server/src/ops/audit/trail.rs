//! The trail's group writer: one task appends the lines of tokens and refusals, as many in one transaction as have
//! come while the one before was being written. Whoever needs its line to be durable waits for that; nobody else does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mudlark_auth::{AuditChain, Vault};
use mudlark_store::{AuditEntryRow, Store, StoreError};
use mudlark_types::AuditAction;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::repeats::Repeats;
use super::{Actor, Entry, append};
use crate::clock::Clock;
use crate::config::AuditDurability;

/// Lines that may wait to be written. Some 4 MB.
const QUEUE: usize = 8192;
/// Lines in one transaction at most, so that uploads, which share the database's writer, never wait for long.
const GROUP: usize = 256;
/// Where nobody waits for lines, as many as come in this time are written together: each transaction costs more than its
/// lines do.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How often lines that stand for many are looked for, and failed ones tried again.
const TICK: Duration = Duration::from_secs(1);

/// Where lines are handed in.
pub(crate) struct AuditTrail {
    queue: mpsc::Sender<Queued>,
    shared: Arc<Shared>,
    durability: AuditDurability,
}

/// What the ends of the queue share.
#[derive(Default)]
struct Shared {
    repeats: Mutex<Repeats>,
    /// Lines that could be neither queued nor kept, and of which no line tells yet.
    lost: AtomicU64,
}

struct Queued {
    line: AuditEntryRow,
    written: Option<oneshot::Sender<bool>>,
}

/// A line could not be made durable; the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail can't be written")]
pub(crate) struct NotWritten;

/// A line on its way.
pub(crate) struct Pending(Option<oneshot::Receiver<bool>>);

impl Pending {
    /// Waits until the line is durable, if the settings ask for that. *Errors*: it can't be.
    pub(crate) async fn written(self) -> Result<(), NotWritten> {
        let Some(written) = self.0 else { return Ok(()) };
        if written.await == Ok(true) { Ok(()) } else { Err(NotWritten) }
    }
}

impl AuditTrail {
    /// The trail, and its writer, to be run by somebody.
    pub(crate) fn new(
        store: Store,
        vault: &Vault,
        clock: Clock,
        durability: AuditDurability,
    ) -> (Self, Writer) {
        Self::with_queue(QUEUE, store, vault, clock, durability)
    }

    fn with_queue(
        size: usize,
        store: Store,
        vault: &Vault,
        clock: Clock,
        durability: AuditDurability,
    ) -> (Self, Writer) {
        let (queue, lines) = mpsc::channel(size);
        let shared = Arc::<Shared>::default();
        let chain = AuditChain::new(vault);
        let writer = Writer {
            lines,
            shared: Arc::clone(&shared),
            store,
            chain,
            clock,
            gathers: durability == AuditDurability::Relaxed,
            kept: Vec::new(),
            failing: false,
        };
        (Self { queue, shared, durability }, writer)
    }

    /// Hands in the line of something that is done only once [`Pending::written`] says so.
    pub(crate) async fn put(&self, entry: Entry) -> Result<Pending, NotWritten> {
        let line = entry.into_row();
        if self.durability == AuditDurability::Relaxed {
            self.offer(line);
            return Ok(Pending(None));
        }
        let (sender, written) = oneshot::channel();
        // A full queue is waited for: then the writer is at work, and what waits is bounded by the connections.
        self.queue.send(Queued { line, written: Some(sender) }).await.map_err(|_| NotWritten)?;
        Ok(Pending(Some(written)))
    }

    /// Hands in a refusal. Nothing is waited for; of many that are alike, most are only counted.
    pub(crate) fn refused(&self, entry: Entry) {
        let gets_line = self.shared.repeats.lock().unwrap_or_else(PoisonError::into_inner).gets_line(&entry);
        if gets_line {
            self.offer(entry.into_row());
        }
    }

    fn offer(&self, line: AuditEntryRow) {
        if self.queue.try_send(Queued { line, written: None }).is_err() {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The other end of the queue.
pub(crate) struct Writer {
    lines: mpsc::Receiver<Queued>,
    shared: Arc<Shared>,
    store: Store,
    chain: AuditChain,
    clock: Clock,
    /// Whether lines may stay in the queue for a moment: nobody waits for any.
    gathers: bool,
    /// Lines that nobody waits for and that could not be written yet.
    kept: Vec<AuditEntryRow>,
    failing: bool,
}

impl Writer {
    /// Runs beside everything else; what is answered ends when the writer has. On SQLite it has a thread of its own, which
    /// waits for the disk itself.
    pub(crate) fn start(mut self, stop: CancellationToken) -> std::io::Result<oneshot::Receiver<()>> {
        let (ended, end) = oneshot::channel();
        let Some(store) = self.store.for_thread_that_waits() else {
            tokio::spawn(async move {
                self.run(stop).await;
                let _ = ended.send(());
            });
            return Ok(end);
        };
        self.store = store;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || {
            runtime.block_on(self.run(stop));
            let _ = ended.send(());
        })?;
        Ok(end)
    }

    /// Writes until it is told to stop, and then what is still queued.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut group = Vec::with_capacity(GROUP);
        loop {
            let is_over = tokio::select! {
                count = self.lines.recv_many(&mut group, GROUP) => count == 0,
                _ = tick.tick() => false,
                () = stop.cancelled(), if !self.lines.is_closed() => {
                    self.lines.close();
                    continue;
                }
            };
            if group.is_empty() {
                self.take_due(is_over);
            }
            let is_full = group.len() == GROUP;
            let is_idle = group.is_empty();
            self.write(&mut group).await;
            if self.gathers && !is_full && !is_idle {
                tokio::select! {
                    () = tokio::time::sleep(GATHERED_FOR) => {}
                    () = stop.cancelled() => {}
                }
            }
            if is_over {
                let lost = self.kept.len() as u64 + self.shared.lost.load(Ordering::Relaxed);
                if lost > 0 {
                    tracing::error!(lost, "lines of the audit trail could not be written before the end");
                }
                return;
            }
        }
    }

    fn take_due(&mut self, at_end: bool) {
        let now_ms = self.clock.now_ms();
        let mut repeats = self.shared.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        self.kept.extend(repeats.take_due(now_ms, at_end).into_iter().map(Entry::into_row));
    }

    /// Writes what is kept and a group, and tells those who wait.
    async fn write(&mut self, group: &mut Vec<Queued>) {
        let mut lines = std::mem::take(&mut self.kept);
        let free = lines.len();
        let mut waiting = Vec::with_capacity(group.len());
        // Those that somebody waits for stand last: what is tried again later is the front.
        let (awaited, others): (Vec<_>, Vec<_>) =
            group.drain(..).partition(|queued| queued.written.is_some());
        lines.extend(others.into_iter().map(|queued| queued.line));
        let lost = self.shared.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let entry = Entry::new(self.clock.now_ms(), AuditAction::AuditLost, None, Actor::server());
            lines.push(entry.with(json!({ "count": lost })).into_row());
        }
        let unawaited = lines.len();
        for queued in awaited {
            lines.push(queued.line);
            waiting.extend(queued.written);
        }
        if lines.is_empty() {
            return;
        }
        let outcome = self.commit(&mut lines).await;
        for waiting in waiting {
            // Whoever has gone away meanwhile has no token either.
            let _ = waiting.send(outcome.is_ok());
        }
        self.note(&outcome);
        if outcome.is_err() {
            lines.truncate(unawaited);
            if lost > 0 {
                lines.pop();
                self.shared.lost.fetch_add(lost, Ordering::Relaxed);
            }
            let over = lines.len().saturating_sub(QUEUE.max(free));
            self.shared.lost.fetch_add(over as u64, Ordering::Relaxed);
            lines.truncate(lines.len() - over);
            self.kept = lines;
        }
    }

    async fn commit(&self, lines: &mut [AuditEntryRow]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        append(&mut tx, &self.chain, lines).await?;
        tx.commit().await
    }

    /// Says once that writing fails, and once that it works again.
    fn note(&mut self, outcome: &Result<(), StoreError>) {
        match outcome {
            Err(error) if !self.failing => {
                let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(%error, cause, "the audit trail can't be written; no token is given out meanwhile");
            }
            Ok(()) if self.failing => tracing::warn!("the audit trail is written again"),
            _ => {}
        }
        self.failing = outcome.is_err();
    }
}

#[cfg(test)]
#[path = "trail_tests.rs"]
mod tests;
