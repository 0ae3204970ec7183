//! Reviews, and what they make of an asset.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::{NewReview, Page, ReviewChanges, ReviewFilter, Store};
use mudlark_types::{ReviewStatus, UserId};

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, person, version_id};

on_both_databases!(
    review_is_read_back_with_and_without_what_may_be_left_out,
    review_of_another_workspace_or_asset_is_not_found,
    reviews_are_listed_and_counted_by_version_and_status_and_in_pages,
    review_is_changed_where_a_change_is_given,
    mentions_are_kept_in_their_order_and_replaced_whole,
    asset_has_the_status_of_its_current_versions_newest_review,
    deleted_review_is_gone_with_its_mentions,
    review_by_nobody_conflicts_with_the_foreign_key,
);

fn review(world: &World, number: u128) -> NewReview {
    NewReview {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 1),
        user_id: world.user,
        assigned_user_id: None,
        status: ReviewStatus::Pending,
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

async fn review_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review(&review(&world, 1)).await.unwrap();
    let metadata = Some(r#"{"x":1}"#.to_owned());
    let full = NewReview {
        assigned_user_id: Some(world.user),
        viewer_metadata: metadata.clone(),
        status: ReviewStatus::Rejected,
        ..review(&world, 2)
    };
    tx.insert_review(&full).await.unwrap();

    let plain = tx.find_review(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    let full = tx.find_review(world.workspace, asset_id(1), id(2)).await.unwrap().unwrap();

    assert_eq!((plain.assigned_user_id, plain.viewer_metadata), (None, None));
    assert_eq!((full.assigned_user_id, full.viewer_metadata), (Some(world.user), metadata));
    assert_eq!((plain.status, full.status), (ReviewStatus::Pending, ReviewStatus::Rejected));
    assert_eq!((full.asset_id, full.asset_version_id), (asset_id(1), version_id(1, 1)));
    assert_eq!((full.user_id, full.user.id, full.content.as_str()), (world.user, world.user, "Too dim."));
    assert_eq!((full.created_at_ms, full.updated_at_ms), (NOW, NOW));
}

async fn review_of_another_workspace_or_asset_is_not_found(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review(&review(&world, 1)).await.unwrap();
    let all = ReviewFilter::default();

    assert_eq!(tx.find_review(id(999), asset_id(1), id(1)).await.unwrap(), None);
    assert_eq!(tx.find_review(world.workspace, asset_id(2), id(1)).await.unwrap(), None);
    assert!(!tx.update_review(id(999), id(1), &ReviewChanges::default(), 2, NOW).await.unwrap());
    assert!(!tx.delete_review(id(999), id(1)).await.unwrap());
    assert_eq!(tx.count_reviews(id(999), asset_id(1), all).await.unwrap(), 0);
    assert_eq!(tx.list_reviews(id(999), asset_id(1), all, Page::first(9)).await.unwrap(), []);
    assert_eq!(tx.find_review_status(id(999), asset_id(1)).await.unwrap(), None);
}

async fn reviews_are_listed_and_counted_by_version_and_status_and_in_pages(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    for number in 1..=3 {
        tx.insert_review(&review(&world, number)).await.unwrap();
    }
    let second =
        NewReview { asset_version_id: version_id(1, 2), status: ReviewStatus::Approved, ..review(&world, 4) };
    tx.insert_review(&second).await.unwrap();
    let all = ReviewFilter::default();
    let of_second = ReviewFilter { asset_version_id: Some(version_id(1, 2)), ..all };
    let approved = ReviewFilter { status: Some(ReviewStatus::Approved), ..all };
    let rest = Page { after: Some((NOW, id(2))), limit: 9 };

    for (filter, page, total, listed) in [
        (all, Page::first(2), 4, &[1, 2][..]),
        (all, rest, 4, &[3, 4]),
        (of_second, Page::first(9), 1, &[4]),
        (approved, rest, 1, &[4]),
    ] {
        assert_eq!(tx.count_reviews(world.workspace, asset_id(1), filter).await.unwrap(), total);
        let rows = tx.list_reviews(world.workspace, asset_id(1), filter, page).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, listed.iter().map(|number| id(*number)).collect::<Vec<_>>());
    }
}

async fn review_is_changed_where_a_change_is_given(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let metadata = Some(r#"{"x":1}"#.to_owned());
    let new = NewReview {
        assigned_user_id: Some(world.user),
        viewer_metadata: metadata.clone(),
        ..review(&world, 1)
    };
    tx.insert_review(&new).await.unwrap();

    let approved = ReviewChanges { status: Some(ReviewStatus::Approved), ..ReviewChanges::default() };
    assert!(tx.update_review(world.workspace, id(1), &approved, 2, NOW + 1).await.unwrap());
    let row = tx.find_review(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.status, row.content.as_str()), (ReviewStatus::Approved, "Too dim."));
    assert_eq!((row.assigned_user_id, row.viewer_metadata), (Some(world.user), metadata));
    assert_eq!(row.updated_at_ms, NOW + 1);

    let cleared = ReviewChanges {
        assigned_user_id: Some(None),
        viewer_metadata: Some(None),
        content: Some("Good.".to_owned()),
        status: None,
    };
    assert!(tx.update_review(world.workspace, id(1), &cleared, 3, NOW + 2).await.unwrap());
    let row = tx.find_review(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.status, row.content.as_str()), (ReviewStatus::Approved, "Good."));
    assert_eq!((row.assigned_user_id, row.viewer_metadata), (None, None));
}

async fn mentions_are_kept_in_their_order_and_replaced_whole(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let users: Vec<UserId> = (0x900..0x903).map(id).collect();
    for user in &users {
        tx.insert_user(&person(*user)).await.unwrap();
    }
    for number in 1..=2 {
        tx.insert_review(&review(&world, number)).await.unwrap();
    }

    tx.replace_review_mentions(id(1), &[users[2], users[0]]).await.unwrap();
    tx.replace_review_mentions(id(2), &[users[1]]).await.unwrap();
    let both = [id(1), id(2)];
    let listed = tx.list_mentions_of_reviews(&both).await.unwrap();
    assert_eq!(listed, [(id(1), users[2]), (id(1), users[0]), (id(2), users[1])]);

    tx.replace_review_mentions(id(1), &[users[0], users[1]]).await.unwrap();
    tx.replace_review_mentions(id(2), &[]).await.unwrap();
    assert_eq!(tx.list_mentions_of_reviews(&both).await.unwrap(), [(id(1), users[0]), (id(1), users[1])]);
    assert_eq!(tx.list_mentions_of_reviews(&[]).await.unwrap(), []);
}

async fn asset_has_the_status_of_its_current_versions_newest_review(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let (workspace, asset) = (world.workspace, asset_id(1));
    assert_eq!(tx.find_review_status(workspace, asset).await.unwrap(), None);

    let approved = NewReview { status: ReviewStatus::Approved, created_at_ms: NOW + 1, ..review(&world, 2) };
    tx.insert_review(&approved).await.unwrap();
    let older = NewReview { status: ReviewStatus::Rejected, ..review(&world, 3) };
    tx.insert_review(&older).await.unwrap();
    assert_eq!(tx.find_review_status(workspace, asset).await.unwrap(), Some(ReviewStatus::Approved));

    world.insert_version(&mut tx, 1, 2).await;
    tx.update_asset_current_version(asset, version_id(1, 2), 2, NOW).await.unwrap();
    assert_eq!(tx.find_review_status(workspace, asset).await.unwrap(), None, "another version");
    tx.update_asset_current_version(asset, version_id(1, 1), 3, NOW).await.unwrap();
    tx.delete_review(workspace, id(2)).await.unwrap();
    assert_eq!(tx.find_review_status(workspace, asset).await.unwrap(), Some(ReviewStatus::Rejected));
}

async fn deleted_review_is_gone_with_its_mentions(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review(&review(&world, 1)).await.unwrap();
    tx.replace_review_mentions(id(1), &[world.user]).await.unwrap();

    assert!(tx.delete_review(world.workspace, id(1)).await.unwrap());
    assert!(!tx.delete_review(world.workspace, id(1)).await.unwrap());
    assert_eq!(tx.find_review(world.workspace, asset_id(1), id(1)).await.unwrap(), None);
    assert_eq!(tx.list_mentions_of_reviews(&[id(1)]).await.unwrap(), []);
}

async fn review_by_nobody_conflicts_with_the_foreign_key(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let refused = tx.insert_review(&NewReview { user_id: id(999), ..review(&world, 1) }).await.unwrap_err();
    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}
