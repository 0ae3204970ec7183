//! What folders hold in sum: prefixes of folded paths.

use mudlark_store::{FolderStats, Store, Tx};
use mudlark_types::FolderId;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id};

on_both_databases!(
    stats_of_unknown_folder_are_zero,
    stats_of_an_empty_folder_count_itself,
    stats_count_what_is_in_the_folder_and_below,
    stats_of_the_root_count_everything,
    stats_leave_siblings_with_longer_names_out,
    stats_follow_folded_paths_in_any_script,
    stats_leave_other_workspaces_out,
    stats_leave_the_trash_out,
);

/// Inserts a folder with one asset of 10 bytes in it, both of this number.
async fn insert_filled(tx: &mut Tx, world: &World, number: u8, parent: FolderId, path: &str) {
    let folder_id = id(u128::from(number));
    tx.insert_folder(&world.folder(folder_id, Some(parent), path)).await.unwrap();
    world.insert_asset(tx, &world.asset(number, folder_id, "file"), number).await;
}

async fn stats_of_unknown_folder_are_zero(store: Store) {
    let world = World::make(&store).await;

    let stats = store.read().await.unwrap().folder_stats(world.workspace, "/none/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 0, assets: 0, versions: 0, size_bytes: 0 });
}

async fn stats_of_an_empty_folder_count_itself(store: Store) {
    let world = World::make(&store).await;

    let stats = store.read().await.unwrap().folder_stats(world.workspace, "/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 1, assets: 0, versions: 0, size_bytes: 0 });
}

async fn stats_count_what_is_in_the_folder_and_below(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_filled(&mut tx, &world, 1, world.root, "/a/").await;
    insert_filled(&mut tx, &world, 2, id(1), "/a/b/").await;
    world.insert_version(&mut tx, 2, 2).await;

    let stats = tx.folder_stats(world.workspace, "/a/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 2, assets: 2, versions: 3, size_bytes: 40 });
}

async fn stats_of_the_root_count_everything(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_filled(&mut tx, &world, 1, world.root, "/a/").await;
    insert_filled(&mut tx, &world, 2, world.root, "/画/").await;
    world.insert_asset(&mut tx, &world.asset(3, world.root, "file"), 3).await;

    let stats = tx.folder_stats(world.workspace, "/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 3, assets: 3, versions: 3, size_bytes: 30 });
}

async fn stats_leave_siblings_with_longer_names_out(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, path) in (1..).zip(["/a/", "/a0/", "/a-b/", "/ab/", "/a b/", "/a_/", "/a%/"]) {
        insert_filled(&mut tx, &world, number, world.root, path).await;
    }

    let stats = tx.folder_stats(world.workspace, "/a/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 1, assets: 1, versions: 1, size_bytes: 10 });
}

async fn stats_follow_folded_paths_in_any_script(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_filled(&mut tx, &world, 1, world.root, "/Ärmel/").await;
    insert_filled(&mut tx, &world, 2, id(1), "/Ärmel/ΣΊΣΥΦΟΣ/").await;
    insert_filled(&mut tx, &world, 3, id(2), "/Ärmel/ΣΊΣΥΦΟΣ/🤖/").await;
    insert_filled(&mut tx, &world, 4, world.root, "/Ärmelkanal/").await;

    let stats = tx.folder_stats(world.workspace, "/ärmel/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 3, assets: 3, versions: 3, size_bytes: 30 });
}

async fn stats_leave_other_workspaces_out(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    insert_filled(&mut tx, &world, 1, world.root, "/a/").await;
    insert_filled(&mut tx, &other, 2, other.root, "/a/").await;

    let stats = tx.folder_stats(world.workspace, "/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 2, assets: 1, versions: 1, size_bytes: 10 });
}

async fn stats_leave_the_trash_out(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_filled(&mut tx, &world, 1, world.root, "/a/").await;
    insert_filled(&mut tx, &world, 2, world.root, "/b/").await;
    world.insert_version(&mut tx, 1, 2).await;
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 2, NOW).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();

    let stats = tx.folder_stats(world.workspace, "/").await.unwrap();

    assert_eq!(stats, FolderStats { folders: 3, assets: 1, versions: 1, size_bytes: 20 });
}
