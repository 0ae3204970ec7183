//! Signing keys.

use mudlark_store::{SigningKeyRow, SigningKeyState, Store};

use crate::on_both_databases;
use crate::world::NOW;

on_both_databases!(
    signing_key_is_read_back_as_given,
    signing_keys_are_listed_oldest_first,
    key_that_becomes_active_keeps_its_private_part,
    key_that_retires_loses_its_private_part,
    retired_key_that_is_revoked_keeps_the_time_it_retired,
    state_of_unknown_key_is_not_changed,
    second_key_with_the_same_id_conflicts_with_the_primary_key,
);

fn key(kid: &str, created_at_ms: i64) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        state: SigningKeyState::Next,
        public_jwk: r#"{"kty":"EC"}"#.to_owned(),
        sealed_private: Some(vec![1, 0, 255]),
        created_at_ms,
        activated_at_ms: None,
        retired_at_ms: None,
    }
}

async fn signing_key_is_read_back_as_given(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let old = SigningKeyRow {
        state: SigningKeyState::Retired,
        sealed_private: None,
        activated_at_ms: Some(NOW + 1),
        retired_at_ms: Some(NOW + 2),
        ..key("old", NOW)
    };
    tx.insert_signing_key(&old).await.unwrap();
    tx.insert_signing_key(&key("new", NOW + 3)).await.unwrap();

    assert_eq!(tx.list_signing_keys().await.unwrap(), [old, key("new", NOW + 3)]);
}

async fn signing_keys_are_listed_oldest_first(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for (kid, created_at_ms) in [("c", NOW + 1), ("b", NOW), ("a", NOW)] {
        tx.insert_signing_key(&key(kid, created_at_ms)).await.unwrap();
    }

    let listed = tx.list_signing_keys().await.unwrap();

    assert_eq!(listed.iter().map(|row| row.kid.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

async fn key_that_becomes_active_keeps_its_private_part(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_signing_key(&key("k", NOW)).await.unwrap();

    assert!(tx.update_signing_key_state("k", SigningKeyState::Active, NOW + 1).await.unwrap());

    let expected =
        SigningKeyRow { state: SigningKeyState::Active, activated_at_ms: Some(NOW + 1), ..key("k", NOW) };
    assert_eq!(tx.list_signing_keys().await.unwrap(), [expected]);
}

async fn key_that_retires_loses_its_private_part(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_signing_key(&key("k", NOW)).await.unwrap();
    tx.update_signing_key_state("k", SigningKeyState::Active, NOW + 1).await.unwrap();

    assert!(tx.update_signing_key_state("k", SigningKeyState::Retired, NOW + 2).await.unwrap());

    let expected = SigningKeyRow {
        state: SigningKeyState::Retired,
        sealed_private: None,
        activated_at_ms: Some(NOW + 1),
        retired_at_ms: Some(NOW + 2),
        ..key("k", NOW)
    };
    assert_eq!(tx.list_signing_keys().await.unwrap(), [expected]);
}

async fn retired_key_that_is_revoked_keeps_the_time_it_retired(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_signing_key(&key("k", NOW)).await.unwrap();
    tx.update_signing_key_state("k", SigningKeyState::Retired, NOW + 2).await.unwrap();

    tx.update_signing_key_state("k", SigningKeyState::Revoked, NOW + 3).await.unwrap();

    let listed = tx.list_signing_keys().await.unwrap();
    assert_eq!((listed[0].state, listed[0].retired_at_ms), (SigningKeyState::Revoked, Some(NOW + 2)));
}

async fn state_of_unknown_key_is_not_changed(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.update_signing_key_state("k", SigningKeyState::Revoked, NOW).await.unwrap());
}

async fn second_key_with_the_same_id_conflicts_with_the_primary_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_signing_key(&key("k", NOW)).await.unwrap();

    let refused = tx.insert_signing_key(&key("k", NOW)).await.unwrap_err();

    assert!(refused.is_conflict_on("signing_keys_pkey"), "{refused:?}");
}
