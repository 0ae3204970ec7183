//! `mudlark fsck`: whether all content is there and as it was uploaded. Works beside a running server.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use futures_util::StreamExt;
use mudlark_blobs::{BlobError, BlobKey, Blobs};
use mudlark_store::{BlobRow, ContentFault, Session};
use serde_json::{Value, json};

use super::{Admin, StorageFlags, block_on, output, progress};
use crate::cli::{AdminFlags, ExitWith};
use crate::ops::content_check::{self, Depth};
use crate::ops::copy_content::copy_one;
use crate::storage;
use crate::views::digest_of;

/// Rows taken at a time.
const BATCH: i64 = 500;

/// Content younger than this may be on its way to its row.
const YOUNG: Duration = Duration::from_hours(1);

/// Check that all files are there and as they were uploaded, and repair what can be.
///
/// Ends with 0 when all is whole, or has been repaired; with 1 when something is not, or could not be checked.
#[derive(Debug, clap::Args)]
pub(crate) struct FsckCommand {
    /// Look only at whether files are there, with their lengths; else every byte is read.
    #[arg(long)]
    quick: bool,
    /// Bring lost, torn and damaged files back where another account has the same, and note the others for `/metrics`.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    flags: AdminFlags,
}

/// What was found wrong with a file.
struct Found {
    row: BlobRow,
    fault: ContentFault,
    is_repaired: bool,
    /// Which versions have it: at most ten.
    places: Vec<String>,
}

/// Files that no row names.
#[derive(Default)]
struct Orphans {
    count: u64,
    size_bytes: u64,
}

impl FsckCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let admin = Admin::open_unchanged(&self.flags).await?;
            let blobs = storage::open(&self.storage.settings(&self.flags), &admin.data).await?;
            let (found, checked, checked_bytes) = self.check_content(&admin, &blobs).await?;
            let orphans = count_orphans(&admin, &blobs).await?;
            let left = found.iter().filter(|found| !found.is_repaired).count();
            if self.flags.json {
                let faults: Vec<Value> = found.iter().map(view).collect();
                let report = json!({
                    "checked": checked, "checked_bytes": checked_bytes, "faults": faults,
                    "orphans": orphans.count, "orphan_bytes": orphans.size_bytes,
                });
                output::object(true, &report)?;
            } else {
                if !found.is_empty() {
                    let columns = ["fault", "repaired", "account_id", "sha256", "size_bytes", "places"];
                    output::list(false, &found.iter().map(view).collect::<Vec<_>>(), &columns)?;
                }
                let orphaned = match orphans.count {
                    0 => String::new(),
                    count => format!("; {count} files that nothing names, which the server clears away"),
                };
                println!("{checked} files checked, {} at fault, {left} not repaired{orphaned}", found.len());
                if left > 0 && !self.repair {
                    println!("`mudlark fsck --repair` brings back those that another account has too");
                } else if left > 0 {
                    println!(
                        "put back from a backup, or upload again, the files above that are not repaired"
                    );
                }
            }
            if left > 0 { Err(ExitWith(1).into()) } else { Ok(()) }
        })
    }

    /// All content that the database names. Also answers how much was looked at.
    async fn check_content(&self, admin: &Admin, blobs: &Blobs) -> anyhow::Result<(Vec<Found>, u64, u64)> {
        let store = &admin.data.store;
        let depth = if self.quick { Depth::Length } else { Depth::Bytes };
        let totals = store.read().await?.count_blobs().await?;
        let total = if self.quick { totals.count } else { totals.size_bytes };
        let total = u64::try_from(total).unwrap_or_default();
        let bar = if self.quick {
            progress::of_things(total, "checking")
        } else {
            progress::of_bytes(total, "checking")
        };
        let (mut found, mut checked, mut checked_bytes) = (Vec::new(), 0, 0);
        let mut after = None;
        loop {
            let rows = store.read().await?.list_blobs(after, BATCH).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.account_id, last.sha256.clone()));
            for row in rows {
                let looked = content_check::check(blobs, &row, depth, |bytes| {
                    checked_bytes += bytes;
                    bar.inc(bytes);
                    std::future::ready(())
                });
                let fault = looked.await.context("the files can't be read")?;
                checked += 1;
                if self.quick {
                    bar.inc(1);
                }
                if let Some(fault) = fault {
                    found.extend(self.take_up(admin, blobs, row, fault).await?);
                }
            }
        }
        bar.finish_and_clear();
        Ok((found, checked, checked_bytes))
    }

    /// What is to be said of a fault; nothing if the content is not wanted any more.
    async fn take_up(
        &self,
        admin: &Admin,
        blobs: &Blobs,
        row: BlobRow,
        fault: ContentFault,
    ) -> anyhow::Result<Option<Found>> {
        let mut session = admin.data.store.read().await?;
        // A server may have cleared it away since the row was read.
        if session.find_blob(row.account_id, &row.sha256).await?.is_none() {
            return Ok(None);
        }
        let places = places_of(&mut session, &row).await?;
        drop(session);
        let is_repaired = self.repair && bring_back(admin, blobs, &row).await?;
        if self.repair {
            let left = (!is_repaired).then_some(fault);
            let mut tx = admin.data.store.begin().await?;
            tx.note_content_check(row.account_id, &row.sha256, left, admin.clock.now_ms()).await?;
            tx.commit().await?;
        }
        Ok(Some(Found { row, fault, is_repaired, places }))
    }
}

/// Which versions have this content, for people to read: at most ten.
pub(super) async fn places_of(session: &mut Session, row: &BlobRow) -> anyhow::Result<Vec<String>> {
    let places = session.list_places_of_content(row.account_id, &row.sha256).await?;
    let places = places.into_iter().map(|place| {
        let separator = if place.folder_path.ends_with('/') { "" } else { "/" };
        format!("{}{separator}{} v{}", place.folder_path, place.name, place.version_number)
    });
    Ok(places.collect())
}

/// Publishes the content anew out of another account's, if one has it whole. Answers whether one had.
async fn bring_back(admin: &Admin, blobs: &Blobs, row: &BlobRow) -> anyhow::Result<bool> {
    let copies = admin.data.store.read().await?.list_copies_of_content(row.account_id, &row.sha256).await?;
    for copy in copies {
        let Some(sha256) = digest_of(&copy.sha256) else { continue };
        let key = BlobKey { scope: copy.account_id.as_uuid(), sha256 };
        let size_bytes = u64::try_from(copy.size_bytes)?;
        if copy_one((blobs, &key), (blobs, row.account_id.as_uuid()), size_bytes, &|_| ()).await?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Files that no row names, but for those that may be on their way to one.
async fn count_orphans(admin: &Admin, blobs: &Blobs) -> anyhow::Result<Orphans> {
    let mut orphans = Orphans::default();
    let cutoff = SystemTime::now() - YOUNG;
    let mut listing = blobs.list_content();
    while let Some(listed) = listing.next().await {
        let listed = listed
            .map_err(|error: BlobError| anyhow::Error::new(error).context("the files can't be listed"))?;
        if listed.published_at > cutoff {
            continue;
        }
        let account_id = listed.key.scope.into();
        let mut session = admin.data.store.read().await?;
        if session.find_blob(account_id, listed.key.sha256.as_bytes()).await?.is_none() {
            orphans.count += 1;
            orphans.size_bytes += listed.size_bytes;
        }
    }
    Ok(orphans)
}

fn view(found: &Found) -> Value {
    json!({
        "fault": found.fault.as_str(),
        "repaired": found.is_repaired,
        "account_id": found.row.account_id,
        "sha256": digest_of(&found.row.sha256).map(|sha256| sha256.to_string()),
        "size_bytes": found.row.size_bytes,
        "places": found.places,
    })
}
