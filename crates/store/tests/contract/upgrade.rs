//! A full database of the first released schema is carried over to the newest one, with all that is in it.

use mudlark_store::AuthSubject;
use mudlark_types::{AccountId, UserId, WorkspaceId};
use uuid::Uuid;

use crate::database::{Database, Kind, Place};
use crate::on_both_databases;
use crate::world::{NOW, World, id};

on_both_databases!(full_database_of_the_first_schema_is_carried_over);

const FIRST_SQLITE: &str = include_str!("../../migrations/sqlite/0001_core.sql");
const FIRST_POSTGRES: &str = include_str!("../../migrations/postgres/0001_core.sql");

/// A place with the first schema and a row in every table, written around the store, as the first release left it.
async fn filled(kind: Kind) -> Place {
    let place = Place::create(kind).await;
    let uuid = |number: u128| match kind {
        Kind::Sqlite => format!("x'{}'", Uuid::from_u128(number).simple()),
        Kind::Postgres => format!("'{}'", Uuid::from_u128(number)),
    };
    let bytes = |hex: &str| match kind {
        Kind::Sqlite => format!("x'{hex}'"),
        Kind::Postgres => format!("'\\x{hex}'"),
    };
    let (account, user, workspace, root) = (uuid(0x100), uuid(0x101), uuid(0x102), uuid(0x103));
    let (status, asset, version, upload) = (uuid(0x104), uuid(0x105), uuid(0x106), uuid(0x107));
    let digest = bytes(&"ab".repeat(32));
    let first = match kind {
        Kind::Sqlite => FIRST_SQLITE,
        Kind::Postgres => FIRST_POSTGRES,
    };
    place.run_sql(first).await;
    place
        .run_sql(&format!(
            "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,
                applied_at_ms BIGINT NOT NULL);
            INSERT INTO schema_migrations VALUES (1, 'core', {NOW});
            BEGIN;
            INSERT INTO users (id, kind, username, default_avatar, created_at_ms, updated_at_ms)
                VALUES ({user}, 'service', 'Build farm', 3, {NOW}, {NOW});
            INSERT INTO accounts (id, name, plan, token_epoch, default_avatar, sequence, created_at_ms, updated_at_ms)
                VALUES ({account}, 'Studio', 'pro', 4, 1, 17, {NOW}, {NOW});
            INSERT INTO account_members (account_id, user_id, roles, created_at_ms, updated_at_ms)
                VALUES ({account}, {user}, 'admin', {NOW}, {NOW});
            INSERT INTO workspaces (id, account_id, name, default_avatar, sequence, created_at_ms, updated_at_ms)
                VALUES ({workspace}, {account}, 'Game', 1, 1, {NOW}, {NOW});
            INSERT INTO workspace_members (workspace_id, user_id, roles, created_at_ms, updated_at_ms)
                VALUES ({workspace}, {user}, 'admin', {NOW}, {NOW});
            INSERT INTO api_keys (key_id, account_id, user_id, name, workspace_roles, expires_at_ms, last_used_at_ms,
                last_used_ip, created_at_ms, updated_at_ms)
                VALUES ('k1', {account}, {user}, 'Build farm', 'admin', {NOW} + 9, {NOW}, '192.0.2.1', {NOW}, {NOW});
            INSERT INTO api_key_secrets (key_id, version, pepper_id, mac, created_at_ms)
                VALUES ('k1', 1, 1, {digest}, {NOW});
            INSERT INTO signing_keys (kid, state, public_jwk, sealed_private, created_at_ms, activated_at_ms)
                VALUES ('kid', 'active', '{{}}', {digest}, {NOW}, {NOW});
            UPDATE auth_revision SET revision = 4;
            INSERT INTO auth_changes (revision, kind, subject) VALUES (1, 'account', '{account_id}'), (2, 'key', 'k1'),
                (3, 'workspace', '{workspace_id}'), (4, 'signing_key', 'kid');
            INSERT INTO server_processes (process_id, applied_revision, started_at_ms, seen_at_ms)
                VALUES ({upload}, 4, {NOW}, {NOW});
            INSERT INTO asset_statuses (id, workspace_id, name, position, created_at_ms, updated_at_ms)
                VALUES ({status}, {workspace}, 'To Do', 0, {NOW}, {NOW});
            INSERT INTO folders (id, workspace_id, name, path, path_key, sequence, created_at_ms, updated_at_ms)
                VALUES ({root}, {workspace}, '', '/', '/', 1, {NOW}, {NOW});
            INSERT INTO blobs (account_id, sha256, size_bytes, created_at_ms) VALUES ({account}, {digest}, 10, {NOW});
            INSERT INTO assets (id, account_id, workspace_id, folder_id, name, name_key, file_name, status_id,
                created_by_user_id, current_version_id, sequence, created_at_ms, updated_at_ms)
                VALUES ({asset}, {account}, {workspace}, {root}, 'a.png', 'a.png', 'a.png', {status}, {user}, {version},
                    2, {NOW}, {NOW});
            INSERT INTO versions (id, account_id, workspace_id, asset_id, created_by_user_id, name, file_name, sha256,
                size_bytes, version_number, sequence, created_at_ms, updated_at_ms)
                VALUES ({version}, {account}, {workspace}, {asset}, {user}, 'v1', 'a.png', {digest}, 10, 1, 2, {NOW}, {NOW});
            INSERT INTO uploads (id, account_id, workspace_id, user_id, name, state, created_at_ms, expires_at_ms)
                VALUES ({upload}, {account}, {workspace}, {user}, 'b.png', 'pending', {NOW}, {NOW});
            INSERT INTO idempotency_keys (account_id, user_id, key, operation, state, status, headers, body,
                created_at_ms, expires_at_ms)
                VALUES ({account}, {user}, 'once', 'POST /', 'completed', 200, '', {digest}, {NOW}, {NOW} + 9);
            COMMIT;",
            account_id = Uuid::from_u128(0x100),
            workspace_id = Uuid::from_u128(0x102),
        ))
        .await;
    place
}

async fn full_database_of_the_first_schema_is_carried_over(database: Database) {
    let place = filled(database.place().kind()).await;
    assert_eq!(place.query_texts("SELECT name FROM schema_migrations").await, ["core"]);

    let store = place.open().await.unwrap();

    let steps = place.query_texts("SELECT name FROM schema_migrations ORDER BY version").await;
    let newest = database.place().query_texts("SELECT name FROM schema_migrations ORDER BY version").await;
    assert_eq!(steps, newest);
    let (account, user): (AccountId, UserId) = (id(0x100), id(0x101));
    let workspace: WorkspaceId = id(0x102);
    let mut tx = store.begin().await.unwrap();
    let found = tx.find_account(account).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.token_epoch, found.sequence), ("Studio", 4, 17));
    let key = tx.find_api_key("k1").await.unwrap().unwrap();
    assert_eq!((key.name.as_str(), key.account_id, key.user_id), ("Build farm", account, user));
    assert_eq!((key.expires_at_ms, key.last_used_ip.as_deref()), (Some(NOW + 9), Some("192.0.2.1")));
    // What the first schema had no word for: a key of it is not narrowed, and the operator made it.
    assert_eq!((key.scopes, key.workspace_ids, key.networks), (None, None, None));
    assert_eq!(key.created_by_user_id, None);
    let secrets = tx.list_live_api_key_secrets("k1", NOW).await.unwrap();
    assert_eq!(secrets.iter().map(|row| row.mac.clone()).collect::<Vec<_>>(), [vec![0xab; 32]]);
    let changes: Vec<_> = tx.list_auth_changes(0, 9).await.unwrap();
    let subjects = [
        AuthSubject::Account(account),
        AuthSubject::Key("k1".to_owned()),
        AuthSubject::Workspace(workspace),
        AuthSubject::SigningKey("kid".to_owned()),
    ];
    assert_eq!(changes.iter().map(|row| row.revision).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(changes.into_iter().map(|row| row.subject).collect::<Vec<_>>(), subjects);
    assert!(tx.find_asset(workspace, id(0x105)).await.unwrap().is_some());
    assert_eq!(tx.list_signing_keys().await.unwrap().len(), 1);
    assert!(tx.find_idempotency_key(user, "once", NOW).await.unwrap().unwrap().body.is_some());
    // And it goes on from there: in the log, and with what has come since.
    assert_eq!(tx.record_auth_change(AuthSubject::Token("t".to_owned())).await.unwrap(), 5);
    assert_eq!(tx.next_sequence(account).await.unwrap(), 18);
    tx.commit().await.unwrap();
    World::make_at(&store, 0x900).await;
    drop(store);
    place.remove().await;
}
