//! The note that an installation has moved, which the command that moved it leaves in the old database: whoever opens that
//! is told where all has gone. Not the moving, which is the command's.

use anyhow::{bail, ensure};
use mudlark_store::{RelocationRow, Store};
use mudlark_types::Timestamp;

/// How the note is taken away.
const UNDO: &str = "to use what is here all the same, take the note back: `mudlark migrate --undo --from DIR`, with \
                    --from-database where it is on PostgreSQL";

/// Refuses a database whose rows are elsewhere now.
pub(crate) async fn refuse_moved(store: &Store) -> anyhow::Result<()> {
    let Some(RelocationRow { at_ms, database_place: Some(database), storage_place }) = note(store).await?
    else {
        return Ok(());
    };
    bail!(
        "this installation was moved on {}: its database is {database} now, its files are in {storage_place}. Use it \
         there: what is changed here is not there; {UNDO}",
        Timestamp(at_ms)
    )
}

/// Refuses a storage that the files of this database have left.
pub(crate) async fn refuse_left_storage(store: &Store, storage: &str) -> anyhow::Result<()> {
    let Some(RelocationRow { at_ms, database_place: None, storage_place }) = note(store).await? else {
        return Ok(());
    };
    ensure!(
        storage == storage_place,
        "the files of this installation were moved on {}: they are in {storage_place} now, not in {storage}. Name that \
         with --storage; {UNDO}",
        Timestamp(at_ms)
    );
    Ok(())
}

async fn note(store: &Store) -> anyhow::Result<Option<RelocationRow>> {
    Ok(store.read().await?.find_relocation().await?)
}
