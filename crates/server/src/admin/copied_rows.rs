//! All rows of one database copied into another, with a bar. Used by the commands that move an installation, back it up and
//! put it back.

use anyhow::{Context, bail};
use mudlark_store::{RowsCopied, Store, Tx, copy_rows};

use super::progress;

/// Copies all rows into a database that has none and reads them back, in one transaction. When this returns, they are there
/// for good.
///
/// *Errors*: the target has rows; rows can't be read or written; what is read back is not what was written.
pub(super) async fn copy(source: &mut Tx, target: &Store) -> anyhow::Result<RowsCopied> {
    let total = source.count_copied_rows().await?;
    let mut there = target.begin().await?;
    if let Some(filled) = there.find_filled_table().await? {
        bail!("somebody has put rows into `{filled}` of the new database; nothing was changed there");
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
