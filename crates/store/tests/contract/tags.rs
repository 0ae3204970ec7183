//! Tags, and which assets have them.

use mudlark_store::tags::TAG_NAME_TAKEN;
use mudlark_store::{NewTag, Page, Store, TagChanges, TagRow};
use mudlark_types::TagId;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id};

on_both_databases!(
    tag_is_read_back_by_id_and_by_name,
    tag_of_another_workspace_is_not_found,
    second_tag_of_a_name_conflicts_until_the_first_is_deleted,
    tags_are_listed_in_pages,
    tag_is_changed_where_a_change_is_given,
    asset_has_a_tag_once_and_until_it_is_taken_off,
    tags_of_several_assets_come_by_name,
    deleted_tag_is_on_no_asset,
);

fn tag(world: &World, number: u128, name: &str) -> NewTag {
    NewTag {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        color: None,
        created_by_user_id: world.user,
        sequence: 1,
        created_at_ms: NOW,
    }
}

fn expected(new: &NewTag) -> TagRow {
    TagRow {
        id: new.id,
        workspace_id: new.workspace_id,
        name: new.name.clone(),
        color: new.color.clone(),
        created_by_user_id: new.created_by_user_id,
        sequence: new.sequence,
        created_at_ms: new.created_at_ms,
        updated_at_ms: new.created_at_ms,
    }
}

async fn tag_is_read_back_by_id_and_by_name(store: Store) {
    let world = World::make(&store).await;
    let new = NewTag { color: Some("#ff8800".to_owned()), ..tag(&world, 1, "Hero") };
    let mut tx = store.begin().await.unwrap();

    tx.insert_tag(&new).await.unwrap();

    let row = Some(expected(&new));
    assert_eq!(tx.find_tag(world.workspace, new.id).await.unwrap(), row);
    assert_eq!(tx.find_tag_by_name(world.workspace, "hero").await.unwrap(), row);
    assert_eq!(tx.find_tag_by_name(world.workspace, "Hero").await.unwrap(), None);
}

async fn tag_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, 1, "a")).await.unwrap();
    let other = id(999);

    assert_eq!(tx.find_tag(other, id(1)).await.unwrap(), None);
    assert_eq!(tx.find_tag_by_name(other, "a").await.unwrap(), None);
    assert!(!tx.update_tag(other, id(1), &TagChanges::default(), 2, NOW).await.unwrap());
    assert!(!tx.delete_tag(other, id(1), 2, NOW).await.unwrap());
    assert_eq!(tx.count_tags(other).await.unwrap(), 0);
}

async fn second_tag_of_a_name_conflicts_until_the_first_is_deleted(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, 1, "a")).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let error = tx.insert_tag(&tag(&world, 2, "A")).await.unwrap_err();
    assert!(error.is_conflict_on(TAG_NAME_TAKEN), "{error:?}");
    drop(tx);

    let mut tx = store.begin().await.unwrap();
    assert!(tx.delete_tag(world.workspace, id(1), 2, NOW).await.unwrap());
    assert!(!tx.delete_tag(world.workspace, id(1), 3, NOW).await.unwrap());
    tx.insert_tag(&tag(&world, 2, "A")).await.unwrap();
    assert_eq!(tx.count_tags(world.workspace).await.unwrap(), 1);
}

async fn tags_are_listed_in_pages(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, name) in [(9, "one"), (8, "two"), (7, "three")] {
        let created_at_ms = NOW + i64::try_from(10 - number).unwrap();
        let new = NewTag { created_at_ms, ..tag(&world, number, name) };
        tx.insert_tag(&new).await.unwrap();
    }

    let first = tx.list_tags(world.workspace, Page::first(2)).await.unwrap();
    let after = first.last().map(|row| (row.created_at_ms, row.id.as_uuid()));
    let rest = tx.list_tags(world.workspace, Page { after, limit: 2 }).await.unwrap();

    let ids: Vec<TagId> = first.iter().chain(&rest).map(|row| row.id).collect();
    assert_eq!(ids, [id(9), id(8), id(7)]);
}

async fn tag_is_changed_where_a_change_is_given(store: Store) {
    let world = World::make(&store).await;
    let new = NewTag { color: Some("#ff8800".to_owned()), ..tag(&world, 1, "a") };
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&new).await.unwrap();

    let name = TagChanges { name: Some("B".into()), name_key: Some("b".into()), color: None };
    assert!(tx.update_tag(world.workspace, new.id, &name, 2, NOW + 1).await.unwrap());
    let renamed = TagRow { name: "B".into(), sequence: 2, updated_at_ms: NOW + 1, ..expected(&new) };
    assert_eq!(tx.find_tag_by_name(world.workspace, "b").await.unwrap(), Some(renamed.clone()));

    let plain = TagChanges { color: Some(None), ..TagChanges::default() };
    assert!(tx.update_tag(world.workspace, new.id, &plain, 3, NOW + 2).await.unwrap());
    let plain = TagRow { color: None, sequence: 3, updated_at_ms: NOW + 2, ..renamed };
    assert_eq!(tx.find_tag(world.workspace, new.id).await.unwrap(), Some(plain));
}

async fn asset_has_a_tag_once_and_until_it_is_taken_off(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, 1, "a")).await.unwrap();
    let asset = asset_id(1);
    assert!(!tx.find_asset(world.workspace, asset).await.unwrap().unwrap().is_tagged);

    assert!(tx.insert_asset_tag(asset, id(1), world.user, NOW).await.unwrap());
    assert!(!tx.insert_asset_tag(asset, id(1), world.user, NOW).await.unwrap());

    assert!(tx.find_asset(world.workspace, asset).await.unwrap().unwrap().is_tagged);
    let rows = tx.list_tags_of_assets(world.workspace, &[asset]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.tag.id).collect::<Vec<TagId>>(), [id(1)]);
    assert_eq!(tx.list_tags_of_assets(id(999), &[asset]).await.unwrap(), []);
    assert!(tx.delete_asset_tag(asset, id(1)).await.unwrap());
    assert!(!tx.delete_asset_tag(asset, id(1)).await.unwrap());
    assert!(!tx.find_asset(world.workspace, asset).await.unwrap().unwrap().is_tagged);
}

async fn tags_of_several_assets_come_by_name(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for (number, name) in [(1, "zebra"), (2, "Apple"), (3, "mango")] {
        tx.insert_tag(&tag(&world, number, name)).await.unwrap();
    }
    for (asset, tag) in [(1, 1), (1, 2), (2, 3)] {
        tx.insert_asset_tag(asset_id(asset), id(tag), world.user, NOW).await.unwrap();
    }

    let assets = [asset_id(1), asset_id(2), asset_id(3)];
    let rows = tx.list_tags_of_assets(world.workspace, &assets).await.unwrap();

    let named: Vec<_> = rows.iter().map(|row| (row.asset_id, row.tag.name.as_str())).collect();
    assert_eq!(named, [(asset_id(1), "Apple"), (asset_id(2), "mango"), (asset_id(1), "zebra")]);
}

async fn deleted_tag_is_on_no_asset(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, 1, "a")).await.unwrap();
    tx.insert_asset_tag(asset_id(1), id(1), world.user, NOW).await.unwrap();

    tx.delete_tag(world.workspace, id(1), 2, NOW).await.unwrap();

    assert_eq!(tx.list_tags_of_assets(world.workspace, &[asset_id(1)]).await.unwrap(), []);
    assert!(!tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap().is_tagged);
}
