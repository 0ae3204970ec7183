//! Previews of versions: made by jobs, once for each content, and named by each version that has it. What reads the files is in
//! `previews`.

mod kept;
mod scratch;
mod surroundings;

use std::time::Duration;

use anyhow::ensure;
use mudlark_previews::{Encoding, extension_of};
use mudlark_store::{HeldJob, NewJob, NewVersion, PreviewOutcome, PreviewRow, PreviewedVersionRow};
use mudlark_types::{AccountId, EventType, VersionId};
use quick_cache::sync::Cache;
use serde_json::{Map, json};

use crate::app::App;
use crate::error::ApiResult;
use crate::jobs::{JobKind, LOOKED_AT};
use crate::ops::change::Change;
use crate::ops::event::Event;
use crate::previews::{self, Made, NotMade, Order, PROCESSOR_SECONDS};
use kept::Read;
pub(crate) use kept::thousandths;
pub(crate) use scratch::{sweep, sweep_at_start};
use surroundings::{Named, Surroundings};
pub(crate) use surroundings::{asset_changed, folder_changed};

/// The longest sides that pictures are kept with. *Units*: pixels.
const SIDES: [u32; 5] = [128, 256, 512, 1024, 2048];
/// The longest file that is looked at. *Units*: bytes.
const MAX_FILE: i64 = 8 << 30;
/// The longest text of why there is no preview. *Units*: bytes.
const MAX_REASON: usize = 300;
/// How long a preview is kept that no version names: one is named as soon as it is made.
const UNREFERENCED_AGE: Duration = Duration::from_hours(1);
/// How many unreferenced previews are removed at a time.
const BATCH: i64 = 200;

/// Gives a version that the change makes the preview of its content, or asks for one.
pub(crate) async fn of_new_version(app: &App, change: &mut Change, version: &NewVersion) -> ApiResult<()> {
    surroundings::show_in_others(change, version).await?;
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
    let mut session = app.store.read().await?;
    let Some(version) = session.find_previewed_version(id).await? else { return Ok(()) };
    if version.preview_id.is_some() && !anew {
        return Ok(());
    }
    let extension = extension_of(&version.file_name);
    let shared = session.find_preview_of(version.account_id, &version.sha256, &extension).await?;
    drop(session);
    if let (Some(preview), false) = (&shared, anew) {
        let mut change = begin(app, job, version.account_id).await?;
        give(&mut change, &version, preview).await?;
        return commit(change).await;
    }
    let (read, named) = read(app, &version).await?;
    let mut published = Vec::new();
    for picture in &read.pictures {
        published.push((picture, kept::publish(app, version.account_id, picture).await?));
    }
    let mut change = begin(app, job, version.account_id).await?;
    change.tx.replace_named_files(version.workspace_id, id, &named.names).await?;
    change.tx.replace_used_assets(version.workspace_id, id, &named.used).await?;
    // What lies beside a version shows in its preview: it is not another's, whatever the content.
    let of_version = (!named.names.is_empty()).then_some(id);
    let preview = kept::keep(app, &mut change, &version, of_version, extension, &read, &published).await?;
    let mut others = match &shared {
        Some(old) => change.tx.list_versions_of_preview(old.id).await?,
        None => Vec::new(),
    };
    others.retain(|other| other.id != id);
    for other in &others {
        if of_version.is_some() {
            let job = JobKind::PreviewAnew.about(&app.clock, other.id, Some(other.account_id));
            change.enqueue(&job).await.map_err(|error| error.described())?;
        } else {
            give(&mut change, other, &preview).await?;
        }
    }
    // Its row may be gone by now: then nothing of this is to stay.
    if !give(&mut change, &version, &preview).await? {
        return Ok(());
    }
    for old in shared.map(|old| old.id).into_iter().chain(version.preview_id) {
        change.tx.delete_unreferenced_preview(version.account_id, old).await?;
    }
    commit(change).await
}

/// Begins a change that is made by who has the job alone.
async fn begin(app: &App, job: HeldJob, account_id: AccountId) -> anyhow::Result<Change> {
    let mut change = Change::begin(app, account_id, None, None).await.map_err(|error| error.described())?;
    ensure!(change.tx.hold_job(job).await?, "another process does it");
    Ok(change)
}

/// Lets a version name a preview, and tells. Answers whether there is such a version.
async fn give(
    change: &mut Change,
    version: &PreviewedVersionRow,
    preview: &PreviewRow,
) -> anyhow::Result<bool> {
    let is_there = change.tx.attach_preview(version.id, preview, change.sequence).await?;
    if is_there {
        let event =
            Event::of_asset(version.workspace_id, version.asset_id, EventType::VersionPreviewed, version.id);
        change.record(event.with("outcome", preview.outcome.as_str()));
    }
    Ok(is_there)
}

async fn commit(change: Change) -> anyhow::Result<()> {
    change.commit().await.map_err(|error| error.described())
}

/// What a file gives, with the files of its workspace that it names; and which these are.
async fn read(app: &App, version: &PreviewedVersionRow) -> anyhow::Result<(Read, Named)> {
    if version.size_bytes > MAX_FILE {
        let reason = format!("the file has {} bytes", version.size_bytes);
        return Ok((refused(PreviewOutcome::TooLarge, &reason), Named::default()));
    }
    let mut surroundings = Surroundings::default();
    // To find out what it names, nothing need be drawn that is to be seen.
    let mut sides: &[u32] =
        if surroundings::usually_names_others(&version.file_name) { &[1] } else { &SIDES };
    loop {
        let file = scratch::open(app, version.account_id, &version.sha256, version.size_bytes).await?;
        let order = Order {
            file_name: &version.file_name,
            sides,
            encoding: Encoding::WebP,
            beside: surroundings.folder(),
            processor_seconds: PROCESSOR_SECONDS,
        };
        let read = match previews::make(file, &order).await? {
            Ok(made) => {
                let has_found = surroundings.gather(app, version, &made.facts).await?;
                if has_found || sides != SIDES {
                    sides = if has_found { sides } else { &SIDES };
                    continue;
                }
                let Made { facts, likeness, pictures } = made;
                Read { outcome: PreviewOutcome::Made, reason: None, facts, likeness, pictures }
            }
            Err(NotMade::Refused(outcome, reason)) => refused(outcome.into(), &reason),
            Err(NotMade::Crashed(reason)) => {
                tracing::warn!(version = %version.id, reason, "a file's preview could not be made");
                refused(PreviewOutcome::Crashed, &reason)
            }
        };
        return Ok((read, surroundings.into_named()));
    }
}

fn refused(outcome: PreviewOutcome, reason: &str) -> Read {
    let reason = reason[..reason.floor_char_boundary(MAX_REASON)].to_owned();
    let facts = match outcome {
        PreviewOutcome::Unknown => Map::new(),
        _ => Map::from_iter([("unreadable".to_owned(), json!(reason))]),
    };
    Read { outcome, reason: Some(reason), facts, likeness: None, pictures: Vec::new() }
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
