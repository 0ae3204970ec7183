//! Content of accounts, and what may be swept.

use mudlark_store::{BlobRow, NewUpload, Store, StoreError};
use mudlark_types::{AccountId, UploadId};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, sha256, version_id};

on_both_databases!(
    blob_is_read_back,
    blob_of_another_account_is_not_found,
    blob_inserted_again_stays_as_it_was,
    digest_of_another_length_is_refused,
    unreferenced_blobs_are_listed_up_to_a_limit,
    blob_of_a_version_is_not_swept,
    blob_of_a_deleted_version_is_not_swept,
    blob_of_an_upload_is_swept_once_that_has_expired,
    same_content_of_another_account_is_no_reference,
    unreferenced_blob_is_deleted_once,
    blob_named_while_a_sweep_waits_is_kept,
);

async fn blob_is_read_back(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.insert_blob(world.account, &sha256(1, 1), 1 << 40, NOW).await.unwrap();

    let expected =
        BlobRow { account_id: world.account, sha256: sha256(1, 1), size_bytes: 1 << 40, created_at_ms: NOW };
    assert_eq!(tx.find_blob(world.account, &sha256(1, 1)).await.unwrap(), Some(expected));
}

async fn blob_of_another_account_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();

    assert_eq!(tx.find_blob(other.account, &sha256(1, 1)).await.unwrap(), None);
}

async fn blob_inserted_again_stays_as_it_was(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW + 9).await.unwrap();

    let found = tx.find_blob(world.account, &sha256(1, 1)).await.unwrap().unwrap();
    assert_eq!((found.size_bytes, found.created_at_ms), (10, NOW));
}

async fn digest_of_another_length_is_refused(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_blob(world.account, &[7; 31], 10, NOW).await.unwrap_err();

    assert!(matches!(refused, StoreError::Internal(_)), "{refused:?}");
}

async fn unreferenced_blobs_are_listed_up_to_a_limit(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=3 {
        tx.insert_blob(world.account, &sha256(number, 1), 10, NOW).await.unwrap();
    }

    let listed = tx.list_unreferenced_blobs(2).await.unwrap();

    let digests: Vec<Vec<u8>> = listed.into_iter().map(|row| row.sha256).collect();
    assert_eq!(digests, [sha256(1, 1), sha256(2, 1)]);
}

async fn blob_of_a_version_is_not_swept(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), []);
    assert!(!tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
    assert!(tx.find_blob(world.account, &sha256(1, 1)).await.unwrap().is_some());
}

async fn blob_of_a_deleted_version_is_not_swept(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 2, NOW).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), []);
    assert!(!tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
}

async fn blob_of_an_upload_is_swept_once_that_has_expired(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let upload_id: UploadId = id(1);
    let upload = NewUpload {
        id: upload_id,
        account_id: world.account,
        workspace_id: world.workspace,
        user_id: world.user,
        name: "a.png".to_owned(),
        created_at_ms: NOW,
        expires_at_ms: NOW + 9,
    };
    tx.insert_upload(&upload).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    tx.mark_upload_received(upload_id, &sha256(1, 1), 10, NOW).await.unwrap();

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), []);
    assert!(!tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
    tx.delete_expired_uploads(NOW + 9).await.unwrap();

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap().len(), 1);
    assert!(tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
}

async fn same_content_of_another_account_is_no_reference(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(other.account, &sha256(1, 1), 10, NOW).await.unwrap();

    let listed = tx.list_unreferenced_blobs(9).await.unwrap();

    assert_eq!(listed.iter().map(|row| row.account_id).collect::<Vec<AccountId>>(), [other.account]);
    assert!(tx.delete_unreferenced_blob(other.account, &sha256(1, 1)).await.unwrap());
}

async fn unreferenced_blob_is_deleted_once(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();

    assert!(tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
    assert!(!tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap());
    assert_eq!(tx.find_blob(world.account, &sha256(1, 1)).await.unwrap(), None);
}

async fn blob_named_while_a_sweep_waits_is_kept(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    tx.commit().await.unwrap();

    // The writer holds the account, as all do, and the blob; the sweep begins meanwhile and has to wait for it.
    let mut tx = store.begin().await.unwrap();
    tx.next_sequence(world.account).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 10, NOW).await.unwrap();
    let sweeper = store.clone();
    let sweep = tokio::spawn(async move {
        let mut tx = sweeper.begin().await.unwrap();
        let swept = tx.delete_unreferenced_blob(world.account, &sha256(1, 1)).await.unwrap();
        tx.commit().await.unwrap();
        swept
    });
    tx.insert_asset(&world.asset(1, world.root, "a")).await.unwrap();
    tx.insert_version(&world.version(1, 1)).await.unwrap();
    tx.commit().await.unwrap();

    assert!(!sweep.await.unwrap());
}
