//! Previews of versions, their pictures and their facts.

use mudlark_store::FactComparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
use mudlark_store::{
    AssetFilter, FactFilter, FactValue, PreviewFact, PreviewFilter, PreviewOutcome, PreviewPictureRow,
    PreviewRow, Sort, Store, Tx,
};
use mudlark_types::{AccountId, PreviewId, VersionId};

use crate::on_both_databases;
use crate::world::{NOW, SECOND, World, asset_id, id, sha256, version_id};

on_both_databases!(
    preview_is_found_by_its_content_and_named_by_versions,
    picture_is_the_next_larger_one_or_the_largest,
    preview_made_anew_takes_the_place_of_the_old_one,
    preview_of_one_version_alone_is_named_by_no_other,
    previews_that_versions_name_are_kept_and_so_are_their_pictures,
    versions_to_preview_are_those_that_the_filter_lets_through,
    facts_are_searched_by_number_and_by_word,
);

/// A preview of the content of a version, with a picture of each side.
pub(crate) async fn insert_preview(
    tx: &mut Tx,
    world: &World,
    number: u128,
    asset: u8,
    sides: &[i64],
) -> PreviewRow {
    let preview = PreviewRow {
        id: id(number),
        account_id: world.account,
        content_sha256: sha256(asset, 1),
        extension: "png".to_owned(),
        outcome: PreviewOutcome::Made,
        reason: None,
        facts: Some("{\"width\":64}".to_owned()),
        version_id: None,
        readers: 1,
        made_at_ms: NOW,
    };
    let mut pictures = Vec::new();
    for side in sides {
        let content = sha256(90, u8::try_from(side % 251).unwrap());
        tx.insert_blob(world.account, &content, *side, NOW).await.unwrap();
        pictures.push(PreviewPictureRow {
            preview_id: preview.id,
            side: *side,
            account_id: world.account,
            sha256: content,
            size_bytes: *side,
            width: *side,
            height: 1,
        });
    }
    let facts = [
        PreviewFact { name: "width".to_owned(), value: FactValue::Thousandths(64_000 * i64::from(asset)) },
        PreviewFact { name: "format".to_owned(), value: FactValue::Word("png".to_owned()) },
    ];
    tx.insert_preview(&preview, &pictures, &facts).await.unwrap();
    preview
}

async fn preview_of(tx: &mut Tx, version: VersionId) -> Option<PreviewId> {
    tx.find_previewed_version(version).await.unwrap().unwrap().preview_id
}

async fn preview_is_found_by_its_content_and_named_by_versions(store: Store) {
    let world = World::make(&store).await;
    let other = World::make_at(&store, SECOND).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    let preview = insert_preview(&mut tx, &world, 0x900, 1, &[]).await;

    assert_eq!(tx.find_preview_of(world.account, &sha256(1, 1), "png").await.unwrap(), Some(preview.clone()));
    for (account, content, extension) in [
        (other.account, sha256(1, 1), "png"),
        (world.account, sha256(1, 2), "png"),
        (world.account, sha256(1, 1), "tga"),
    ] {
        assert_eq!(tx.find_preview_of(account, &content, extension).await.unwrap(), None);
    }
    assert_eq!(tx.find_preview(other.account, preview.id).await.unwrap(), None);

    assert!(tx.attach_preview(version_id(1, 1), &preview, 7).await.unwrap());
    assert!(!tx.attach_preview(version_id(9, 9), &preview, 7).await.unwrap());
    let version =
        tx.find_version(world.workspace, asset_id(1), version_id(1, 1)).await.unwrap().unwrap().version;
    assert_eq!((version.preview_id, version.facts, version.sequence), (Some(preview.id), preview.facts, 7));
    assert_eq!(
        version.updated_at_ms, version.created_at_ms,
        "the server's own work is no change of the version"
    );
}

async fn picture_is_the_next_larger_one_or_the_largest(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let preview = insert_preview(&mut tx, &world, 0x900, 1, &[0, 128, 512]).await;

    for (wanted, found) in
        [(1, Some(128)), (128, Some(128)), (129, Some(512)), (4096, Some(512)), (0, Some(0))]
    {
        let picture = tx.find_preview_picture(world.account, preview.id, wanted).await.unwrap();
        assert_eq!(picture.map(|picture| picture.side), found, "{wanted}");
    }
    let stranger: AccountId = id(SECOND);
    assert_eq!(tx.find_preview_picture(stranger, preview.id, 1).await.unwrap(), None);
    let plain = insert_preview(&mut tx, &world, 0x901, 2, &[64]).await;
    assert_eq!(tx.find_preview_picture(world.account, plain.id, 0).await.unwrap(), None, "no sheet");
}

async fn preview_made_anew_takes_the_place_of_the_old_one(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png"]).await;
    let mut tx = store.begin().await.unwrap();
    let old = insert_preview(&mut tx, &world, 0x900, 1, &[128]).await;
    for asset in [1, 2] {
        tx.attach_preview(version_id(asset, 1), &old, 2).await.unwrap();
    }
    let new = PreviewRow { id: id(0x901), facts: Some("{}".to_owned()), made_at_ms: NOW + 1, ..old.clone() };
    tx.insert_preview(&new, &[], &[]).await.unwrap();

    let versions = tx.list_versions_of_preview(old.id).await.unwrap();
    assert_eq!(
        versions.iter().map(|version| version.id).collect::<Vec<_>>(),
        [version_id(1, 1), version_id(2, 1)]
    );
    assert!(!tx.delete_unreferenced_preview(world.account, old.id).await.unwrap());
    for version in versions {
        assert!(tx.attach_preview(version.id, &new, 3).await.unwrap());
    }
    assert!(tx.delete_unreferenced_preview(world.account, old.id).await.unwrap());

    for asset in [1, 2] {
        assert_eq!(preview_of(&mut tx, version_id(asset, 1)).await, Some(new.id));
    }
    assert_eq!(tx.find_preview(world.account, old.id).await.unwrap(), None);
    assert_eq!(tx.find_preview_of(world.account, &sha256(1, 1), "png").await.unwrap(), Some(new));
}

async fn preview_of_one_version_alone_is_named_by_no_other(store: Store) {
    let world = World::make(&store).await;
    let mut tx = store.begin().await.unwrap();
    let shared = insert_preview(&mut tx, &world, 0x900, 1, &[]).await;
    let alone = PreviewRow {
        id: id(0x901),
        version_id: Some(version_id(1, 1)),
        made_at_ms: NOW + 1,
        ..shared.clone()
    };
    tx.insert_preview(&alone, &[], &[]).await.unwrap();

    assert_eq!(tx.find_preview_of(world.account, &sha256(1, 1), "png").await.unwrap(), Some(shared));
    assert_eq!(tx.find_preview(world.account, alone.id).await.unwrap(), Some(alone));
}

async fn previews_that_versions_name_are_kept_and_so_are_their_pictures(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png"]).await;
    let mut tx = store.begin().await.unwrap();
    let named = insert_preview(&mut tx, &world, 0x900, 1, &[128]).await;
    tx.attach_preview(version_id(1, 1), &named, 2).await.unwrap();
    let left = insert_preview(&mut tx, &world, 0x901, 2, &[200]).await;

    assert_eq!(tx.list_unreferenced_previews(NOW, 10).await.unwrap(), [], "younger than that");
    assert_eq!(tx.list_unreferenced_previews(NOW + 1, 10).await.unwrap(), std::slice::from_ref(&left));
    assert_eq!(tx.list_unreferenced_blobs(10).await.unwrap(), []);
    assert!(!tx.delete_unreferenced_preview(world.account, named.id).await.unwrap());
    assert!(!tx.delete_unreferenced_preview(id(SECOND), left.id).await.unwrap());
    assert!(tx.delete_unreferenced_preview(world.account, left.id).await.unwrap());

    let unreferenced = tx.list_unreferenced_blobs(10).await.unwrap();
    assert_eq!(unreferenced.into_iter().map(|blob| blob.sha256).collect::<Vec<_>>(), [sha256(90, 200)]);
}

async fn versions_to_preview_are_those_that_the_filter_lets_through(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png"]).await;
    let mut tx = store.begin().await.unwrap();
    let made = insert_preview(&mut tx, &world, 0x900, 1, &[]).await;
    tx.attach_preview(version_id(1, 1), &made, 2).await.unwrap();
    let broken = PreviewRow { id: id(0x901), outcome: PreviewOutcome::Broken, readers: 3, ..made };
    tx.insert_preview(&broken, &[], &[]).await.unwrap();
    tx.attach_preview(version_id(2, 1), &broken, 2).await.unwrap();
    let extension = |extension: &str| Some(extension.to_owned());

    for (filter, expected) in [
        (PreviewFilter::default(), vec![1, 2, 3]),
        (PreviewFilter { is_missing: true, ..PreviewFilter::default() }, vec![3]),
        (PreviewFilter { has_failed: true, ..PreviewFilter::default() }, vec![2]),
        (PreviewFilter { readers_before: Some(3), ..PreviewFilter::default() }, vec![1]),
        (PreviewFilter { extension: extension("png"), ..PreviewFilter::default() }, vec![1, 2, 3]),
        (PreviewFilter { extension: extension("file.png"), ..PreviewFilter::default() }, vec![]),
        (PreviewFilter { extension: extension("ng"), ..PreviewFilter::default() }, vec![]),
        (
            PreviewFilter {
                workspace_id: Some(world.workspace),
                has_failed: true,
                ..PreviewFilter::default()
            },
            vec![2],
        ),
        (PreviewFilter { workspace_id: Some(id(1)), ..PreviewFilter::default() }, vec![]),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = tx.list_versions_to_preview(&filter, after, 1).await.unwrap();
            let Some(version) = page.first() else { break };
            after = Some(version.id);
            found.push(version.id);
        }
        let expected: Vec<VersionId> = expected.into_iter().map(|asset| version_id(asset, 1)).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn facts_are_searched_by_number_and_by_word(store: Store) {
    let world = World::make(&store).await;
    world.commit_assets(&store, &["a.png", "b.png", "c.png"]).await;
    let mut tx = store.begin().await.unwrap();
    for asset in [1, 2] {
        let preview = insert_preview(&mut tx, &world, 0x900 + u128::from(asset), asset, &[]).await;
        tx.attach_preview(version_id(asset, 1), &preview, 2).await.unwrap();
    }
    let width = |comparison, number| FactFilter {
        name: "width".to_owned(),
        comparison,
        value: FactValue::Thousandths(number),
    };
    let format = |comparison, word: &str| FactFilter {
        name: "format".to_owned(),
        comparison,
        value: FactValue::Word(word.to_owned()),
    };
    for (facts, expected) in [
        (vec![width(GreaterOrEqual, 64_000)], vec![1, 2]),
        (vec![width(Greater, 64_000)], vec![2]),
        (vec![width(Less, 64_000)], vec![]),
        (vec![width(LessOrEqual, 64_000)], vec![1]),
        (vec![width(Equal, 128_000)], vec![2]),
        (vec![width(NotEqual, 128_000)], vec![1]),
        (vec![format(Equal, "png")], vec![1, 2]),
        (vec![format(NotEqual, "png")], vec![]),
        (vec![format(Equal, "png"), width(Greater, 100_000)], vec![2]),
        (vec![format(Equal, "64")], vec![]),
    ] {
        let filter = AssetFilter { facts, ..AssetFilter::all(world.account, world.workspace) };
        let found = tx.search_assets(&filter, Sort::default(), None, 10).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|found| found.id).collect();
        assert_eq!(found, expected.into_iter().map(asset_id).collect::<Vec<_>>(), "{filter:?}");
    }
}
