//! Workspaces in the trash: found, restored, and removed for good step by step.

use mudlark_store::{Page, Store, Tx};
use mudlark_types::WorkspaceId;

use crate::database::{Database, Kind};
use crate::everything::fill_workspace;
use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id, sha256, workspace};

on_both_databases!(
    trashed_workspaces_are_listed_in_pages_within_their_account,
    trashed_workspace_is_restored_until_its_purge_has_begun,
    expired_workspaces_of_all_accounts_are_found,
    purged_workspace_leaves_nothing_and_takes_nothing_of_another,
    every_table_of_a_workspace_is_known_to_its_purge,
);

/// Deletes the account's first workspace, and another one a millisecond later.
async fn with_two_in_the_trash(store: &Store) -> World {
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_workspace(&workspace(id(0x80), world.account, NOW)).await.unwrap();
    tx.delete_workspace(world.workspace, world.user, 2, NOW + 5).await.unwrap();
    tx.delete_workspace(id(0x80), world.user, 3, NOW + 6).await.unwrap();
    tx.commit().await.unwrap();
    world
}

async fn trashed_workspaces_are_listed_in_pages_within_their_account(store: Store) {
    let world = with_two_in_the_trash(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut session = store.read().await.unwrap();
    let second: WorkspaceId = id(0x80);

    let all = session.list_trashed_workspaces(world.account, None, Page::first(9)).await.unwrap();
    let shown: Vec<_> = all.iter().map(|row| (row.id, row.deleted_by_user_id, row.deleted_at_ms)).collect();
    assert_eq!(shown, [(world.workspace, Some(world.user), NOW + 5), (second, Some(world.user), NOW + 6)]);
    let after = Page { after: Some((NOW + 5, world.workspace.as_uuid())), ..Page::first(9) };
    let rest = session.list_trashed_workspaces(world.account, None, after).await.unwrap();
    assert_eq!(rest, all[1..]);
    let only = [second];
    let narrowed = session.list_trashed_workspaces(world.account, Some(&only), Page::first(9)).await.unwrap();
    assert_eq!(narrowed, all[1..]);
    for (only, count) in [(None, 2), (Some(&only[..]), 1), (Some(&[][..]), 0)] {
        assert_eq!(session.count_trashed_workspaces(world.account, only).await.unwrap(), count);
    }
    assert_eq!(session.count_trashed_workspaces(other.account, None).await.unwrap(), 0);
    assert_eq!(session.find_trashed_workspace(other.account, second).await.unwrap(), None);
    assert_eq!(session.find_trashed_workspace(other.account, other.workspace).await.unwrap(), None);
    assert_eq!(session.find_trashed_workspace(world.account, second).await.unwrap().as_ref(), all.last());
}

async fn trashed_workspace_is_restored_until_its_purge_has_begun(store: Store) {
    let world = with_two_in_the_trash(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    assert!(!tx.restore_workspace(other.account, world.workspace, 4, NOW + 7).await.unwrap());
    assert!(!tx.start_workspace_purge(other.account, world.workspace, NOW + 7).await.unwrap());
    assert!(tx.restore_workspace(world.account, world.workspace, 4, NOW + 7).await.unwrap());
    assert!(!tx.restore_workspace(world.account, world.workspace, 4, NOW + 7).await.unwrap());
    let live = tx.find_workspace(world.account, world.workspace).await.unwrap().unwrap();
    assert_eq!((live.sequence, live.updated_at_ms, live.deleted_at_ms), (4, NOW + 7, None));
    assert!(!tx.start_workspace_purge(world.account, world.workspace, NOW + 7).await.unwrap(), "it is live");

    assert!(tx.start_workspace_purge(world.account, id(0x80), NOW + 8).await.unwrap());
    assert!(!tx.start_workspace_purge(world.account, id(0x80), NOW + 9).await.unwrap());
    assert!(!tx.restore_workspace(world.account, id(0x80), 5, NOW + 9).await.unwrap());
    assert_eq!(tx.count_trashed_workspaces(world.account, None).await.unwrap(), 0);
}

async fn expired_workspaces_of_all_accounts_are_found(store: Store) {
    let world = with_two_in_the_trash(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_workspace(other.workspace, other.user, 2, NOW + 4).await.unwrap();
    let ids =
        |rows: Vec<mudlark_store::TrashedWorkspaceRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();

    let found = ids(tx.list_expired_workspaces(NOW + 5, 9).await.unwrap());
    assert_eq!(found, [other.workspace, world.workspace]);
    assert_eq!(ids(tx.list_expired_workspaces(NOW + 5, 1).await.unwrap()), [other.workspace]);
    tx.start_workspace_purge(other.account, other.workspace, NOW + 6).await.unwrap();
    assert_eq!(ids(tx.list_expired_workspaces(NOW + 5, 9).await.unwrap()), [world.workspace]);
    tx.start_workspace_purge(world.account, world.workspace, NOW + 7).await.unwrap();
    let begun = tx.list_workspaces_being_purged(Page::first(1)).await.unwrap();
    assert_eq!((begun[0].id, begun[0].account_id), (other.workspace, other.account));
    let after = Page { after: Some((begun[0].purge_started_at_ms, begun[0].id.as_uuid())), ..Page::first(9) };
    let rest = tx.list_workspaces_being_purged(after).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [world.workspace]);
    let account = tx.find_account_of_purged_workspace(other.workspace).await.unwrap();
    assert_eq!(account, Some(other.account));
    assert_eq!(tx.find_account_of_purged_workspace(id(0x80)).await.unwrap(), None, "it is in the trash");
}

async fn purge(tx: &mut Tx, world: &World, limit: i64) -> usize {
    tx.delete_workspace(world.workspace, world.user, 9, NOW).await.unwrap();
    assert!(tx.start_workspace_purge(world.account, world.workspace, NOW).await.unwrap());
    let mut steps = 1;
    while tx.purge_workspace_step(world.workspace, limit).await.unwrap() {
        steps += 1;
        assert!(steps < 100, "it never ends");
    }
    steps
}

async fn purged_workspace_leaves_nothing_and_takes_nothing_of_another(store: Store) {
    let (world, other) = (World::make(&store).await, World::make_at(&store, SECOND).await);
    fill_workspace(&store, &world).await;
    let mut tx = store.begin().await.unwrap();

    // Three assets, three folders, and what else there is, each by itself; the last step is the workspace.
    assert!(purge(&mut tx, &world, 1).await > 3 + 3);
    tx.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    assert!(session.list_workspaces_being_purged(Page::first(9)).await.unwrap().is_empty());
    assert_eq!(session.count_trashed_workspaces(world.account, None).await.unwrap(), 0);
    assert!(session.list_workspaces_by_ids(&[world.workspace]).await.unwrap().is_empty());
    assert!(session.find_folder(other.workspace, other.root).await.unwrap().is_some());
    let free: Vec<_> =
        session.list_unreferenced_blobs(99).await.unwrap().into_iter().map(|blob| blob.sha256).collect();
    let all = [sha256(1, 1), sha256(1, 2), sha256(2, 1), sha256(3, 1), sha256(77, 1), sha256(78, 1)];
    assert_eq!(free, all);
}

/// Who adds a table for things of a workspace says in `purge_workspace_step` how they go (or that they go with the asset),
/// adds one to `everything.rs`, and then its name here.
const TABLES: [&str; 20] = [
    "asset_marks",
    "asset_statuses",
    "assets",
    "attachments",
    "comments",
    // What has happened stays: it is the account's.
    "events",
    "folders",
    "libraries",
    "named_files",
    "notifications",
    "review_requests",
    "reviews",
    "search_entries",
    "tags",
    "tasks",
    "uploads",
    "used_assets",
    "versions",
    "webhooks",
    "workspace_members",
];

async fn every_table_of_a_workspace_is_known_to_its_purge(database: Database) {
    let (store, place) = (database.store(), database.place());
    let question = match place.kind() {
        Kind::Sqlite => {
            "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.name = 'workspace_id'"
        }
        Kind::Postgres => {
            "SELECT table_name::TEXT FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'workspace_id'"
        }
    };
    let mut tables = place.query_texts(question).await;
    tables.sort();
    assert_eq!(tables, TABLES);
    let world = World::make(store).await;
    fill_workspace(store, &world).await;
    let filled = async |table: &str| {
        let rows = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE workspace_id IS NOT NULL");
        place.query_texts(&rows).await[0] != "0"
    };
    for table in TABLES.iter().filter(|table| **table != "events") {
        assert!(filled(table).await, "{table}: everything.rs puts nothing into it");
    }

    let mut tx = store.begin().await.unwrap();
    purge(&mut tx, &world, 100).await;
    tx.commit().await.unwrap();

    for table in TABLES {
        assert!(!filled(table).await, "{table}");
    }
}
