//! Sessions and transactions, whatever they hold.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use mudlark_store::{Store, StoreError};
use mudlark_types::Plan;

use crate::database::Database;
use crate::on_both_databases;
use crate::world::{World, account, id, person};

on_both_databases!(
    ping_of_an_open_store_succeeds,
    dropped_transaction_leaves_nothing,
    commit_that_never_began_leaves_nothing,
    commit_whose_future_is_dropped_takes_place,
    begin_whose_future_is_dropped_leaves_the_store_usable,
    list_whose_future_is_dropped_leaves_the_store_usable,
    committed_transaction_is_seen_by_another_process,
    open_transaction_is_seen_by_itself_alone,
    open_transaction_holds_no_reader_up,
    transaction_is_spent_after_a_conflict,
    store_is_usable_after_a_failed_transaction,
    many_readers_are_all_served,
    writers_of_two_processes_lose_nothing,
    snapshot_stays_as_it_was_while_others_write,
    snapshot_writes_nothing,
);

/// Polls a future once, then drops it.
pub(crate) async fn poll_once_and_drop(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

async fn ping_of_an_open_store_succeeds(store: Store) {
    store.read().await.unwrap().auth_revision().await.unwrap();
}

async fn dropped_transaction_leaves_nothing(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    drop(tx);

    // A second writer comes after the first has ended.
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    assert!(tx.find_user(id(1)).await.unwrap().is_some());
}

async fn commit_that_never_began_leaves_nothing(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    drop(tx.commit());

    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
}

async fn commit_whose_future_is_dropped_takes_place(store: Store) {
    let world = World::make(&store).await;
    for _ in 0..20 {
        let mut tx = store.begin().await.unwrap();
        tx.next_sequence(world.account).await.unwrap();
        poll_once_and_drop(tx.commit()).await;
    }

    // Waits for the last of them, since that holds the account's row.
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_sequence(world.account).await.unwrap(), 21);
}

async fn begin_whose_future_is_dropped_leaves_the_store_usable(store: Store) {
    for _ in 0..50 {
        poll_once_and_drop(store.begin()).await;
    }

    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.commit().await.unwrap();
}

async fn list_whose_future_is_dropped_leaves_the_store_usable(store: Store) {
    World::make(&store).await;
    for _ in 0..50 {
        let mut session = store.read().await.unwrap();
        poll_once_and_drop(session.list_all_workspaces()).await;
    }

    let mut session = store.read().await.unwrap();
    assert_eq!(session.list_all_workspaces().await.unwrap().len(), 1);
}

async fn committed_transaction_is_seen_by_another_process(database: Database) {
    let other = database.open_again().await;
    let mut tx = database.store().begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.commit().await.unwrap();

    assert!(other.read().await.unwrap().find_user(id(1)).await.unwrap().is_some());
}

async fn open_transaction_is_seen_by_itself_alone(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    let mut session = store.read().await.unwrap();

    assert!(tx.find_user(id(1)).await.unwrap().is_some());
    assert_eq!(tx.list_users_by_ids(&[id(1)]).await.unwrap().len(), 1);
    assert_eq!(session.find_user(id(1)).await.unwrap(), None);
}

async fn open_transaction_holds_no_reader_up(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_account_plan(world.account, Plan::Team, 1).await.unwrap();

    let found = store.read().await.unwrap().find_account(world.account).await.unwrap().unwrap();

    assert_eq!(found.plan, Plan::Pro);
}

async fn transaction_is_spent_after_a_conflict(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_account_plan(world.account, Plan::Team, 1).await.unwrap();
    let refused = tx.insert_account(&account(world.account)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused:?}");

    assert!(matches!(tx.find_user(id(1)).await, Err(StoreError::Internal(_))));
    assert!(matches!(tx.list_accounts().await, Err(StoreError::Internal(_))));
    assert!(matches!(tx.insert_user(&person(id(1))).await, Err(StoreError::Internal(_))));
    assert!(matches!(tx.commit().await, Err(StoreError::Internal(_))));

    let found = store.read().await.unwrap().find_account(world.account).await.unwrap().unwrap();
    assert_eq!(found.plan, Plan::Pro);
}

async fn store_is_usable_after_a_failed_transaction(store: Store) {
    let world = World::make(&store).await;
    for _ in 0..30 {
        let mut tx = store.begin().await.unwrap();
        tx.insert_account(&account(world.account)).await.unwrap_err();
    }

    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.commit().await.unwrap();
}

async fn snapshot_stays_as_it_was_while_others_write(store: Store) {
    let mut snapshot = store.snapshot().await.unwrap();
    assert!(snapshot.find_user(id(1)).await.unwrap().is_none());
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.commit().await.unwrap();

    assert!(snapshot.find_user(id(1)).await.unwrap().is_none());
    drop(snapshot);
    assert!(store.snapshot().await.unwrap().find_user(id(1)).await.unwrap().is_some());
}

async fn snapshot_writes_nothing(store: Store) {
    let mut snapshot = store.snapshot().await.unwrap();
    assert!(matches!(snapshot.insert_user(&person(id(1))).await, Err(StoreError::NotWritable(_))));
}

async fn many_readers_are_all_served(store: Store) {
    let world = World::make(&store).await;
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut session = store.read().await.unwrap();
                tokio::task::yield_now().await;
                session.find_account(world.account).await.unwrap().is_some()
            })
        })
        .collect();

    for reader in readers {
        assert!(reader.await.unwrap());
    }
}

async fn writers_of_two_processes_lose_nothing(database: Database) {
    let world = World::make(database.store()).await;
    let stores = [database.store().clone(), database.open_again().await];
    let writers: Vec<_> = stores
        .into_iter()
        .map(|store| {
            tokio::spawn(async move {
                for _ in 0..25 {
                    let mut tx = store.begin().await.unwrap();
                    tx.next_sequence(world.account).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }

    let mut session = database.store().read().await.unwrap();
    assert_eq!(session.find_account(world.account).await.unwrap().unwrap().sequence, 50);
}
