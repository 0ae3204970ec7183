//! Previews of versions: made by jobs, once for each content, and named by each version that has it. What reads the files is in
//! `previews`.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::StreamExt;
use mudlark_blobs::BlobKey;
use mudlark_previews::{Encoding, extension_of};
use mudlark_store::{
    FactValue, HeldJob, NewJob, NewVersion, PreviewFact, PreviewOutcome, PreviewPictureRow, PreviewRow,
    PreviewedVersionRow,
};
use mudlark_types::{AccountId, EventType, VersionId, search_fold};
use quick_cache::sync::Cache;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;

use crate::app::App;
use crate::error::ApiResult;
use crate::jobs::{JobKind, LOOKED_AT};
use crate::ops::change::Change;
use crate::ops::commit_content::{PublishedContent, publish_uncounted};
use crate::ops::content_removals::check_none_since;
use crate::ops::event::Event;
use crate::previews::child::{self, Made, MadePicture, NotMade, Order};
use crate::views::digest_of;

/// The longest sides that pictures are kept with. *Units*: pixels.
const SIDES: [u32; 5] = [128, 256, 512, 1024, 2048];
/// The longest file that is looked at. *Units*: bytes.
const MAX_FILE: i64 = 8 << 30;
/// The longest word of a fact that searches know. *Units*: bytes.
const MAX_WORD: usize = 200;
/// The longest text of why there is no preview. *Units*: bytes.
const MAX_REASON: usize = 300;
/// The most facts of a file, in JSON. *Units*: bytes.
const MAX_FACTS: usize = 64 << 10;
/// How long a preview is kept that no version names: one is named as soon as it is made.
const UNREFERENCED_AGE: Duration = Duration::from_hours(1);
/// How many unreferenced previews are removed at a time.
const BATCH: i64 = 200;

/// Gives a version that the change makes the preview of its content, or asks for one.
pub(crate) async fn of_new_version(app: &App, change: &mut Change, version: &NewVersion) -> ApiResult<()> {
    let extension = extension_of(&version.file_name);
    match change.tx.find_preview_of(version.account_id, &version.sha256, &extension).await? {
        Some(preview) => {
            change.tx.attach_preview(version.id, &preview, change.sequence).await?;
            Ok(())
        }
        None => {
            change.enqueue(&JobKind::Preview.about(&app.clock, version.id, Some(version.account_id))).await
        }
    }
}

/// Versions whose previews were lately asked for by those who look, so that each who waits does not ask again.
pub(crate) struct LookedAt(Cache<VersionId, i64>);

impl Default for LookedAt {
    fn default() -> Self {
        Self(Cache::new(4096))
    }
}

/// How long a version counts as asked for. *Units*: milliseconds.
const ASKED_FOR_MS: i64 = 60_000;

/// Has a version's preview be made before others: somebody is looking for it.
pub(crate) async fn look_at(app: &App, account_id: AccountId, id: VersionId) -> ApiResult<()> {
    let now_ms = app.clock.now_ms();
    if app.looked_at.0.get(&id).is_some_and(|asked_ms| asked_ms + ASKED_FOR_MS > now_ms) {
        return Ok(());
    }
    let job = NewJob { priority: LOOKED_AT, ..JobKind::Preview.about(&app.clock, id, Some(account_id)) };
    let mut tx = app.store.begin().await?;
    tx.enqueue_job(&job).await?;
    tx.commit().await?;
    app.jobs.wake();
    app.looked_at.0.insert(id, now_ms);
    Ok(())
}

/// Makes the preview of a version, unless it has one, or there is one of its content; `anew` makes it all the same.
///
/// What the file does to its reader is written down and not tried again. *Errors*: it is to be tried again.
pub(crate) async fn make(app: &App, job: HeldJob, id: VersionId, anew: bool) -> anyhow::Result<()> {
    // Purged meanwhile.
    let Some(version) = app.store.read().await?.find_previewed_version(id).await? else { return Ok(()) };
    if version.preview_id.is_some() && !anew {
        return Ok(());
    }
    let extension = extension_of(&version.file_name);
    let there =
        app.store.read().await?.find_preview_of(version.account_id, &version.sha256, &extension).await?;
    if let (Some(preview), false) = (&there, anew) {
        let change = begin(app, job, version.account_id).await?;
        return finish(change, &version, preview).await;
    }
    let made = read(app, &version).await?;
    let mut published = Vec::new();
    for picture in &made.pictures {
        published.push((picture, publish(app, version.account_id, picture).await?));
    }
    let mut change = begin(app, job, version.account_id).await?;
    let preview = keep(app, &mut change, &version, extension, &made, &published).await?;
    if let Some(old) = there {
        change.tx.replace_preview(old.id, &preview).await?;
    }
    finish(change, &version, &preview).await
}

/// Begins a change that is made by who has the job alone.
async fn begin(app: &App, job: HeldJob, account_id: AccountId) -> anyhow::Result<Change> {
    let mut change = Change::begin(app, account_id, None, None).await.map_err(|error| error.described())?;
    ensure!(change.tx.hold_job(job).await?, "another process does it");
    Ok(change)
}

async fn finish(
    mut change: Change,
    version: &PreviewedVersionRow,
    preview: &PreviewRow,
) -> anyhow::Result<()> {
    // Its row may be gone by now: then nothing of this is to stay.
    if !change.tx.attach_preview(version.id, preview, change.sequence).await? {
        return Ok(());
    }
    let event =
        Event::of_asset(version.workspace_id, version.asset_id, EventType::VersionPreviewed, version.id);
    change.record(event.with("outcome", preview.outcome.as_str()));
    change.commit().await.map_err(|error| error.described())
}

/// What was made of a file, or why nothing was.
struct Read {
    outcome: PreviewOutcome,
    reason: Option<String>,
    facts: Map<String, Value>,
    pictures: Vec<MadePicture>,
}

async fn read(app: &App, version: &PreviewedVersionRow) -> anyhow::Result<Read> {
    let refused = |outcome: PreviewOutcome, reason: String| {
        let reason = reason[..reason.floor_char_boundary(MAX_REASON)].to_owned();
        let facts = match outcome {
            PreviewOutcome::Unknown => Map::new(),
            _ => Map::from_iter([("unreadable".to_owned(), json!(reason))]),
        };
        Read { outcome, reason: Some(reason), facts, pictures: Vec::new() }
    };
    if version.size_bytes > MAX_FILE {
        return Ok(refused(PreviewOutcome::TooLarge, format!("the file has {} bytes", version.size_bytes)));
    }
    let file = open(app, version).await?;
    let order =
        Order { file_name: &version.file_name, sides: &SIDES, encoding: Encoding::WebP, beside: None };
    Ok(match child::make(file, &order).await? {
        Ok(Made { facts, pictures }) => Read { outcome: PreviewOutcome::Made, reason: None, facts, pictures },
        Err(NotMade::Refused(outcome, reason)) => refused(outcome.into(), reason),
        Err(NotMade::Crashed(reason)) => {
            tracing::warn!(version = %version.id, reason, "a file's preview could not be made");
            refused(PreviewOutcome::Crashed, reason)
        }
    })
}

/// The version's content as a file of this machine: itself where it lies here, or a copy without a name.
async fn open(app: &App, version: &PreviewedVersionRow) -> anyhow::Result<File> {
    let sha256 = digest_of(&version.sha256).context("content without a digest")?;
    let key = BlobKey { scope: version.account_id.as_uuid(), sha256 };
    if let Some(file) = app.blobs.open_file(&key).await? {
        return Ok(file);
    }
    let size_bytes = u64::try_from(version.size_bytes)?;
    let copy = tempfile::tempfile_in(scratch(&app.settings.data)?)?;
    let mut writer = tokio::fs::File::from_std(copy.try_clone()?);
    let mut bytes = app.blobs.read(&key, 0..size_bytes).await?;
    while let Some(piece) = bytes.next().await {
        writer.write_all(&piece?).await?;
    }
    writer.flush().await?;
    std::io::Seek::rewind(&mut &copy)?;
    Ok(copy)
}

/// The folder of such copies.
fn scratch(data: &Path) -> std::io::Result<std::path::PathBuf> {
    let folder = data.join("previews");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

async fn publish(
    app: &App,
    account_id: AccountId,
    picture: &MadePicture,
) -> anyhow::Result<PublishedContent> {
    let mut writer = app.blobs.stage();
    writer.write(picture.bytes.clone().into()).await?;
    let staged = writer.finish().await?;
    publish_uncounted(app, account_id, String::new(), staged).await.map_err(|error| error.described())
}

async fn keep(
    app: &App,
    change: &mut Change,
    version: &PreviewedVersionRow,
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

/// Forgets previews that no version names; their pictures' bytes go with all content that nothing needs any more.
pub(crate) async fn remove_unreferenced(app: &App) -> anyhow::Result<u64> {
    let age_ms = i64::try_from(UNREFERENCED_AGE.as_millis()).unwrap_or(i64::MAX);
    let mut removed = 0;
    loop {
        let before_ms = app.clock.now_ms().saturating_sub(age_ms);
        let previews = app.store.read().await?.list_unreferenced_previews(before_ms, BATCH).await?;
        if previews.is_empty() {
            return Ok(removed);
        }
        let mut removed_now = 0;
        for preview in previews {
            let mut tx = app.store.begin().await?;
            // Whoever names a preview holds the account's lock.
            tx.lock_account(preview.account_id).await?;
            removed_now += u64::from(tx.delete_unreferenced_preview(preview.account_id, preview.id).await?);
            tx.commit().await?;
        }
        removed += removed_now;
        if removed_now == 0 {
            return Ok(removed);
        }
    }
}

#[cfg(test)]
mod tests {
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
