//! What a search finds, held against a plain scan of random texts by random queries.

use mudlark_store::Store;
use mudlark_store::search::search_words;
use mudlark_types::{CommentId, FolderId, TagId, search_fold};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::on_both_databases;
use crate::search::{comment, filter, found_by};
use crate::world::{NOW, World, asset_id, id, sha256};

on_both_databases!(search_finds_what_a_plain_scan_finds);

/// Pieces of texts, few, so that queries find something: several scripts, widths, cases and compositions, what a language
/// of queries would take for its own, and digits.
const PIECES: &[&str] = &[
    "a",
    "B",
    "ab",
    "Ａ",
    "é",
    "e\u{301}",
    "Σ",
    "ς",
    "ß",
    "ss",
    "Я",
    "я",
    "ロ",
    "ﾛ",
    "ット",
    "主角",
    "機",
    "روبوت",
    "🤖",
    "👩\u{200D}🎨",
    "\"",
    "*",
    "-",
    "NEAR",
    "_",
    "%",
    ".",
    "1",
    "10",
    "\u{FE0F}",
    "'",
    "(",
    "ﬁ",
];

const ASSETS: u8 = 40;

/// What one asset has to be found by.
#[derive(Clone, Debug, Default)]
struct Model {
    texts: Vec<String>,
    size_bytes: i64,
    checksum: String,
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

impl Model {
    fn is_found_by(&self, query: &str) -> bool {
        search_words(query).iter().all(|word| {
            let is_text = self.texts.iter().any(|text| search_fold(text).contains(word.as_str()));
            let is_checksum = word.chars().count() >= 8 && self.checksum.starts_with(word.as_str());
            is_text || is_checksum || *word == self.size_bytes.to_string()
        })
    }
}

/// Random texts, the same ones in every run.
struct Random(TestRunner);

impl Random {
    fn text(&mut self, pieces: std::ops::RangeInclusive<usize>, between: &'static str) -> String {
        let piece = proptest::sample::select(PIECES);
        let text = proptest::collection::vec(piece, pieces).prop_map(move |pieces| pieces.join(between));
        text.new_tree(&mut self.0).unwrap().current()
    }

    fn below(&mut self, end: u8) -> u8 {
        (0..end).new_tree(&mut self.0).unwrap().current()
    }
}

async fn search_finds_what_a_plain_scan_finds(store: Store) {
    let world = World::make(&store).await;
    let mut random = Random(TestRunner::deterministic());
    let mut models = vec![Model::default(); usize::from(ASSETS)];
    let mut tx = store.begin().await.unwrap();
    let folders: Vec<(FolderId, String)> =
        (0..5).map(|number| (id(50 + number), format!("/{}/", random.text(1..=3, "")))).collect();
    for (number, (folder_id, path)) in folders.iter().enumerate() {
        let folder = world.folder(*folder_id, Some(world.root), path);
        tx.insert_folder(&mudlark_store::NewFolder { path_key: format!("/{number}/"), ..folder })
            .await
            .unwrap();
    }
    for number in 1..=ASSETS {
        let (folder_id, path) = &folders[usize::from(random.below(5))];
        let name = random.text(1..=5, "");
        let description = random.text(0..=4, " ");
        let asset = mudlark_store::NewAsset {
            name_key: number.to_string(),
            file_name: random.text(1..=2, "."),
            description: Some(description).filter(|text| !text.is_empty()),
            ..world.asset(number, *folder_id, &name)
        };
        world.insert_asset(&mut tx, &asset, number).await;
        let model = &mut models[usize::from(number - 1)];
        model.texts = [name, asset.file_name, asset.description.unwrap_or_default(), path.clone()].into();
        model.size_bytes = 10;
        model.checksum = hex(&sha256(number, 1));
    }
    for number in 0..12 {
        let tag_id: TagId = id(200 + number);
        let name = random.text(1..=3, " ");
        let tag = crate::search::tag(&world, tag_id, &name);
        tx.insert_tag(&mudlark_store::NewTag { name_key: number.to_string(), ..tag }).await.unwrap();
        for _ in 0..3 {
            let asset = random.below(ASSETS);
            tx.insert_asset_tag(asset_id(asset + 1), tag_id, world.user, NOW).await.unwrap();
            models[usize::from(asset)].texts.push(name.clone());
        }
        let (asset, content) = (random.below(ASSETS), random.text(1..=4, " "));
        let comment_id: CommentId = id(300 + number);
        tx.insert_comment(&comment(&world, comment_id, asset + 1, &content)).await.unwrap();
        models[usize::from(asset)].texts.push(content);
    }

    let mut hits = 0;
    for _ in 0..400 {
        let separator = if random.below(2) == 0 { "" } else { " " };
        let query = random.text(1..=3, separator);
        let expected: Vec<_> = (1..=ASSETS)
            .filter(|number| models[usize::from(number - 1)].is_found_by(&query))
            .map(asset_id)
            .collect();

        assert_eq!(found_by(&mut tx, &filter(&world, &query)).await, expected, "{query:?}");

        hits += expected.len();
    }
    assert!(hits > 1000, "the queries find too little to prove anything: {hits}");
}
