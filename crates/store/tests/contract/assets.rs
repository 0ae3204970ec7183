//! Making and reading assets.

use mudlark_store::assets::ASSET_NAME_TAKEN;
use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{
    AssetRow, AssetWithUser, NewAsset, NewStatus, NewVersion, Page, Store, UserRow, VersionRow,
};
use mudlark_types::AssetId;
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, person, sha256, version_id};

on_both_databases!(
    asset_is_read_back_with_folder_version_and_user,
    asset_with_everything_is_read_back_with_it,
    asset_of_another_workspace_is_not_found,
    unknown_asset_is_not_found,
    asset_is_found_by_its_folded_name,
    asset_with_the_same_name_in_another_case_conflicts,
    same_name_in_another_folder_is_no_conflict,
    asset_without_its_version_is_refused_at_the_commit,
    asset_in_a_folder_of_another_workspace_conflicts_with_the_foreign_key,
    asset_of_another_account_than_its_workspace_conflicts_with_the_foreign_key,
    assets_are_listed_by_ids_without_the_unknown_and_the_deleted,
    more_assets_than_one_query_takes_are_asked_for,
    empty_list_of_ids_answers_no_asset,
    assets_in_a_folder_are_listed_page_by_page,
    assets_in_a_folder_of_another_workspace_are_not_listed,
    assets_in_a_folder_are_counted_without_the_deleted,
);

fn ids(rows: &[AssetRow]) -> Vec<AssetId> {
    rows.iter().map(|row| row.id).collect()
}

async fn asset_is_read_back_with_folder_version_and_user(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["Robot.png"]).await;

    let mut session = store.read().await.unwrap();
    let alone = session.find_asset(world.workspace, asset_id(1)).await.unwrap();
    let found = session.find_asset_with_user(world.workspace, asset_id(1)).await.unwrap();

    let maker = person(world.user);
    let expected = AssetRow {
        is_tagged: false,
        id: asset_id(1),
        account_id: world.account,
        workspace_id: world.workspace,
        folder_id: world.root,
        name: "Robot.png".to_owned(),
        name_key: "robot.png".to_owned(),
        file_name: "Robot.png".to_owned(),
        description: None,
        asset_type_id: None,
        status_id: None,
        created_by_user_id: world.user,
        current_version_id: version_id(1, 1),
        sequence: 1,
        created_at_ms: NOW + 1,
        updated_at_ms: NOW + 1,
        deleted_at_ms: None,
        deleted_by_user_id: None,
        lock_user_id: None,
        lock_reason: None,
        lock_acquired_at_ms: None,
        lock_expires_at_ms: None,
        lock_fence: 0,
        folder_path: "/".to_owned(),
        current_version: VersionRow {
            id: version_id(1, 1),
            asset_id: asset_id(1),
            commit_parent_id: None,
            created_by_user_id: world.user,
            name: "v1".to_owned(),
            description: None,
            file_name: "file.png".to_owned(),
            sha256: sha256(1, 1),
            size_bytes: 10,
            version_number: 1,
            sequence: 1,
            created_at_ms: NOW + 1,
            updated_at_ms: NOW + 1,
            deleted_at_ms: None,
            thumbnail_file_id: None,
            preview_id: None,
            facts: None,
        },
    };
    let user = UserRow {
        id: world.user,
        kind: maker.kind,
        username: maker.username,
        email: maker.email,
        first_name: maker.first_name,
        last_name: maker.last_name,
        default_avatar: maker.default_avatar,
        avatar_file_id: None,
        industry: None,
        occupation: None,
        company: None,
        city: None,
        state: None,
        country: None,
        zip_code: None,
        invited_by_user_id: None,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(found, Some(AssetWithUser { asset: expected.clone(), user }));
    assert_eq!(alone, Some(expected));
}

async fn asset_with_everything_is_read_back_with_it(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(1))).await.unwrap();
    tx.insert_folder(&world.folder(id(2), Some(world.root), "/Concepts/")).await.unwrap();
    let status = NewStatus {
        id: id(3),
        workspace_id: world.workspace,
        name: "Final".to_owned(),
        color: None,
        position: 1,
        created_at_ms: NOW,
    };
    tx.insert_asset_status(&status).await.unwrap();
    let asset = NewAsset {
        description: Some(String::new()),
        asset_type_id: Some(Uuid::from_u128(4)),
        status_id: Some(id(3)),
        ..world.asset(1, id(2), "a")
    };
    tx.insert_asset(&asset).await.unwrap();
    tx.insert_blob(world.account, &sha256(1, 1), 0, NOW).await.unwrap();
    let version = NewVersion {
        description: Some("first".to_owned()),
        created_by_user_id: id(1),
        size_bytes: 0,
        ..world.version(1, 1)
    };
    tx.insert_version(&version).await.unwrap();
    tx.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    let found = session.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();

    assert_eq!(found.description.as_deref(), Some(""));
    assert_eq!((found.asset_type_id, found.status_id), (Some(Uuid::from_u128(4)), Some(id(3))));
    assert_eq!(found.folder_path, "/Concepts/");
    assert_eq!(found.current_version.description.as_deref(), Some("first"));
    assert_eq!(found.current_version.size_bytes, 0);
    assert_eq!((found.created_by_user_id, found.current_version.created_by_user_id), (world.user, id(1)));
}

async fn asset_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a"]).await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.find_asset(other.workspace, asset_id(1)).await.unwrap(), None);
    assert_eq!(session.find_asset_any(other.workspace, asset_id(1)).await.unwrap(), None);
    assert_eq!(session.find_asset_by_name(other.workspace, world.root, "a").await.unwrap(), None);
    assert_eq!(session.list_assets_by_ids(other.workspace, &[asset_id(1)]).await.unwrap(), []);
}

async fn unknown_asset_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let mut session = store.read().await.unwrap();

    assert_eq!(session.find_asset(world.workspace, asset_id(1)).await.unwrap(), None);
    assert_eq!(session.find_asset_any(world.workspace, asset_id(1)).await.unwrap(), None);
}

async fn asset_is_found_by_its_folded_name(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["Fläche.PNG", "other.png"]).await;

    let mut session = store.read().await.unwrap();
    let found = session.find_asset_by_name(world.workspace, world.root, "fläche.png").await.unwrap();
    let by_written_name =
        session.find_asset_by_name(world.workspace, world.root, "Fläche.PNG").await.unwrap();

    assert_eq!(found.map(|row| row.name), Some("Fläche.PNG".to_owned()));
    assert_eq!(by_written_name, None);
}

async fn asset_with_the_same_name_in_another_case_conflicts(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["Robot.png"]).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_asset(&world.asset(2, world.root, "ROBOT.PNG")).await.unwrap_err();

    assert!(refused.is_conflict_on(ASSET_NAME_TAKEN), "{refused:?}");
}

async fn same_name_in_another_folder_is_no_conflict(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(id(1), Some(world.root), "/b/")).await.unwrap();

    world.insert_asset(&mut tx, &world.asset(2, id(1), "a"), 2).await;

    tx.commit().await.unwrap();
}

async fn asset_without_its_version_is_refused_at_the_commit(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_asset(&world.asset(1, world.root, "a")).await.unwrap();

    let refused = tx.commit().await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
    let mut session = store.read().await.unwrap();
    assert_eq!(session.count_assets_in_folder(world.workspace, world.root).await.unwrap(), 0);
}

async fn asset_in_a_folder_of_another_workspace_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_asset(&world.asset(1, other.root, "a")).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn asset_of_another_account_than_its_workspace_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    let strange = NewAsset { account_id: other.account, ..world.asset(1, world.root, "a") };

    let refused = tx.insert_asset(&strange).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn assets_are_listed_by_ids_without_the_unknown_and_the_deleted(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b", "c"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();

    let wanted = [asset_id(3), asset_id(2), asset_id(9), asset_id(1)];
    let mut listed = ids(&tx.list_assets_by_ids(world.workspace, &wanted).await.unwrap());

    listed.sort();
    assert_eq!(listed, [asset_id(1), asset_id(3)]);
}

async fn more_assets_than_one_query_takes_are_asked_for(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let mut wanted: Vec<AssetId> = (1_000_000..1_000_300).map(id).collect();
    wanted.insert(0, asset_id(1));
    wanted.push(asset_id(2));

    let listed = store.read().await.unwrap().list_assets_by_ids(world.workspace, &wanted).await.unwrap();

    assert_eq!(ids(&listed), [asset_id(1), asset_id(2)]);
}

async fn empty_list_of_ids_answers_no_asset(store: Store) {
    let world = World::make(&store).await;
    let mut session = store.read().await.unwrap();
    assert_eq!(session.list_assets_by_ids(world.workspace, &[]).await.unwrap(), []);
}

async fn assets_in_a_folder_are_listed_page_by_page(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["c", "b", "a", "d"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();

    let page = Page::first(2);
    let first = tx.list_assets_in_folder(world.workspace, world.root, page).await.unwrap();
    let page = Page { after: Some((first[1].created_at_ms, first[1].id.as_uuid())), limit: 1000 };
    let second = tx.list_assets_in_folder(world.workspace, world.root, page).await.unwrap();

    assert_eq!(ids(&first), [asset_id(1), asset_id(3)]);
    assert_eq!(ids(&second), [asset_id(4)]);
}

async fn assets_in_a_folder_of_another_workspace_are_not_listed(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a"]).await;
    let mut session = store.read().await.unwrap();

    let listed = session.list_assets_in_folder(other.workspace, world.root, Page::first(9)).await.unwrap();

    assert_eq!(listed, []);
    assert_eq!(session.count_assets_in_folder(other.workspace, world.root).await.unwrap(), 0);
}

async fn assets_in_a_folder_are_counted_without_the_deleted(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b", "c"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();

    assert_eq!(tx.count_assets_in_folder(world.workspace, world.root).await.unwrap(), 2);
}
