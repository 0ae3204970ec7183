//! API keys and their secrets.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{ApiKeyRow, ApiKeySecretRow, NewApiKey, NewApiKeySecret, Page, Store};
use mudlark_types::{Scope, WorkspaceRole, WorkspaceRoles};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, api_key};

on_both_databases!(
    new_key_is_read_back_without_what_it_lacks,
    key_with_an_expiry_is_read_back_with_it,
    key_with_limits_is_read_back_with_them,
    unknown_key_is_not_found,
    second_key_with_the_same_id_conflicts_with_the_primary_key,
    keys_are_listed_for_their_account_oldest_first,
    all_keys_are_listed_by_id,
    secrets_are_listed_by_version,
    all_secrets_are_listed,
    secret_of_unknown_key_conflicts_with_the_foreign_key,
    second_secret_with_the_same_version_conflicts_with_the_primary_key,
    key_is_revoked_once,
    unknown_key_is_not_revoked,
    code_of_a_secret_is_replaced,
    code_of_unknown_secret_is_not_replaced,
    first_use_is_noted,
    use_soon_after_another_is_not_noted,
    use_long_after_another_is_noted,
    debug_text_of_a_secret_leaves_its_code_out,
    only_live_secrets_depend_on_their_peppers,
);

fn key(world: &World, key_id: &str, created_at_ms: i64) -> NewApiKey {
    NewApiKey {
        workspace_roles: [WorkspaceRole::ManageArt, WorkspaceRole::Viewer].into_iter().collect(),
        ..api_key(world.account, world.user, key_id, created_at_ms)
    }
}

fn secret(key_id: &str, version: i64) -> NewApiKeySecret {
    NewApiKeySecret {
        key_id: key_id.to_owned(),
        version,
        pepper_id: 1,
        mac: vec![0, 0xff, 7],
        created_at_ms: NOW,
        expires_at_ms: None,
    }
}

/// A world with the key `k1`.
async fn with_key(store: &Store) -> World {
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&key(&world, "k1", NOW)).await.unwrap();
    tx.commit().await.unwrap();
    world
}

async fn new_key_is_read_back_without_what_it_lacks(store: Store) {
    let world = with_key(&store).await;

    let found = store.read().await.unwrap().find_api_key("k1").await.unwrap();

    let expected = ApiKeyRow {
        key_id: "k1".to_owned(),
        account_id: world.account,
        user_id: world.user,
        name: "Build farm".to_owned(),
        workspace_roles: [WorkspaceRole::ManageArt, WorkspaceRole::Viewer].into_iter().collect(),
        scopes: None,
        workspace_ids: None,
        networks: None,
        created_by_user_id: None,
        expires_at_ms: None,
        revoked_at_ms: None,
        last_used_at_ms: None,
        last_used_ip: None,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(found, Some(expected));
}

async fn key_with_an_expiry_is_read_back_with_it(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let roles = WorkspaceRoles::EMPTY;
    let made = NewApiKey { expires_at_ms: Some(NOW + 9), workspace_roles: roles, ..key(&world, "k1", NOW) };

    tx.insert_api_key(&made).await.unwrap();

    let found = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!((found.expires_at_ms, found.workspace_roles), (Some(NOW + 9), roles));
}

async fn key_with_limits_is_read_back_with_them(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = NewApiKey {
        scopes: Some([Scope::AssetsRead, Scope::KeysAdmin].into_iter().collect()),
        workspace_ids: Some(world.workspace.to_string()),
        networks: Some("192.0.2.0/24,2001:db8::/32".to_owned()),
        created_by_user_id: Some(world.user),
        ..key(&world, "k1", NOW)
    };

    tx.insert_api_key(&made).await.unwrap();

    let found = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!(found.scopes, made.scopes);
    assert_eq!((found.workspace_ids, found.networks), (made.workspace_ids, made.networks));
    assert_eq!(found.created_by_user_id, made.created_by_user_id);
}

async fn unknown_key_is_not_found(store: Store) {
    with_key(&store).await;
    // Ids are compared byte by byte.
    assert_eq!(store.read().await.unwrap().find_api_key("K1").await.unwrap(), None);
}

async fn second_key_with_the_same_id_conflicts_with_the_primary_key(store: Store) {
    let world = with_key(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_api_key(&key(&world, "k1", NOW)).await.unwrap_err();

    assert!(refused.is_conflict_on("api_keys_pkey"), "{refused:?}");
}

async fn keys_are_listed_for_their_account_oldest_first(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&key(&world, "a", NOW + 1)).await.unwrap();
    tx.insert_api_key(&key(&world, "b", NOW)).await.unwrap();
    tx.insert_api_key(&key(&other, "c", NOW)).await.unwrap();

    let listed = tx.list_api_keys(world.account, Page::first(9)).await.unwrap();

    assert_eq!(listed.iter().map(|row| row.key_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

async fn all_keys_are_listed_by_id(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for key_id in ["b", "B", "a"] {
        tx.insert_api_key(&key(&world, key_id, NOW)).await.unwrap();
    }
    tx.update_api_key_revoked("a", NOW).await.unwrap();

    let listed = tx.list_all_api_keys().await.unwrap();

    assert_eq!(listed.iter().map(|row| row.key_id.as_str()).collect::<Vec<_>>(), ["B", "a", "b"]);
}

async fn secrets_are_listed_by_version(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 2)).await.unwrap();
    let first = NewApiKeySecret { expires_at_ms: Some(NOW + 9), ..secret("k1", 1) };
    tx.insert_api_key_secret(&first).await.unwrap();

    let listed = tx.list_api_key_secrets("k1").await.unwrap();

    let expected = |version, expires_at_ms| ApiKeySecretRow {
        key_id: "k1".to_owned(),
        version,
        pepper_id: 1,
        mac: vec![0, 0xff, 7],
        created_at_ms: NOW,
        expires_at_ms,
        revoked_at_ms: None,
    };
    assert_eq!(listed, [expected(1, Some(NOW + 9)), expected(2, None)]);
}

async fn all_secrets_are_listed(store: Store) {
    let world = with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&key(&world, "k0", NOW)).await.unwrap();
    for (key_id, version) in [("k1", 2), ("k1", 1), ("k0", 1)] {
        tx.insert_api_key_secret(&secret(key_id, version)).await.unwrap();
    }

    let listed = tx.list_all_api_key_secrets().await.unwrap();

    let names: Vec<(&str, i64)> = listed.iter().map(|row| (row.key_id.as_str(), row.version)).collect();
    assert_eq!(names, [("k0", 1), ("k1", 1), ("k1", 2)]);
}

async fn secret_of_unknown_key_conflicts_with_the_foreign_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let refused = tx.insert_api_key_secret(&secret("k1", 1)).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn second_secret_with_the_same_version_conflicts_with_the_primary_key(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 1)).await.unwrap();

    let refused = tx.insert_api_key_secret(&secret("k1", 1)).await.unwrap_err();

    assert!(refused.is_conflict_on("api_key_secrets_pkey"), "{refused:?}");
}

async fn key_is_revoked_once(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.update_api_key_revoked("k1", NOW + 1).await.unwrap());
    assert!(!tx.update_api_key_revoked("k1", NOW + 2).await.unwrap());

    let found = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!((found.revoked_at_ms, found.updated_at_ms), (Some(NOW + 1), NOW + 1));
}

async fn unknown_key_is_not_revoked(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.update_api_key_revoked("k1", NOW).await.unwrap());
}

async fn code_of_a_secret_is_replaced(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 1)).await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 2)).await.unwrap();

    assert!(tx.update_api_key_secret_mac("k1", 1, 5, &[1, 2]).await.unwrap());

    let listed = tx.list_api_key_secrets("k1").await.unwrap();
    assert_eq!((listed[0].pepper_id, listed[0].mac.as_slice()), (5, &[1, 2][..]));
    assert_eq!((listed[1].pepper_id, listed[1].mac.as_slice()), (1, &[0, 0xff, 7][..]));
}

async fn code_of_unknown_secret_is_not_replaced(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.update_api_key_secret_mac("k1", 1, 5, &[1]).await.unwrap());
}

async fn first_use_is_noted(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.update_api_key_last_used("k1", NOW + 5, Some("::1"), NOW).await.unwrap());

    let found = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!((found.last_used_at_ms, found.last_used_ip.as_deref()), (Some(NOW + 5), Some("::1")));
    assert_eq!(found.updated_at_ms, NOW);
}

async fn use_soon_after_another_is_not_noted(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_api_key_last_used("k1", NOW + 5, Some("::1"), NOW).await.unwrap();

    assert!(!tx.update_api_key_last_used("k1", NOW + 9, None, NOW + 5).await.unwrap());

    assert_eq!(tx.find_api_key("k1").await.unwrap().unwrap().last_used_at_ms, Some(NOW + 5));
}

async fn use_long_after_another_is_noted(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_api_key_last_used("k1", NOW + 5, Some("::1"), NOW).await.unwrap();

    assert!(tx.update_api_key_last_used("k1", NOW + 99, None, NOW + 6).await.unwrap());

    let found = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!((found.last_used_at_ms, found.last_used_ip), (Some(NOW + 99), None));
}

async fn debug_text_of_a_secret_leaves_its_code_out(store: Store) {
    with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 1)).await.unwrap();

    let text = format!("{:?}", tx.list_api_key_secrets("k1").await.unwrap());

    assert!(text.contains("k1") && !text.contains("255"), "{text}");
}

async fn only_live_secrets_depend_on_their_peppers(store: Store) {
    let world = with_key(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_api_key(&key(&world, "revoked", NOW)).await.unwrap();
    let expiring = NewApiKey { expires_at_ms: Some(NOW + 2), ..key(&world, "expiring", NOW) };
    tx.insert_api_key(&expiring).await.unwrap();
    for (key_id, version, pepper_id, expires_at_ms) in [
        ("k1", 1, 1, Some(NOW + 1)),
        ("k1", 2, 2, None),
        ("k1", 3, 2, Some(NOW + 5)),
        ("revoked", 1, 3, None),
        ("expiring", 1, 4, None),
    ] {
        let secret = NewApiKeySecret { pepper_id, expires_at_ms, ..secret(key_id, version) };
        tx.insert_api_key_secret(&secret).await.unwrap();
    }
    tx.update_api_key_revoked("revoked", NOW).await.unwrap();

    assert_eq!(tx.count_live_secrets_by_pepper(NOW).await.unwrap(), [(1, 1), (2, 2), (4, 1)]);
    assert_eq!(tx.count_live_secrets_by_pepper(NOW + 1).await.unwrap(), [(2, 2), (4, 1)]);
    assert_eq!(tx.count_live_secrets_by_pepper(NOW + 5).await.unwrap(), [(2, 1), (4, 1)]);
}
