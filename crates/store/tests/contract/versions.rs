//! Versions of assets.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::versions::VERSION_NUMBER_TAKEN;
use mudlark_store::{NewVersion, Page, Store, StoreError, VersionChanges, VersionRow, VersionWithUser};
use mudlark_types::VersionId;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, person, sha256, version_id};

on_both_databases!(
    version_with_everything_is_read_back_with_its_user,
    version_of_another_asset_or_workspace_is_not_found,
    version_of_a_deleted_asset_is_found_in_the_trash_alone,
    deleted_version_is_found_in_the_trash_alone,
    second_version_with_the_same_number_conflicts,
    same_number_of_another_asset_is_no_conflict,
    version_without_its_blob_conflicts_with_the_foreign_key,
    version_with_the_blob_of_another_account_conflicts_with_the_foreign_key,
    version_with_number_zero_is_refused,
    versions_are_listed_page_by_page_without_the_deleted,
    versions_are_counted_without_the_deleted,
    newest_live_version_is_the_one_with_the_highest_number,
    newest_live_version_may_exclude_one,
    asset_without_live_versions_has_no_newest,
    highest_number_counts_deleted_versions,
    highest_number_of_unknown_asset_is_zero,
    name_and_description_are_changed,
    no_change_leaves_all_but_sequence_and_time,
    description_and_picture_are_taken_away,
    deleted_version_is_not_changed,
    version_is_deleted_once,
    restored_version_is_live_again,
    live_version_is_not_restored,
);

fn ids(rows: &[VersionWithUser]) -> Vec<VersionId> {
    rows.iter().map(|row| row.version.id).collect()
}

/// A world with asset 1 of three versions.
async fn with_versions(store: &Store) -> World {
    let world = World::make(store).await;
    world.commit_assets(store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    world.insert_version(&mut tx, 1, 3).await;
    tx.commit().await.unwrap();
    world
}

async fn version_with_everything_is_read_back_with_its_user(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(9))).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 4), 1 << 40, NOW).await.unwrap();
    let made = NewVersion {
        commit_parent_id: Some(version_id(1, 2)),
        created_by_user_id: id(9),
        description: Some("fixed the arm".to_owned()),
        size_bytes: 1 << 40,
        sequence: 7,
        ..world.version(1, 4)
    };
    tx.insert_version(&made).await.unwrap();

    let found = tx.find_version(world.workspace, asset_id(1), version_id(1, 4)).await.unwrap().unwrap();

    let expected = VersionRow {
        id: version_id(1, 4),
        asset_id: asset_id(1),
        commit_parent_id: Some(version_id(1, 2)),
        created_by_user_id: id(9),
        name: "v4".to_owned(),
        description: Some("fixed the arm".to_owned()),
        file_name: "file.png".to_owned(),
        sha256: sha256(1, 4),
        size_bytes: 1 << 40,
        version_number: 4,
        sequence: 7,
        created_at_ms: NOW + 4,
        updated_at_ms: NOW + 4,
        deleted_at_ms: None,
        thumbnail_file_id: None,
        preview_id: None,
        facts: None,
    };
    assert_eq!(found.version, expected);
    assert_eq!((found.user.id, found.user.username.as_str()), (id(9), "Mira"));
}

async fn version_of_another_asset_or_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut session = store.read().await.unwrap();

    for (workspace, asset) in [(world.workspace, asset_id(2)), (other.workspace, asset_id(1))] {
        assert_eq!(session.find_version(workspace, asset, version_id(1, 1)).await.unwrap(), None);
        assert_eq!(session.find_version_any(workspace, asset, version_id(1, 1)).await.unwrap(), None);
    }
}

async fn version_of_a_deleted_asset_is_found_in_the_trash_alone(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();

    let live = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap();
    let any = tx.find_version_any(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap();

    assert_eq!((live.is_some(), any.is_some()), (false, true));
}

async fn deleted_version_is_found_in_the_trash_alone(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 5, NOW + 9).await.unwrap();

    let live = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap();
    let any = tx.find_version_any(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap();

    assert_eq!(live, None);
    assert_eq!(any.unwrap().version.deleted_at_ms, Some(NOW + 9));
}

async fn second_version_with_the_same_number_conflicts(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    let twin = NewVersion { id: id(9), ..world.version(1, 2) };

    let refused = tx.insert_version(&twin).await.unwrap_err();

    assert!(refused.is_conflict_on(VERSION_NUMBER_TAKEN), "{refused:?}");
}

async fn same_number_of_another_asset_is_no_conflict(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.max_version_number(asset_id(1)).await.unwrap(), 1);
    assert_eq!(session.max_version_number(asset_id(2)).await.unwrap(), 1);
}

async fn version_without_its_blob_conflicts_with_the_foreign_key(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_version(&world.version(1, 4)).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn version_with_the_blob_of_another_account_conflicts_with_the_foreign_key(store: Store) {
    let world = with_versions(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(other.account, &sha256(1, 4), 40, NOW).await.unwrap();

    let refused = tx.insert_version(&world.version(1, 4)).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn version_with_number_zero_is_refused(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    let zeroth = NewVersion { id: id(9), version_number: 0, ..world.version(1, 1) };

    let refused = tx.insert_version(&zeroth).await.unwrap_err();

    assert!(matches!(refused, StoreError::Internal(_)), "{refused:?}");
}

async fn versions_are_listed_page_by_page_without_the_deleted(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 4).await;
    tx.delete_version(asset_id(1), version_id(1, 2), world.user, 5, NOW).await.unwrap();

    let first = tx.list_versions(asset_id(1), Page::first(2)).await.unwrap();
    let last = &first[1].version;
    let page = Page { after: Some((last.created_at_ms, last.id.as_uuid())), limit: 1000 };
    let second = tx.list_versions(asset_id(1), page).await.unwrap();

    assert_eq!(ids(&first), [version_id(1, 1), version_id(1, 3)]);
    assert_eq!(ids(&second), [version_id(1, 4)]);
    assert_eq!(second[0].user.id, world.user);
}

async fn versions_are_counted_without_the_deleted(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 2), world.user, 5, NOW).await.unwrap();

    assert_eq!(tx.count_versions(asset_id(1)).await.unwrap(), 2);
}

async fn newest_live_version_is_the_one_with_the_highest_number(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 3), world.user, 5, NOW).await.unwrap();

    let newest = tx.newest_live_version(asset_id(1), None).await.unwrap();

    assert_eq!(newest.map(|row| row.id), Some(version_id(1, 2)));
}

async fn newest_live_version_may_exclude_one(store: Store) {
    with_versions(&store).await;
    let mut session = store.read().await.unwrap();

    let newest = session.newest_live_version(asset_id(1), Some(version_id(1, 3))).await.unwrap();

    assert_eq!(newest.map(|row| row.id), Some(version_id(1, 2)));
}

async fn asset_without_live_versions_has_no_newest(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut session = store.read().await.unwrap();

    let newest = session.newest_live_version(asset_id(1), Some(version_id(1, 1))).await.unwrap();

    assert_eq!(newest, None);
}

async fn highest_number_counts_deleted_versions(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 3), world.user, 5, NOW).await.unwrap();

    assert_eq!(tx.max_version_number(asset_id(1)).await.unwrap(), 3);
}

async fn highest_number_of_unknown_asset_is_zero(store: Store) {
    assert_eq!(store.read().await.unwrap().max_version_number(asset_id(1)).await.unwrap(), 0);
}

async fn name_and_description_are_changed(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    let changes = VersionChanges {
        name: Some("final".to_owned()),
        description: Some(Some("d".to_owned())),
        thumbnail_file_id: Some(Some(id(0x70))),
    };

    assert!(tx.update_version(asset_id(1), version_id(1, 1), &changes, 5, NOW + 9).await.unwrap());

    let found = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap();
    assert_eq!((found.version.name.as_str(), found.version.description.as_deref()), ("final", Some("d")));
    assert_eq!((found.version.sequence, found.version.updated_at_ms), (5, NOW + 9));
    assert_eq!(found.version.thumbnail_file_id, Some(id(0x70)));
}

async fn no_change_leaves_all_but_sequence_and_time(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    let before = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap();

    let nothing = VersionChanges::default();
    tx.update_version(asset_id(1), version_id(1, 1), &nothing, 5, NOW + 9).await.unwrap();

    let after = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap();
    let expected = VersionRow { sequence: 5, updated_at_ms: NOW + 9, ..before.version };
    assert_eq!(after.version, expected);
}

async fn description_and_picture_are_taken_away(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (description, picture) in [(Some("d".to_owned()), Some(id(0x70))), (None, None)] {
        let (description, thumbnail_file_id) = (Some(description), Some(picture));
        let changes = VersionChanges { name: None, description, thumbnail_file_id };
        tx.update_version(asset_id(1), version_id(1, 1), &changes, 5, NOW).await.unwrap();
    }

    let found = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap();

    assert_eq!((found.version.description, found.version.thumbnail_file_id), (None, None));
}

async fn deleted_version_is_not_changed(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 5, NOW).await.unwrap();

    let nothing = VersionChanges::default();
    assert!(!tx.update_version(asset_id(1), version_id(1, 1), &nothing, 6, NOW).await.unwrap());
    assert!(!tx.update_version(asset_id(2), version_id(1, 2), &nothing, 6, NOW).await.unwrap());
}

async fn version_is_deleted_once(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.delete_version(asset_id(1), version_id(1, 1), world.user, 5, NOW).await.unwrap());
    assert!(!tx.delete_version(asset_id(1), version_id(1, 1), world.user, 6, NOW).await.unwrap());
    assert!(!tx.delete_version(asset_id(2), version_id(1, 2), world.user, 6, NOW).await.unwrap());
}

async fn restored_version_is_live_again(store: Store) {
    let world = with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 5, NOW + 8).await.unwrap();

    assert!(tx.restore_version(asset_id(1), version_id(1, 1), 6, NOW + 9).await.unwrap());

    let found = tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap();
    assert_eq!((found.version.deleted_at_ms, found.version.sequence), (None, 6));
    assert_eq!(found.version.updated_at_ms, NOW + 9);
}

async fn live_version_is_not_restored(store: Store) {
    with_versions(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.restore_version(asset_id(1), version_id(1, 1), 5, NOW).await.unwrap());
}
