//! Leases: who may still decide by what was, and who may no longer.

use std::time::{Duration, Instant};

use mudlark_store::{AuthSubject, LeaseRenewal, Store};
use uuid::Uuid;

use crate::database::{Database, Kind, run};
use crate::on_both_databases;
use crate::world::{NOW, id};

on_both_databases!(
    lease_that_was_taken_is_renewed_and_counts_as_behind_until_it_has_followed,
    lease_that_is_over_is_taken_away_and_can_not_be_renewed,
    lease_that_is_over_is_kept_while_its_process_is_not_behind,
    lapsed_processes_are_forgotten_but_for_oneself,
    changes_that_all_have_applied_are_forgotten,
);

const OWN: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn renewal(process_id: Uuid, applied_revision: i64, lasts_ms: i64) -> LeaseRenewal {
    LeaseRenewal { process_id, applied_revision, started_at_ms: NOW, seen_at_ms: NOW, lasts_ms }
}

async fn lease_that_was_taken_is_renewed_and_counts_as_behind_until_it_has_followed(store: Store) {
    store.take_lease(&renewal(OTHER, 4, 60_000)).await.unwrap();
    assert_eq!(store.count_processes_behind(5, OWN).await.unwrap(), 1);
    assert_eq!(store.count_processes_behind(5, OTHER).await.unwrap(), 0, "nobody waits for oneself");
    assert_eq!(store.read().await.unwrap().count_other_leases(OWN).await.unwrap(), 1);
    assert_eq!(store.read().await.unwrap().count_other_leases(OTHER).await.unwrap(), 0);

    assert!(store.renew_lease(&renewal(OTHER, 5, 60_000)).await.unwrap());

    assert_eq!(store.count_processes_behind(5, OWN).await.unwrap(), 0);
    assert_eq!(store.count_processes_behind(6, OWN).await.unwrap(), 1);
}

async fn lease_that_is_over_is_taken_away_and_can_not_be_renewed(store: Store) {
    store.take_lease(&renewal(OTHER, 4, -1_000)).await.unwrap();
    assert_eq!(store.read().await.unwrap().count_other_leases(OWN).await.unwrap(), 0);

    assert_eq!(store.count_processes_behind(5, OWN).await.unwrap(), 0);

    assert!(!store.renew_lease(&renewal(OTHER, 5, 60_000)).await.unwrap(), "its row is gone");
    store.take_lease(&renewal(OTHER, 5, 60_000)).await.unwrap();
    assert!(store.renew_lease(&renewal(OTHER, 5, 60_000)).await.unwrap());
}

async fn lease_that_is_over_is_kept_while_its_process_is_not_behind(store: Store) {
    store.take_lease(&renewal(OTHER, 5, -1_000)).await.unwrap();

    assert_eq!(store.count_processes_behind(5, OWN).await.unwrap(), 0);

    assert!(store.renew_lease(&renewal(OTHER, 5, 60_000)).await.unwrap());
}

async fn lapsed_processes_are_forgotten_but_for_oneself(store: Store) {
    store.take_lease(&renewal(OWN, 1, -1_000)).await.unwrap();
    store.take_lease(&renewal(OTHER, 1, -1_000)).await.unwrap();
    store.take_lease(&renewal(Uuid::from_u128(3), 1, 60_000)).await.unwrap();
    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.delete_lapsed_processes(OWN).await.unwrap(), 1);

    let left: Vec<Uuid> =
        tx.list_server_processes().await.unwrap().iter().map(|process| process.process_id).collect();
    assert_eq!(left, [OWN, Uuid::from_u128(3)]);
}

async fn changes_that_all_have_applied_are_forgotten(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for _ in 0..5 {
        tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();
    }
    assert_eq!(tx.delete_applied_auth_changes().await.unwrap(), 0, "nobody has said so");
    tx.commit().await.unwrap();
    store.take_lease(&renewal(OWN, 5, 60_000)).await.unwrap();
    store.take_lease(&renewal(OTHER, 3, 60_000)).await.unwrap();
    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.delete_applied_auth_changes().await.unwrap(), 3);

    let left = tx.list_auth_changes(0, 10).await.unwrap();
    assert_eq!(left.iter().map(|change| change.revision).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(tx.auth_revision().await.unwrap(), 5, "the counter stays");
}

#[test]
fn change_is_heard_once_it_is_committed_and_the_end_of_the_connection_too() {
    run(Kind::Postgres, |database: Database| async move {
        let store = database.store();
        let mut listener = store.listen().await.unwrap().unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();
        tx.commit().await.unwrap();
        let began = Instant::now();
        tokio::time::timeout(Duration::from_secs(10), listener.changed()).await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(10));

        let crate::database::Place::Postgres { name, .. } = database.place() else {
            unreachable!("is PostgreSQL")
        };
        let cut = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{name}' \
             AND query LIKE 'LISTEN%'"
        );
        crate::database::admin(&cut).await;
        // Other tests' changes may be heard before the end is.
        let heard_the_end = async { while listener.changed().await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(10), heard_the_end).await.unwrap();
    });
}

#[test]
fn transaction_of_a_stopped_process_lets_go_of_its_locks() {
    run(Kind::Postgres, |database: Database| async move {
        let store = database.store();
        let mut stopped = store.begin().await.unwrap();
        stopped.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();

        // Waits for the lock, and gets it once the other's pause has been too long.
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.record_auth_change(AuthSubject::Account(id(2))).await.unwrap(), 1);
        tx.commit().await.unwrap();

        assert!(stopped.commit().await.is_err());
    });
}

#[test]
fn file_of_one_process_has_nothing_to_listen_to() {
    run(Kind::Sqlite, |database: Database| async move {
        assert!(!database.store().is_shared());
        assert!(database.store().listen().await.unwrap().is_none());
    });
}
