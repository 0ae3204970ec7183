//! Uploads in three steps.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{NewUpload, Store, UploadRow, UploadState};
use mudlark_types::UploadId;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id, sha256};

on_both_databases!(
    new_upload_is_read_back_as_pending,
    unknown_upload_is_not_found,
    upload_is_received_once,
    upload_is_received_only_after_its_blob,
    upload_is_committed_once,
    pending_upload_is_not_committed,
    unknown_upload_is_neither_received_nor_committed,
    expired_uploads_are_forgotten_in_every_state,
    upload_to_a_workspace_of_another_account_conflicts_with_the_foreign_key,
);

fn upload(world: &World, number: u128, expires_at_ms: i64) -> NewUpload {
    NewUpload {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        user_id: world.user,
        name: "Robot 画.png".to_owned(),
        created_at_ms: NOW,
        expires_at_ms,
    }
}

/// A world with upload 1 and a blob.
async fn with_upload(store: &Store) -> (World, UploadId) {
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_upload(&upload(&world, 1, NOW + 100)).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 0, NOW).await.unwrap();
    tx.commit().await.unwrap();
    (world, id(1))
}

async fn new_upload_is_read_back_as_pending(store: Store) {
    let (world, upload_id) = with_upload(&store).await;

    let found = store.read().await.unwrap().find_upload(upload_id).await.unwrap();

    let expected = UploadRow {
        id: upload_id,
        account_id: world.account,
        workspace_id: world.workspace,
        user_id: world.user,
        name: "Robot 画.png".to_owned(),
        state: UploadState::Pending,
        sha256: None,
        size_bytes: None,
        created_at_ms: NOW,
        expires_at_ms: NOW + 100,
        received_at_ms: None,
        committed_at_ms: None,
    };
    assert_eq!(found, Some(expected));
}

async fn unknown_upload_is_not_found(store: Store) {
    assert_eq!(store.read().await.unwrap().find_upload(id(1)).await.unwrap(), None);
}

async fn upload_is_received_once(store: Store) {
    let (_, upload_id) = with_upload(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.mark_upload_received(upload_id, &sha256(1, 1), 0, NOW + 1).await.unwrap());
    assert!(!tx.mark_upload_received(upload_id, &sha256(1, 1), 5, NOW + 2).await.unwrap());

    let found = tx.find_upload(upload_id).await.unwrap().unwrap();
    assert_eq!((found.state, found.sha256), (UploadState::Received, Some(sha256(1, 1))));
    assert_eq!((found.size_bytes, found.received_at_ms), (Some(0), Some(NOW + 1)));
}

async fn upload_is_received_only_after_its_blob(store: Store) {
    let (_, upload_id) = with_upload(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.mark_upload_received(upload_id, &sha256(2, 2), 5, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn upload_is_committed_once(store: Store) {
    let (_, upload_id) = with_upload(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.mark_upload_received(upload_id, &sha256(1, 1), 0, NOW + 1).await.unwrap();

    assert!(tx.mark_upload_committed(upload_id, NOW + 2).await.unwrap());
    assert!(!tx.mark_upload_committed(upload_id, NOW + 3).await.unwrap());

    let found = tx.find_upload(upload_id).await.unwrap().unwrap();
    assert_eq!((found.state, found.committed_at_ms), (UploadState::Committed, Some(NOW + 2)));
    assert_eq!(found.sha256, Some(sha256(1, 1)));
}

async fn pending_upload_is_not_committed(store: Store) {
    let (_, upload_id) = with_upload(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.mark_upload_committed(upload_id, NOW).await.unwrap());
}

async fn unknown_upload_is_neither_received_nor_committed(store: Store) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.mark_upload_received(id(1), &sha256(1, 1), 5, NOW).await.unwrap());
    assert!(!tx.mark_upload_committed(id(1), NOW).await.unwrap());
}

async fn expired_uploads_are_forgotten_in_every_state(store: Store) {
    let (world, first) = with_upload(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, expires_at_ms) in [(2, NOW + 100), (3, NOW + 99), (4, NOW + 101)] {
        tx.insert_upload(&upload(&world, number, expires_at_ms)).await.unwrap();
    }
    tx.mark_upload_received(first, &sha256(1, 1), 0, NOW).await.unwrap();
    tx.mark_upload_received(id(2), &sha256(1, 1), 0, NOW).await.unwrap();
    tx.mark_upload_committed(id(2), NOW).await.unwrap();

    assert_eq!(tx.delete_expired_uploads(NOW + 100).await.unwrap(), 3);

    assert_eq!(tx.find_upload(id(3)).await.unwrap(), None);
    assert!(tx.find_upload(id(4)).await.unwrap().is_some());
}

async fn upload_to_a_workspace_of_another_account_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    let strange = NewUpload { workspace_id: other.workspace, ..upload(&world, 1, NOW) };

    let refused = tx.insert_upload(&strange).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}
