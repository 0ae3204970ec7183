//! Workspaces and what they hold in sum.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{NewWorkspace, Page, Store, UsageRow, WorkspaceRow};
use mudlark_types::{WorkspaceId, WorkspaceRoles};

use crate::database::Database;
use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id, workspace};

on_both_databases!(
    workspace_is_read_back,
    workspace_with_a_maker_is_read_back_with_it,
    workspace_of_another_account_is_not_found,
    workspace_of_unknown_account_conflicts_with_the_foreign_key,
    workspace_in_the_trash_is_left_out_everywhere,
    workspaces_are_listed_page_by_page,
    workspaces_of_an_account_are_counted,
    all_workspaces_are_listed_across_accounts,
    workspaces_are_listed_by_ids_without_the_unknown,
    usage_of_an_empty_workspace_is_zero,
    usage_counts_members_assets_and_bytes,
    usage_leaves_the_trash_out,
);

fn ids(rows: &[WorkspaceRow]) -> Vec<WorkspaceId> {
    rows.iter().map(|row| row.id).collect()
}

async fn workspace_is_read_back(store: Store) {
    let world = World::make(&store).await;

    let mut session = store.read().await.unwrap();
    let found = session.find_workspace(world.account, world.workspace).await.unwrap();

    let expected = WorkspaceRow {
        id: world.workspace,
        account_id: world.account,
        name: "Robot game".to_owned(),
        default_avatar: 1,
        thumbnail_file_id: None,
        created_by_user_id: None,
        sequence: 1,
        created_at_ms: NOW,
        updated_at_ms: NOW,
        deleted_at_ms: None,
    };
    assert_eq!(found, Some(expected));
}

async fn workspace_with_a_maker_is_read_back_with_it(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = NewWorkspace { created_by_user_id: Some(world.user), ..workspace(id(9), world.account, NOW) };

    tx.insert_workspace(&made).await.unwrap();

    let found = tx.find_workspace(world.account, id(9)).await.unwrap().unwrap();
    assert_eq!(found.created_by_user_id, Some(world.user));
}

async fn workspace_of_another_account_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.find_workspace(other.account, world.workspace).await.unwrap(), None);
}

async fn workspace_of_unknown_account_conflicts_with_the_foreign_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let refused = tx.insert_workspace(&workspace(id(1), id(2), NOW)).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn workspace_in_the_trash_is_left_out_everywhere(database: Database) {
    let store = database.store();
    let world = World::make(store).await;
    database.place().run_sql("UPDATE workspaces SET deleted_at_ms = 1").await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.find_workspace(world.account, world.workspace).await.unwrap(), None);
    assert_eq!(session.list_workspaces(world.account, Page::first(9)).await.unwrap(), []);
    assert_eq!(session.count_workspaces(world.account).await.unwrap(), 0);
    assert_eq!(session.list_all_workspaces().await.unwrap(), []);
    assert_eq!(session.list_workspaces_by_ids(&[world.workspace]).await.unwrap(), []);
}

async fn workspaces_are_listed_page_by_page(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    // Two of the same time, and one with a late time but an early id.
    for (number, created_at_ms) in [(1, NOW + 2), (2, NOW + 1), (3, NOW + 1)] {
        tx.insert_workspace(&workspace(id(number), world.account, created_at_ms)).await.unwrap();
    }

    let first = tx.list_workspaces(world.account, Page::first(2)).await.unwrap();
    let last = first.last().map(|row| (row.created_at_ms, row.id.as_uuid()));
    let second = tx.list_workspaces(world.account, Page { after: last, limit: 100 }).await.unwrap();

    assert_eq!(ids(&first), [world.workspace, id(2)]);
    assert_eq!(ids(&second), [id(3), id(1)]);
}

async fn workspaces_of_an_account_are_counted(store: Store) {
    let world = World::make(&store).await;
    World::make_at(&store, SECOND).await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.count_workspaces(world.account).await.unwrap(), 1);
}

async fn all_workspaces_are_listed_across_accounts(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;

    let listed = store.read().await.unwrap().list_all_workspaces().await.unwrap();

    assert_eq!(ids(&listed), [world.workspace, other.workspace]);
}

async fn workspaces_are_listed_by_ids_without_the_unknown(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;

    let mut session = store.read().await.unwrap();
    let wanted = [other.workspace, id(9), world.workspace];
    let mut listed = ids(&session.list_workspaces_by_ids(&wanted).await.unwrap());

    listed.sort();
    assert_eq!(listed, [world.workspace, other.workspace]);
}

async fn usage_of_an_empty_workspace_is_zero(store: Store) {
    let world = World::make(&store).await;

    let usage = store.read().await.unwrap().workspace_usage(world.workspace).await.unwrap();

    assert_eq!(usage, UsageRow { members: 0, assets: 0, storage_bytes: 0 });
}

async fn usage_counts_members_assets_and_bytes(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    tx.upsert_workspace_member(world.workspace, world.user, WorkspaceRoles::EMPTY, NOW).await.unwrap();

    let usage = tx.workspace_usage(world.workspace).await.unwrap();

    assert_eq!(usage, UsageRow { members: 1, assets: 2, storage_bytes: 10 + 10 + 20 });
}

async fn usage_leaves_the_trash_out(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    tx.delete_version(asset_id(1), version_id(1, 2), world.user, 2, NOW).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();

    let usage = tx.workspace_usage(world.workspace).await.unwrap();

    assert_eq!(usage, UsageRow { members: 0, assets: 1, storage_bytes: 10 });
}
