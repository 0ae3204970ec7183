//! The folder tree.

use mudlark_store::error::FOREIGN_KEY;
use mudlark_store::folders::FOLDER_PATH_TAKEN;
use mudlark_store::{FolderRow, NewFolder, Page, Store, StoreError, Tx};
use mudlark_types::FolderId;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, id};

on_both_databases!(
    root_is_read_back_without_parent_and_maker,
    folder_with_a_maker_is_read_back_with_it,
    folder_of_another_workspace_is_not_found,
    folder_is_found_by_its_folded_path,
    folder_with_the_same_path_in_another_case_conflicts,
    same_path_in_two_workspaces_is_no_conflict,
    folder_in_a_folder_of_another_workspace_conflicts_with_the_foreign_key,
    folder_without_parent_that_is_not_the_root_is_refused,
    children_are_listed_page_by_page,
    children_are_counted_without_grandchildren,
    folders_are_listed_by_folded_path,
    moved_folder_takes_all_below_it_along,
    folder_is_not_moved_onto_another,
    longest_path_is_counted_in_bytes,
    longest_path_is_kept_found_moved_and_taken,
);

fn ids(rows: &[FolderRow]) -> Vec<FolderId> {
    rows.iter().map(|row| row.id).collect()
}

/// Inserts folders 1, 2, … of these paths into the root.
async fn insert_children(tx: &mut Tx, world: &World, paths: &[&str]) {
    for (number, path) in (1..).zip(paths) {
        tx.insert_folder(&world.folder(id(number), Some(world.root), path)).await.unwrap();
    }
}

async fn root_is_read_back_without_parent_and_maker(store: Store) {
    let world = World::make(&store).await;

    let found = store.read().await.unwrap().find_folder(world.workspace, world.root).await.unwrap();

    let expected = FolderRow {
        id: world.root,
        workspace_id: world.workspace,
        parent_id: None,
        name: String::new(),
        path: "/".to_owned(),
        path_key: "/".to_owned(),
        created_by_user_id: None,
        sequence: 1,
        created_at_ms: NOW,
        updated_at_ms: NOW,
    };
    assert_eq!(found, Some(expected));
}

async fn folder_with_a_maker_is_read_back_with_it(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let made = NewFolder {
        created_by_user_id: Some(world.user),
        sequence: 7,
        ..world.folder(id(1), Some(world.root), "/Ünïcode 画/")
    };

    tx.insert_folder(&made).await.unwrap();

    let found = tx.find_folder(world.workspace, id(1)).await.unwrap().unwrap();
    assert_eq!((found.parent_id, found.created_by_user_id), (Some(world.root), Some(world.user)));
    assert_eq!((found.name.as_str(), found.path.as_str(), found.sequence), ("Ünïcode 画", "/Ünïcode 画/", 7));
}

async fn folder_of_another_workspace_is_not_found(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;

    let mut session = store.read().await.unwrap();

    assert_eq!(session.find_folder(other.workspace, world.root).await.unwrap(), None);
}

async fn folder_is_found_by_its_folded_path(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_children(&mut tx, &world, &["/Ärmel/"]).await;

    let found = tx.find_folder_by_path_key(world.workspace, "/ärmel/").await.unwrap();
    let by_written_path = tx.find_folder_by_path_key(world.workspace, "/Ärmel/").await.unwrap();

    assert_eq!(found.map(|row| row.path), Some("/Ärmel/".to_owned()));
    assert_eq!(by_written_path, None);
}

async fn folder_with_the_same_path_in_another_case_conflicts(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_children(&mut tx, &world, &["/Robot/"]).await;

    let refused = tx.insert_folder(&world.folder(id(2), Some(world.root), "/ROBOT/")).await.unwrap_err();

    assert!(refused.is_conflict_on(FOLDER_PATH_TAKEN), "{refused:?}");
}

async fn same_path_in_two_workspaces_is_no_conflict(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    insert_children(&mut tx, &world, &["/Robot/"]).await;
    tx.insert_folder(&other.folder(id(2), Some(other.root), "/Robot/")).await.unwrap();

    let found = tx.find_folder_by_path_key(other.workspace, "/robot/").await.unwrap();
    assert_eq!(found.map(|row| row.id), Some(id(2)));
}

async fn folder_in_a_folder_of_another_workspace_conflicts_with_the_foreign_key(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_folder(&world.folder(id(1), Some(other.root), "/a/")).await.unwrap_err();

    assert!(refused.is_conflict_on(FOREIGN_KEY), "{refused:?}");
}

async fn folder_without_parent_that_is_not_the_root_is_refused(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();

    let refused = tx.insert_folder(&world.folder(id(1), None, "/a/")).await.unwrap_err();

    assert!(matches!(refused, StoreError::Internal(_)), "{refused:?}");
}

async fn children_are_listed_page_by_page(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_children(&mut tx, &world, &["/c/", "/b/", "/a/"]).await;
    tx.insert_folder(&world.folder(id(4), Some(id(1)), "/c/d/")).await.unwrap();

    let page = Page::first(2);
    let first = tx.list_child_folders(world.workspace, world.root, page).await.unwrap();
    let page = Page { after: Some((NOW, first[1].id.as_uuid())), limit: 1000 };
    let second = tx.list_child_folders(world.workspace, world.root, page).await.unwrap();

    assert_eq!(ids(&first), [id(1), id(2)]);
    assert_eq!(ids(&second), [id(3)]);
}

async fn children_are_counted_without_grandchildren(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    insert_children(&mut tx, &world, &["/a/", "/b/"]).await;
    tx.insert_folder(&world.folder(id(3), Some(id(1)), "/a/c/")).await.unwrap();

    assert_eq!(tx.count_child_folders(world.workspace, world.root).await.unwrap(), 2);
    assert_eq!(tx.count_child_folders(world.workspace, id(2)).await.unwrap(), 0);
}

async fn folders_are_listed_by_folded_path(store: Store) {
    let world = World::make(&store).await;
    World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    insert_children(&mut tx, &world, &["/b/", "/A/", "/é/", "/a b/"]).await;
    tx.insert_folder(&world.folder(id(5), Some(id(2)), "/A/z/")).await.unwrap();

    let listed = tx.list_folders(world.workspace).await.unwrap();

    let paths: Vec<&str> = listed.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths, ["/", "/a b/", "/A/", "/A/z/", "/b/", "/é/"]);
}

/// Commits the folders of these paths, ids from 1 on; parents first.
async fn commit_folders(store: &Store, world: &World, paths: &[&str]) {
    let mut tx = store.begin().await.unwrap();
    for (number, path) in (1..).zip(paths) {
        let above = path.trim_end_matches('/').rsplit_once('/').map_or("/", |(above, _)| above);
        let parent = tx.find_folder_by_path_key(world.workspace, &format!("{}/", above.to_lowercase())).await;
        let parent = parent.unwrap().map_or(world.root, |row| row.id);
        tx.insert_folder(&world.folder(id(number), Some(parent), path)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn moved_folder_takes_all_below_it_along(store: Store) {
    let world = World::make(&store).await;
    commit_folders(&store, &world, &["/Кот/", "/Кот/Ä b/", "/Кот/Ä b/c/", "/Котик/", "/x/"]).await;
    let mut tx = store.begin().await.unwrap();
    let from = tx.find_folder(world.workspace, id(1)).await.unwrap().unwrap();
    let to = FolderRow {
        parent_id: Some(id(5)),
        name: "Dog".to_owned(),
        path: "/x/Dog/".to_owned(),
        path_key: "/x/dog/".to_owned(),
        ..from.clone()
    };

    let moved = tx.update_folder_place(&from, &to, 7, NOW + 9).await.unwrap();

    assert_eq!(moved, 3);
    let rows = tx.list_folders(world.workspace).await.unwrap();
    let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths, ["/", "/x/", "/x/Dog/", "/x/Dog/Ä b/", "/x/Dog/Ä b/c/", "/Котик/"]);
    for row in &rows {
        assert_eq!(row.path_key, row.path.to_lowercase());
        let changed = row.path.starts_with("/x/Dog/");
        assert_eq!((row.sequence, row.updated_at_ms), if changed { (7, NOW + 9) } else { (1, NOW) });
    }
    let dog = &rows[2];
    assert_eq!((dog.id, dog.parent_id, dog.name.as_str()), (id(1), Some(id(5)), "Dog"));
    assert_eq!(rows[3].parent_id, Some(id(1)));
}

async fn folder_is_not_moved_onto_another(store: Store) {
    let world = World::make(&store).await;
    commit_folders(&store, &world, &["/a/", "/b/"]).await;
    let mut tx = store.begin().await.unwrap();
    let from = tx.find_folder(world.workspace, id(1)).await.unwrap().unwrap();
    let to = FolderRow { path: "/B/".to_owned(), path_key: "/b/".to_owned(), ..from.clone() };

    let refused = tx.update_folder_place(&from, &to, 7, NOW).await.unwrap_err();

    assert!(refused.is_conflict_on(FOLDER_PATH_TAKEN), "{refused:?}");
}

async fn longest_path_is_counted_in_bytes(store: Store) {
    let world = World::make(&store).await;
    commit_folders(&store, &world, &["/a/", "/a/Кот/", "/ab/", "/ab/cccccccccccc/"]).await;
    let mut session = store.read().await.unwrap();
    for (path_key, bytes) in [("/a/", 10), ("/", 17), ("/none/", 0)] {
        assert_eq!(session.longest_path_bytes(world.workspace, path_key).await.unwrap(), bytes, "{path_key}");
    }
}

/// A path of this many bytes that no compression makes shorter.
fn path_of(bytes: usize) -> String {
    let mut state = 1_u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b"abcdefghijklmnopqrstuvwxyz0123456789-_+=\\^"[(state >> 16) as usize % 42])
    };
    let inner = (1..bytes - 1).map(|place| if place % 250 == 0 { '/' } else { letter() });
    std::iter::once('/').chain(inner).chain(['/']).collect()
}

async fn longest_path_is_kept_found_moved_and_taken(store: Store) {
    let world = World::make(&store).await;
    let longest = path_of(4096);
    // Of the same length, and another one only at its end: one is no other's place.
    let sibling = format!("{}.../", &longest[..longest.len() - 4]);
    commit_folders(&store, &world, &[&longest, &sibling, "/short/"]).await;

    let mut tx = store.begin().await.unwrap();
    let row = tx.find_folder_by_path_key(world.workspace, &longest).await.unwrap().unwrap();
    assert_eq!((row.id, &row.path), (id(1), &longest));
    assert_eq!(tx.longest_path_bytes(world.workspace, "/").await.unwrap(), 4096);
    // As into the trash: behind an id.
    let path_key = format!("{}{longest}", row.id);
    let to = FolderRow { path_key: path_key.clone(), ..row.clone() };
    assert_eq!(tx.update_folder_place(&row, &to, 7, NOW).await.unwrap(), 1);
    assert_eq!(tx.find_folder_by_path_key(world.workspace, &longest).await.unwrap(), None);
    let moved = tx.find_folder_by_path_key(world.workspace, &path_key).await.unwrap();
    assert_eq!(moved.map(|row| row.id), Some(id(1)));

    let taken = world.folder(id(9), Some(world.root), &sibling);
    let refused = tx.insert_folder(&taken).await.unwrap_err();
    assert!(refused.is_conflict_on(FOLDER_PATH_TAKEN), "{refused:?}");
}
