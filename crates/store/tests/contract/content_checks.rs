//! When content was last seen to be right, and what is wrong with it.

use mudlark_store::{ContentFault, Store};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, sha256};

on_both_databases!(
    all_content_is_listed_in_pieces_and_counted,
    content_that_was_not_looked_at_for_longest_is_taken_first_and_once,
    fault_is_news_once_and_goes_when_the_content_is_published_anew,
    content_tells_which_versions_have_it_and_which_accounts,
);

async fn all_content_is_listed_in_pieces_and_counted(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    for (account, number) in [(world.account, 3), (other.account, 1), (world.account, 1)] {
        tx.insert_blob(account, &sha256(1, number), 10, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut session = store.read().await.unwrap();

    let first = session.list_blobs(None, 2).await.unwrap();
    let last = first.last().unwrap();
    let rest = session.list_blobs(Some((last.account_id, last.sha256.clone())), 2).await.unwrap();

    let all: Vec<_> = first.iter().chain(&rest).map(|row| (row.account_id, row.sha256.clone())).collect();
    let mut expected =
        vec![(world.account, sha256(1, 1)), (world.account, sha256(1, 3)), (other.account, sha256(1, 1))];
    expected.sort_by_key(|(account, sha256)| (account.as_uuid(), sha256.clone()));
    assert_eq!((first.len(), all), (2, expected));
    let totals = session.count_blobs().await.unwrap();
    assert_eq!((totals.count, totals.size_bytes), (3, 30));
}

async fn content_that_was_not_looked_at_for_longest_is_taken_first_and_once(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, at_ms) in [(1, NOW + 5), (2, NOW), (3, NOW + 9)] {
        tx.insert_blob(world.account, &sha256(1, number), 10, at_ms).await.unwrap();
    }

    let mut taken = Vec::new();
    while let Some(row) = tx.take_blob_to_check(NOW + 9, NOW + 100).await.unwrap() {
        taken.push(row.sha256);
    }

    assert_eq!(taken, [sha256(1, 2), sha256(1, 1)]);
}

async fn fault_is_news_once_and_goes_when_the_content_is_published_anew(store: Store) {
    let world = World::make(&store).await;
    let (account, content) = (world.account, sha256(1, 1));
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(account, &content, 10, NOW).await.unwrap();

    let mut news = Vec::new();
    for fault in [None, Some(ContentFault::Torn), Some(ContentFault::Torn), Some(ContentFault::Lost), None] {
        news.push(tx.note_content_check(account, &content, fault, NOW).await.unwrap());
    }
    assert_eq!(news, [false, true, false, true, true]);

    tx.note_content_check(account, &content, Some(ContentFault::Damaged), NOW).await.unwrap();
    assert_eq!(tx.count_content_faults().await.unwrap(), [(ContentFault::Damaged, 1)]);
    tx.insert_blob(account, &content, 10, NOW + 1).await.unwrap();
    assert_eq!(tx.count_content_faults().await.unwrap(), []);
    assert_eq!(tx.take_blob_to_check(NOW + 1, NOW + 2).await.unwrap(), None);
}

async fn content_tells_which_versions_have_it_and_which_accounts(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot.png"]).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_blob(other.account, &sha256(1, 1), 10, NOW).await.unwrap();

    let places = tx.list_places_of_content(world.account, &sha256(1, 1)).await.unwrap();
    let copies = tx.list_copies_of_content(world.account, &sha256(1, 1)).await.unwrap();

    let [place] = &places[..] else { panic!("{places:?}") };
    let shown = (place.id, place.name.as_str(), place.folder_path.as_str(), place.version_number);
    assert_eq!(shown, (asset_id(1), "robot.png", "/", 1));
    assert_eq!(place.workspace_id, world.workspace);
    assert_eq!(copies.iter().map(|row| row.account_id).collect::<Vec<_>>(), [other.account]);
    assert_eq!(tx.list_places_of_content(other.account, &sha256(1, 1)).await.unwrap(), []);
}
