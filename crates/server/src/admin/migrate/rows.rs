//! The rows of a move, when some are at the new database already.

use anyhow::bail;
use mudlark_store::{RowsCopied, find_difference};

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
