//! Tokens that were revoked one by one.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{RevokedTokenRow, Store, Tx};

use crate::on_both_databases;
use crate::world::{NOW, World, api_key};

on_both_databases!(
    revoked_token_is_read_back,
    token_is_revoked_once,
    token_of_unknown_key_conflicts_with_the_foreign_key,
    expired_tokens_are_neither_listed_nor_kept,
);

fn token(token_id: &str, expires_at_ms: i64) -> RevokedTokenRow {
    RevokedTokenRow {
        token_id: token_id.to_owned(),
        key_id: "k1".to_owned(),
        expires_at_ms,
        revoked_at_ms: NOW,
    }
}

/// A transaction in a world with the key `k1`.
async fn with_key(store: &Store) -> Tx {
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&api_key(world.account, world.user, "k1", NOW)).await.unwrap();
    tx
}

async fn revoked_token_is_read_back(store: Store) {
    let mut tx = with_key(&store).await;
    tx.insert_revoked_token(&token("b", NOW + 9)).await.unwrap();
    tx.insert_revoked_token(&token("a", NOW + 9)).await.unwrap();

    assert_eq!(tx.find_revoked_token("a").await.unwrap(), Some(token("a", NOW + 9)));
    assert_eq!(tx.find_revoked_token("A").await.unwrap(), None);
    assert_eq!(tx.list_revoked_tokens(NOW).await.unwrap(), [token("a", NOW + 9), token("b", NOW + 9)]);
}

async fn token_is_revoked_once(store: Store) {
    let mut tx = with_key(&store).await;

    assert!(tx.insert_revoked_token(&token("a", NOW + 9)).await.unwrap());
    assert!(!tx.insert_revoked_token(&token("a", NOW + 99)).await.unwrap());

    assert_eq!(tx.list_revoked_tokens(NOW).await.unwrap(), [token("a", NOW + 9)]);
}

async fn token_of_unknown_key_conflicts_with_the_foreign_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let refused = tx.insert_revoked_token(&token("a", NOW)).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn expired_tokens_are_neither_listed_nor_kept(store: Store) {
    let mut tx = with_key(&store).await;
    tx.insert_revoked_token(&token("a", NOW + 1)).await.unwrap();
    tx.insert_revoked_token(&token("b", NOW + 2)).await.unwrap();

    assert_eq!(tx.list_revoked_tokens(NOW + 1).await.unwrap(), [token("b", NOW + 2)]);
    assert_eq!(tx.delete_expired_revoked_tokens(NOW + 1).await.unwrap(), 1);

    assert_eq!(tx.find_revoked_token("a").await.unwrap(), None);
    assert_eq!(tx.list_revoked_tokens(NOW).await.unwrap(), [token("b", NOW + 2)]);
}
