//! Tests of the group writer: what is waited for, what is counted, and what happens when writing fails.

use mudlark_auth::{AuditCheck, audit_chain};
use tempfile::TempDir;

use super::super::{Ids, Origin, chained};
use super::*;

const NOW_MS: i64 = 1_700_000_000_000;

struct Place {
    store: Store,
    vault: Vault,
    trail: AuditTrail,
    writer: Option<Writer>,
    _folder: TempDir,
}

impl Place {
    async fn new(queue: usize, durability: AuditDurability) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open_sqlite(&folder.path().join("db")).await.unwrap();
        let vault = Vault::generate();
        let clock = Clock::fixed(NOW_MS);
        let (trail, writer) = AuditTrail::with_queue(queue, store.clone(), &vault, clock, durability);
        Self { store, vault, trail, writer: Some(writer), _folder: folder }
    }

    /// Runs the writer over what is queued, to its end.
    async fn write_all(&mut self) {
        let stop = CancellationToken::new();
        stop.cancel();
        self.writer.take().unwrap().run(stop).await;
    }

    /// The lines, after a check of their chain.
    async fn lines(&self) -> Vec<AuditEntryRow> {
        let mut session = self.store.read().await.unwrap();
        let rows = session.list_audit_entries_after(0, 100_000).await.unwrap();
        let head = session.find_audit_head().await.unwrap().unwrap();
        let chain = AuditChain::new(&self.vault);
        let mut check = AuditCheck::new(&chain);
        for row in &rows {
            check.check(&[(chained(row, &Ids::of(row)), &row.mac)]).unwrap();
        }
        super::super::verify::finish(check, Some(&head)).unwrap();
        rows
    }
}

fn issued(number: usize) -> Entry {
    Entry {
        token_id: Some(number.to_string()),
        ..Entry::new(NOW_MS, AuditAction::TokenIssued, None, Actor::default())
    }
}

fn refusal(address: u8) -> Entry {
    let origin = Origin { address: Some([192, 0, 2, address].into()), ..Origin::default() };
    let actor = Actor::client(None, None, origin);
    Entry { refused: Some("no_token"), ..Entry::new(NOW_MS, AuditAction::RequestRefused, None, actor) }
}

#[tokio::test]
async fn line_that_is_waited_for_is_there_when_the_wait_ends() {
    let mut place = Place::new(8, AuditDurability::Durable).await;
    let stop = CancellationToken::new();
    let writing = tokio::spawn(place.writer.take().unwrap().run(stop.clone()));

    for number in 0..3 {
        place.trail.put(issued(number)).await.unwrap().written().await.unwrap();
        assert_eq!(place.lines().await.len(), number + 1);
    }

    stop.cancel();
    writing.await.unwrap();
    assert!(place.trail.put(issued(9)).await.is_err(), "nothing is taken after the end");
}

#[tokio::test]
async fn relaxed_line_is_not_waited_for_and_is_written_at_the_latest_at_the_end() {
    let mut place = Place::new(8, AuditDurability::Relaxed).await;

    place.trail.put(issued(1)).await.unwrap().written().await.unwrap();

    assert_eq!(place.lines().await.len(), 0);
    place.write_all().await;
    assert_eq!(place.lines().await.len(), 1);
}

#[tokio::test]
async fn lines_that_find_the_queue_full_are_counted_and_the_count_is_a_line() {
    let mut place = Place::new(3, AuditDurability::Relaxed).await;

    for address in 0..10 {
        place.trail.refused(refusal(address));
    }
    place.write_all().await;

    let lines = place.lines().await;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["request.refused", "request.refused", "request.refused", "audit.lost"]);
    assert_eq!(lines[3].details.as_deref(), Some(r#"{"by":"server","count":7}"#));
}

#[tokio::test]
async fn refusals_that_are_alike_end_in_one_line_with_their_number() {
    let mut place = Place::new(100, AuditDurability::Durable).await;

    for _ in 0..50 {
        place.trail.refused(refusal(1));
    }
    place.write_all().await;

    let lines = place.lines().await;
    assert_eq!(lines.len(), 6);
    assert!(lines[5].details.as_deref().unwrap().contains(r#""count":45"#), "{:?}", lines[5]);
}

#[tokio::test]
async fn many_lines_become_one_transaction_and_one_chain() {
    let mut place = Place::new(1000, AuditDurability::Relaxed).await;
    for number in 0..700 {
        place.trail.put(issued(number)).await.unwrap();
    }

    place.write_all().await;

    let lines = place.lines().await;
    let ids: Vec<_> = lines.iter().map(|line| line.token_id.clone().unwrap()).collect();
    assert_eq!(ids, (0..700).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_ne!(lines[0].mac, audit_chain::GENESIS);
}

#[tokio::test]
async fn failed_write_refuses_who_waits_and_keeps_what_nobody_waits_for() {
    let mut place = Place::new(8, AuditDurability::Durable).await;
    let mut writer = place.writer.take().unwrap();
    // A number that is taken makes the next write fail.
    let mut row = issued(0).into_row();
    row.sequence = 1;
    let mut tx = place.store.begin().await.unwrap();
    tx.insert_audit_entries(&[row]).await.unwrap();
    tx.commit().await.unwrap();
    place.trail.refused(refusal(1));
    let pending = place.trail.put(issued(1)).await.unwrap();

    let mut group = Vec::new();
    writer.lines.recv_many(&mut group, 10).await;
    writer.write(&mut group).await;

    assert_eq!(pending.written().await, Err(NotWritten));
    assert_eq!(writer.kept.len(), 1);
    assert_eq!(writer.kept[0].action, "request.refused");
    assert!(writer.failing);
}
