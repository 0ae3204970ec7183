//! What assets are made with, and where they are used.

use mudlark_store::used_assets::Use;
use mudlark_store::{Page, Session, Store, Tx};
use mudlark_types::{AssetId, WorkspaceId};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, version_id};

on_both_databases!(
    use_is_seen_from_both_sides_and_counted,
    use_that_is_over_is_not_seen,
    use_goes_with_the_version_and_with_the_asset,
);

/// Two models that share a texture, and one that has a texture of its own.
async fn models_with_textures(store: &Store) -> (World, Tx) {
    let world = World::make(store).await;
    world.commit_assets(store, &["a.gltf", "b.gltf", "skin.png", "eye.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for (model, textures) in [(1, vec![asset_id(3), asset_id(4)]), (2, vec![asset_id(3), asset_id(3)])] {
        tx.replace_used_assets(world.workspace, version_id(model, 1), &textures).await.unwrap();
    }
    (world, tx)
}

async fn found(session: &mut Session, workspace: WorkspaceId, asset: u8, way: Use) -> Vec<AssetId> {
    let rows = session.list_used_assets(workspace, asset_id(asset), way, Page::first(10)).await.unwrap();
    let count = session.count_used_assets(workspace, asset_id(asset), way).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), rows.len());
    rows.into_iter().map(|row| row.id).collect()
}

async fn use_is_seen_from_both_sides_and_counted(store: Store) {
    let other = World::make_at(&store, SECOND).await;
    let (world, mut tx) = models_with_textures(&store).await;
    assert_eq!(found(&mut tx, world.workspace, 1, Use::Of).await, [asset_id(3), asset_id(4)]);
    assert_eq!(found(&mut tx, world.workspace, 2, Use::Of).await, [asset_id(3)]);
    assert_eq!(found(&mut tx, world.workspace, 3, Use::By).await, [asset_id(1), asset_id(2)]);
    assert_eq!(found(&mut tx, world.workspace, 3, Use::Of).await, []);
    assert_eq!(found(&mut tx, world.workspace, 1, Use::By).await, []);
    for (asset, way) in [(1, Use::Of), (3, Use::By)] {
        assert_eq!(found(&mut tx, other.workspace, asset, way).await, []);
    }
}

async fn use_that_is_over_is_not_seen(store: Store) {
    let (world, mut tx) = models_with_textures(&store).await;
    tx.replace_used_assets(world.workspace, version_id(1, 1), &[asset_id(4)]).await.unwrap();
    assert_eq!(found(&mut tx, world.workspace, 3, Use::By).await, [asset_id(2)]);
    tx.delete_asset(world.workspace, asset_id(2), world.user, 3, NOW).await.unwrap();
    assert_eq!(found(&mut tx, world.workspace, 3, Use::By).await, [], "in the trash");
    tx.delete_asset(world.workspace, asset_id(4), world.user, 3, NOW).await.unwrap();
    assert_eq!(found(&mut tx, world.workspace, 1, Use::Of).await, [], "in the trash");
}

async fn use_goes_with_the_version_and_with_the_asset(store: Store) {
    let (world, mut tx) = models_with_textures(&store).await;
    for gone in [4, 2] {
        tx.delete_asset(world.workspace, asset_id(gone), world.user, 3, NOW).await.unwrap();
        let entries = tx.list_trash(world.workspace, Page::first(9)).await.unwrap();
        assert!(tx.purge(&entries[0]).await.unwrap());
    }
    assert_eq!(found(&mut tx, world.workspace, 1, Use::Of).await, [asset_id(3)]);
    assert_eq!(found(&mut tx, world.workspace, 3, Use::By).await, [asset_id(1)]);
    // Of one that is gone nothing is noted.
    tx.replace_used_assets(world.workspace, version_id(1, 1), &[asset_id(3), asset_id(4)]).await.unwrap();
    assert_eq!(found(&mut tx, world.workspace, 1, Use::Of).await, [asset_id(3)]);
}
