//! Statuses of assets.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{AssetChanges, NewStatus, StatusChanges, StatusRow, Store};
use mudlark_types::{StatusId, WorkspaceId};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id};

on_both_databases!(
    status_is_read_back_with_and_without_a_colour,
    status_of_another_workspace_is_not_found,
    statuses_are_listed_in_their_order,
    status_of_unknown_workspace_conflicts_with_the_foreign_key,
    status_is_changed_where_a_change_is_given,
    status_is_deleted_only_while_no_asset_has_it,
);

fn status(number: u128, workspace_id: WorkspaceId, position: i64) -> NewStatus {
    NewStatus {
        id: id(number),
        workspace_id,
        name: "In Review".to_owned(),
        color: None,
        position,
        created_at_ms: NOW,
    }
}

async fn status_is_read_back_with_and_without_a_colour(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let red = NewStatus { color: Some("#f00".to_owned()), ..status(1, world.workspace, 5) };
    tx.insert_asset_status(&red).await.unwrap();
    tx.insert_asset_status(&status(2, world.workspace, 6)).await.unwrap();

    let with = tx.find_asset_status(world.workspace, id(1)).await.unwrap();
    let without = tx.find_asset_status(world.workspace, id(2)).await.unwrap().unwrap();

    let expected = StatusRow {
        id: id(1),
        workspace_id: world.workspace,
        name: "In Review".to_owned(),
        color: Some("#f00".to_owned()),
        position: 5,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(with, Some(expected));
    assert_eq!(without.color, None);
}

async fn status_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_asset_status(&status(1, world.workspace, 1)).await.unwrap();

    assert_eq!(tx.find_asset_status(other.workspace, id(1)).await.unwrap(), None);
}

async fn statuses_are_listed_in_their_order(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    for (number, position) in [(1, 30), (2, 10), (3, 20)] {
        tx.insert_asset_status(&status(number, world.workspace, position)).await.unwrap();
    }
    tx.insert_asset_status(&status(4, other.workspace, 1)).await.unwrap();

    let listed = tx.list_asset_statuses(world.workspace).await.unwrap();

    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<StatusId>>(), [id(2), id(3), id(1)]);
}

async fn status_of_unknown_workspace_conflicts_with_the_foreign_key(store: Store) {
    let mut tx = store.begin().await.unwrap();
    let refused = tx.insert_asset_status(&status(1, id(9), 1)).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn status_is_changed_where_a_change_is_given(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_asset_status(&status(1, world.workspace, 1)).await.unwrap();
    let before = tx.find_asset_status(world.workspace, id(1)).await.unwrap().unwrap();

    let all =
        StatusChanges { name: Some("Done".into()), color: Some(Some("#00ff00".into())), position: Some(7) };
    assert!(!tx.update_asset_status(id(9), id(1), &all, NOW + 1).await.unwrap());
    assert!(tx.update_asset_status(world.workspace, id(1), &all, NOW + 1).await.unwrap());
    let changed = StatusRow {
        name: "Done".into(),
        color: Some("#00ff00".into()),
        position: 7,
        updated_at_ms: NOW + 1,
        ..before
    };
    assert_eq!(tx.find_asset_status(world.workspace, id(1)).await.unwrap(), Some(changed.clone()));

    assert!(
        tx.update_asset_status(world.workspace, id(1), &StatusChanges::default(), NOW + 2).await.unwrap()
    );
    let same = StatusRow { updated_at_ms: NOW + 2, ..changed };
    assert_eq!(tx.find_asset_status(world.workspace, id(1)).await.unwrap(), Some(same));
}

async fn status_is_deleted_only_while_no_asset_has_it(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let given = |status_id| AssetChanges { status_id: Some(status_id), ..AssetChanges::default() };
    let mut tx = store.begin().await.unwrap();
    tx.insert_asset_status(&status(1, world.workspace, 1)).await.unwrap();
    tx.update_asset(world.workspace, asset_id(1), &given(Some(id(1))), 2, NOW).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let refused = tx.delete_asset_status(world.workspace, id(1)).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
    drop(tx);

    let mut tx = store.begin().await.unwrap();
    tx.update_asset(world.workspace, asset_id(1), &given(None), 3, NOW).await.unwrap();
    assert!(!tx.delete_asset_status(id(9), id(1)).await.unwrap());
    assert!(tx.delete_asset_status(world.workspace, id(1)).await.unwrap());
    assert!(!tx.delete_asset_status(world.workspace, id(1)).await.unwrap());
}
