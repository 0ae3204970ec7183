//! The log that live tables follow, and the processes that do.

use mudlark_store::{AuthChangeRow, AuthSubject, ServerProcessRow, Store};
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, id};

on_both_databases!(
    log_begins_at_revision_zero,
    every_kind_of_subject_is_read_back,
    changes_are_listed_after_a_revision_up_to_a_limit,
    change_that_was_rolled_back_leaves_no_gap,
    concurrent_changes_get_revisions_without_gaps_and_in_order,
    process_is_read_back,
    process_seen_again_keeps_its_start,
    process_is_forgotten_once,
);

async fn log_begins_at_revision_zero(store: Store) {
    let mut session = store.read().await.unwrap();
    assert_eq!(session.auth_revision().await.unwrap(), 0);
    assert_eq!(session.list_auth_changes(0, 10).await.unwrap(), []);
}

async fn every_kind_of_subject_is_read_back(store: Store) {
    let subjects = [
        AuthSubject::Account(id(1)),
        AuthSubject::Key("mdl_key_1".to_owned()),
        AuthSubject::Workspace(id(2)),
        AuthSubject::SigningKey("kid".to_owned()),
        AuthSubject::Token("jti".to_owned()),
        AuthSubject::Secrets,
    ];
    let mut tx = store.begin().await.unwrap();
    for (revision, subject) in (1..).zip(&subjects) {
        assert_eq!(tx.record_auth_change(subject.clone()).await.unwrap(), revision);
    }
    tx.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    let listed = session.list_auth_changes(0, 10).await.unwrap();

    let expected: Vec<AuthChangeRow> =
        (1..).zip(subjects).map(|(revision, subject)| AuthChangeRow { revision, subject }).collect();
    assert_eq!(listed, expected);
    assert_eq!(session.auth_revision().await.unwrap(), 6);
}

async fn changes_are_listed_after_a_revision_up_to_a_limit(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for _ in 0..5 {
        tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();
    }

    let listed = tx.list_auth_changes(2, 2).await.unwrap();

    assert_eq!(listed.iter().map(|row| row.revision).collect::<Vec<_>>(), [3, 4]);
}

async fn change_that_was_rolled_back_leaves_no_gap(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();
    drop(tx);

    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap(), 1);
}

async fn concurrent_changes_get_revisions_without_gaps_and_in_order(store: Store) {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let mut tx = store.begin().await.unwrap();
                    tx.record_auth_change(AuthSubject::Account(id(1))).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();

    // A follower never sees a revision before all that come before it.
    let mut followed = Vec::new();
    while followed.len() < 40 {
        let last = followed.last().copied().unwrap_or(0);
        let changes = store.read().await.unwrap().list_auth_changes(last, 100).await.unwrap();
        followed.extend(changes.iter().map(|row| row.revision));
        tokio::task::yield_now().await;
    }

    assert_eq!(followed, (1..=40).collect::<Vec<i64>>());
    for writer in writers {
        writer.await.unwrap();
    }
}

fn process(number: u128, started_at_ms: i64) -> ServerProcessRow {
    let process_id = Uuid::from_u128(number);
    ServerProcessRow { process_id, applied_revision: 3, started_at_ms, seen_at_ms: started_at_ms }
}

async fn process_is_read_back(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.upsert_server_process(&process(2, NOW)).await.unwrap();
    tx.upsert_server_process(&process(1, NOW + 1)).await.unwrap();

    assert_eq!(tx.list_server_processes().await.unwrap(), [process(2, NOW), process(1, NOW + 1)]);
}

async fn process_seen_again_keeps_its_start(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.upsert_server_process(&process(1, NOW)).await.unwrap();

    let again = ServerProcessRow { applied_revision: 9, ..process(1, NOW + 5) };
    tx.upsert_server_process(&again).await.unwrap();

    let expected = ServerProcessRow { started_at_ms: NOW, ..again };
    assert_eq!(tx.list_server_processes().await.unwrap(), [expected]);
}

async fn process_is_forgotten_once(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.upsert_server_process(&process(1, NOW)).await.unwrap();

    assert!(tx.delete_server_process(Uuid::from_u128(1)).await.unwrap());
    assert!(!tx.delete_server_process(Uuid::from_u128(1)).await.unwrap());

    assert_eq!(tx.list_server_processes().await.unwrap(), []);
}
