//! Attachments.

use mudlark_store::{
    AssetMark, AttachedTo, AttachmentChanges, AttachmentFilter, NewAttachment, NewComment, NewReview, Page,
    Store, Tx,
};
use mudlark_types::ReviewStatus;

use crate::on_both_databases;
use crate::world::{NOW, World, asset_id, id, sha256, version_id};

on_both_databases!(
    attachment_is_read_back_with_and_without_what_may_be_left_out,
    attachment_of_another_workspace_or_asset_is_not_found,
    attachments_are_listed_and_counted_by_what_they_hang_on_and_in_pages,
    attachments_are_listed_by_the_comments_and_reviews_they_hang_on,
    attachment_is_changed_where_a_change_is_given,
    attachments_of_a_review_are_replaced_whole_and_taken_from_nothing_else,
    attachment_outlives_what_it_hung_on,
    content_of_an_attachment_is_named_until_it_is_deleted,
    purged_asset_takes_its_attachments_with_what_they_hang_on,
);

fn attachment(world: &World, number: u128) -> NewAttachment {
    NewAttachment {
        id: id(number),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        attached_to: AttachedTo::Asset,
        created_by_user_id: world.user,
        name: "Paint-over".to_owned(),
        description: None,
        file_name: "arm.png".to_owned(),
        sha256: sha256(77, 7),
        size_bytes: 1000,
        sequence: 1,
        created_at_ms: NOW,
    }
}

/// Two assets; a review and a comment of the id 50 about the first; the content of attachments.
async fn begin(store: &Store) -> (World, Tx) {
    let world = World::make(store).await;
    world.commit_assets(store, &["robot.png", "lantern.png"]).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(world.account, &sha256(77, 7), 1000, NOW).await.unwrap();
    let review = NewReview {
        id: id(50),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 1),
        user_id: world.user,
        assigned_user_id: None,
        status: ReviewStatus::Pending,
        content: "a".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_review(&review).await.unwrap();
    let comment = NewComment {
        id: id(50),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 1),
        parent_id: None,
        user_id: world.user,
        content: "a".to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_comment(&comment).await.unwrap();
    (world, tx)
}

async fn attachment_is_read_back_with_and_without_what_may_be_left_out(store: Store) {
    let (world, mut tx) = begin(&store).await;
    tx.insert_attachment(&attachment(&world, 1)).await.unwrap();
    let full = NewAttachment {
        attached_to: AttachedTo::Review(id(50)),
        description: Some("The seam.".to_owned()),
        ..attachment(&world, 2)
    };
    tx.insert_attachment(&full).await.unwrap();

    let plain = tx.find_attachment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    let full = tx.find_attachment(world.workspace, asset_id(1), id(2)).await.unwrap().unwrap();

    assert_eq!((plain.review_id, plain.comment_id, plain.description), (None, None, None));
    assert_eq!((full.review_id, full.description.as_deref()), (Some(id(50)), Some("The seam.")));
    assert_eq!((full.name.as_str(), full.file_name.as_str()), ("Paint-over", "arm.png"));
    assert_eq!((full.sha256, full.size_bytes), (sha256(77, 7), 1000));
    assert_eq!((full.created_by_user_id, full.user.id), (world.user, world.user));
    assert_eq!((full.created_at_ms, full.updated_at_ms), (NOW, NOW));
}

async fn attachment_of_another_workspace_or_asset_is_not_found(store: Store) {
    let (world, mut tx) = begin(&store).await;
    tx.insert_attachment(&attachment(&world, 1)).await.unwrap();
    let (all, page) = (AttachmentFilter::default(), Page::first(9));

    assert_eq!(tx.find_attachment(id(999), asset_id(1), id(1)).await.unwrap(), None);
    assert_eq!(tx.find_attachment(world.workspace, asset_id(2), id(1)).await.unwrap(), None);
    let changes = AttachmentChanges::default();
    assert!(!tx.update_attachment(id(999), id(1), &changes, 2, NOW).await.unwrap());
    assert!(!tx.delete_attachment(id(999), id(1)).await.unwrap());
    assert_eq!(tx.count_attachments(id(999), asset_id(1), all).await.unwrap(), 0);
    assert_eq!(tx.list_attachments(id(999), asset_id(1), all, page).await.unwrap(), []);
}

async fn attachments_are_listed_and_counted_by_what_they_hang_on_and_in_pages(store: Store) {
    let (world, mut tx) = begin(&store).await;
    for (number, attached_to) in [
        (1, AttachedTo::Asset),
        (2, AttachedTo::Review(id(50))),
        (3, AttachedTo::Comment(id(50))),
        (4, AttachedTo::Asset),
    ] {
        let new = NewAttachment { attached_to, ..attachment(&world, number) };
        tx.insert_attachment(&new).await.unwrap();
    }
    let all = AttachmentFilter::default();
    let of_review = AttachmentFilter { review_id: Some(id(50)), ..all };
    let of_comment = AttachmentFilter { comment_id: Some(id(50)), ..all };
    let rest = Page { after: Some((NOW, id(2))), limit: 9 };

    for (filter, page, total, listed) in [
        (all, Page::first(2), 4, &[1, 2][..]),
        (all, rest, 4, &[3, 4]),
        (of_review, Page::first(9), 1, &[2]),
        (of_comment, rest, 1, &[3]),
    ] {
        let (workspace, asset) = (world.workspace, asset_id(1));
        assert_eq!(tx.count_attachments(workspace, asset, filter).await.unwrap(), total);
        let rows = tx.list_attachments(workspace, asset, filter, page).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, listed.iter().map(|number| id(*number)).collect::<Vec<_>>());
    }
}

async fn attachments_are_listed_by_the_comments_and_reviews_they_hang_on(store: Store) {
    let (world, mut tx) = begin(&store).await;
    for (number, attached_to) in
        [(1, AttachedTo::Comment(id(50))), (2, AttachedTo::Review(id(50))), (3, AttachedTo::Comment(id(50)))]
    {
        tx.insert_attachment(&NewAttachment { attached_to, ..attachment(&world, number) }).await.unwrap();
    }
    let of_comments = tx.list_attachments_of_comments(&[id(50), id(51)]).await.unwrap();
    assert_eq!(of_comments.iter().map(|row| row.id).collect::<Vec<_>>(), [id(1), id(3)]);
    let of_reviews = tx.list_attachments_of_reviews(&[id(50)]).await.unwrap();
    assert_eq!(of_reviews.iter().map(|row| row.id).collect::<Vec<_>>(), [id(2)]);
    assert!(tx.list_attachments_of_comments(&[]).await.unwrap().is_empty());
}

async fn attachment_is_changed_where_a_change_is_given(store: Store) {
    let (world, mut tx) = begin(&store).await;
    let new = NewAttachment {
        attached_to: AttachedTo::Review(id(50)),
        description: Some("The seam.".to_owned()),
        ..attachment(&world, 1)
    };
    tx.insert_attachment(&new).await.unwrap();

    let renamed = AttachmentChanges { name: Some("Sketch".to_owned()), ..AttachmentChanges::default() };
    assert!(tx.update_attachment(world.workspace, id(1), &renamed, 2, NOW + 1).await.unwrap());
    let row = tx.find_attachment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_deref()), ("Sketch", Some("The seam.")));
    assert_eq!((row.review_id, row.comment_id, row.updated_at_ms), (Some(id(50)), None, NOW + 1));

    let attached_to = Some(AttachedTo::Comment(id(50)));
    let moved = AttachmentChanges { description: Some(None), attached_to, name: None };
    assert!(tx.update_attachment(world.workspace, id(1), &moved, 3, NOW + 2).await.unwrap());
    let row = tx.find_attachment(world.workspace, asset_id(1), id(1)).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description), ("Sketch", None));
    assert_eq!((row.review_id, row.comment_id), (None, Some(id(50))));
}

async fn attachments_of_a_review_are_replaced_whole_and_taken_from_nothing_else(store: Store) {
    let (world, mut tx) = begin(&store).await;
    for number in 1..=3 {
        tx.insert_attachment(&attachment(&world, number)).await.unwrap();
    }
    let taken = NewAttachment { attached_to: AttachedTo::Comment(id(50)), ..attachment(&world, 4) };
    tx.insert_attachment(&taken).await.unwrap();
    let hanging = async |tx: &mut Tx| {
        let rows = tx.list_attachments_of_reviews(&[id(50)]).await.unwrap();
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };

    assert!(tx.replace_review_attachments(asset_id(1), id(50), &[id(2), id(1)]).await.unwrap());
    assert_eq!(hanging(&mut tx).await, [id(1), id(2)]);
    assert!(tx.replace_review_attachments(asset_id(1), id(50), &[id(2), id(3)]).await.unwrap());
    assert_eq!(hanging(&mut tx).await, [id(2), id(3)]);
    for unfit in [id(4), id(999)] {
        assert!(!tx.replace_review_attachments(asset_id(1), id(50), &[unfit]).await.unwrap());
    }
    assert!(!tx.replace_review_attachments(asset_id(2), id(50), &[id(1)]).await.unwrap());
    assert_eq!(tx.list_attachments_of_reviews(&[]).await.unwrap(), []);
}

async fn attachment_outlives_what_it_hung_on(store: Store) {
    let (world, mut tx) = begin(&store).await;
    for (number, attached_to) in [(1, AttachedTo::Review(id(50))), (2, AttachedTo::Comment(id(50)))] {
        let new = NewAttachment { attached_to, ..attachment(&world, number) };
        tx.insert_attachment(&new).await.unwrap();
    }
    tx.delete_review(world.workspace, id(50)).await.unwrap();
    tx.delete_comment(world.workspace, id(50), 2, NOW).await.unwrap();

    for number in 1..=2 {
        let row = tx.find_attachment(world.workspace, asset_id(1), id(number)).await.unwrap().unwrap();
        assert_eq!((row.review_id, row.comment_id), (None, None));
    }
}

async fn content_of_an_attachment_is_named_until_it_is_deleted(store: Store) {
    let (world, mut tx) = begin(&store).await;
    tx.insert_attachment(&attachment(&world, 1)).await.unwrap();
    let digest = sha256(77, 7);

    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), []);
    assert!(!tx.delete_unreferenced_blob(world.account, &digest).await.unwrap());
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();
    assert_eq!(tx.list_unreferenced_blobs(9).await.unwrap(), [], "of an asset in the trash");

    assert!(tx.delete_attachment(world.workspace, id(1)).await.unwrap());
    assert!(!tx.delete_attachment(world.workspace, id(1)).await.unwrap());
    let left: Vec<_> =
        tx.list_unreferenced_blobs(9).await.unwrap().into_iter().map(|row| row.sha256).collect();
    assert_eq!(left, std::slice::from_ref(&digest));
    assert!(tx.delete_unreferenced_blob(world.account, &digest).await.unwrap());
}

async fn purged_asset_takes_its_attachments_with_what_they_hang_on(store: Store) {
    let (world, mut tx) = begin(&store).await;
    for (number, attached_to) in [(1, AttachedTo::Review(id(50))), (2, AttachedTo::Comment(id(50)))] {
        let new = NewAttachment { attached_to, ..attachment(&world, number) };
        tx.insert_attachment(&new).await.unwrap();
    }
    let asset = tx.find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();
    tx.insert_asset_mark(&asset, world.user, AssetMark::Favorite, NOW).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap();
    let [entry] = &tx.list_trash(world.workspace, Page::first(9)).await.unwrap()[..] else {
        panic!("one entry")
    };

    assert!(tx.purge(entry).await.unwrap());

    for number in 1..=2 {
        assert_eq!(tx.find_attachment(world.workspace, asset_id(1), id(number)).await.unwrap(), None);
    }
    assert_eq!(tx.find_review(world.workspace, asset_id(1), id(50)).await.unwrap(), None);
    assert!(tx.delete_unreferenced_blob(world.account, &sha256(77, 7)).await.unwrap());
    tx.commit().await.unwrap();
}
