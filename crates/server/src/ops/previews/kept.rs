//! What was made of a file, written down: the preview, its pictures, its sketch and the facts that searches ask for.

use mudlark_previews::Likeness;
use mudlark_store::{
    FactValue, LikenessRow, PreviewFact, PreviewOutcome, PreviewPictureRow, PreviewRow, PreviewedVersionRow,
};
use mudlark_types::{AccountId, VersionId, search_fold};
use serde_json::{Map, Value};

use crate::app::App;
use crate::ops::change::Change;
use crate::ops::commit_content::{PublishedContent, publish_uncounted};
use crate::ops::content_removals::check_none_since;
use crate::previews::MadePicture;

/// The longest word of a fact that searches know. *Units*: bytes.
const MAX_WORD: usize = 200;
/// The most facts of a file, in JSON. *Units*: bytes.
const MAX_FACTS: usize = 64 << 10;

/// What was made of a file, or why nothing was.
pub(super) struct Read {
    pub(super) outcome: PreviewOutcome,
    pub(super) reason: Option<String>,
    pub(super) facts: Map<String, Value>,
    pub(super) likeness: Option<Likeness>,
    pub(super) pictures: Vec<MadePicture>,
}

/// Makes a picture content of the account.
pub(super) async fn publish(
    app: &App,
    account_id: AccountId,
    picture: &MadePicture,
) -> anyhow::Result<PublishedContent> {
    let mut writer = app.blobs.stage();
    writer.write(picture.bytes.clone().into()).await?;
    let staged = writer.finish().await?;
    publish_uncounted(app, account_id, String::new(), staged).await.map_err(|error| error.described())
}

/// Writes a preview down; `of_version` says the version that it is of alone.
pub(super) async fn keep(
    app: &App,
    change: &mut Change,
    version: &PreviewedVersionRow,
    of_version: Option<VersionId>,
    extension: String,
    read: &Read,
    published: &[(&MadePicture, PublishedContent)],
) -> anyhow::Result<PreviewRow> {
    let mut facts = read.facts.clone();
    let mut written = Value::Object(facts.clone()).to_string();
    if written.len() > MAX_FACTS {
        // Lists are what is long.
        facts.retain(|_, value| !value.is_array());
        written = Value::Object(facts.clone()).to_string();
    }
    let preview = PreviewRow {
        id: app.clock.new_id(),
        account_id: version.account_id,
        content_sha256: version.sha256.clone(),
        extension,
        outcome: read.outcome,
        reason: read.reason.clone(),
        facts: Some(written),
        version_id: of_version,
        readers: mudlark_previews::READERS,
        made_at_ms: change.now_ms,
    };
    let mut pictures = Vec::new();
    for (picture, content) in published {
        let PublishedContent { sha256, size_bytes, seen_removal, .. } = content;
        if let Some(seen) = seen_removal {
            let none_since = check_none_since(&mut change.tx, version.account_id, sha256, *seen).await;
            none_since.map_err(|error| error.described())?;
        }
        // Whatever room the account has left: what it has uploaded is to be seen.
        change.tx.insert_blob(version.account_id, sha256, *size_bytes, change.now_ms).await?;
        pictures.push(PreviewPictureRow {
            preview_id: preview.id,
            side: picture.side.unwrap_or(0).into(),
            account_id: version.account_id,
            sha256: sha256.clone(),
            size_bytes: *size_bytes,
            width: picture.width.into(),
            height: picture.height.into(),
        });
    }
    change.tx.insert_preview(&preview, &pictures, &searched(&facts)).await?;
    if let Some(likeness) = &read.likeness {
        let row = LikenessRow {
            preview_id: preview.id,
            structure: likeness.structure.cast_signed(),
            colors: likeness.colors.to_vec(),
        };
        change.tx.insert_likeness(version.account_id, &row).await?;
    }
    Ok(preview)
}

/// The facts that are one number, one word or a yes or no.
fn searched(facts: &Map<String, Value>) -> Vec<PreviewFact> {
    let value = |value: &Value| match value {
        Value::Number(number) => number.as_f64().and_then(thousandths).map(FactValue::Thousandths),
        Value::Bool(is_so) => Some(FactValue::Word(is_so.to_string())),
        Value::String(text) => {
            Some(FactValue::Word(search_fold(&text[..text.floor_char_boundary(MAX_WORD)])))
        }
        _ => None,
    };
    let facts = facts.iter().filter_map(|(name, fact)| Some((name.clone(), value(fact)?)));
    facts.map(|(name, value)| PreviewFact { name, value }).collect()
}

/// A number in thousandths, where that can be kept.
pub(crate) fn thousandths(number: f64) -> Option<i64> {
    let thousandths = (number * 1000.0).round();
    // Whole numbers up to here are exact.
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within the bound")]
    (thousandths.abs() <= 9_007_199_254_740_992.0).then_some(thousandths as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_that_are_one_value_are_searched_for() {
        let Value::Object(facts) = json!({
            "width": 2048, "duration_s": 1.2345, "color_profile": "Adobe RGB", "has_alpha": true,
            "layers": ["a"], "size": {"x": 1}, "absurd": 1e300,
        }) else {
            unreachable!()
        };
        let mut found: Vec<_> =
            searched(&facts).into_iter().map(|fact| (fact.name, format!("{:?}", fact.value))).collect();
        found.sort();
        let expected = [
            ("color_profile", "Word(\"adobe rgb\")"),
            ("duration_s", "Thousandths(1235)"),
            ("has_alpha", "Word(\"true\")"),
            ("width", "Thousandths(2048000)"),
        ];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
