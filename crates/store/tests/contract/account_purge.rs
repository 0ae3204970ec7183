//! Closed accounts, removed for good.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{
    NewApiKeySecret, NewEvent, NewIdempotencyKey, NewInvite, NewJob, Page, RevokedTokenRow, Store,
    UserChanges,
};
use mudlark_types::{AccountId, AccountRole, AccountRoles, EventType, UserId, WorkspaceRoles};

use crate::database::{Database, Kind};
use crate::everything::{fill_workspace, insert_picture};
use crate::on_both_databases;
use crate::user_sessions::insert_sign_in;
use crate::world::{NOW, SECOND, World, api_key, id, person};

on_both_databases!(
    closed_account_is_found_once_its_time_is_over_and_not_opened_again_when_its_removal_has_begun,
    purged_account_leaves_nothing_but_its_audit_trail,
    user_is_forgotten_when_no_account_is_left_and_nothing_names_them,
);

const KEY: &str = "mk_1";
/// The service user of the key.
const SERVICE: u128 = 0x901;

/// What an account has beside workspaces.
pub(crate) async fn fill_account(store: &Store, world: &World) {
    let mut tx = store.begin().await.unwrap();
    let (account_id, user_id): (AccountId, UserId) = (world.account, id(SERVICE));
    tx.insert_user(&person(user_id)).await.unwrap();
    let roles: AccountRoles = [AccountRole::Owner].into_iter().collect();
    for user in [world.user, user_id] {
        tx.upsert_account_member(account_id, user, roles, NOW).await.unwrap();
    }
    let mut key = api_key(account_id, user_id, KEY, NOW);
    key.created_by_user_id = Some(world.user);
    tx.insert_api_key(&key).await.unwrap();
    let secret = NewApiKeySecret {
        key_id: KEY.to_owned(),
        version: 1,
        pepper_id: 1,
        mac: vec![1; 32],
        created_at_ms: NOW,
        expires_at_ms: None,
    };
    tx.insert_api_key_secret(&secret).await.unwrap();
    let revoked = RevokedTokenRow {
        token_id: "t".to_owned(),
        key_id: KEY.to_owned(),
        expires_at_ms: NOW + 1,
        revoked_at_ms: NOW,
    };
    tx.insert_revoked_token(&revoked).await.unwrap();
    let invite = NewInvite {
        id: id(0x902),
        account_id,
        email: "ada@studio.example".to_owned(),
        email_key: "ada@studio.example".to_owned(),
        account_roles: roles,
        workspace_roles: WorkspaceRoles::EMPTY,
        workspace_ids: String::new(),
        token_sha256: vec![1; 32],
        invited_by_user_id: world.user,
        expires_at_ms: NOW + 1,
        created_at_ms: NOW,
    };
    tx.insert_invite(&invite).await.unwrap();
    let idempotency = NewIdempotencyKey {
        account_id,
        user_id,
        key: "k".to_owned(),
        operation: "create_asset".to_owned(),
        fingerprint: None,
        created_at_ms: NOW,
        expires_at_ms: NOW + 1,
    };
    tx.insert_idempotency_key(&idempotency).await.unwrap();
    insert_sign_in(&mut tx, world.user).await;
    for number in 0..3 {
        let sequence = tx.next_sequence(account_id).await.unwrap();
        let event = NewEvent {
            id: id(0x910 + number),
            workspace_id: Some(world.workspace),
            asset_id: None,
            about_user_id: None,
            event_type: EventType::WorkspaceCreated,
            record_id: world.workspace.as_uuid(),
            data: "{}".to_owned(),
        };
        tx.insert_events(account_id, Some(world.user), &[event], sequence, NOW).await.unwrap();
    }
    let job = NewJob {
        id: id(0x921),
        kind: "paint",
        subject: "a".to_owned(),
        account_id: Some(account_id),
        payload: "{}".to_owned(),
        priority: 1,
        after_ms: 0,
    };
    tx.enqueue_job(&job).await.unwrap();
    let avatar_file_id = Some(Some(insert_picture(&mut tx, world, 0x920).await));
    tx.update_user(world.user, &UserChanges { avatar_file_id, ..UserChanges::default() }, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn closed_account_is_found_once_its_time_is_over_and_not_opened_again_when_its_removal_has_begun(
    store: Store,
) {
    let (world, other) = (World::make(&store).await, World::make_at(&store, SECOND).await);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.list_expired_accounts(i64::MAX, 9).await.unwrap().is_empty(), "none is closed");
    assert!(!tx.start_account_purge(world.account, i64::MAX, NOW).await.unwrap());
    tx.update_account_closed(world.account, Some(NOW + 5), NOW + 5).await.unwrap();
    tx.update_account_closed(other.account, Some(NOW + 4), NOW + 4).await.unwrap();

    assert_eq!(tx.list_expired_accounts(NOW + 4, 9).await.unwrap(), [other.account]);
    assert_eq!(tx.list_expired_accounts(NOW + 5, 9).await.unwrap(), [other.account, world.account]);
    assert_eq!(tx.list_expired_accounts(NOW + 5, 1).await.unwrap(), [other.account]);
    assert!(!tx.start_account_purge(world.account, NOW + 4, NOW + 9).await.unwrap(), "it has time left");
    assert!(tx.start_account_purge(other.account, NOW + 4, NOW + 9).await.unwrap());
    assert!(!tx.start_account_purge(other.account, NOW + 4, NOW + 9).await.unwrap());

    assert_eq!(tx.list_expired_accounts(NOW + 5, 9).await.unwrap(), [world.account]);
    assert_eq!(tx.list_accounts_being_purged().await.unwrap(), [other.account]);
    assert!(tx.is_account_being_purged(other.account).await.unwrap());
    assert!(!tx.is_account_being_purged(world.account).await.unwrap());
    assert_eq!(tx.find_purged_workspace_of(other.account).await.unwrap(), Some(other.workspace));
    assert_eq!(tx.find_purged_workspace_of(world.account).await.unwrap(), None);
    let workspaces = tx.list_workspaces_being_purged(Page::first(9)).await.unwrap();
    assert_eq!(workspaces.iter().map(|row| row.id).collect::<Vec<_>>(), [other.workspace]);
    assert!(tx.update_account_closed(world.account, None, NOW + 9).await.unwrap());
    assert!(!tx.update_account_closed(other.account, None, NOW + 9).await.unwrap());
}

async fn purge(store: &Store, world: &World) {
    let mut tx = store.begin().await.unwrap();
    tx.update_account_closed(world.account, Some(NOW), NOW).await.unwrap();
    assert!(tx.start_account_purge(world.account, NOW, NOW).await.unwrap());
    while tx.purge_workspace_step(world.workspace, 100).await.unwrap() {}
    while tx.purge_account_step(world.account, 1).await.unwrap() {}
    for user in tx.list_users_of_account(world.account, 9).await.unwrap() {
        tx.purge_member(world.account, user).await.unwrap();
        tx.delete_user_without_account(user).await.unwrap();
    }
    assert!(tx.delete_account(world.account).await.unwrap());
    assert!(!tx.delete_account(world.account).await.unwrap());
    tx.commit().await.unwrap();
}

/// Tables of what is no account's: the server's own.
const OWN: [&str; 11] = [
    "schema_migrations",
    "auth_revision",
    "auth_changes",
    "audit_head",
    "audit_entries",
    "server_processes",
    "signing_keys",
    "relocation",
    // Filled by programs from before step 41 alone; its rows go with their previews.
    "preview_bands",
    // Says nothing of anybody, and is forgotten in minutes.
    "answered_challenges",
    // Content is removed after its account is gone; the sweep forgets its removals in time.
    "content_removals",
];

async fn purged_account_leaves_nothing_but_its_audit_trail(database: Database) {
    let (store, place) = (database.store(), database.place());
    let tables = match place.kind() {
        Kind::Sqlite => {
            "SELECT t.name FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'search_grams_%'"
        }
        Kind::Postgres => {
            "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema()"
        }
    };
    let mut tables = place.query_texts(tables).await;
    tables.retain(|table| !OWN.contains(&table.as_str()));
    let world = World::make(store).await;
    fill_workspace(store, &world).await;
    fill_account(store, &world).await;
    let rows = async |table: &str| {
        place.query_texts(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await.remove(0)
    };
    for table in &tables {
        // Of the index of words there may be none yet.
        let is_filled = table == "search_grams" || rows(table).await != "0";
        assert!(is_filled, "{table}: nothing here puts anything into it");
    }

    purge(store, &world).await;

    for table in &tables {
        assert_eq!(rows(table).await, "0", "{table}");
    }
    let mut session = store.read().await.unwrap();
    let changes = session.list_auth_changes(0, 9).await.unwrap();
    assert_eq!(changes.len(), 6, "key, both members, twice the account, whose sessions ended: {changes:?}");
}

async fn user_is_forgotten_when_no_account_is_left_and_nothing_names_them(store: Store) {
    let (world, other) = (World::make(&store).await, World::make_at(&store, SECOND).await);
    fill_account(&store, &world).await;
    let mut tx = store.begin().await.unwrap();
    tx.upsert_account_member(other.account, world.user, AccountRoles::EMPTY, NOW).await.unwrap();
    tx.commit().await.unwrap();

    purge(&store, &world).await;

    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.find_user(id(SERVICE)).await.unwrap(), None);
    let stays = tx.find_user(world.user).await.unwrap().expect("who is in another account");
    assert_eq!(stays.avatar_file_id, None);
    let folder = other.folder(id(0x930), Some(other.root), "/a/");
    let folder = mudlark_store::NewFolder { created_by_user_id: Some(world.user), ..folder };
    tx.insert_folder(&folder).await.unwrap();
    tx.delete_account_member(other.account, world.user).await.unwrap();
    let error = tx.delete_user_without_account(world.user).await.unwrap_err();
    assert!(error.is_conflict_on(FOREIGN_KEY), "{error:?}");
}
