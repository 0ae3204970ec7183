//! Tasks.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{NewTask, Page, Store, TaskChanges, TaskFilter, TaskRow};
use mudlark_types::{TaskId, TaskPriority, TaskStatus};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id};

on_both_databases!(
    task_is_read_back_with_and_without_what_may_be_left_out,
    task_of_another_workspace_is_not_found,
    task_for_what_is_not_there_conflicts_with_the_foreign_key,
    tasks_are_listed_and_counted_by_each_filter,
    tasks_are_listed_in_pages,
    task_is_changed_where_a_change_is_given,
    deleted_task_is_gone_once,
);

fn task(world: &World, number: u128) -> NewTask {
    NewTask {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        creator_id: world.user,
        assignee_id: None,
        asset_id: None,
        title: "Redo the lantern".to_owned(),
        description: None,
        priority: TaskPriority::Medium,
        status: TaskStatus::Pending,
        sequence: 1,
        created_at_ms: NOW,
    }
}

fn expected(new: &NewTask) -> TaskRow {
    TaskRow {
        id: new.id,
        account_id: new.account_id,
        workspace_id: new.workspace_id,
        creator_id: new.creator_id,
        assignee_id: new.assignee_id,
        asset_id: new.asset_id,
        title: new.title.clone(),
        description: new.description.clone(),
        priority: new.priority,
        status: new.status,
        created_at_ms: new.created_at_ms,
        updated_at_ms: new.created_at_ms,
    }
}

async fn task_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let full = NewTask {
        assignee_id: Some(world.user),
        asset_id: Some(asset_id(1)),
        description: Some("It is too dim.".to_owned()),
        priority: TaskPriority::Urgent,
        status: TaskStatus::InProgress,
        ..task(&world, 2)
    };
    let mut tx = store.begin().await.unwrap();
    for new in [task(&world, 1), full] {
        tx.insert_task(&new).await.unwrap();
        assert_eq!(tx.find_task(world.workspace, new.id).await.unwrap(), Some(expected(&new)));
    }
}

async fn task_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_task(&task(&world, 1)).await.unwrap();

    assert_eq!(tx.find_task(other.workspace, id(1)).await.unwrap(), None);
    assert!(!tx.update_task(other.workspace, id(1), &TaskChanges::default(), 2, NOW).await.unwrap());
    assert!(!tx.delete_task(other.workspace, id(1), 2, NOW).await.unwrap());
}

async fn task_for_what_is_not_there_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    for broken in [
        NewTask { workspace_id: id(99), ..task(&world, 1) },
        NewTask { assignee_id: Some(id(99)), ..task(&world, 1) },
        NewTask { asset_id: Some(id(99)), ..task(&world, 1) },
    ] {
        let mut tx = store.begin().await.unwrap();
        let refused = tx.insert_task(&broken).await.unwrap_err();
        assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
    }
}

async fn tasks_are_listed_and_counted_by_each_filter(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for new in [
        task(&world, 1),
        NewTask { asset_id: Some(asset_id(1)), ..task(&world, 2) },
        NewTask { assignee_id: Some(world.user), ..task(&world, 3) },
        NewTask { status: TaskStatus::Completed, asset_id: Some(asset_id(1)), ..task(&world, 4) },
    ] {
        tx.insert_task(&new).await.unwrap();
    }

    let asset = TaskFilter { asset_id: Some(asset_id(1)), ..TaskFilter::default() };
    for (filter, numbers) in [
        (TaskFilter::default(), &[1, 2, 3, 4][..]),
        (asset, &[2, 4]),
        (TaskFilter { assignee_id: Some(world.user), ..TaskFilter::default() }, &[3]),
        (TaskFilter { status: Some(TaskStatus::Completed), ..TaskFilter::default() }, &[4]),
        (TaskFilter { status: Some(TaskStatus::Pending), ..asset }, &[2]),
        (TaskFilter { asset_id: Some(id(99)), ..TaskFilter::default() }, &[]),
    ] {
        let listed = tx.list_tasks(world.workspace, filter, Page::first(10)).await.unwrap();
        let expected: Vec<TaskId> = numbers.iter().map(|number| id(*number)).collect();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{filter:?}");
        let count = tx.count_tasks(world.workspace, filter).await.unwrap();
        assert_eq!(count, i64::try_from(numbers.len()).unwrap(), "{filter:?}");
    }
}

async fn tasks_are_listed_in_pages(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, created_at_ms) in [(1, NOW + 1), (2, NOW), (3, NOW + 1)] {
        tx.insert_task(&NewTask { created_at_ms, ..task(&world, number) }).await.unwrap();
    }

    let filter = TaskFilter::default();
    let first = tx.list_tasks(world.workspace, filter, Page::first(2)).await.unwrap();
    let after = first.last().map(|row| (row.created_at_ms, row.id.as_uuid()));
    let rest = tx.list_tasks(world.workspace, filter, Page { after, limit: 100 }).await.unwrap();

    let ids: Vec<TaskId> = first.iter().chain(&rest).map(|row| row.id).collect();
    assert_eq!(ids, [2, 1, 3].map(id));
}

async fn task_is_changed_where_a_change_is_given(store: Store) {
    let world = World::make(&store).await;
    let new = NewTask {
        assignee_id: Some(world.user),
        description: Some("It is too dim.".to_owned()),
        ..task(&world, 1)
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_task(&new).await.unwrap();

    let changes = TaskChanges {
        title: Some("Relight".to_owned()),
        status: Some(TaskStatus::Completed),
        assignee_id: Some(None),
        ..TaskChanges::default()
    };
    assert!(tx.update_task(world.workspace, id(1), &changes, 2, NOW + 5).await.unwrap());

    let row = tx.find_task(world.workspace, id(1)).await.unwrap().unwrap();
    let relit = TaskRow {
        title: "Relight".to_owned(),
        status: TaskStatus::Completed,
        assignee_id: None,
        updated_at_ms: NOW + 5,
        ..expected(&new)
    };
    assert_eq!(row, relit);
}

async fn deleted_task_is_gone_once(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_task(&task(&world, 1)).await.unwrap();

    assert!(tx.delete_task(world.workspace, id(1), 2, NOW + 5).await.unwrap());
    assert!(!tx.delete_task(world.workspace, id(1), 3, NOW + 6).await.unwrap());

    assert_eq!(tx.find_task(world.workspace, id(1)).await.unwrap(), None);
    assert_eq!(tx.count_tasks(world.workspace, TaskFilter::default()).await.unwrap(), 0);
}
