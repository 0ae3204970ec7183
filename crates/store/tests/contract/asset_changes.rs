//! Changing, deleting and restoring assets.

use mudlark_store::assets::ASSET_NAME_TAKEN;
use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{AssetChanges, AssetRow, NewStatus, Store};
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id};

on_both_databases!(
    every_member_is_changed_at_once,
    no_change_leaves_all_but_sequence_and_time,
    members_that_may_be_absent_are_taken_away,
    asset_of_another_workspace_is_not_changed,
    deleted_asset_is_not_changed,
    rename_to_a_taken_name_conflicts,
    move_to_a_folder_with_that_name_conflicts,
    status_of_another_workspace_conflicts_with_the_foreign_key,
    another_version_stands_for_the_asset,
    version_of_another_asset_cannot_stand_for_it,
    deleted_asset_is_found_in_the_trash_alone,
    asset_is_deleted_once,
    asset_of_another_workspace_is_not_deleted,
    name_of_a_deleted_asset_is_free,
    several_deleted_assets_may_share_a_name,
    restored_asset_is_live_again,
    live_asset_is_not_restored,
    restoring_to_a_taken_name_conflicts,
);

async fn find(store: &Store, world: &World) -> AssetRow {
    let mut session = store.read().await.unwrap();
    session.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap()
}

fn status(number: u128, world: &World) -> NewStatus {
    NewStatus {
        id: id(number),
        workspace_id: world.workspace,
        name: "Final".to_owned(),
        color: None,
        position: 1,
        created_at_ms: NOW,
    }
}

fn everything() -> AssetChanges {
    AssetChanges {
        name: Some("New.png".to_owned()),
        name_key: Some("new.png".to_owned()),
        file_name: Some("file.png".to_owned()),
        description: Some(Some("text".to_owned())),
        asset_type_id: Some(Some(Uuid::from_u128(8))),
        status_id: Some(Some(id(2))),
        folder_id: Some(id(1)),
    }
}

/// A world with asset 1 in the root, folder 1 and status 2.
async fn with_asset(store: &Store) -> World {
    let world = World::make(store).await;
    world.commit_assets(store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(id(1), Some(world.root), "/b/")).await.unwrap();
    tx.insert_asset_status(&status(2, &world)).await.unwrap();
    tx.commit().await.unwrap();
    world
}

async fn every_member_is_changed_at_once(store: Store) {
    let world = with_asset(&store).await;
    let before = find(&store, &world).await;

    let mut tx = store.begin().await.unwrap();
    assert!(tx.update_asset(world.workspace, asset_id(1), &everything(), 5, NOW + 9).await.unwrap());
    tx.commit().await.unwrap();

    let expected = AssetRow {
        name: "New.png".to_owned(),
        name_key: "new.png".to_owned(),
        file_name: "file.png".to_owned(),
        description: Some("text".to_owned()),
        asset_type_id: Some(Uuid::from_u128(8)),
        status_id: Some(id(2)),
        folder_id: id(1),
        folder_path: "/b/".to_owned(),
        sequence: 5,
        updated_at_ms: NOW + 9,
        ..before
    };
    assert_eq!(find(&store, &world).await, expected);
}

async fn no_change_leaves_all_but_sequence_and_time(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_asset(world.workspace, asset_id(1), &everything(), 5, NOW + 8).await.unwrap();
    tx.commit().await.unwrap();
    let before = find(&store, &world).await;

    let mut tx = store.begin().await.unwrap();
    let nothing = AssetChanges::default();
    assert!(tx.update_asset(world.workspace, asset_id(1), &nothing, 6, NOW + 9).await.unwrap());
    tx.commit().await.unwrap();

    let expected = AssetRow { sequence: 6, updated_at_ms: NOW + 9, ..before };
    assert_eq!(find(&store, &world).await, expected);
}

async fn members_that_may_be_absent_are_taken_away(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.update_asset(world.workspace, asset_id(1), &everything(), 5, NOW).await.unwrap();

    let absent = AssetChanges {
        description: Some(None),
        asset_type_id: Some(None),
        status_id: Some(None),
        ..AssetChanges::default()
    };
    tx.update_asset(world.workspace, asset_id(1), &absent, 6, NOW).await.unwrap();

    let found = tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();
    assert_eq!((found.description, found.asset_type_id, found.status_id), (None, None, None));
    assert_eq!(found.name, "New.png");
}

async fn asset_of_another_workspace_is_not_changed(store: Store) {
    with_asset(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    let changes = AssetChanges::default();
    assert!(!tx.update_asset(other.workspace, asset_id(1), &changes, 5, NOW).await.unwrap());
}

async fn deleted_asset_is_not_changed(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();

    let changes = AssetChanges::default();
    assert!(!tx.update_asset(world.workspace, asset_id(1), &changes, 5, NOW).await.unwrap());
}

async fn rename_to_a_taken_name_conflicts(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();
    let name = AssetChanges { name_key: Some("b".to_owned()), ..AssetChanges::default() };

    let refused = tx.update_asset(world.workspace, asset_id(1), &name, 5, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(ASSET_NAME_TAKEN), "{refused:?}");
}

async fn move_to_a_folder_with_that_name_conflicts(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_asset(&mut tx, &world.asset(2, id(1), "a"), 2).await;
    let folder = AssetChanges { folder_id: Some(id(1)), ..AssetChanges::default() };

    let refused = tx.update_asset(world.workspace, asset_id(1), &folder, 5, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(ASSET_NAME_TAKEN), "{refused:?}");
}

async fn status_of_another_workspace_conflicts_with_the_foreign_key(store: Store) {
    let world = with_asset(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_asset_status(&status(3, &other)).await.unwrap();
    let changes = AssetChanges { status_id: Some(Some(id(3))), ..AssetChanges::default() };

    let refused = tx.update_asset(world.workspace, asset_id(1), &changes, 5, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn another_version_stands_for_the_asset(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;

    let version = version_id(1, 2);
    assert!(tx.update_asset_current_version(asset_id(1), version, 5, NOW + 9).await.unwrap());
    tx.commit().await.unwrap();

    let found = find(&store, &world).await;
    assert_eq!((found.current_version_id, found.current_version.version_number), (version, 2));
    assert_eq!((found.sequence, found.updated_at_ms), (5, NOW + 9));
}

async fn version_of_another_asset_cannot_stand_for_it(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut tx = store.begin().await.unwrap();

    assert!(!tx.update_asset_current_version(asset_id(1), version_id(2, 1), 5, NOW).await.unwrap());
    assert!(!tx.update_asset_current_version(asset_id(9), version_id(1, 1), 5, NOW).await.unwrap());
}

async fn deleted_asset_is_found_in_the_trash_alone(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW + 9).await.unwrap());

    assert_eq!(tx.find_asset(world.workspace, asset_id(1)).await.unwrap(), None);
    assert_eq!(tx.find_asset_by_name(world.workspace, world.root, "a").await.unwrap(), None);
    let found = tx.find_asset_any(world.workspace, asset_id(1)).await.unwrap().unwrap();
    assert_eq!((found.deleted_at_ms, found.deleted_by_user_id), (Some(NOW + 9), Some(world.user)));
    assert_eq!((found.sequence, found.updated_at_ms), (5, NOW + 9));
}

async fn asset_is_deleted_once(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW).await.unwrap());
    assert!(!tx.delete_asset(world.workspace, asset_id(1), world.user, 6, NOW).await.unwrap());
}

async fn asset_of_another_workspace_is_not_deleted(store: Store) {
    with_asset(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    assert!(!tx.delete_asset(other.workspace, asset_id(1), other.user, 5, NOW).await.unwrap());
    assert!(!tx.restore_asset(other.workspace, asset_id(1), other.root, 5, NOW).await.unwrap());
}

async fn name_of_a_deleted_asset_is_free(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW).await.unwrap();

    world.insert_asset(&mut tx, &world.asset(2, world.root, "a"), 2).await;

    let found = tx.find_asset_by_name(world.workspace, world.root, "a").await.unwrap().unwrap();
    assert_eq!(found.id, asset_id(2));
}

async fn several_deleted_assets_may_share_a_name(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    for number in 1..=3 {
        world.insert_asset(&mut tx, &world.asset(number, world.root, "a"), number).await;
        tx.delete_asset(world.workspace, asset_id(number), world.user, 2, NOW).await.unwrap();
    }

    tx.commit().await.unwrap();
}

async fn restored_asset_is_live_again(store: Store) {
    let world = with_asset(&store).await;
    let before = find(&store, &world).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW + 8).await.unwrap();

    assert!(tx.restore_asset(world.workspace, asset_id(1), world.root, 6, NOW + 9).await.unwrap());
    tx.commit().await.unwrap();

    let expected = AssetRow { sequence: 6, updated_at_ms: NOW + 9, ..before };
    assert_eq!(find(&store, &world).await, expected);
}

async fn live_asset_is_not_restored(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.restore_asset(world.workspace, asset_id(1), world.root, 5, NOW).await.unwrap());
}

async fn restoring_to_a_taken_name_conflicts(store: Store) {
    let world = with_asset(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 5, NOW).await.unwrap();
    world.insert_asset(&mut tx, &world.asset(2, world.root, "A"), 2).await;

    let refused = tx.restore_asset(world.workspace, asset_id(1), world.root, 6, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(ASSET_NAME_TAKEN), "{refused:?}");
}
