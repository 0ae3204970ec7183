//! Notifications: a user's own, until they are old.

use mudlark_store::{NotificationRow, Page, Store};
use mudlark_types::NotificationKind;
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, person};

on_both_databases!(notification_is_its_users_own_and_marked_as_read, old_notifications_are_forgotten);

fn notification(world: &World, number: u8) -> NotificationRow {
    NotificationRow {
        id: id(0x80 + u128::from(number)),
        account_id: world.account,
        workspace_id: world.workspace,
        user_id: world.user,
        actor_id: world.user,
        kind: NotificationKind::TaskAssigned,
        record_id: Uuid::from_u128(5),
        asset_id: Some(asset_id(1)),
        created_at_ms: NOW + i64::from(number),
        read_at_ms: None,
    }
}

async fn notification_is_its_users_own_and_marked_as_read(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&person(id(7))).await.unwrap();
    let rows = [notification(&world, 1), notification(&world, 2)];
    tx.insert_notifications(&rows).await.unwrap();

    assert!(tx.update_notification_read(rows[0].id, Some(NOW + 9)).await.unwrap());

    let read = NotificationRow { read_at_ms: Some(NOW + 9), ..rows[0].clone() };
    let (account, user) = (world.account, world.user);
    assert_eq!(tx.find_notification(account, user, read.id).await.unwrap().as_ref(), Some(&read));
    assert_eq!(tx.find_notification(account, id(7), read.id).await.unwrap(), None);
    let all = tx.list_notifications(account, user, false, Page::first(9)).await.unwrap();
    assert_eq!(all, [read, rows[1].clone()]);
    assert_eq!(tx.list_notifications(account, user, true, Page::first(9)).await.unwrap(), all[1..]);
    assert_eq!(tx.count_notifications(account, user, true).await.unwrap(), 1);
    assert_eq!(tx.count_notifications(account, user, false).await.unwrap(), 2);
    assert_eq!(tx.count_notifications(account, id(7), false).await.unwrap(), 0);
}

async fn old_notifications_are_forgotten(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_notifications(&[notification(&world, 1), notification(&world, 2)]).await.unwrap();

    assert_eq!(tx.delete_old_notifications(NOW + 2).await.unwrap(), 1);

    let left = tx.list_notifications(world.account, world.user, false, Page::first(9)).await.unwrap();
    assert_eq!(left, [notification(&world, 2)]);
}
