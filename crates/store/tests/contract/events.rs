//! Events: histories, and the order in which changes are followed.

use mudlark_store::{EventPlace, EventRow, NewEvent, Page, Store};
use mudlark_types::{AssetId, EventType, UserId};

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id};

on_both_databases!(
    event_is_read_back_with_and_without_what_may_be_left_out,
    events_of_a_place_are_in_the_order_of_changes_and_in_pages,
    events_of_other_places_are_left_out,
    events_about_a_user_are_listed_apart,
);

fn event(number: u128, event_type: EventType) -> NewEvent {
    NewEvent {
        id: id(number),
        workspace_id: None,
        asset_id: None,
        about_user_id: None,
        event_type,
        record_id: uuid::Uuid::from_u128(number),
        data: "{}".to_owned(),
    }
}

fn in_workspace(world: &World, number: u128, asset: Option<AssetId>) -> NewEvent {
    NewEvent {
        workspace_id: Some(world.workspace),
        asset_id: asset,
        ..event(number, EventType::CommentCreated)
    }
}

async fn write(store: &Store, world: &World, sequence: i64, events: &[NewEvent]) {
    let mut tx = store.begin().await.unwrap();
    tx.insert_events(world.account, Some(world.user), events, sequence, NOW + sequence).await.unwrap();
    tx.commit().await.unwrap();
}

fn numbers(rows: &[EventRow]) -> Vec<u128> {
    rows.iter().map(|row| row.record_id.as_u128()).collect()
}

async fn event_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = World::make(&store).await;
    let about: UserId = id(77);
    let full = NewEvent {
        about_user_id: Some(about),
        data: r#"{"name":"robot"}"#.to_owned(),
        ..in_workspace(&world, 2, Some(asset_id(1)))
    };
    write(&store, &world, 5, &[event(1, EventType::WorkspaceCreated), full]).await;

    let mut session = store.read().await.unwrap();
    let plain = session.list_events(EventPlace::Account(world.account), Page::first(9)).await.unwrap();
    let full = session.list_events(EventPlace::Workspace(world.workspace), Page::first(9)).await.unwrap();

    let [plain] = plain.try_into().unwrap();
    assert_eq!((plain.workspace_id, plain.asset_id, plain.about_user_id), (None, None, None));
    assert_eq!((plain.event_type, plain.sequence), (EventType::WorkspaceCreated, 5));
    let [full] = full.try_into().unwrap();
    assert_eq!(
        (full.account_id, full.user_id, full.created_at_ms),
        (world.account, Some(world.user), NOW + 5)
    );
    assert_eq!((full.workspace_id, full.asset_id), (Some(world.workspace), Some(asset_id(1))));
    assert_eq!((full.about_user_id, full.data.as_str()), (Some(about), r#"{"name":"robot"}"#));
}

async fn events_of_a_place_are_in_the_order_of_changes_and_in_pages(store: Store) {
    let world = World::make(&store).await;
    // The later change has the lower id, as from a process whose clock is behind.
    write(&store, &world, 7, &[in_workspace(&world, 1, None), in_workspace(&world, 2, None)]).await;
    write(&store, &world, 6, &[in_workspace(&world, 8, None), in_workspace(&world, 9, None)]).await;
    let place = EventPlace::Workspace(world.workspace);
    let mut session = store.read().await.unwrap();

    let first = session.list_events(place, Page::first(3)).await.unwrap();
    let last = first.last().unwrap();
    let after = Some((last.sequence, last.id.as_uuid()));
    let rest = session.list_events(place, Page { after, limit: 3 }).await.unwrap();

    assert_eq!((numbers(&first), numbers(&rest)), (vec![8, 9, 1], vec![2]));
    assert_eq!(session.count_events(place).await.unwrap(), 4);
}

async fn events_of_other_places_are_left_out(store: Store) {
    let world = World::make(&store).await;
    let events = [
        event(1, EventType::WorkspaceCreated),
        in_workspace(&world, 2, None),
        in_workspace(&world, 3, Some(asset_id(1))),
    ];
    write(&store, &world, 1, &events).await;
    let mut session = store.read().await.unwrap();

    for (place, expected) in [
        (EventPlace::Account(world.account), vec![1]),
        (EventPlace::Account(id(99)), vec![]),
        (EventPlace::Workspace(world.workspace), vec![2, 3]),
        (EventPlace::Workspace(id(99)), vec![]),
        (EventPlace::Asset(world.workspace, asset_id(1)), vec![3]),
        (EventPlace::Asset(world.workspace, asset_id(2)), vec![]),
        (EventPlace::Asset(id(99), asset_id(1)), vec![]),
    ] {
        let rows = session.list_events(place, Page::first(9)).await.unwrap();
        assert_eq!(numbers(&rows), expected, "{place:?}");
        assert_eq!(
            session.count_events(place).await.unwrap(),
            i64::try_from(expected.len()).unwrap(),
            "{place:?}"
        );
    }
}

async fn events_about_a_user_are_listed_apart(store: Store) {
    let world = World::make(&store).await;
    let about = |number, user| NewEvent { about_user_id: Some(user), ..in_workspace(&world, number, None) };
    let (one, other): (UserId, UserId) = (id(71), id(72));
    write(&store, &world, 1, &[about(1, one), about(2, other), about(3, one), in_workspace(&world, 4, None)])
        .await;
    let mut session = store.read().await.unwrap();

    let first = session.list_events_about_user(one, Page::first(1)).await.unwrap();
    let after = Some((first[0].created_at_ms, first[0].id.as_uuid()));
    let rest = session.list_events_about_user(one, Page { after, limit: 9 }).await.unwrap();

    assert_eq!((numbers(&first), numbers(&rest)), (vec![1], vec![3]));
    assert_eq!(session.count_events_about_user(one).await.unwrap(), 2);
}
