//! Review requests, and what was answered.

use mudlark_store::{NewReview, NewReviewRequest, Page, Store, Tx};
use mudlark_types::{ReviewRequestId, ReviewStatus, UserId};

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, person, version_id};

on_both_databases!(
    request_is_read_back_with_and_without_what_may_be_left_out,
    request_of_another_workspace_or_asset_is_not_found,
    requests_are_listed_and_counted_by_version_and_in_pages,
    request_is_changed_where_a_change_is_given,
    answer_is_the_reviewers_newest_review_of_the_version_since_they_were_asked,
    deleted_request_leaves_the_reviews,
);

fn request(world: &World, number: u128) -> NewReviewRequest {
    NewReviewRequest {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 1),
        user_id: world.user,
        content: None,
        sequence: 1,
        created_at_ms: NOW,
    }
}

async fn world(store: &Store) -> World {
    let world = World::make(store).await;
    world.commit_assets(store, &["robot.png", "lantern.png"]).await;
    world
}

async fn request_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review_request(&request(&world, 1)).await.unwrap();
    let full = NewReviewRequest { content: Some("The arm.".to_owned()), ..request(&world, 2) };
    tx.insert_review_request(&full).await.unwrap();

    let plain = tx.find_review_request(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    let full = tx.find_review_request(world.workspace, asset_id(1), id(2)).await.unwrap().unwrap();

    assert_eq!((plain.content, full.content.as_deref()), (None, Some("The arm.")));
    assert_eq!((full.asset_id, full.asset_version_id), (asset_id(1), version_id(1, 1)));
    assert_eq!((full.user_id, full.user.id), (world.user, world.user));
    assert_eq!((full.created_at_ms, full.updated_at_ms), (NOW, NOW));
}

async fn request_of_another_workspace_or_asset_is_not_found(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review_request(&request(&world, 1)).await.unwrap();

    assert_eq!(tx.find_review_request(id(999), asset_id(1), id(1)).await.unwrap(), None);
    assert_eq!(tx.find_review_request(world.workspace, asset_id(2), id(1)).await.unwrap(), None);
    assert!(!tx.update_review_request(id(999), id(1), None, 2, NOW).await.unwrap());
    assert!(!tx.delete_review_request(id(999), id(1)).await.unwrap());
    assert_eq!(tx.count_review_requests(id(999), asset_id(1), None).await.unwrap(), 0);
    let listed = tx.list_review_requests(id(999), asset_id(1), None, Page::first(9)).await.unwrap();
    assert_eq!(listed, []);
}

async fn requests_are_listed_and_counted_by_version_and_in_pages(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    for number in 1..=3 {
        tx.insert_review_request(&request(&world, number)).await.unwrap();
    }
    let second = NewReviewRequest { asset_version_id: version_id(1, 2), ..request(&world, 4) };
    tx.insert_review_request(&second).await.unwrap();
    let rest = Page { after: Some((NOW, id(2))), limit: 9 };

    for (version, page, total, listed) in [
        (None, Page::first(2), 4, &[1, 2][..]),
        (None, rest, 4, &[3, 4]),
        (Some(version_id(1, 2)), Page::first(9), 1, &[4]),
    ] {
        let (workspace, asset) = (world.workspace, asset_id(1));
        assert_eq!(tx.count_review_requests(workspace, asset, version).await.unwrap(), total);
        let rows = tx.list_review_requests(workspace, asset, version, page).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, listed.iter().map(|number| id(*number)).collect::<Vec<_>>());
    }
}

async fn request_is_changed_where_a_change_is_given(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let new = NewReviewRequest { content: Some("The arm.".to_owned()), ..request(&world, 1) };
    tx.insert_review_request(&new).await.unwrap();

    for (given, kept) in
        [(None, Some("The arm.")), (Some(Some("The leg.")), Some("The leg.")), (Some(None), None)]
    {
        assert!(tx.update_review_request(world.workspace, id(1), given, 2, NOW + 1).await.unwrap());
        let row = tx.find_review_request(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
        assert_eq!((row.content.as_deref(), row.updated_at_ms), (kept, NOW + 1));
    }
}

/// Commits nothing: a review of the first asset's version by the user.
async fn review(tx: &mut Tx, world: &World, number: u128, user: UserId, version: u8, at_ms: i64) {
    let review = NewReview {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, version),
        user_id: user,
        assigned_user_id: None,
        status: if number.is_multiple_of(2) { ReviewStatus::Approved } else { ReviewStatus::Rejected },
        content: "a".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: at_ms,
    };
    tx.insert_review(&review).await.unwrap();
}

async fn answer_is_the_reviewers_newest_review_of_the_version_since_they_were_asked(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    let users: Vec<UserId> = (0x900..0x903).map(id).collect();
    for user in &users {
        tx.insert_user(&person(*user)).await.unwrap();
    }
    let request_id: ReviewRequestId = id(1);
    tx.insert_review_request(&request(&world, 1)).await.unwrap();
    tx.replace_reviewers(request_id, &[world.user, users[2]]).await.unwrap();
    tx.replace_reviewers(request_id, &[users[2], users[0], users[1]]).await.unwrap();
    review(&mut tx, &world, 10, users[0], 1, NOW - 1).await;
    review(&mut tx, &world, 12, users[0], 2, NOW + 1).await;
    review(&mut tx, &world, 14, users[1], 1, NOW).await;
    review(&mut tx, &world, 15, users[1], 1, NOW + 5).await;
    review(&mut tx, &world, 16, users[1], 1, NOW + 4).await;
    review(&mut tx, &world, 18, world.user, 1, NOW + 6).await;

    let reviewers = tx.list_reviewers(&[request_id]).await.unwrap();

    let answers: Vec<_> =
        reviewers.iter().map(|row| (row.user.id, row.review_id, row.status, row.answered_at_ms)).collect();
    let answered = (users[1], Some(id(15)), Some(ReviewStatus::Rejected), Some(NOW + 5));
    assert_eq!(answers, [(users[2], None, None, None), (users[0], None, None, None), answered]);
    assert!(reviewers.iter().all(|row| row.review_request_id == request_id));
    assert_eq!(tx.list_reviewers(&[]).await.unwrap(), []);
}

async fn deleted_request_leaves_the_reviews(store: Store) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_review_request(&request(&world, 1)).await.unwrap();
    tx.replace_reviewers(id(1), &[world.user]).await.unwrap();
    review(&mut tx, &world, 10, world.user, 1, NOW).await;

    assert!(tx.delete_review_request(world.workspace, id(1)).await.unwrap());
    assert!(!tx.delete_review_request(world.workspace, id(1)).await.unwrap());
    assert_eq!(tx.list_reviewers(&[id(1)]).await.unwrap(), []);
    assert!(tx.find_review(world.workspace, asset_id(1), id(10)).await.unwrap().is_some());
}
