//! The trash: in, out, and gone.

use mudlark_store::folders::FOLDER_PATH_TAKEN;
use mudlark_store::{FolderCounts, FolderRow, NewComment, Page, Store, TrashRow, TrashedKind};
use mudlark_types::{AssetId, CommentId, FolderId};
use uuid::Uuid;

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, sha256, version_id};

on_both_databases!(
    trash_lists_what_was_deleted_by_itself_in_pages,
    folder_frees_its_place_and_is_restored_elsewhere,
    folder_is_not_restored_onto_another,
    purged_asset_leaves_nothing_and_frees_its_content,
    purged_folder_takes_what_was_deleted_before_it,
    expired_trash_of_all_workspaces_is_found,
    version_is_in_the_trash_while_its_asset_is_not,
    purged_version_leaves_what_is_about_others_and_its_number_is_not_given_again,
);

const A: u128 = 0x50;
const B: u128 = 0x51;

async fn with_folders(store: &Store) -> World {
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(id(A), Some(world.root), "/A/")).await.unwrap();
    tx.insert_folder(&world.folder(id(B), Some(id(A)), "/A/B/")).await.unwrap();
    for (number, folder, name) in [(1, id(B), "one"), (2, id(A), "two"), (3, world.root, "three")] {
        world.insert_asset(&mut tx, &world.asset(number, folder, name), number).await;
    }
    tx.commit().await.unwrap();
    world
}

async fn find(store: &Store, world: &World, folder: u128) -> FolderRow {
    let mut session = store.read().await.unwrap();
    session.find_folder(world.workspace, id(folder)).await.unwrap().expect("the folder")
}

async fn entries(store: &Store, world: &World) -> Vec<TrashRow> {
    store.read().await.unwrap().list_trash(world.workspace, Page::first(100)).await.unwrap()
}

async fn delete(store: &Store, world: &World, folder: u128, now_ms: i64) -> FolderCounts {
    let row = find(store, world, folder).await;
    let mut tx = store.begin().await.unwrap();
    let counts = tx.delete_folder(&row, world.user, 9, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    counts
}

async fn trash_lists_what_was_deleted_by_itself_in_pages(store: Store) {
    let world = with_folders(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(3), world.user, 2, NOW + 5).await.unwrap();
    tx.commit().await.unwrap();

    let counts = delete(&store, &world, A, NOW + 6).await;

    assert_eq!(counts, FolderCounts { folders: 2, assets: 2 });
    let common = |of: Uuid, kind, name: &str, path: &str, at_ms| TrashRow {
        id: of,
        account_id: world.account,
        workspace_id: world.workspace,
        kind,
        asset_id: (kind == TrashedKind::Asset).then(|| AssetId::from_uuid(of)),
        name: name.to_owned(),
        path: path.to_owned(),
        deleted_by_user_id: Some(world.user),
        deleted_at_ms: at_ms,
    };
    let asset = common(asset_id(3).as_uuid(), TrashedKind::Asset, "three", "/", NOW + 5);
    let folder = common(id::<FolderId>(A).as_uuid(), TrashedKind::Folder, "A", "/A/", NOW + 6);
    assert_eq!(entries(&store, &world).await, [asset.clone(), folder.clone()]);
    let mut session = store.read().await.unwrap();
    let rest = Page { after: Some((asset.deleted_at_ms, asset.id)), limit: 10 };
    assert_eq!(session.list_trash(world.workspace, rest).await.unwrap(), std::slice::from_ref(&folder));
    assert_eq!(session.count_trash(world.workspace).await.unwrap(), 2);
    assert_eq!(session.find_trash(world.workspace, folder.id).await.unwrap(), Some(folder));
    for unknown in [id::<FolderId>(B).as_uuid(), asset_id(1).as_uuid()] {
        assert_eq!(session.find_trash(world.workspace, unknown).await.unwrap(), None);
    }
    assert_eq!(session.find_trash(id(999), asset.id).await.unwrap(), None);
    assert_eq!(session.list_folders(world.workspace).await.unwrap().len(), 1);
    assert_eq!(session.count_child_folders(world.workspace, world.root).await.unwrap(), 0);
    assert_eq!(session.folder_stats(world.workspace, "/").await.unwrap().folders, 1);
}

async fn folder_frees_its_place_and_is_restored_elsewhere(store: Store) {
    let world = with_folders(&store).await;
    let before = find(&store, &world, A).await;
    delete(&store, &world, A, NOW + 6).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(id(0x60), Some(world.root), "/A/")).await.unwrap();
    let trashed = tx.find_trashed_folder(world.workspace, id(A)).await.unwrap().unwrap();
    assert_eq!(tx.find_trashed_folder(world.workspace, id(B)).await.unwrap(), None);
    let to = FolderRow { path: "/Z/".to_owned(), path_key: "/z/".to_owned(), name: "Z".to_owned(), ..before };

    let counts = tx.restore_folder(&trashed, &to, 10, NOW + 7).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(counts, FolderCounts { folders: 2, assets: 2 });
    let inner = find(&store, &world, B).await;
    assert_eq!((inner.path.as_str(), inner.path_key.as_str()), ("/Z/B/", "/z/b/"));
    let asset = store.read().await.unwrap().find_asset(world.workspace, asset_id(1)).await.unwrap().unwrap();
    assert_eq!((asset.folder_path.as_str(), asset.sequence), ("/Z/B/", 10));
    assert!(entries(&store, &world).await.is_empty());
}

async fn folder_is_not_restored_onto_another(store: Store) {
    let world = with_folders(&store).await;
    let before = find(&store, &world, A).await;
    delete(&store, &world, A, NOW + 6).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(id(0x60), Some(world.root), "/A/")).await.unwrap();
    let trashed = tx.find_trashed_folder(world.workspace, id(A)).await.unwrap().unwrap();
    let error = tx.restore_folder(&trashed, &before, 10, NOW + 7).await.unwrap_err();
    assert!(error.is_conflict_on(FOLDER_PATH_TAKEN), "{error:?}");
}

async fn purged_asset_leaves_nothing_and_frees_its_content(store: Store) {
    let world = with_folders(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 3, 2).await;
    let comment = NewComment {
        id: id(0x90),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(3),
        asset_version_id: version_id(3, 2),
        parent_id: None,
        user_id: world.user,
        content: "Hi".to_owned(),
        viewer_metadata: None,
        sequence: 2,
        created_at_ms: NOW,
    };
    tx.insert_comment(&comment).await.unwrap();
    let reply = NewComment { id: id(0x91), parent_id: Some(comment.id), ..comment };
    tx.insert_comment(&reply).await.unwrap();
    tx.delete_asset(world.workspace, asset_id(3), world.user, 2, NOW + 5).await.unwrap();
    tx.commit().await.unwrap();
    let [entry] = &entries(&store, &world).await[..] else { panic!("one entry") };
    let live = TrashRow { id: asset_id(1).as_uuid(), ..entry.clone() };
    let mut tx = store.begin().await.unwrap();

    assert!(!tx.purge(&live).await.unwrap(), "what is not in the trash stays");
    assert!(tx.purge(entry).await.unwrap());
    tx.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    assert_eq!(session.find_asset_any(world.workspace, asset_id(3)).await.unwrap(), None);
    assert!(session.find_asset(world.workspace, asset_id(1)).await.unwrap().is_some());
    let free = session.list_unreferenced_blobs(10).await.unwrap();
    let free: Vec<_> = free.into_iter().map(|blob| blob.sha256).collect();
    assert_eq!(free, [sha256(3, 1), sha256(3, 2)]);
}

async fn purged_folder_takes_what_was_deleted_before_it(store: Store) {
    let world = with_folders(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW + 5).await.unwrap();
    tx.commit().await.unwrap();
    delete(&store, &world, B, NOW + 6).await;
    delete(&store, &world, A, NOW + 7).await;
    let all = entries(&store, &world).await;
    let entry = |folder: u128| all.iter().find(|it| it.id == id::<FolderId>(folder).as_uuid()).unwrap();
    let mut tx = store.begin().await.unwrap();

    // The outer one first: the inner one went by itself, and stays.
    assert!(tx.purge(entry(A)).await.unwrap());
    assert!(tx.find_trashed_folder(world.workspace, id(B)).await.unwrap().is_some());
    assert!(tx.purge(entry(B)).await.unwrap());
    assert!(!tx.purge(entry(B)).await.unwrap());
    tx.commit().await.unwrap();

    let mut session = store.read().await.unwrap();
    for gone in [1, 2] {
        assert_eq!(session.find_asset_any(world.workspace, asset_id(gone)).await.unwrap(), None, "{gone}");
    }
    assert!(session.find_asset(world.workspace, asset_id(3)).await.unwrap().is_some());
}

async fn expired_trash_of_all_workspaces_is_found(store: Store) {
    let world = with_folders(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&other.folder(id(0x70), Some(other.root), "/x/")).await.unwrap();
    tx.commit().await.unwrap();
    delete(&store, &other, 0x70, NOW + 1).await;
    delete(&store, &world, A, NOW + 2).await;
    let mut session = store.read().await.unwrap();
    let found = session.list_trash_of_all(NOW + 2, 10).await.unwrap();
    let accounts: Vec<_> = found.iter().map(|entry| entry.account_id).collect();
    assert_eq!(accounts, [other.account, world.account]);
    assert_eq!(session.list_trash_of_all(NOW + 1, 10).await.unwrap().len(), 1);
    assert_eq!(session.list_trash_of_all(NOW + 2, 1).await.unwrap().len(), 1);
}

async fn version_is_in_the_trash_while_its_asset_is_not(store: Store) {
    let world = with_folders(&store).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 1, 2).await;
    tx.delete_version(asset_id(1), version_id(1, 1), world.user, 2, NOW + 5).await.unwrap();
    tx.commit().await.unwrap();
    let expected = TrashRow {
        id: version_id(1, 1).as_uuid(),
        account_id: world.account,
        workspace_id: world.workspace,
        kind: TrashedKind::Version,
        asset_id: Some(asset_id(1)),
        name: "v1".to_owned(),
        path: "/A/B/".to_owned(),
        deleted_by_user_id: Some(world.user),
        deleted_at_ms: NOW + 5,
    };
    assert_eq!(entries(&store, &world).await, std::slice::from_ref(&expected));

    let mut tx = store.begin().await.unwrap();
    tx.delete_asset(world.workspace, asset_id(1), world.user, 3, NOW + 6).await.unwrap();
    let [entry] = &tx.list_trash(world.workspace, Page::first(9)).await.unwrap()[..] else {
        panic!("one entry")
    };
    assert_eq!(entry.kind, TrashedKind::Asset);
    assert!(!tx.purge(&expected).await.unwrap(), "it is its asset's now");
    tx.restore_asset(world.workspace, asset_id(1), id(B), 4, NOW + 7).await.unwrap();
    assert_eq!(
        tx.list_trash(world.workspace, Page::first(9)).await.unwrap(),
        std::slice::from_ref(&expected)
    );
    tx.restore_version(asset_id(1), version_id(1, 1), 5, NOW + 8).await.unwrap();
    assert!(tx.list_trash(world.workspace, Page::first(9)).await.unwrap().is_empty());
    assert!(!tx.purge(&expected).await.unwrap(), "what is not in the trash stays");
}

async fn purged_version_leaves_what_is_about_others_and_its_number_is_not_given_again(store: Store) {
    let world = with_folders(&store).await;
    let mut tx = store.begin().await.unwrap();
    for (number, parent) in [(2, 1), (3, 2)] {
        let mut version = world.version(1, number);
        version.commit_parent_id = Some(version_id(1, parent));
        tx.insert_blob(world.account, &version.sha256, version.size_bytes, NOW).await.unwrap();
        tx.insert_version(&version).await.unwrap();
    }
    let comment = NewComment {
        id: id(0x90),
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(1),
        asset_version_id: version_id(1, 2),
        parent_id: None,
        user_id: world.user,
        content: "Hi".to_owned(),
        viewer_metadata: None,
        sequence: 2,
        created_at_ms: NOW,
    };
    tx.insert_comment(&comment).await.unwrap();
    let reply = NewComment { id: id(0x91), parent_id: Some(comment.id), ..comment.clone() };
    tx.insert_comment(&reply).await.unwrap();
    let about_another = NewComment { id: id(0x92), asset_version_id: version_id(1, 1), ..reply };
    tx.insert_comment(&about_another).await.unwrap();
    for number in [2, 3] {
        tx.delete_version(asset_id(1), version_id(1, number), world.user, 2, NOW + 5).await.unwrap();
    }
    tx.restore_version(asset_id(1), version_id(1, 3), 3, NOW + 6).await.unwrap();
    let [entry] = &tx.list_trash(world.workspace, Page::first(9)).await.unwrap()[..] else {
        panic!("one entry")
    };

    assert!(tx.purge(entry).await.unwrap());
    assert!(!tx.purge(entry).await.unwrap());

    let gone = tx.find_version_any(world.workspace, asset_id(1), version_id(1, 2)).await.unwrap();
    assert_eq!(gone, None);
    let third = tx.find_version(world.workspace, asset_id(1), version_id(1, 3)).await.unwrap().unwrap();
    assert_eq!(third.version.commit_parent_id, Some(version_id(1, 1)));
    let comments = tx.list_comments(world.workspace, asset_id(1), None, Page::first(9)).await.unwrap();
    let left: Vec<(CommentId, _)> = comments.iter().map(|comment| (comment.id, comment.parent_id)).collect();
    assert_eq!(left, [(about_another.id, None)]);
    tx.delete_version(asset_id(1), version_id(1, 3), world.user, 4, NOW + 7).await.unwrap();
    let entries = tx.list_trash(world.workspace, Page::first(9)).await.unwrap();
    assert!(tx.purge(&entries[0]).await.unwrap());
    assert_eq!(tx.max_version_number(asset_id(1)).await.unwrap(), 3, "numbers are never used twice");
    tx.commit().await.unwrap();
    let free = store.read().await.unwrap().list_unreferenced_blobs(9).await.unwrap();
    assert_eq!(free.into_iter().map(|blob| blob.sha256).collect::<Vec<_>>(), [sha256(1, 2), sha256(1, 3)]);
}
