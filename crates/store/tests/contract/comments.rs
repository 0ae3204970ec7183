//! Comments.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{CommentChanges, NewComment, Page, Store};
use mudlark_types::CommentId;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, version_id};

on_both_databases!(
    comment_is_read_back_with_and_without_what_may_be_left_out,
    comment_of_another_workspace_or_asset_is_not_found,
    comments_are_listed_and_counted_by_version_and_in_pages,
    comment_is_changed_where_a_change_is_given,
    deleted_comment_is_gone_once_and_its_replies_stay,
    comment_by_nobody_conflicts_with_the_foreign_key,
);

fn comment(world: &World, number: u128) -> NewComment {
    NewComment {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 1),
        parent_id: None,
        user_id: world.user,
        content: "Too dim.".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    }
}

async fn world(store: &Store) -> World {
    let world = World::make(store).await;
    world.commit_assets(store, &["robot.png", "lantern.png"]).await;
    world
}

async fn comment_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_comment(&comment(&world, 1)).await.unwrap();
    let metadata = Some(r#"{"x":1}"#.to_owned());
    let reply =
        NewComment { parent_id: Some(id(1)), viewer_metadata: metadata.clone(), ..comment(&world, 2) };
    tx.insert_comment(&reply).await.unwrap();

    let plain = tx.find_comment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    let full = tx.find_comment(world.workspace, asset_id(1), id(2)).await.unwrap().unwrap();

    assert_eq!((plain.parent_id, plain.viewer_metadata), (None, None));
    assert_eq!((full.parent_id, full.viewer_metadata), (Some(id(1)), metadata));
    assert_eq!((full.asset_id, full.asset_version_id), (asset_id(1), version_id(1, 1)));
    assert_eq!((full.user_id, full.user.id, full.content.as_str()), (world.user, world.user, "Too dim."));
    assert_eq!((full.created_at_ms, full.updated_at_ms), (NOW, NOW));
}

async fn comment_of_another_workspace_or_asset_is_not_found(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_comment(&comment(&world, 1)).await.unwrap();

    assert_eq!(tx.find_comment(id(999), asset_id(1), id(1)).await.unwrap(), None);
    assert_eq!(tx.find_comment(world.workspace, asset_id(2), id(1)).await.unwrap(), None);
    assert!(!tx.update_comment(id(999), id(1), &CommentChanges::default(), 2, NOW).await.unwrap());
    assert!(!tx.delete_comment(id(999), id(1), 2, NOW).await.unwrap());
    assert_eq!(tx.count_comments(id(999), asset_id(1), None).await.unwrap(), 0);
}

async fn comments_are_listed_and_counted_by_version_and_in_pages(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    for (number, version, second) in [(3, 1, 0), (2, 2, 1), (1, 1, 2)] {
        let new = NewComment {
            asset_version_id: version_id(1, version),
            created_at_ms: NOW + second,
            ..comment(&world, number)
        };
        tx.insert_comment(&new).await.unwrap();
    }

    let (workspace, asset) = (world.workspace, asset_id(1));
    let first = tx.list_comments(workspace, asset, None, Page::first(2)).await.unwrap();
    let after = first.last().map(|row| (row.created_at_ms, row.id.as_uuid()));
    let rest = tx.list_comments(workspace, asset, None, Page { after, limit: 2 }).await.unwrap();
    let ids: Vec<CommentId> = first.iter().chain(&rest).map(|row| row.id).collect();
    assert_eq!(ids, [id(3), id(2), id(1)]);
    let of_second = tx.list_comments(workspace, asset, Some(version_id(1, 2)), Page::first(9)).await.unwrap();
    assert_eq!(of_second.iter().map(|row| row.id).collect::<Vec<CommentId>>(), [id(2)]);
    assert_eq!(tx.count_comments(workspace, asset, None).await.unwrap(), 3);
    assert_eq!(tx.count_comments(workspace, asset, Some(version_id(1, 1))).await.unwrap(), 2);
    assert_eq!(tx.count_comments(workspace, asset_id(2), None).await.unwrap(), 0);
}

async fn comment_is_changed_where_a_change_is_given(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let new = NewComment { viewer_metadata: Some("{}".to_owned()), ..comment(&world, 1) };
    tx.insert_comment(&new).await.unwrap();

    let text = CommentChanges { content: Some("Fine.".into()), viewer_metadata: None };
    assert!(tx.update_comment(world.workspace, id(1), &text, 2, NOW + 1).await.unwrap());
    let row = tx.find_comment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.content.as_str(), row.viewer_metadata.as_deref()), ("Fine.", Some("{}")));
    assert_eq!((row.created_at_ms, row.updated_at_ms), (NOW, NOW + 1));

    let nowhere = CommentChanges { content: None, viewer_metadata: Some(None) };
    assert!(tx.update_comment(world.workspace, id(1), &nowhere, 3, NOW + 2).await.unwrap());
    let row = tx.find_comment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.content.as_str(), row.viewer_metadata), ("Fine.", None));
}

async fn deleted_comment_is_gone_once_and_its_replies_stay(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_comment(&comment(&world, 1)).await.unwrap();
    tx.insert_comment(&NewComment { parent_id: Some(id(1)), ..comment(&world, 2) }).await.unwrap();

    assert!(tx.delete_comment(world.workspace, id(1), 2, NOW).await.unwrap());
    assert!(!tx.delete_comment(world.workspace, id(1), 3, NOW).await.unwrap());

    assert_eq!(tx.find_comment(world.workspace, asset_id(1), id(1)).await.unwrap(), None);
    let reply = tx.find_comment(world.workspace, asset_id(1), id(2)).await.unwrap().unwrap();
    assert_eq!(reply.parent_id, Some(id(1)));
    assert_eq!(tx.count_comments(world.workspace, asset_id(1), None).await.unwrap(), 1);
}

async fn comment_by_nobody_conflicts_with_the_foreign_key(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let refused =
        tx.insert_comment(&NewComment { user_id: id(999), ..comment(&world, 1) }).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}
