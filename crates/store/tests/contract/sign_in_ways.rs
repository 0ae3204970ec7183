//! Other ways than a password to sign in: passkeys with the challenges they answered, and identities at a provider.

use mudlark_store::{IdentityRow, PasskeyRow, Store, StoreError, Tx};
use mudlark_types::UserId;

use crate::on_both_databases;
use crate::world::{FIRST, NOW, SECOND, World, id, sha256};

on_both_databases!(
    passkeys_are_listed_by_user_oldest_first_and_found_by_their_credential,
    credential_is_kept_once,
    passkey_whose_count_has_not_grown_is_not_used,
    passkey_is_renamed_and_forgotten_by_its_user_alone,
    challenge_is_answered_once_until_it_ends,
    identity_stays_with_its_user,
);

const ISSUER: &str = "https://login.studio.example";

fn passkey(number: u8, user_id: UserId) -> PasskeyRow {
    PasskeyRow {
        id: id(u128::from(number)),
        user_id,
        credential_id: vec![number; 32],
        public_key: vec![1, 2, 3],
        algorithm: -7,
        sign_count: 0,
        transports: r#"["internal"]"#.to_owned(),
        name: format!("Laptop {number}"),
        created_at_ms: NOW + i64::from(number),
        last_used_at_ms: None,
    }
}

fn identity(subject: &str, user_id: UserId) -> IdentityRow {
    IdentityRow {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        user_id,
        created_at_ms: NOW,
        last_used_at_ms: NOW,
    }
}

/// One of each, for tests of what becomes of them.
pub(crate) async fn insert_sign_in_ways(tx: &mut Tx, user_id: UserId) {
    tx.insert_passkey(&passkey(1, user_id)).await.unwrap();
    tx.upsert_identity(&identity("mira", user_id)).await.unwrap();
    assert!(tx.answer_challenge(&sha256(1, 0), NOW + 10).await.unwrap());
}

async fn passkeys_are_listed_by_user_oldest_first_and_found_by_their_credential(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    for row in [passkey(2, world.user), passkey(1, world.user), passkey(3, other.user)] {
        tx.insert_passkey(&row).await.unwrap();
    }

    let own = tx.list_passkeys(world.user).await.unwrap();

    assert_eq!(own, [passkey(1, world.user), passkey(2, world.user)]);
    let found = tx.find_passkey_by_credential(&[3; 32]).await.unwrap();
    assert_eq!(found, Some(passkey(3, other.user)));
    assert_eq!(tx.find_passkey_by_credential(&[4; 32]).await.unwrap(), None);
    assert_eq!(tx.delete_passkeys(world.user).await.unwrap(), 2);
    assert_eq!(tx.list_passkeys(other.user).await.unwrap(), [passkey(3, other.user)]);
}

async fn credential_is_kept_once(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    tx.insert_passkey(&passkey(1, world.user)).await.unwrap();

    let same = PasskeyRow { id: id(2), ..passkey(1, other.user) };
    let refused = tx.insert_passkey(&same).await;

    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
}

async fn passkey_whose_count_has_not_grown_is_not_used(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_passkey(&passkey(1, world.user)).await.unwrap();

    // One that doesn't count is used as often as one likes; then it has begun to count.
    for (count, is_used) in [(0, true), (0, true), (4, true), (4, false), (3, false), (0, false), (5, true)] {
        assert_eq!(
            tx.update_passkey_used(id(1), count, NOW + count).await.unwrap(),
            is_used,
            "{count} after what was before"
        );
    }

    let row = tx.list_passkeys(world.user).await.unwrap().remove(0);
    assert_eq!((row.sign_count, row.last_used_at_ms), (5, Some(NOW + 5)));
}

async fn passkey_is_renamed_and_forgotten_by_its_user_alone(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    tx.insert_passkey(&passkey(1, world.user)).await.unwrap();

    assert!(!tx.update_passkey_name(other.user, id(1), "Theirs").await.unwrap());
    assert!(tx.update_passkey_name(world.user, id(1), "Phone").await.unwrap());
    assert_eq!(tx.list_passkeys(world.user).await.unwrap()[0].name, "Phone");
    assert!(!tx.delete_passkey(other.user, id(1)).await.unwrap());
    assert!(tx.delete_passkey(world.user, id(1)).await.unwrap());
    assert!(!tx.delete_passkey(world.user, id(1)).await.unwrap());
}

async fn challenge_is_answered_once_until_it_ends(store: Store) {
    let mut tx = store.begin().await.unwrap();

    assert!(tx.answer_challenge(&sha256(1, 0), NOW + 10).await.unwrap());
    assert!(tx.answer_challenge(&sha256(2, 0), NOW + 20).await.unwrap());
    assert!(!tx.answer_challenge(&sha256(1, 0), NOW + 10).await.unwrap());

    assert_eq!(tx.delete_expired_challenges(NOW + 9).await.unwrap(), 0);
    assert_eq!(tx.delete_expired_challenges(NOW + 10).await.unwrap(), 1);
    assert!(!tx.answer_challenge(&sha256(2, 0), NOW + 20).await.unwrap());
}

async fn identity_stays_with_its_user(store: Store) {
    let (world, other) = (World::make_at(&store, FIRST).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    tx.upsert_identity(&identity("mira", world.user)).await.unwrap();

    let again = IdentityRow {
        created_at_ms: NOW + 5,
        last_used_at_ms: NOW + 5,
        user_id: other.user,
        ..identity("mira", other.user)
    };
    tx.upsert_identity(&again).await.unwrap();

    let found = tx.find_identity(ISSUER, "mira").await.unwrap().unwrap();
    assert_eq!(found, IdentityRow { last_used_at_ms: NOW + 5, ..identity("mira", world.user) });
    assert_eq!(tx.find_identity("https://other.example", "mira").await.unwrap(), None);
    assert_eq!(tx.count_identities(ISSUER, world.user).await.unwrap(), 1);
    assert_eq!(tx.delete_identities(world.user).await.unwrap(), 1);
    assert_eq!(tx.count_identities(ISSUER, world.user).await.unwrap(), 0);
}
