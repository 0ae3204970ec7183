//! The rows of a move: all of the old database's, in one transaction of the new one.

use anyhow::{Context, bail};
use mudlark_store::{RowsCopied, Tx, copy_rows, find_difference};

use crate::admin::progress;
use crate::data_dir::DataDir;

/// Whether the new database has all rows already, as after a run that ended before it could leave its note.
///
/// *Errors*: it has others.
pub(super) async fn are_there(source: &DataDir, target: &DataDir) -> anyhow::Result<bool> {
    let mut there = target.store.begin().await?;
    let Some(filled) = there.find_filled_table().await? else { return Ok(false) };
    let mut here = source.store.begin().await?;
    here.lock_for_copy().await?;
    there.lock_for_copy().await?;
    if let Some(differing) = find_difference(&mut here, &mut there).await? {
        bail!(
            "the database to move to is not empty: `{filled}` has rows, and `{differing}` others than in the old one. \
             Nothing was changed; name an empty database, or a folder without one"
        );
    }
    Ok(true)
}

/// How many rows it has.
pub(super) async fn count(target: &DataDir) -> anyhow::Result<RowsCopied> {
    let rows = target.store.read().await?.count_copied_rows().await?;
    Ok(RowsCopied { tables: mudlark_store::row_copy::COPIED.len() as u64, rows })
}

/// Copies all rows and reads them back. When this returns, they are there for good.
pub(super) async fn copy(source: &mut Tx, target: &DataDir) -> anyhow::Result<RowsCopied> {
    let total = source.count_copied_rows().await?;
    let mut there = target.store.begin().await?;
    if let Some(filled) = there.find_filled_table().await? {
        bail!("somebody has put rows into `{filled}` of the database to move to; nothing was changed there");
    }
    // Written, and read back.
    let bar = progress::of_things(2 * total, "copying rows");
    let copied = copy_rows(source, &mut there, &|rows| bar.inc(rows)).await;
    bar.finish_and_clear();
    let copied = copied.context("the rows were not copied, and the new database is empty as before")?;
    there.commit().await.context(
        "it is not known whether the new database has taken the rows in; run this again and it will be seen",
    )?;
    Ok(copied)
}
