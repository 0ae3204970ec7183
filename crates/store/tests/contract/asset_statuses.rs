//! Statuses of assets.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{NewStatus, StatusRow, Store};
use mudlark_types::{StatusId, WorkspaceId};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id};

on_both_databases!(
    status_is_read_back_with_and_without_a_colour,
    status_of_another_workspace_is_not_found,
    statuses_are_listed_in_their_order,
    status_of_unknown_workspace_conflicts_with_the_foreign_key,
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
