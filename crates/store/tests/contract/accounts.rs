//! Accounts and their sequence.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{AccountRow, AccountUsageRow, NewAccount, NewUser, Store, StoreError, UserKind};
use mudlark_types::{AccountId, AccountRoles, Plan};

use crate::on_both_databases;
use crate::world::{NOW, World, account, asset_id, id, person, sha256};

on_both_databases!(
    new_account_is_read_back_with_its_defaults,
    account_with_a_maker_is_read_back_with_it,
    unknown_account_is_not_found,
    accounts_are_listed_oldest_first,
    plan_change_is_read_back,
    plan_change_of_unknown_account_is_refused,
    suspension_is_set_and_lifted,
    suspension_of_unknown_account_is_refused,
    second_account_with_the_same_id_conflicts_with_the_primary_key,
    account_made_by_unknown_user_conflicts_with_the_foreign_key,
    sequence_counts_up_from_one,
    sequences_of_two_accounts_are_apart,
    sequence_of_rolled_back_transaction_is_given_again,
    sequence_of_unknown_account_is_refused,
    concurrent_writers_get_sequences_without_gaps,
    usage_counts_content_once_and_people_alone,
);

async fn new_account_is_read_back_with_its_defaults(store: Store) {
    let world = World::make(&store).await;

    let found = store.read().await.unwrap().find_account(world.account).await.unwrap();

    let expected = AccountRow {
        id: world.account,
        name: "Studio".to_owned(),
        plan: Plan::Pro,
        suspended_at_ms: None,
        token_epoch: 0,
        created_by_user_id: None,
        default_avatar: 3,
        thumbnail_file_id: None,
        contact: None,
        frequency: mudlark_types::SubscriptionFrequency::Yearly,
        closed_at_ms: None,
        storage_bytes: 0,
        sequence: 0,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(found, Some(expected));
}

async fn account_with_a_maker_is_read_back_with_it(store: Store) {
    let world = World::make(&store).await;
    let made = NewAccount { created_by_user_id: Some(world.user), ..account(id(9)) };

    let mut tx = store.begin().await.unwrap();
    tx.insert_account(&made).await.unwrap();
    tx.commit().await.unwrap();

    let found = store.read().await.unwrap().find_account(id(9)).await.unwrap().unwrap();
    assert_eq!(found.created_by_user_id, Some(world.user));
}

async fn unknown_account_is_not_found(store: Store) {
    assert_eq!(store.read().await.unwrap().find_account(id(9)).await.unwrap(), None);
}

async fn accounts_are_listed_oldest_first(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for (number, created_at_ms) in [(1, NOW + 2), (2, NOW + 1), (4, NOW), (3, NOW)] {
        tx.insert_account(&NewAccount { created_at_ms, ..account(id(number)) }).await.unwrap();
    }
    tx.commit().await.unwrap();

    let listed = store.read().await.unwrap().list_accounts().await.unwrap();

    let ids: Vec<AccountId> = listed.into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [id(3), id(4), id(2), id(1)]);
}

async fn plan_change_is_read_back(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.update_account_plan(world.account, Plan::Personal, NOW + 5).await.unwrap());
    tx.commit().await.unwrap();

    let found = store.read().await.unwrap().find_account(world.account).await.unwrap().unwrap();
    assert_eq!((found.plan, found.updated_at_ms), (Plan::Personal, NOW + 5));
}

async fn plan_change_of_unknown_account_is_refused(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.update_account_plan(id(9), Plan::Team, NOW).await.unwrap());
}

async fn suspension_is_set_and_lifted(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.update_account_suspension(world.account, Some(NOW + 1), NOW + 1).await.unwrap());
    let suspended = tx.find_account(world.account).await.unwrap().unwrap();
    assert!(tx.update_account_suspension(world.account, None, NOW + 2).await.unwrap());
    let resumed = tx.find_account(world.account).await.unwrap().unwrap();

    assert_eq!((suspended.suspended_at_ms, suspended.updated_at_ms), (Some(NOW + 1), NOW + 1));
    assert_eq!((resumed.suspended_at_ms, resumed.updated_at_ms), (None, NOW + 2));
}

async fn suspension_of_unknown_account_is_refused(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.update_account_suspension(id(9), Some(NOW), NOW).await.unwrap());
}

async fn second_account_with_the_same_id_conflicts_with_the_primary_key(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_account(&account(world.account)).await.unwrap_err();

    assert!(refused.is_conflict_on("accounts_pkey"), "{refused:?}");
}

async fn account_made_by_unknown_user_conflicts_with_the_foreign_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let made = NewAccount { created_by_user_id: Some(id(9)), ..account(id(1)) };

    let refused = tx.insert_account(&made).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn sequence_counts_up_from_one(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.next_sequence(world.account).await.unwrap(), 1);
    assert_eq!(tx.next_sequence(world.account).await.unwrap(), 2);
    tx.commit().await.unwrap();

    let found = store.read().await.unwrap().find_account(world.account).await.unwrap().unwrap();
    assert_eq!(found.sequence, 2);
}

async fn sequences_of_two_accounts_are_apart(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_account(&account(id(1))).await.unwrap();
    tx.insert_account(&account(id(2))).await.unwrap();
    tx.next_sequence(id(1)).await.unwrap();

    assert_eq!(tx.next_sequence(id(2)).await.unwrap(), 1);
}

async fn sequence_of_rolled_back_transaction_is_given_again(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.next_sequence(world.account).await.unwrap();
    drop(tx);

    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.next_sequence(world.account).await.unwrap(), 1);
}

async fn sequence_of_unknown_account_is_refused(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(tx.next_sequence(id(9)).await, Err(StoreError::Internal(_))));
}

async fn concurrent_writers_get_sequences_without_gaps(store: Store) {
    let world = World::make(&store).await;
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut given = Vec::new();
                for _ in 0..5 {
                    let mut tx = store.begin().await.unwrap();
                    given.push(tx.next_sequence(world.account).await.unwrap());
                    tx.commit().await.unwrap();
                }
                given
            })
        })
        .collect();

    let mut given = Vec::new();
    for writer in writers {
        given.extend(writer.await.unwrap());
    }

    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<i64>>());
}

async fn usage_counts_content_once_and_people_alone(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    // The same content again is kept once.
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();
    let service = NewUser { kind: UserKind::Service, ..person(id(8)) };
    tx.insert_user(&service).await.unwrap();
    for user in [world.user, service.id] {
        tx.upsert_account_member(world.account, user, AccountRoles::EMPTY, NOW).await.unwrap();
    }

    let usage = tx.account_usage(world.account).await.unwrap();

    assert_eq!(usage, AccountUsageRow { storage_bytes: 20, assets: 1, people: 1 });
    let nothing = AccountUsageRow { storage_bytes: 0, assets: 0, people: 0 };
    assert_eq!(tx.account_usage(id(99)).await.unwrap(), nothing);
}
