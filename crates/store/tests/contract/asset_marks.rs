//! Favorites and subscriptions.

use mudlark_store::{AssetMark, Page, Store};

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, person};

on_both_databases!(marks_are_each_users_and_each_kinds_own, marked_assets_come_in_pages_without_the_trash,);

async fn marks_are_each_users_and_each_kinds_own(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(0x900))).await.unwrap();
    let asset = tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();

    for is_new in [true, false] {
        let put = tx.insert_asset_mark(&asset, world.user, AssetMark::Favorite, NOW).await;
        assert_eq!(put.unwrap(), is_new);
    }
    for (workspace, user, mark, count) in [
        (world.workspace, world.user, AssetMark::Favorite, 1),
        (world.workspace, world.user, AssetMark::Subscription, 0),
        (world.workspace, id(0x900), AssetMark::Favorite, 0),
        (id(999), world.user, AssetMark::Favorite, 0),
    ] {
        assert_eq!(tx.count_marked_assets(workspace, user, mark).await.unwrap(), count, "{mark:?}");
        let rows = tx.list_marked_assets(workspace, user, mark, Page::first(9)).await.unwrap();
        assert_eq!(i64::try_from(rows.len()).unwrap(), count, "{mark:?}");
    }
    assert!(!tx.delete_asset_mark(&asset, id(0x900), AssetMark::Favorite).await.unwrap());
    assert!(tx.delete_asset_mark(&asset, world.user, AssetMark::Favorite).await.unwrap());
    assert!(!tx.delete_asset_mark(&asset, world.user, AssetMark::Favorite).await.unwrap());
}

async fn marked_assets_come_in_pages_without_the_trash(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for number in [3, 2, 1] {
        let asset = tx.find_asset(world.workspace, asset_id(number)).await.unwrap().unwrap();
        tx.insert_asset_mark(&asset, world.user, AssetMark::Subscription, NOW).await.unwrap();
    }
    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();
    let (workspace, user, mark) = (world.workspace, world.user, AssetMark::Subscription);

    assert_eq!(tx.count_marked_assets(workspace, user, mark).await.unwrap(), 2);
    let start = tx.list_marked_assets(workspace, user, mark, Page::first(1)).await.unwrap();
    assert_eq!(start.iter().map(|row| row.id).collect::<Vec<_>>(), [asset_id(1)]);
    let rest = Page { after: Some((start[0].created_at_ms, start[0].id.as_uuid())), limit: 9 };
    let rest = tx.list_marked_assets(workspace, user, mark, rest).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [asset_id(3)]);
}
