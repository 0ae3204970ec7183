//! Libraries, and which assets are in them.

use mudlark_store::{LibraryChanges, NewLibrary, Page, Store};
use mudlark_types::LibraryId;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id};

on_both_databases!(
    library_is_read_back_with_and_without_what_may_be_left_out,
    library_of_another_workspace_is_not_found,
    libraries_are_listed_and_counted_in_pages,
    library_is_changed_where_a_change_is_given,
    assets_are_put_in_once_and_taken_out_once,
    assets_of_a_library_come_in_their_order_without_the_trash,
    deleted_library_leaves_its_assets,
);

const FIRST: u128 = 0x1;

fn library(world: &World, number: u128) -> NewLibrary {
    NewLibrary {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        name: "Forest pack".to_owned(),
        description: None,
        default_avatar: 4,
        thumbnail_file_id: None,
        created_by_user_id: world.user,
        sequence: 1,
        created_at_ms: NOW,
    }
}

fn first() -> LibraryId {
    id(FIRST)
}

async fn library_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_library(&library(&world, FIRST)).await.unwrap();
    let described = NewLibrary {
        description: Some("Trees.".to_owned()),
        thumbnail_file_id: Some(id(0x70)),
        ..library(&world, 2)
    };
    tx.insert_library(&described).await.unwrap();

    let plain = tx.find_library(world.workspace, first()).await.unwrap().unwrap();
    let full = tx.find_library(world.workspace, id(2)).await.unwrap().unwrap();

    assert_eq!((plain.name.as_str(), plain.description), ("Forest pack", None));
    assert_eq!((plain.default_avatar, plain.created_by_user_id, plain.sequence), (4, world.user, 1));
    assert_eq!((plain.created_at_ms, plain.updated_at_ms), (NOW, NOW));
    assert_eq!((full.description.as_deref(), full.thumbnail_file_id), (Some("Trees."), Some(id(0x70))));
    assert_eq!(plain.thumbnail_file_id, None);
}

async fn library_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_library(&library(&world, FIRST)).await.unwrap();
    tx.insert_library(&library(&other, 2)).await.unwrap();
    let put = tx.insert_library_asset(world.workspace, first(), asset_id(1), world.user, NOW).await;
    assert_eq!(put.unwrap(), Some(true));

    assert_eq!(tx.find_library(other.workspace, first()).await.unwrap(), None);
    let changes = LibraryChanges::default();
    assert!(!tx.update_library(other.workspace, first(), &changes, 2, NOW).await.unwrap());
    assert!(!tx.delete_library(other.workspace, first()).await.unwrap());
    let foreign = tx.insert_library_asset(other.workspace, id(2), asset_id(1), other.user, NOW).await;
    assert_eq!(foreign.unwrap(), None);
    assert_eq!(tx.count_libraries(other.workspace).await.unwrap(), 1);
    assert_eq!(tx.count_assets_in_library(other.workspace, first()).await.unwrap(), 0);
    assert_eq!(tx.count_libraries_of_asset(other.workspace, asset_id(1)).await.unwrap(), 0);
    let page = Page::first(9);
    assert_eq!(tx.list_assets_in_library(other.workspace, first(), page).await.unwrap(), []);
    assert_eq!(tx.list_libraries_of_asset(other.workspace, asset_id(1), page).await.unwrap(), []);
}

async fn libraries_are_listed_and_counted_in_pages(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=3 {
        tx.insert_library(&library(&world, number)).await.unwrap();
        tx.insert_library_asset(world.workspace, id(number), asset_id(1), world.user, NOW).await.unwrap();
    }
    let ids = |rows: Vec<mudlark_store::LibraryRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let (start, rest) = (Page::first(2), Page { after: Some((NOW, id(2))), limit: 9 });

    assert_eq!(tx.count_libraries(world.workspace).await.unwrap(), 3);
    assert_eq!(ids(tx.list_libraries(world.workspace, start).await.unwrap()), [id(1), id(2)]);
    assert_eq!(ids(tx.list_libraries(world.workspace, rest).await.unwrap()), [id(3)]);
    assert_eq!(tx.count_libraries_of_asset(world.workspace, asset_id(1)).await.unwrap(), 3);
    let of_asset = tx.list_libraries_of_asset(world.workspace, asset_id(1), start).await.unwrap();
    assert_eq!(ids(of_asset), [id(1), id(2)]);
    let of_asset = tx.list_libraries_of_asset(world.workspace, asset_id(1), rest).await.unwrap();
    assert_eq!(ids(of_asset), [id(3)]);
}

async fn library_is_changed_where_a_change_is_given(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let described = NewLibrary { description: Some("Trees.".to_owned()), ..library(&world, FIRST) };
    tx.insert_library(&described).await.unwrap();

    let renamed = LibraryChanges {
        name: Some("Props".to_owned()),
        thumbnail_file_id: Some(Some(id(0x70))),
        ..LibraryChanges::default()
    };
    assert!(tx.update_library(world.workspace, first(), &renamed, 2, NOW + 1).await.unwrap());
    let row = tx.find_library(world.workspace, first()).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_deref()), ("Props", Some("Trees.")));
    assert_eq!((row.sequence, row.updated_at_ms), (2, NOW + 1));

    let undescribed = LibraryChanges { description: Some(None), ..LibraryChanges::default() };
    assert!(tx.update_library(world.workspace, first(), &undescribed, 3, NOW + 2).await.unwrap());
    let row = tx.find_library(world.workspace, first()).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description), ("Props", None));
}

async fn assets_are_put_in_once_and_taken_out_once(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_library(&library(&world, FIRST)).await.unwrap();
    assert!(!tx.is_in_library(first(), asset_id(1)).await.unwrap());

    for is_new in [true, false] {
        let put = tx.insert_library_asset(world.workspace, first(), asset_id(1), world.user, NOW).await;
        assert_eq!(put.unwrap(), Some(is_new));
    }
    assert!(tx.is_in_library(first(), asset_id(1)).await.unwrap());
    assert!(tx.delete_library_asset(first(), asset_id(1)).await.unwrap());
    assert!(!tx.delete_library_asset(first(), asset_id(1)).await.unwrap());
}

async fn assets_of_a_library_come_in_their_order_without_the_trash(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png", "d.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_library(&library(&world, FIRST)).await.unwrap();
    for number in [3, 2, 1] {
        let asset = asset_id(number);
        tx.insert_library_asset(world.workspace, first(), asset, world.user, NOW).await.unwrap();
    }
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();
    let gone = tx.insert_library_asset(world.workspace, first(), asset_id(2), world.user, NOW).await;

    assert_eq!(gone.unwrap(), None);
    assert_eq!(tx.count_assets_in_library(world.workspace, first()).await.unwrap(), 2);
    let start = tx.list_assets_in_library(world.workspace, first(), Page::first(1)).await.unwrap();
    assert_eq!(start.iter().map(|row| row.id).collect::<Vec<_>>(), [asset_id(1)]);
    let after = Some((start[0].created_at_ms, start[0].id.as_uuid()));
    let rest = Page { after, limit: 9 };
    let rest = tx.list_assets_in_library(world.workspace, first(), rest).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [asset_id(3)]);
    tx.restore_asset(world.workspace, asset_id(2), world.root, 3, NOW).await.unwrap();
    assert_eq!(tx.count_assets_in_library(world.workspace, first()).await.unwrap(), 3);
}

async fn deleted_library_leaves_its_assets(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_library(&library(&world, FIRST)).await.unwrap();
    tx.insert_library_asset(world.workspace, first(), asset_id(1), world.user, NOW).await.unwrap();

    assert!(tx.delete_library(world.workspace, first()).await.unwrap());
    assert!(!tx.delete_library(world.workspace, first()).await.unwrap());
    assert_eq!(tx.count_libraries_of_asset(world.workspace, asset_id(1)).await.unwrap(), 0);
    assert!(tx.find_asset(world.workspace, asset_id(1)).await.unwrap().is_some());
}
