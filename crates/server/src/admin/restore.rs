//! `mudlark restore`: what `mudlark backup` has copied put into a new installation, on whichever database and storage.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use mudlark_store::Store;
use uuid::Uuid;

use super::backup::{copied, copied_database, open_copy, put_in_place, remove_database, report};
use super::{StorageFlags, block_on, copied_rows};
use crate::cli::AdminFlags;
use crate::clock::Clock;
use crate::config::Settings;
use crate::data_dir::{self, DATABASE_FILE, DataDir};
use crate::ops::secrets;
use crate::{secrets_file, storage};

/// Put a backup into a new data folder, or into an empty PostgreSQL database and a bucket.
///
/// A restore that was broken off goes on when it is run again. Needs the secrets file of the server that was backed up.
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreCommand {
    /// The folder of the backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    flags: AdminFlags,
}

impl RestoreCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let settings = self.storage.settings(&self.flags);
            settings.check_database_url()?;
            let backup = self.from.join(DATABASE_FILE);
            ensure!(backup.exists(), "there is no backup in {}", self.from.display());
            let database = settings.data.join(DATABASE_FILE);
            ensure!(
                settings.database_url.is_some() || !database.exists(),
                "there is a database in {} already; name an empty folder with --data",
                settings.data.display()
            );
            let secrets_path = settings.secrets_path();
            let vault = secrets_file::read(&secrets_path).with_context(|| {
                format!("put the secrets file of the server that was backed up at {}", secrets_path.display())
            })?;
            data_dir::make_private_dir(&settings.data)
                .with_context(|| format!("the folder {} can't be made", settings.data.display()))?;
            let unfinished = settings.data.join("mudlark.sqlite3.new");
            let store = copied_database(&backup, &unfinished).await?;
            let now_ms = Clock::system().now_ms();
            let mut session = store.read().await?;
            secrets::check_opens(&mut session, &vault, &secrets_path, now_ms).await.with_context(|| {
                format!(
                    "the secrets file {} is not that of the server that was backed up",
                    secrets_path.display()
                )
            })?;
            drop(session);
            // Its files are where they are put now, wherever they had gone before.
            let mut tx = store.begin().await?;
            tx.delete_relocation().await?;
            tx.commit().await?;
            let data = if settings.database_url.is_some() {
                open_empty(&settings, vault).await?
            } else {
                DataDir::of_parts(settings.data.clone(), store.clone(), vault)
            };
            let files = storage::open(&settings, &data).await?;
            let copied = copied(&store, &open_copy(&self.from)?, &files).await?;
            put_rows(store, data, &unfinished, &database).await?;
            report(self.flags.json, &copied, "restored")
        })
    }
}

/// Opens the PostgreSQL database to restore into. *Errors*: it has rows; a server runs on it.
async fn open_empty(settings: &Settings, vault: mudlark_auth::Vault) -> anyhow::Result<DataDir> {
    let data = DataDir::open_for(settings, vault).await?;
    let mut session = data.store.read().await?;
    let (filled, leases) =
        (session.find_filled_table().await?, session.count_other_leases(Uuid::nil()).await?);
    drop(session);
    ensure!(
        filled.is_none() && leases == 0,
        "the database that --database-url names is not empty, or a server runs on it; name an empty one"
    );
    Ok(data)
}

/// Has the rows where the server will look for them: last, so that nothing is served by halves.
async fn put_rows(store: Store, data: DataDir, unfinished: &Path, database: &Path) -> anyhow::Result<()> {
    if !data.store.is_shared() {
        // Closed by the last who holds it.
        drop((store, data));
        return put_in_place(unfinished, database);
    }
    copied_rows::copy(&mut store.snapshot().await?, &data.store).await?;
    drop(store);
    // Left where that fails; it does no harm.
    remove_database(unfinished).ok();
    Ok(())
}
