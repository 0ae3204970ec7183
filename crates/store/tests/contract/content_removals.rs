//! Removals of content: that two of one never overlap, and that a later one is told from an earlier.

use mudlark_store::{ContentRemovalRow, Store};
use mudlark_types::AccountId;
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, World, sha256};

on_both_databases!(
    removal_is_read_back_and_ended,
    removal_under_way_keeps_others_out_until_it_lapses,
    removal_that_ended_makes_way_for_the_next,
    removal_of_an_account_that_is_gone_is_noted,
    old_removals_are_forgotten,
);

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);

async fn begin(store: &Store, account: AccountId, id: Uuid, now_ms: i64, lapsed_before_ms: i64) -> bool {
    let mut tx = store.begin().await.unwrap();
    let may = tx.begin_content_removal(account, &sha256(1, 1), id, now_ms, lapsed_before_ms).await.unwrap();
    tx.commit().await.unwrap();
    may
}

async fn end(store: &Store, account: AccountId, id: Uuid, now_ms: i64) {
    let mut tx = store.begin().await.unwrap();
    tx.end_content_removal(account, &sha256(1, 1), id, now_ms).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Store, account: AccountId) -> Option<ContentRemovalRow> {
    store.read().await.unwrap().find_content_removal(account, &sha256(1, 1)).await.unwrap()
}

fn row(id: Uuid, begun_at_ms: i64, ended_at_ms: Option<i64>) -> ContentRemovalRow {
    ContentRemovalRow { id, begun_at_ms, ended_at_ms }
}

async fn removal_is_read_back_and_ended(store: Store) {
    let account = World::make(&store).await.account;
    assert_eq!(found(&store, account).await, None);
    assert!(begin(&store, account, FIRST, NOW, 0).await);
    assert_eq!(found(&store, account).await, Some(row(FIRST, NOW, None)));
    let other = store.read().await.unwrap().find_content_removal(account, &sha256(2, 1)).await.unwrap();
    assert_eq!(other, None);
    end(&store, account, FIRST, NOW + 5).await;
    assert_eq!(found(&store, account).await, Some(row(FIRST, NOW, Some(NOW + 5))));
}

async fn removal_under_way_keeps_others_out_until_it_lapses(store: Store) {
    let account = World::make(&store).await.account;
    assert!(begin(&store, account, FIRST, NOW, 0).await);
    assert!(!begin(&store, account, SECOND, NOW + 10, NOW).await);
    assert_eq!(found(&store, account).await, Some(row(FIRST, NOW, None)));
    assert!(begin(&store, account, SECOND, NOW + 10, NOW + 1).await);
    // The one that lapsed has no say any more.
    end(&store, account, FIRST, NOW + 20).await;
    assert_eq!(found(&store, account).await, Some(row(SECOND, NOW + 10, None)));
}

async fn removal_that_ended_makes_way_for_the_next(store: Store) {
    let account = World::make(&store).await.account;
    assert!(begin(&store, account, FIRST, NOW, 0).await);
    end(&store, account, FIRST, NOW + 1).await;
    assert!(begin(&store, account, SECOND, NOW + 2, 0).await);
    assert_eq!(found(&store, account).await, Some(row(SECOND, NOW + 2, None)));
}

async fn removal_of_an_account_that_is_gone_is_noted(store: Store) {
    let nobody = AccountId::from(Uuid::from_u128(99));
    assert!(begin(&store, nobody, FIRST, NOW, 0).await);
    assert_eq!(found(&store, nobody).await, Some(row(FIRST, NOW, None)));
}

async fn old_removals_are_forgotten(store: Store) {
    let account = World::make(&store).await.account;
    assert!(begin(&store, account, FIRST, NOW, 0).await);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.delete_old_content_removals(NOW).await.unwrap(), 0);
    assert_eq!(tx.delete_old_content_removals(NOW + 1).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(found(&store, account).await, None);
}
