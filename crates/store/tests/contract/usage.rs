//! What the database counts along: it must say what counting afresh would.

use mudlark_store::{AttachedTo, NewAttachment, PictureRow, Store};
use mudlark_types::PictureId;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, sha256, version_id};

on_both_databases!(
    assets_and_their_bytes_count_while_they_are_live,
    content_counts_once_until_it_is_forgotten,
    attachments_count_while_their_asset_is_live,
    picture_keeps_its_content,
);

/// Assets and bytes of the workspace.
async fn usage(tx: &mut mudlark_store::Tx, world: &World) -> (i64, i64) {
    let usage = tx.workspace_usage(world.workspace).await.unwrap();
    (usage.assets, usage.storage_bytes)
}

async fn assets_and_their_bytes_count_while_they_are_live(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (2, 20));

    world.insert_version(&mut tx, 1, 2).await;
    assert_eq!(usage(&mut tx, &world).await, (2, 40));
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 2, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (2, 30));
    tx.delete_asset(world.workspace, asset_id(1), world.user, 3, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (1, 10));
    tx.restore_version(asset_id(1), version_id(1, 1), 4, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (1, 10), "of an asset in the trash nothing counts");
    tx.restore_asset(world.workspace, asset_id(1), world.root, 5, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (2, 40));
    assert_eq!(tx.account_usage(world.account).await.unwrap().assets, 2);
    tx.delete_workspace(world.workspace, world.user, 6, NOW).await.unwrap();
    assert_eq!(tx.account_usage(world.account).await.unwrap().assets, 0);
}

async fn attachments_count_while_their_asset_is_live(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    let attachment = |number: u128| NewAttachment {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        attached_to: AttachedTo::Asset,
        created_by_user_id: world.user,
        name: "Notes".to_owned(),
        description: None,
        file_name: "notes.txt".to_owned(),
        sha256: sha256(1, 1),
        size_bytes: 7,
        sequence: 1,
        created_at_ms: NOW,
    };
    for number in [1, 2] {
        tx.insert_attachment(&attachment(number)).await.unwrap();
    }
    assert_eq!(usage(&mut tx, &world).await, (2, 20 + 14));
    tx.delete_attachment(world.workspace, id(1)).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (2, 20 + 7));
    tx.delete_asset(world.workspace, asset_id(1), world.user, 3, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (1, 10));
    tx.restore_asset(world.workspace, asset_id(1), world.root, 4, NOW).await.unwrap();
    assert_eq!(usage(&mut tx, &world).await, (2, 20 + 7));
    tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW).await.unwrap();
    let entry = tx.find_trash(world.workspace, asset_id(1).as_uuid()).await.unwrap().unwrap();
    assert!(tx.purge(&entry).await.unwrap());
    assert_eq!(usage(&mut tx, &world).await, (1, 10));
}

async fn content_counts_once_until_it_is_forgotten(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let held =
        async |tx: &mut mudlark_store::Tx| tx.account_usage(world.account).await.unwrap().storage_bytes;

    for (number, size_bytes) in [(1, 10), (1, 10), (2, 5)] {
        tx.insert_blob(world.account, &sha256(number, 1), size_bytes, NOW).await.unwrap();
    }
    assert_eq!(held(&mut tx).await, 15);
    tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap();
    assert_eq!(held(&mut tx).await, 5);
    assert_eq!(tx.find_account(world.account).await.unwrap().unwrap().storage_bytes, 5);
}

async fn picture_keeps_its_content(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    let picture = PictureRow {
        id: id::<PictureId>(7),
        account_id: world.account,
        sha256: sha256(1, 1),
        size_bytes: 10,
        content_type: "image/png".to_owned(),
        created_at_ms: NOW,
    };
    tx.insert_picture(&picture).await.unwrap();

    assert!(!tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), []);
    assert_eq!(tx.find_picture(world.account, picture.id).await.unwrap().as_ref(), Some(&picture));
    assert_eq!(tx.find_picture(id(9), picture.id).await.unwrap(), None);
    assert!(!tx.delete_picture(id(9), picture.id).await.unwrap());
    assert!(tx.delete_picture(world.account, picture.id).await.unwrap());
    assert!(tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
}
