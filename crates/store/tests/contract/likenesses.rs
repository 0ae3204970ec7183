//! Sketches of pictures, and the files that others name.

use mudlark_store::{LikenessRow, Store};
use mudlark_types::PreviewId;

use crate::on_both_databases;
use crate::previews::insert_preview;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id};

on_both_databases!(
    pictures_that_share_a_band_are_found_within_the_account,
    assets_of_previews_are_live_and_current_and_of_the_workspace,
    versions_that_name_a_file_are_found_by_its_name,
);

fn likeness(preview_id: PreviewId, structure: i64) -> LikenessRow {
    LikenessRow { preview_id, structure, colors: vec![u8::MAX; 48] }
}

async fn pictures_that_share_a_band_are_found_within_the_account(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    let mut rows = Vec::new();
    for (number, owner, bands) in [
        (0x900, &world, [1, 0x1_0002, 0x2_0003, 0x3_0004]),
        (0x901, &world, [9, 0x1_0002, 0x2_0009, 0x3_ffff]),
        (0x902, &other, [1, 0x1_0002, 0x2_0003, 0x3_0004]),
    ] {
        let preview = insert_preview(&mut tx, owner, number, 1, &[]).await;
        let row = likeness(preview.id, i64::MIN + i64::try_from(number).unwrap());
        tx.insert_likeness(owner.account, &row, &bands).await.unwrap();
        rows.push(row);
    }

    for (bands, expected) in
        [(vec![9], vec![1]), (vec![1, 5, 6], vec![0]), (vec![0x1_0002], vec![0, 1]), (vec![2], vec![])]
    {
        let mut found = tx.list_likenesses_with_bands(world.account, &bands).await.unwrap();
        found.sort_by_key(|row| row.structure);
        let expected: Vec<_> = expected.into_iter().map(|place: usize| rows[place].clone()).collect();
        assert_eq!(found, expected, "{bands:?}");
    }
    assert_eq!(tx.find_likeness(rows[1].preview_id).await.unwrap(), Some(rows[1].clone()));
    assert!(tx.delete_unreferenced_preview(world.account, rows[1].preview_id).await.unwrap());
    assert_eq!(tx.find_likeness(rows[1].preview_id).await.unwrap(), None);
    assert_eq!(tx.list_likenesses_with_bands(world.account, &[9]).await.unwrap(), []);
}

async fn assets_of_previews_are_live_and_current_and_of_the_workspace(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png"]).await;
    let mut tx = store.begin().await.unwrap();
    let preview = insert_preview(&mut tx, &world, 0x900, 1, &[]).await;
    let unused = insert_preview(&mut tx, &world, 0x901, 2, &[]).await;
    for asset in [1, 2, 3] {
        tx.attach_preview(version_id(asset, 1), &preview, 2).await.unwrap();
    }
    tx.delete_asset(world.workspace, asset_id(2), world.user, 3, NOW).await.unwrap();

    let mut found = tx.list_assets_of_previews(world.workspace, &[preview.id, unused.id], 10).await.unwrap();
    found.sort();
    assert_eq!(found, [(asset_id(1), preview.id), (asset_id(3), preview.id)]);
    let one = tx.list_assets_of_previews(world.workspace, &[preview.id], 1).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(tx.list_assets_of_previews(other.workspace, &[preview.id], 10).await.unwrap(), []);
    assert_eq!(tx.list_assets_of_previews(world.workspace, &[id(0x777)], 10).await.unwrap(), []);
}

async fn versions_that_name_a_file_are_found_by_its_name(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a.gltf", "b.gltf"]).await;
    let mut tx = store.begin().await.unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (asset, named) in [(1, names(&["skin.png", "skin.png", "mesh.bin"])), (2, names(&["skin.png"]))] {
        tx.replace_named_files(world.workspace, version_id(asset, 1), &named).await.unwrap();
    }

    let naming = async |tx: &mut mudlark_store::Tx, workspace, name| {
        let mut found = tx.list_versions_naming(workspace, name, 10).await.unwrap();
        found.sort();
        found
    };
    assert_eq!(naming(&mut tx, world.workspace, "skin.png").await, [version_id(1, 1), version_id(2, 1)]);
    assert_eq!(naming(&mut tx, other.workspace, "skin.png").await, []);
    assert!(
        tx.names_files(version_id(1, 1)).await.unwrap() && !tx.names_files(version_id(3, 1)).await.unwrap()
    );
    for (workspace, path, count) in
        [(world.workspace, "/", 2), (world.workspace, "/elsewhere/", 0), (other.workspace, "/", 0)]
    {
        let below = tx.list_versions_naming_below(workspace, path, 10).await.unwrap();
        assert_eq!(below.len(), count, "{path}");
    }
    assert_eq!(tx.list_versions_naming_below(world.workspace, "/", 1).await.unwrap(), [version_id(2, 1)]);
    tx.replace_named_files(world.workspace, version_id(1, 1), &names(&["other.png"])).await.unwrap();
    assert_eq!(naming(&mut tx, world.workspace, "mesh.bin").await, []);
    tx.delete_asset(world.workspace, asset_id(2), world.user, 3, NOW).await.unwrap();
    assert_eq!(naming(&mut tx, world.workspace, "skin.png").await, [], "in the trash");
}
