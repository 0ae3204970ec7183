//! The files of a move: all content that the old database names, at the new place.

use std::collections::HashSet;

use anyhow::ensure;
use futures_util::StreamExt;
use mudlark_store::{BlobRow, ContentFault};

use super::Storages;
use super::places::Places;
use crate::admin::{fsck, progress};
use crate::data_dir::DataDir;
use crate::ops::copy_content::ContentCopy;

/// What was copied.
#[derive(Default)]
pub(super) struct FilesMoved {
    /// Files that are at the new place.
    pub(super) count: u64,
    /// How many of them this run has copied.
    pub(super) new_count: u64,
    /// Their lengths together. *Units*: bytes.
    pub(super) new_bytes: u64,
    pub(super) faulty: Vec<FaultyFile>,
}

impl FilesMoved {
    /// Adds what a later look has copied.
    pub(super) fn take_in(&mut self, late: Self) {
        self.count = late.count;
        self.new_count += late.new_count;
        self.new_bytes += late.new_bytes;
        self.faulty = late.faulty;
    }
}

/// A file that is not whole at the old place.
pub(super) struct FaultyFile {
    pub(super) row: BlobRow,
    pub(super) fault: ContentFault,
    /// Which versions have it: at most ten.
    pub(super) places: Vec<String>,
}

/// Copies what is not at the new place yet. What this run has seen there before costs nothing.
pub(super) async fn copy(
    places: &Places,
    source: &DataDir,
    storages: &Storages,
) -> anyhow::Result<FilesMoved> {
    if !places.moves_files {
        return Ok(FilesMoved::default());
    }
    if storages.log.is_empty() {
        refuse_storage_of_others(source, storages).await?;
    }
    let totals = source.store.read().await?.count_blobs().await?;
    let bar = progress::of_bytes(u64::try_from(totals.size_bytes).unwrap_or_default(), "copying files");
    let copy = ContentCopy {
        store: &source.store,
        from: &storages.from,
        to: &storages.to,
        read_back: Some(&storages.log),
        done: &|bytes| bar.inc(bytes),
    };
    let copied = copy.run().await;
    bar.finish_and_clear();
    let copied = copied.map_err(|error| {
        error.context("the files could not all be copied; run this again and it goes on where it was")
    })?;
    let mut session = source.store.read().await?;
    let mut faulty = Vec::new();
    for (row, fault) in copied.faulty {
        // A server may have cleared it away meanwhile.
        if session.find_blob(row.account_id, &row.sha256).await?.is_some() {
            let places = fsck::places_of(&mut session, &row).await?;
            faulty.push(FaultyFile { row, fault, places });
        }
    }
    Ok(FilesMoved { count: copied.count, new_count: copied.new_count, new_bytes: copied.new_bytes, faulty })
}

/// Refuses a place with files of accounts that are not this installation's: its server would clear them away, as files that
/// nothing names.
async fn refuse_storage_of_others(source: &DataDir, storages: &Storages) -> anyhow::Result<()> {
    let accounts = source.store.read().await?.list_accounts().await?;
    let accounts: HashSet<_> = accounts.into_iter().map(|account| account.id.as_uuid()).collect();
    let mut listing = storages.to.list_content();
    while let Some(listed) = listing.next().await {
        let account = listed?.key.scope;
        ensure!(
            accounts.contains(&account),
            "where the files are to go, there are files of the account {account}, which this installation does not have; \
             another may keep its files there. Name a place, or a prefix, that nobody uses"
        );
    }
    Ok(())
}
