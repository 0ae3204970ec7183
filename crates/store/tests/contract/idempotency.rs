//! Answers kept for requests that may be sent again.

use mudlark_store::{IdempotencyKeyRow, IdempotencyState, IdempotentAnswer, NewIdempotencyKey, Store};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World};

on_both_databases!(
    new_key_is_read_back_as_started,
    key_is_taken_once,
    same_key_of_another_user_is_free,
    expired_key_is_neither_found_nor_in_the_way,
    answer_is_kept_with_its_bytes,
    answer_leaves_the_fingerprint_of_the_start,
    answer_is_kept_once,
    key_given_back_is_free,
    expired_keys_are_forgotten,
);

fn key(world: &World, key: &str) -> NewIdempotencyKey {
    NewIdempotencyKey {
        account_id: world.account,
        user_id: world.user,
        key: key.to_owned(),
        operation: "create_asset".to_owned(),
        fingerprint: None,
        created_at_ms: NOW,
        expires_at_ms: NOW + 100,
    }
}

const ANSWER: IdempotentAnswer<'_> =
    IdempotentAnswer { fingerprint: Some(&[9, 0, 255]), status: 200, headers: "{}", body: &[0, 1, 255] };

async fn new_key_is_read_back_as_started(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.insert_idempotency_key(&key(&world, "k")).await.unwrap());

    let expected = IdempotencyKeyRow {
        account_id: world.account,
        user_id: world.user,
        key: "k".to_owned(),
        operation: "create_asset".to_owned(),
        state: IdempotencyState::Started,
        fingerprint: None,
        status: None,
        headers: None,
        body: None,
        created_at_ms: NOW,
        expires_at_ms: NOW + 100,
    };
    assert_eq!(tx.find_idempotency_key(world.user, "k", NOW).await.unwrap(), Some(expected));
}

async fn key_is_taken_once(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();
    let again = NewIdempotencyKey { operation: "other".to_owned(), ..key(&world, "k") };

    assert!(!tx.insert_idempotency_key(&again).await.unwrap());

    let found = tx.find_idempotency_key(world.user, "k", NOW).await.unwrap().unwrap();
    assert_eq!(found.operation, "create_asset");
}

async fn same_key_of_another_user_is_free(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();

    assert_eq!(tx.find_idempotency_key(other.user, "k", NOW).await.unwrap(), None);
    assert!(tx.insert_idempotency_key(&key(&other, "k")).await.unwrap());
}

async fn expired_key_is_neither_found_nor_in_the_way(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();
    tx.complete_idempotency_key(world.user, "k", &ANSWER).await.unwrap();

    let later = NewIdempotencyKey { created_at_ms: NOW + 100, expires_at_ms: NOW + 200, ..key(&world, "k") };
    assert_eq!(tx.find_idempotency_key(world.user, "k", NOW + 100).await.unwrap(), None);
    assert!(tx.insert_idempotency_key(&later).await.unwrap());

    let found = tx.find_idempotency_key(world.user, "k", NOW + 100).await.unwrap().unwrap();
    assert_eq!((found.state, found.created_at_ms), (IdempotencyState::Started, NOW + 100));
    assert_eq!((found.fingerprint, found.status, found.headers, found.body), (None, None, None, None));
}

async fn answer_is_kept_with_its_bytes(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();

    assert!(tx.complete_idempotency_key(world.user, "k", &ANSWER).await.unwrap());

    let found = tx.find_idempotency_key(world.user, "k", NOW).await.unwrap().unwrap();
    assert_eq!((found.state, found.status), (IdempotencyState::Completed, Some(200)));
    assert_eq!(found.fingerprint.as_deref(), Some(&[9, 0, 255][..]));
    assert_eq!((found.headers.as_deref(), found.body.as_deref()), (Some("{}"), Some(&[0, 1, 255][..])));
}

async fn answer_leaves_the_fingerprint_of_the_start(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = NewIdempotencyKey { fingerprint: Some(vec![5]), ..key(&world, "k") };
    tx.insert_idempotency_key(&made).await.unwrap();

    let answer = IdempotentAnswer { fingerprint: None, body: &[], ..ANSWER };
    tx.complete_idempotency_key(world.user, "k", &answer).await.unwrap();

    let found = tx.find_idempotency_key(world.user, "k", NOW).await.unwrap().unwrap();
    assert_eq!((found.fingerprint, found.body), (Some(vec![5]), Some(vec![])));
}

async fn answer_is_kept_once(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();
    tx.complete_idempotency_key(world.user, "k", &ANSWER).await.unwrap();

    assert!(!tx.complete_idempotency_key(world.user, "k", &ANSWER).await.unwrap());
    assert!(!tx.complete_idempotency_key(world.user, "other", &ANSWER).await.unwrap());
}

async fn key_given_back_is_free(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "k")).await.unwrap();

    assert!(tx.delete_idempotency_key(world.user, "k").await.unwrap());
    assert!(!tx.delete_idempotency_key(world.user, "k").await.unwrap());

    assert!(tx.insert_idempotency_key(&key(&world, "k")).await.unwrap());
}

async fn expired_keys_are_forgotten(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_idempotency_key(&key(&world, "old")).await.unwrap();
    let young = NewIdempotencyKey { expires_at_ms: NOW + 101, ..key(&world, "young") };
    tx.insert_idempotency_key(&young).await.unwrap();

    assert_eq!(tx.delete_expired_idempotency_keys(NOW + 100).await.unwrap(), 1);

    assert!(tx.find_idempotency_key(world.user, "young", NOW).await.unwrap().is_some());
    assert_eq!(tx.find_idempotency_key(world.user, "old", NOW).await.unwrap(), None);
}
