//! Sketches of pictures, and the files that others name.

use mudlark_store::{LikenessRow, Store};

use crate::on_both_databases;
use crate::previews::insert_preview;
use crate::world::{NOW, SECOND, World, asset_id, id, version_id};

on_both_databases!(
    nearest_pictures_are_found_within_the_account,
    assets_of_previews_are_live_and_current_and_of_the_workspace,
    versions_that_name_a_file_are_found_by_its_name,
);

async fn nearest_pictures_are_found_within_the_account(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    let mut tx = store.begin().await.unwrap();
    let mut rows = Vec::new();
    for (number, owner, structure, color) in [
        // All bits but the lowest, then one, two and twelve fewer.
        (0x900, &world, -2, 100),
        (0x901, &world, -4, 100),
        (0x902, &world, i64::MAX - 1, 103),
        (0x903, &world, -2 << 12, 100),
        // As near as can be, in another's account; and of another grey.
        (0x904, &other, -2, 100),
        (0x905, &world, -2, 165),
    ] {
        let preview = insert_preview(&mut tx, owner, number, 1, &[]).await;
        let row = LikenessRow { preview_id: preview.id, structure, colors: vec![color; 48] };
        tx.insert_likeness(owner.account, &row).await.unwrap();
        rows.push(row);
    }

    for (most_bits, limit, expected) in [
        (11, 10, vec![0, 1, 2]),
        (0, 10, vec![0]),
        (12, 10, vec![0, 1, 2, 3]),
        (64, 2, vec![0, 1]),
        (64, 10, vec![0, 1, 2, 3]),
    ] {
        let nearest = tx.list_nearest_likenesses(world.account, &rows[0], most_bits, limit).await;
        let mut found = nearest.unwrap();
        found.sort_by_key(|row| row.preview_id);
        let expected: Vec<_> = expected.into_iter().map(|place: usize| rows[place].clone()).collect();
        assert_eq!(found, expected, "{most_bits} {limit}");
    }
    assert_eq!(tx.find_likeness(rows[1].preview_id).await.unwrap(), Some(rows[1].clone()));
    assert!(tx.delete_unreferenced_preview(world.account, rows[1].preview_id).await.unwrap());
    assert_eq!(tx.find_likeness(rows[1].preview_id).await.unwrap(), None);
    assert_eq!(tx.list_nearest_likenesses(world.account, &rows[0], 1, 10).await.unwrap().len(), 2);
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
