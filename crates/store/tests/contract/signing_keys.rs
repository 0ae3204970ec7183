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
    second_key_that_signs_or_waits_to_is_refused,
    private_part_is_sealed_anew_only_where_there_is_one,
    retired_key_alone_is_forgotten,
    lock_on_the_signing_keys_lets_one_after_the_other_through,
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
        let row = SigningKeyRow { state: SigningKeyState::Retired, ..key(kid, created_at_ms) };
        tx.insert_signing_key(&row).await.unwrap();
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

    let again = SigningKeyRow { state: SigningKeyState::Retired, ..key("k", NOW) };
    let refused = tx.insert_signing_key(&again).await.unwrap_err();

    assert!(refused.is_conflict_on("signing_keys_pkey"), "{refused:?}");
}

async fn second_key_that_signs_or_waits_to_is_refused(store: Store) {
    for state in [SigningKeyState::Next, SigningKeyState::Active] {
        let mut tx = store.begin().await.unwrap();
        tx.insert_signing_key(&SigningKeyRow { state, ..key("a", NOW) }).await.unwrap();

        let refused = tx.insert_signing_key(&SigningKeyRow { state, ..key("b", NOW) }).await.unwrap_err();

        assert!(refused.is_conflict_on("signing_keys_state_key"), "{refused:?}");
    }
}

async fn private_part_is_sealed_anew_only_where_there_is_one(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let retired = SigningKeyRow { state: SigningKeyState::Retired, sealed_private: None, ..key("old", NOW) };
    tx.insert_signing_key(&retired).await.unwrap();
    tx.insert_signing_key(&key("new", NOW + 1)).await.unwrap();

    assert!(tx.update_signing_key_sealed("new", &[2, 3]).await.unwrap());
    assert!(!tx.update_signing_key_sealed("old", &[2, 3]).await.unwrap());
    assert!(!tx.update_signing_key_sealed("absent", &[2, 3]).await.unwrap());

    let expected = [retired, SigningKeyRow { sealed_private: Some(vec![2, 3]), ..key("new", NOW + 1) }];
    assert_eq!(tx.list_signing_keys().await.unwrap(), expected);
}

async fn retired_key_alone_is_forgotten(store: Store) {
    let mut tx = store.begin().await.unwrap();
    for (kid, state) in [
        ("next", SigningKeyState::Next),
        ("active", SigningKeyState::Active),
        ("retired", SigningKeyState::Retired),
        ("revoked", SigningKeyState::Revoked),
    ] {
        tx.insert_signing_key(&SigningKeyRow { state, ..key(kid, NOW) }).await.unwrap();

        let forgotten = tx.delete_retired_signing_key(kid).await.unwrap();

        assert_eq!(forgotten, state == SigningKeyState::Retired, "{kid}");
    }
    assert_eq!(tx.list_signing_keys().await.unwrap().len(), 3);
}

async fn lock_on_the_signing_keys_lets_one_after_the_other_through(store: Store) {
    let take_a_turn = async |kid: &str| {
        let mut tx = store.begin().await.unwrap();
        tx.lock_signing_keys().await.unwrap();
        let there_before = tx.list_signing_keys().await.unwrap().len();
        if there_before == 0 {
            tx.insert_signing_key(&key(kid, NOW)).await.unwrap();
        }
        tx.commit().await.unwrap();
        there_before
    };

    let turns = tokio::join!(take_a_turn("a"), take_a_turn("b"));

    assert_eq!(turns.0 + turns.1, 1, "whoever came second saw what the first had done");
}
