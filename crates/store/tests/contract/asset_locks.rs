//! Locks on assets.

use mudlark_store::{AssetLock, AssetRow, Store};
use mudlark_types::UserId;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, person};

on_both_databases!(
    lock_is_read_with_the_asset_until_its_end,
    lock_is_given_to_another_and_ended_and_its_fence_stays,
    asset_of_another_workspace_or_in_the_trash_is_not_locked,
    asset_locked_by_others_is_found_in_and_below_a_folder,
);

const OTHER: u128 = 0x77;

fn lock(user_id: UserId, fence: i64) -> AssetLock {
    AssetLock { user_id, reason: None, acquired_at_ms: NOW, expires_at_ms: NOW + 1000, fence }
}

async fn find(store: &Store, world: &World) -> AssetRow {
    let found = store.read().await.unwrap().find_asset(world.workspace, asset_id(1)).await.unwrap();
    found.expect("the asset")
}

async fn lock_is_read_with_the_asset_until_its_end(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    assert_eq!((find(&store, &world).await.lock_at(NOW), find(&store, &world).await.lock_fence), (None, 0));
    let held = AssetLock { reason: Some("Painting".to_owned()), ..lock(world.user, 1) };
    let mut tx = store.begin().await.unwrap();

    assert!(tx.lock_asset(world.workspace, asset_id(1), &held, 7).await.unwrap());
    tx.commit().await.unwrap();

    let asset = find(&store, &world).await;
    assert_eq!((asset.sequence, asset.updated_at_ms), (7, asset.created_at_ms), "it is not touched by it");
    assert_eq!(asset.lock_at(NOW + 999), Some(held));
    assert_eq!(asset.lock_at(NOW + 1000), None);
}

async fn lock_is_given_to_another_and_ended_and_its_fence_stays(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(OTHER))).await.unwrap();
    for held in [lock(world.user, 1), lock(id(OTHER), 2)] {
        tx.lock_asset(world.workspace, asset_id(1), &held, 2).await.unwrap();
        let row = tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();
        assert_eq!(row.lock_at(NOW), Some(held));
    }

    assert!(tx.unlock_asset(world.workspace, asset_id(1), 3).await.unwrap());

    let row = tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();
    assert_eq!((row.lock_at(NOW), row.lock_user_id, row.lock_fence, row.sequence), (None, None, 2, 3));
}

async fn asset_of_another_workspace_or_in_the_trash_is_not_locked(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.lock_asset(id(999), asset_id(1), &lock(world.user, 1), 2).await.unwrap());
    assert!(!tx.unlock_asset(id(999), asset_id(1), 2).await.unwrap());
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();
    assert!(!tx.lock_asset(world.workspace, asset_id(1), &lock(world.user, 1), 2).await.unwrap());
}

async fn asset_locked_by_others_is_found_in_and_below_a_folder(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(OTHER))).await.unwrap();
    for (number, path) in [(0x50, "/a/"), (0x51, "/a/b/"), (0x52, "/ab/")] {
        tx.insert_folder(&world.folder(id(number), Some(world.root), path)).await.unwrap();
    }
    world.insert_asset(&mut tx, &world.asset(1, id(0x51), "x"), 1).await;
    tx.lock_asset(world.workspace, asset_id(1), &lock(world.user, 1), 2).await.unwrap();
    let other = id(OTHER);

    for path in ["/", "/a/", "/a/b/"] {
        let found = tx.find_asset_locked_by_others(world.workspace, path, other, NOW).await.unwrap();
        assert_eq!(found, Some(asset_id(1)), "{path}");
        let own = tx.find_asset_locked_by_others(world.workspace, path, world.user, NOW).await.unwrap();
        let later = tx.find_asset_locked_by_others(world.workspace, path, other, NOW + 1000).await.unwrap();
        let elsewhere = tx.find_asset_locked_by_others(id(999), path, other, NOW).await.unwrap();
        assert_eq!((own, later, elsewhere), (None, None, None));
    }
    assert_eq!(tx.find_asset_locked_by_others(world.workspace, "/ab/", other, NOW).await.unwrap(), None);
}
