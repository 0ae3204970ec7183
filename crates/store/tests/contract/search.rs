//! Assets found by their words and by what they are. What words find is held against a plain scan in `search_scan`.

use mudlark_store::search::search_words;
use mudlark_store::{
    AssetChanges, AssetFilter, CommentChanges, FolderFilter, FolderRow, NewComment, NewLibrary, NewReview,
    NewTag, Sort, SortBy, SortKey, Store, TagChanges, TagFilter, Tx,
};
use mudlark_types::{AssetId, CommentId, FolderId, ReviewStatus, TagId};

use crate::database::{Database, Kind, Place};
use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id};

on_both_databases!(
    asset_is_found_by_what_it_is_called_now,
    deleted_asset_is_not_found_until_it_is_restored,
    asset_is_found_by_the_path_of_its_folder,
    asset_is_found_by_its_tags,
    asset_is_found_by_its_comments,
    asset_is_found_by_its_size_and_the_beginning_of_its_checksum,
    words_may_stand_in_different_places_but_all_of_them_must,
    other_workspace_is_not_searched,
    many_entries_are_indexed_together_and_found_before_and_after,
    deleted_rows_take_their_entries_along,
    each_filter_narrows,
    pages_follow_one_another_in_every_order,
    pages_are_stable_while_assets_come_and_go,
    database_from_before_the_search_is_searched,
);

/// All that a query finds in the workspace.
pub(crate) fn filter(world: &World, query: &str) -> AssetFilter {
    AssetFilter { words: search_words(query), ..AssetFilter::all(world.account, world.workspace) }
}

/// The ids of the assets that are found, in the order of creation; the count is checked too.
pub(crate) async fn found_by(tx: &mut Tx, filter: &AssetFilter) -> Vec<AssetId> {
    let found = tx.search_assets(filter, Sort::default(), None, 1000).await.unwrap();
    assert_eq!(tx.count_found_assets(filter).await.unwrap(), i64::try_from(found.len()).unwrap());
    found.into_iter().map(|asset| asset.id).collect()
}

/// The numbers of the assets that a query finds.
async fn found(tx: &mut Tx, world: &World, query: &str) -> Vec<u8> {
    let ids = found_by(tx, &filter(world, query)).await;
    ids.into_iter().map(|id| (1..=u8::MAX).find(|number| asset_id(*number) == id).unwrap()).collect()
}

pub(crate) fn tag(world: &World, tag_id: TagId, name: &str) -> NewTag {
    NewTag {
        id: tag_id,
        account_id: world.account,
        workspace_id: world.workspace,
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        color: None,
        created_by_user_id: world.user,
        sequence: 1,
        created_at_ms: NOW,
    }
}

pub(crate) fn comment(world: &World, comment_id: CommentId, asset: u8, content: &str) -> NewComment {
    NewComment {
        id: comment_id,
        account_id: world.account,
        workspace_id: world.workspace,
        asset_id: asset_id(asset),
        asset_version_id: version_id(asset, 1),
        parent_id: None,
        user_id: world.user,
        content: content.to_owned(),
        viewer_metadata: None,
        sequence: 1,
        created_at_ms: NOW,
    }
}

async fn change(tx: &mut Tx, world: &World, asset: u8, changes: AssetChanges) {
    assert!(tx.update_asset(world.workspace, asset_id(asset), &changes, 2, NOW + 500).await.unwrap());
}

async fn asset_is_found_by_what_it_is_called_now(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot_final.png", "ロボット.psd"]).await;
    let mut tx = store.begin().await.unwrap();
    for query in ["robot", "ROBOT", "obo", "r", "ro", ".png", "png", "ｒｏｂｏｔ＿ｆｉｎａｌ"] {
        assert_eq!(found(&mut tx, &world, query).await, [1], "{query}");
    }
    for query in ["ロ", "ボッ", "ロボット", "ﾛﾎﾞｯﾄ"] {
        assert_eq!(found(&mut tx, &world, query).await, [2], "{query}");
    }

    let name = Some("drone.png".to_owned());
    change(
        &mut tx,
        &world,
        1,
        AssetChanges { name: name.clone(), name_key: name, ..AssetChanges::default() },
    )
    .await;
    // Its file is still called so.
    assert_eq!(found(&mut tx, &world, "robot").await, [1]);
    assert_eq!(found(&mut tx, &world, "drone").await, [1]);
    let file_name = Some("drone.tga".to_owned());
    change(&mut tx, &world, 1, AssetChanges { file_name, ..AssetChanges::default() }).await;
    assert!(found(&mut tx, &world, "robot").await.is_empty());
    let description = Some(Some("the Hero of level two".to_owned()));
    change(&mut tx, &world, 1, AssetChanges { description, ..AssetChanges::default() }).await;
    assert_eq!(found(&mut tx, &world, "hero").await, [1]);
    change(&mut tx, &world, 1, AssetChanges { description: Some(None), ..AssetChanges::default() }).await;
    assert!(found(&mut tx, &world, "hero").await.is_empty());
}

async fn deleted_asset_is_not_found_until_it_is_restored(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot", "robot 2"]).await;
    let mut tx = store.begin().await.unwrap();

    assert!(tx.delete_asset(world.workspace, asset_id(1), world.user, 2, NOW).await.unwrap());
    assert_eq!(found(&mut tx, &world, "robot").await, [2]);
    assert_eq!(found(&mut tx, &world, "").await, [2]);
    assert!(tx.restore_asset(world.workspace, asset_id(1), world.root, 3, NOW).await.unwrap());
    assert_eq!(found(&mut tx, &world, "robot").await, [1, 2]);
}

async fn asset_is_found_by_the_path_of_its_folder(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let (outer, inner): (FolderId, FolderId) = (id(50), id(51));
    tx.insert_folder(&world.folder(outer, Some(world.root), "/Concepts/")).await.unwrap();
    tx.insert_folder(&world.folder(inner, Some(outer), "/Concepts/Робот/")).await.unwrap();
    world.insert_asset(&mut tx, &world.asset(1, inner, "a"), 1).await;
    world.insert_asset(&mut tx, &world.asset(2, outer, "b"), 2).await;
    world.insert_asset(&mut tx, &world.asset(3, world.root, "c"), 3).await;
    assert_eq!(found(&mut tx, &world, "concepts").await, [1, 2]);
    assert_eq!(found(&mut tx, &world, "concepts/робот").await, [1]);

    change(&mut tx, &world, 3, AssetChanges { folder_id: Some(inner), ..AssetChanges::default() }).await;
    assert_eq!(found(&mut tx, &world, "робот").await, [1, 3]);
    let from = tx.find_folder(world.workspace, outer).await.unwrap().unwrap();
    let to = FolderRow {
        name: "Sketches".to_owned(),
        path: "/Sketches/".to_owned(),
        path_key: "/sketches/".to_owned(),
        ..from.clone()
    };
    tx.update_folder_place(&from, &to, 2, NOW).await.unwrap();
    assert!(found(&mut tx, &world, "concepts").await.is_empty());
    assert_eq!(found(&mut tx, &world, "SKETCHES/РОБОТ").await, [1, 3]);
}

async fn asset_is_found_by_its_tags(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let hero: TagId = id(60);
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, hero, "Hero prop")).await.unwrap();
    assert!(found(&mut tx, &world, "hero").await.is_empty());

    tx.insert_asset_tag(asset_id(2), hero, world.user, NOW).await.unwrap();
    assert_eq!(found(&mut tx, &world, "hero").await, [2]);
    assert_eq!(found(&mut tx, &world, "prop her").await, [2]);
    let name = Some("Villain".to_owned());
    let changes = TagChanges { name: name.clone(), name_key: name, color: None };
    tx.update_tag(world.workspace, hero, &changes, 2, NOW).await.unwrap();
    assert!(found(&mut tx, &world, "hero").await.is_empty());
    assert_eq!(found(&mut tx, &world, "villain").await, [2]);
    tx.delete_asset_tag(asset_id(2), hero).await.unwrap();
    assert!(found(&mut tx, &world, "villain").await.is_empty());
    tx.insert_asset_tag(asset_id(1), hero, world.user, NOW).await.unwrap();
    assert_eq!(found(&mut tx, &world, "villain").await, [1]);
    tx.delete_tag(world.workspace, hero, 3, NOW).await.unwrap();
    assert!(found(&mut tx, &world, "villain").await.is_empty());
}

async fn asset_is_found_by_its_comments(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a", "b"]).await;
    let (first, second): (CommentId, CommentId) = (id(70), id(71));
    let mut tx = store.begin().await.unwrap();
    tx.insert_comment(&comment(&world, first, 2, "Please make the arms LONGER")).await.unwrap();
    tx.insert_comment(&comment(&world, second, 2, "no, shorter arms")).await.unwrap();

    assert_eq!(found(&mut tx, &world, "longer").await, [2]);
    assert_eq!(found(&mut tx, &world, "arms").await, [2]);
    let changes = CommentChanges { content: Some("as it is".to_owned()), ..CommentChanges::default() };
    tx.update_comment(world.workspace, first, &changes, 2, NOW).await.unwrap();
    assert!(found(&mut tx, &world, "longer").await.is_empty());
    assert_eq!(found(&mut tx, &world, "as it is shorter").await, [2]);
    tx.delete_comment(world.workspace, second, 3, NOW).await.unwrap();
    assert!(found(&mut tx, &world, "shorter").await.is_empty());
}

async fn asset_is_found_by_its_size_and_the_beginning_of_its_checksum(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for number in [1, 0xab] {
        world
            .insert_asset(&mut tx, &world.asset(number, world.root, &format!("asset {number}")), number)
            .await;
    }
    // Sizes are 10 and 20 bytes; checksums repeat the asset's number and end with the version's.
    world.insert_version(&mut tx, 1, 2).await;
    assert_eq!(found(&mut tx, &world, "20").await, [0_u8; 0]);
    tx.update_asset_current_version(asset_id(1), version_id(1, 2), 2, NOW).await.unwrap();

    assert_eq!(found(&mut tx, &world, "20").await, [1]);
    assert_eq!(found(&mut tx, &world, "10").await, [0xab]);
    assert_eq!(found(&mut tx, &world, "ABABABAB").await, [0xab]);
    assert_eq!(found(&mut tx, &world, "010101010").await, [1]);
    assert_eq!(found(&mut tx, &world, &("01".repeat(31) + "02")).await, [1]);
    for query in ["abababac", "bababab0", "ababab", &("01".repeat(31) + "01")] {
        assert!(found(&mut tx, &world, query).await.is_empty(), "{query}");
    }
}

async fn words_may_stand_in_different_places_but_all_of_them_must(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let folder: FolderId = id(50);
    tx.insert_folder(&world.folder(folder, Some(world.root), "/Concepts/")).await.unwrap();
    world.insert_asset(&mut tx, &world.asset(1, folder, "robot"), 1).await;
    world.insert_asset(&mut tx, &world.asset(2, world.root, "robot"), 2).await;
    tx.insert_comment(&comment(&world, id(70), 1, "too dark")).await.unwrap();
    tx.insert_comment(&comment(&world, id(71), 2, "too bright")).await.unwrap();

    assert_eq!(found(&mut tx, &world, "robot too").await, [1, 2]);
    assert_eq!(found(&mut tx, &world, "dark concepts robot t").await, [1]);
    assert!(found(&mut tx, &world, "dark bright").await.is_empty());
    // What a language for queries would take for its own is text like any other.
    for query in [
        "robot OR dark",
        "\"robot\"",
        "rob*",
        "NEAR(robot dark)",
        "robot -dark",
        "robot AND",
        "name:robot",
        "%",
        "_",
    ] {
        assert!(found(&mut tx, &world, query).await.is_empty(), "{query}");
    }
}

async fn other_workspace_is_not_searched(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["robot"]).await;
    let mut tx = store.begin().await.unwrap();

    assert!(found(&mut tx, &other, "robot").await.is_empty());
    assert!(found(&mut tx, &other, "").await.is_empty());
    assert!(found(&mut tx, &other, "10").await.is_empty());
    assert!(found(&mut tx, &other, "01010101").await.is_empty());
}

async fn many_entries_are_indexed_together_and_found_before_and_after(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=200 {
        world
            .insert_asset(&mut tx, &world.asset(number, world.root, &format!("robot {number:03}")), number)
            .await;
        if number % 50 == 1 {
            assert_eq!(found(&mut tx, &world, "robot").await, (1..=number).collect::<Vec<_>>());
        }
    }
    // One that is indexed gets another name, and waits again.
    let name = Some("drone".to_owned());
    let changes = AssetChanges {
        name: name.clone(),
        name_key: name.clone(),
        file_name: name,
        ..AssetChanges::default()
    };
    change(&mut tx, &world, 7, changes).await;

    assert_eq!(found(&mut tx, &world, "drone").await, [7]);
    assert_eq!(found(&mut tx, &world, "robot 00").await, [1, 2, 3, 4, 5, 6, 8, 9, 100, 200]);
}

async fn deleted_rows_take_their_entries_along(database: Database) {
    let store = database.store();
    let world = World::make(store).await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=100 {
        world
            .insert_asset(&mut tx, &world.asset(number, world.root, &format!("robot {number:03}")), number)
            .await;
    }
    tx.commit().await.unwrap();
    let all = "SELECT CAST(COUNT(*) AS TEXT) FROM search_entries WHERE asset_id IS NOT NULL";
    assert_eq!(database.place().query_texts(all).await, ["100"]);

    database
        .place()
        .run_sql(
            "BEGIN; PRAGMA_ON; DELETE FROM versions; DELETE FROM assets; COMMIT;"
                .replace(
                    "PRAGMA_ON;",
                    if database.place().kind() == Kind::Sqlite {
                        "PRAGMA defer_foreign_keys = ON;"
                    } else {
                        ""
                    },
                )
                .as_str(),
        )
        .await;

    assert_eq!(database.place().query_texts(all).await, ["0"]);
    let mut tx = store.begin().await.unwrap();
    assert!(found(&mut tx, &world, "robot").await.is_empty());
    // Their numbers may be given again.
    world.insert_asset(&mut tx, &world.asset(101, world.root, "drone"), 101).await;
    assert_eq!(found(&mut tx, &world, "drone").await, [101]);
    assert!(found(&mut tx, &world, "robot").await.is_empty());
}

async fn each_filter_narrows(store: Store) {
    let world = World::make(&store).await;
    let (folder, below, hero, kind) = (id(50), id(51), id(60), id(0x77));
    let mut tx = store.begin().await.unwrap();
    tx.insert_folder(&world.folder(folder, Some(world.root), "/A/")).await.unwrap();
    tx.insert_folder(&world.folder(below, Some(folder), "/A/B/")).await.unwrap();
    world.insert_asset(&mut tx, &world.asset(1, folder, "robot.PNG"), 1).await;
    world.insert_asset(&mut tx, &world.asset(2, below, "robot.fbx"), 2).await;
    world.insert_asset(&mut tx, &world.asset(3, world.root, "robot"), 3).await;
    tx.insert_tag(&tag(&world, hero, "hero")).await.unwrap();
    tx.insert_tag(&tag(&world, id(61), "prop")).await.unwrap();
    for (asset, tag) in [(1, hero), (2, hero), (2, id(61))] {
        tx.insert_asset_tag(asset_id(asset), tag, world.user, NOW).await.unwrap();
    }
    change(&mut tx, &world, 3, AssetChanges { asset_type_id: Some(Some(kind)), ..AssetChanges::default() })
        .await;
    let library = NewLibrary {
        id: id(80),
        account_id: world.account,
        workspace_id: world.workspace,
        name: "Best".to_owned(),
        description: None,
        default_avatar: 1,
        thumbnail_file_id: None,
        created_by_user_id: world.user,
        sequence: 1,
        created_at_ms: NOW,
    };
    tx.insert_library(&library).await.unwrap();
    tx.insert_library_asset(world.workspace, library.id, asset_id(2), world.user, NOW).await.unwrap();
    for (number, asset, version, status) in [
        (90, 1, 1, ReviewStatus::Rejected),
        (91, 2, 1, ReviewStatus::Rejected),
        (92, 2, 1, ReviewStatus::Approved),
        (93, 3, 1, ReviewStatus::Pending),
        (94, 3, 2, ReviewStatus::Rejected),
    ] {
        if version == 2 {
            world.insert_version(&mut tx, asset, version).await;
        }
        tx.insert_review(&NewReview {
            id: id(number),
            account_id: world.account,
            workspace_id: world.workspace,
            asset_id: asset_id(asset),
            asset_version_id: version_id(asset, version),
            user_id: world.user,
            assigned_user_id: None,
            status,
            content: String::new(),
            viewer_metadata: None,
            sequence: 1,
            created_at_ms: NOW,
        })
        .await
        .unwrap();
    }
    let all = || filter(&world, "robot");
    let within = |path_key: &str, recursive| Some(FolderFilter { path_key: path_key.to_owned(), recursive });
    let text = |text: &str| text.to_owned();

    for (filter, numbers) in [
        (AssetFilter { folder: within("/a/", false), ..all() }, vec![1]),
        (AssetFilter { folder: within("/a/", true), ..all() }, vec![1, 2]),
        (AssetFilter { folder: within("/", true), ..all() }, vec![1, 2, 3]),
        (AssetFilter { folder: within("/c/", true), ..all() }, vec![]),
        (AssetFilter { tags: vec![TagFilter::Id(hero)], ..all() }, vec![1, 2]),
        (AssetFilter { tags: vec![TagFilter::Id(hero), TagFilter::Name(text("prop"))], ..all() }, vec![2]),
        (AssetFilter { tags: vec![TagFilter::Name(text("none"))], ..all() }, vec![]),
        (AssetFilter { library_ids: vec![library.id], ..all() }, vec![2]),
        (AssetFilter { library_ids: vec![id(9)], ..all() }, vec![]),
        // The newest review of the current version counts.
        (AssetFilter { review_statuses: vec![ReviewStatus::Rejected], ..all() }, vec![1]),
        (
            AssetFilter { review_statuses: vec![ReviewStatus::Approved, ReviewStatus::Pending], ..all() },
            vec![2, 3],
        ),
        (AssetFilter { asset_type_ids: vec![kind], ..all() }, vec![3]),
        (AssetFilter { status_ids: vec![id(9)], ..all() }, vec![]),
        (AssetFilter { extensions: vec![text("png")], ..all() }, vec![1]),
        (AssetFilter { extensions: vec![text("png"), text("fbx")], ..all() }, vec![1, 2]),
        (AssetFilter { created_by_user_ids: vec![world.user], ..all() }, vec![1, 2, 3]),
        (AssetFilter { created_by_user_ids: vec![id(9)], ..all() }, vec![]),
        (AssetFilter { updated_from_ms: Some(NOW + 2), ..all() }, vec![2, 3]),
        (AssetFilter { updated_before_ms: Some(NOW + 2), ..all() }, vec![1]),
    ] {
        let expected: Vec<AssetId> = numbers.into_iter().map(asset_id).collect();
        assert_eq!(found_by(&mut tx, &filter).await, expected, "{filter:?}");
        let without_words = AssetFilter { words: Vec::new(), ..filter };
        assert_eq!(found_by(&mut tx, &without_words).await, expected, "{without_words:?}");
    }
}

/// All assets that a filter lets through, two at a time.
async fn in_pages(tx: &mut Tx, filter: &AssetFilter, sort: Sort) -> Vec<u8> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = tx.search_assets(filter, sort, after.take(), 2).await.unwrap();
        let Some(last) = page.last() else { return all };
        assert!(sort.by.takes(&last.key));
        after = Some((last.key.clone(), last.number));
        all.extend(
            page.iter().map(|asset| (1..=u8::MAX).find(|number| asset_id(*number) == asset.id).unwrap()),
        );
    }
}

async fn pages_follow_one_another_in_every_order(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["c é", "B a", "a ロ", "d b", "é"]).await;
    let mut tx = store.begin().await.unwrap();
    world.insert_version(&mut tx, 2, 2).await;
    tx.update_asset_current_version(asset_id(2), version_id(2, 2), 2, NOW + 900).await.unwrap();

    for (by, order) in [
        (SortBy::Created, [1, 2, 3, 4, 5]),
        (SortBy::Updated, [1, 3, 4, 5, 2]),
        (SortBy::Name, [3, 2, 1, 4, 5]),
        (SortBy::Size, [1, 3, 4, 5, 2]),
    ] {
        for query in ["", " /"] {
            let filter = filter(&world, query);
            assert_eq!(
                in_pages(&mut tx, &filter, Sort { by, descending: false }).await,
                order,
                "{by:?} {query}"
            );
            let mut reversed = order;
            reversed.reverse();
            assert_eq!(
                in_pages(&mut tx, &filter, Sort { by, descending: true }).await,
                reversed,
                "{by:?} {query}"
            );
        }
    }
}

async fn pages_are_stable_while_assets_come_and_go(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["robot 1", "robot 2", "robot 3", "robot 4"]).await;
    let mut tx = store.begin().await.unwrap();
    let all = filter(&world, "robot");
    let first = tx.search_assets(&all, Sort::default(), None, 2).await.unwrap();
    let after = first.last().map(|last| (last.key.clone(), last.number));

    tx.delete_asset(world.workspace, asset_id(2), world.user, 2, NOW).await.unwrap();
    world.insert_asset(&mut tx, &world.asset(5, world.root, "robot 5"), 5).await;
    let name = Some("robot 0".to_owned());
    change(
        &mut tx,
        &world,
        3,
        AssetChanges { name: name.clone(), name_key: name, ..AssetChanges::default() },
    )
    .await;
    let second = tx.search_assets(&all, Sort::default(), after, 9).await.unwrap();

    assert_eq!(second.iter().map(|asset| asset.id).collect::<Vec<_>>(), [3, 4, 5].map(asset_id));
    assert!(second.iter().all(|asset| asset.key == SortKey::Number(asset.number)));
}

async fn database_from_before_the_search_is_searched(database: Database) {
    let place: &Place = database.place();
    let store = database.store();
    let world = World::make(store).await;
    let names: Vec<String> = (1..=100).map(|number| format!("Robot {number:03}")).collect();
    world.commit_assets(store, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut tx = store.begin().await.unwrap();
    tx.insert_tag(&tag(&world, id(60), "Hero")).await.unwrap();
    tx.insert_asset_tag(asset_id(4), id(60), world.user, NOW).await.unwrap();
    tx.insert_comment(&comment(&world, id(70), 5, "Too dark")).await.unwrap();
    tx.commit().await.unwrap();
    // As the migration leaves what was there before it.
    let emptied =
        "DELETE FROM search_grams; UPDATE search_entries SET text = '', extension = NULL, state = 'raw'";
    place.run_sql(emptied).await;

    let store = database.open_again().await;

    let mut tx = store.begin().await.unwrap();
    assert_eq!(found(&mut tx, &world, "robot").await, (1..=100).collect::<Vec<_>>());
    assert_eq!(found(&mut tx, &world, "hero").await, [4]);
    assert_eq!(found(&mut tx, &world, "dark").await, [5]);
}
