//! Changes of API keys, their secrets' ends, and the lists that are read for them.

use mudlark_store::{ApiKeyChanges, NewApiKey, NewApiKeySecret, NewUser, Page, Store, Tx, UserKind};
use mudlark_types::{Scope, WorkspaceRole};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, api_key, id, person};

on_both_databases!(
    key_is_found_in_its_account_alone,
    pages_of_keys_go_on_where_the_last_one_ended,
    key_is_changed_in_its_account_alone,
    secret_is_revoked_once,
    secret_ends_when_it_is_told_to,
    live_secrets_are_those_neither_revoked_nor_expired,
    secrets_of_users_are_those_of_their_keys_in_the_account,
    live_secrets_of_usable_keys_are_listed_in_pieces,
    members_of_ids_are_those_of_the_account,
    user_is_renamed,
    token_epoch_grows_by_one,
);

const OTHER_USER: u128 = 0x900;

fn secret(key_id: &str, version: i64, expires_at_ms: Option<i64>) -> NewApiKeySecret {
    NewApiKeySecret {
        key_id: key_id.to_owned(),
        version,
        pepper_id: 1,
        mac: vec![7; 32],
        created_at_ms: NOW,
        expires_at_ms,
    }
}

/// A transaction in a world with the keys `k1` and `k2` of two users, and `foreign` of another account.
async fn with_keys(store: &Store) -> (World, World, Tx) {
    let world = World::make(store).await;
    let other = World::make_at(store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&NewUser { kind: UserKind::Service, email: None, ..person(id(OTHER_USER)) })
        .await
        .unwrap();
    for new in [
        api_key(world.account, world.user, "k1", NOW),
        api_key(world.account, id(OTHER_USER), "k2", NOW),
        api_key(other.account, other.user, "foreign", NOW),
    ] {
        tx.insert_api_key(&new).await.unwrap();
    }
    (world, other, tx)
}

async fn key_is_found_in_its_account_alone(store: Store) {
    let (world, other, mut tx) = with_keys(&store).await;

    let found = tx.find_api_key_in_account(world.account, "k1").await.unwrap();

    assert_eq!(found, tx.find_api_key("k1").await.unwrap());
    assert!(found.is_some());
    assert_eq!(tx.find_api_key_in_account(other.account, "k1").await.unwrap(), None);
    assert_eq!(tx.find_api_key_in_account(world.account, "absent").await.unwrap(), None);
}

async fn pages_of_keys_go_on_where_the_last_one_ended(store: Store) {
    let (world, _, mut tx) = with_keys(&store).await;
    tx.insert_api_key(&api_key(world.account, world.user, "k0", NOW + 1)).await.unwrap();
    let mut seen = Vec::new();
    let mut page = Page::first(1);
    loop {
        let rows = tx.list_api_keys(world.account, page).await.unwrap();
        let Some(last) = rows.last() else { break };
        page.after = Some((last.created_at_ms, last.user_id.as_uuid()));
        seen.extend(rows.into_iter().map(|row| row.key_id));
    }

    assert_eq!(seen, ["k1", "k2", "k0"]);
    assert_eq!(tx.count_api_keys(world.account).await.unwrap(), 3);
}

async fn key_is_changed_in_its_account_alone(store: Store) {
    let (world, other, mut tx) = with_keys(&store).await;
    let before = tx.find_api_key("k1").await.unwrap().unwrap();
    let changes = ApiKeyChanges {
        name: "Render farm".to_owned(),
        workspace_roles: [WorkspaceRole::Viewer].into_iter().collect(),
        scopes: Some([Scope::AssetsRead].into_iter().collect()),
        workspace_ids: Some(world.workspace.to_string()),
        networks: Some(String::new()),
        expires_at_ms: Some(NOW + 9),
    };

    assert!(!tx.update_api_key(other.account, "k1", &changes, NOW + 5).await.unwrap());
    assert_eq!(tx.find_api_key("k1").await.unwrap().unwrap(), before);
    assert!(tx.update_api_key(world.account, "k1", &changes, NOW + 5).await.unwrap());

    let after = tx.find_api_key("k1").await.unwrap().unwrap();
    let found = ApiKeyChanges {
        name: after.name,
        workspace_roles: after.workspace_roles,
        scopes: after.scopes,
        workspace_ids: after.workspace_ids,
        networks: after.networks,
        expires_at_ms: after.expires_at_ms,
    };
    assert_eq!((found, after.updated_at_ms, after.created_at_ms), (changes, NOW + 5, NOW));
    assert_eq!(tx.find_api_key("k2").await.unwrap().unwrap().name, "Build farm");
}

async fn secret_is_revoked_once(store: Store) {
    let (_, _, mut tx) = with_keys(&store).await;
    tx.insert_api_key_secret(&secret("k1", 1, None)).await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 2, None)).await.unwrap();

    assert!(tx.update_api_key_secret_revoked("k1", 1, NOW + 1).await.unwrap());
    assert!(!tx.update_api_key_secret_revoked("k1", 1, NOW + 2).await.unwrap());
    assert!(!tx.update_api_key_secret_revoked("k1", 3, NOW + 2).await.unwrap());

    let revoked: Vec<_> =
        tx.list_api_key_secrets("k1").await.unwrap().iter().map(|row| row.revoked_at_ms).collect();
    assert_eq!(revoked, [Some(NOW + 1), None]);
}

async fn secret_ends_when_it_is_told_to(store: Store) {
    let (_, _, mut tx) = with_keys(&store).await;
    tx.insert_api_key_secret(&secret("k1", 1, None)).await.unwrap();
    tx.insert_api_key_secret(&secret("k1", 2, None)).await.unwrap();

    assert!(tx.update_api_key_secret_expiry("k1", 1, NOW + 7).await.unwrap());
    assert!(!tx.update_api_key_secret_expiry("k1", 3, NOW + 7).await.unwrap());

    let ends: Vec<_> =
        tx.list_api_key_secrets("k1").await.unwrap().iter().map(|row| row.expires_at_ms).collect();
    assert_eq!(ends, [Some(NOW + 7), None]);
}

async fn live_secrets_are_those_neither_revoked_nor_expired(store: Store) {
    let (_, _, mut tx) = with_keys(&store).await;
    for (version, end) in [(1, Some(NOW)), (2, Some(NOW + 1)), (3, None), (4, None)] {
        tx.insert_api_key_secret(&secret("k1", version, end)).await.unwrap();
    }
    tx.insert_api_key_secret(&secret("k2", 1, None)).await.unwrap();
    tx.update_api_key_secret_revoked("k1", 3, NOW).await.unwrap();

    let live = tx.list_live_api_key_secrets("k1", NOW).await.unwrap();

    assert_eq!(live.iter().map(|row| row.version).collect::<Vec<_>>(), [2, 4]);
}

async fn secrets_of_users_are_those_of_their_keys_in_the_account(store: Store) {
    let (world, other, mut tx) = with_keys(&store).await;
    for (key_id, version) in [("k2", 1), ("k1", 2), ("k1", 1), ("foreign", 1)] {
        tx.insert_api_key_secret(&secret(key_id, version, None)).await.unwrap();
    }
    tx.update_api_key_secret_revoked("k1", 1, NOW).await.unwrap();

    let all = tx
        .list_api_key_secrets_of_users(world.account, &[id(OTHER_USER), world.user, other.user])
        .await
        .unwrap();
    let one = tx.list_api_key_secrets_of_users(world.account, &[id(OTHER_USER)]).await.unwrap();

    let names = |rows: &[mudlark_store::ApiKeySecretRow]| -> Vec<(String, i64)> {
        rows.iter().map(|row| (row.key_id.clone(), row.version)).collect()
    };
    assert_eq!(names(&all), [("k1".to_owned(), 1), ("k1".to_owned(), 2), ("k2".to_owned(), 1)]);
    assert_eq!(names(&one), [("k2".to_owned(), 1)]);
    assert!(tx.list_api_key_secrets_of_users(world.account, &[]).await.unwrap().is_empty());
}

async fn live_secrets_of_usable_keys_are_listed_in_pieces(store: Store) {
    let (world, _, mut tx) = with_keys(&store).await;
    let expired = NewApiKey { expires_at_ms: Some(NOW), ..api_key(world.account, world.user, "k3", NOW) };
    tx.insert_api_key(&expired).await.unwrap();
    tx.insert_api_key(&api_key(world.account, world.user, "k4", NOW)).await.unwrap();
    tx.update_api_key_revoked("k4", NOW).await.unwrap();
    for (key_id, version, end) in [
        ("foreign", 1, None),
        ("k1", 1, Some(NOW)),
        ("k1", 2, Some(NOW + 1)),
        ("k1", 3, None),
        ("k2", 1, None),
        ("k2", 2, None),
        ("k3", 1, None),
        ("k4", 1, None),
    ] {
        tx.insert_api_key_secret(&secret(key_id, version, end)).await.unwrap();
    }
    tx.update_api_key_secret_revoked("k2", 1, NOW).await.unwrap();
    let mut seen = Vec::new();
    let mut after = (String::new(), 0);
    loop {
        let rows = tx.list_live_api_key_secrets_after((&after.0, after.1), NOW, 2).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = (last.key_id.clone(), last.version);
        seen.extend(rows.into_iter().map(|row| (row.key_id, row.version)));
    }

    let expected = [("foreign", 1), ("k1", 2), ("k1", 3), ("k2", 2)];
    assert_eq!(seen, expected.map(|(key_id, version)| (key_id.to_owned(), version)));
}

async fn members_of_ids_are_those_of_the_account(store: Store) {
    let (world, other, mut tx) = with_keys(&store).await;
    for (account, user) in
        [(world.account, world.user), (world.account, id(OTHER_USER)), (other.account, other.user)]
    {
        tx.upsert_account_member(account, user, "admin".parse().unwrap(), NOW).await.unwrap();
    }

    let mut found = tx
        .list_account_members_by_ids(world.account, &[id(OTHER_USER), other.user, world.user])
        .await
        .unwrap();

    found.sort_by_key(|row| row.user_id);
    assert_eq!(found.iter().map(|row| row.user_id).collect::<Vec<_>>(), [world.user, id(OTHER_USER)]);
    assert_eq!(found[0].roles.to_string(), "admin");
}

async fn user_is_renamed(store: Store) {
    let (world, _, mut tx) = with_keys(&store).await;

    assert!(tx.update_user_username(world.user, "Render farm", NOW + 5).await.unwrap());
    assert!(!tx.update_user_username(id(0xdead), "Nobody", NOW + 5).await.unwrap());

    let user = tx.find_user(world.user).await.unwrap().unwrap();
    assert_eq!((user.username.as_str(), user.updated_at_ms), ("Render farm", NOW + 5));
    assert_ne!(tx.find_user(id(OTHER_USER)).await.unwrap().unwrap().username, "Render farm");
}

async fn token_epoch_grows_by_one(store: Store) {
    let (world, other, mut tx) = with_keys(&store).await;

    assert_eq!(tx.update_account_token_epoch(world.account, NOW + 5).await.unwrap(), Some(1));
    assert_eq!(tx.update_account_token_epoch(world.account, NOW + 6).await.unwrap(), Some(2));
    assert_eq!(tx.update_account_token_epoch(id(0xdead), NOW).await.unwrap(), None);

    let account = tx.find_account(world.account).await.unwrap().unwrap();
    assert_eq!((account.token_epoch, account.updated_at_ms), (2, NOW + 6));
    assert_eq!(tx.find_account(other.account).await.unwrap().unwrap().token_epoch, 0);
}
