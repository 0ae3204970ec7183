//! `mudlark migrate`: an installation moved to another database, to another storage, or to both, from one machine to many
//! and back. Files first, which may take long and can be done beside a running server; then all rows in one transaction.
//! How and why so: `docs/adr/0016-an-installation-moves-files-first-then-all-rows-in-one-transaction.md`.

mod files;
mod places;
mod report;
mod rows;

use std::fs::{self, File};
use std::path::PathBuf;

use anyhow::{Context, ensure};
use mudlark_blobs::Blobs;
use mudlark_store::RelocationRow;

use super::{block_on, copied_rows, output};
use crate::cli::ExitWith;
use crate::clock::Clock;
use crate::config::{DatabaseUrl, StorageUrl};
use crate::data_dir::{self, DataDir};
use crate::ops::read_back::ReadBackLog;
use crate::{secrets_file, storage};
use places::{Places, refuse_served};
use report::Report;

/// Move an installation to another database, to another storage, or to both; what is not named stays where it is.
///
/// Files are copied first, each held against its SHA-256 as it is written and when it is read back; then all rows, in one
/// transaction, which are read back too. Broken off at any moment, it goes on when it is run again. The old installation
/// stays as it was, with a note that it has moved.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct MigrateCommand {
    /// The data folder of the installation.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Its PostgreSQL database, postgres://… [default: SQLite in that folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_FROM_DATABASE", hide_env_values = true)]
    from_database: Option<DatabaseUrl>,
    /// Where its files are, s3://… or file:///… [default: that folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_FROM_STORAGE", hide_env_values = true)]
    from_storage: Option<StorageUrl>,
    /// The file of what opens its bucket [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY].
    #[arg(long, value_name = "FILE")]
    from_storage_credentials: Option<PathBuf>,
    /// Its file of peppers and key-encryption keys, which then stays where it is [default: secrets.json in its folder, which
    /// is copied along].
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// The data folder to move to; made if missing [default: the same folder].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// The PostgreSQL database to move to, an empty one [default: where it is, or with --to SQLite in that folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_TO_DATABASE", hide_env_values = true)]
    to_database: Option<DatabaseUrl>,
    /// Where files move to, s3://… or file:///… [default: where they are, or with --to that folder].
    #[arg(long, value_name = "URL", env = "MUDLARK_TO_STORAGE", hide_env_values = true)]
    to_storage: Option<StorageUrl>,
    /// The file of what opens the bucket to move to [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY].
    #[arg(long, value_name = "FILE")]
    to_storage_credentials: Option<PathBuf>,
    /// Copy files only, beside the running server; the run without this then has little left to copy.
    #[arg(long)]
    files_only: bool,
    /// Move although some files are lost or damaged; those stay behind.
    #[arg(long, conflicts_with = "files_only")]
    allow_damaged: bool,
    /// Take back the note that the installation has moved, so that it can be served again where it was.
    #[arg(long, conflicts_with_all = ["files_only", "allow_damaged", "to", "to_database", "to_storage"])]
    undo: bool,
    /// Print JSON, for scripts.
    #[arg(long)]
    json: bool,
}

impl MigrateCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let places = Places::of(&self)?;
            if self.undo { undo(&places, self.json).await } else { self.migrate(&places).await }
        })
    }

    async fn migrate(&self, places: &Places) -> anyhow::Result<()> {
        places.check()?;
        let source = places.open_source().await?;
        if self.files_only {
            ensure!(places.moves_files, "no files would move; name where to with --to-storage or --to");
        } else {
            refuse_served(&source).await?;
        }
        let _source_lock = if self.files_only { None } else { source.lock_for_server()? };
        let workshop = Workshop::open(places)?;
        let storages = workshop.open_storages(places, &source).await?;
        let mut report = Report::new(places)?;
        if self.files_only {
            report.files = files::copy(places, &source, &storages).await?;
            return report.print(self.json);
        }
        let target = if places.moves_database { Some(places.open_target().await?) } else { None };
        let _target_lock = target.as_ref().map(DataDir::lock_for_server).transpose()?;
        let are_rows_there = match &target {
            Some(target) => rows::are_there(&source, target).await?,
            None => false,
        };
        report.files = files::copy(places, &source, &storages).await?;
        if !report.files.faulty.is_empty() && !self.allow_damaged {
            return report.print_not_moved(self.json);
        }
        if places.from.secrets_path() != places.to.secrets_path() {
            secrets_file::copy(&places.from.secrets_path(), &places.to.secrets_path())?;
        }
        self.finish(places, (&source, target.as_ref(), are_rows_there), &storages, &mut report).await?;
        drop(storages);
        workshop.clear();
        report.is_moved = true;
        report.print(self.json)
    }

    /// What has to be done while nobody writes to the old database: the last files, the rows, the note.
    async fn finish(
        &self,
        places: &Places,
        (source, target, are_rows_there): (&DataDir, Option<&DataDir>, bool),
        storages: &Storages,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut tx = source.store.begin().await?;
        tx.lock_for_copy().await.context("the old database can't be locked: something else uses it")?;
        if source.store.is_shared() {
            refuse_served(source).await?;
        }
        // Those that came since they were looked at; of the others nothing is asked again.
        let late = files::copy(places, source, storages).await?;
        let is_as_before = late.faulty.len() <= report.files.faulty.len();
        ensure!(is_as_before || self.allow_damaged, "a file went bad meanwhile; run this again to see which");
        report.files.take_in(late);
        match target {
            Some(target) if are_rows_there => report.rows = rows::count(target).await?,
            Some(target) => report.rows = copied_rows::copy(&mut tx, &target.store).await?,
            None => {}
        }
        let row = RelocationRow {
            at_ms: Clock::system().now_ms(),
            database_place: places.moves_database.then(|| places.database_name()),
            storage_place: storage::name_of(&places.to)?,
        };
        tx.put_relocation(&row).await?;
        tx.commit().await.context(
            "all has moved, but the old database could not be told; run this again before you serve the new one",
        )
    }
}

/// Lets the installation be served where it was.
async fn undo(places: &Places, json: bool) -> anyhow::Result<()> {
    places.check_source()?;
    let source = DataDir::open_even_if_moved(&places.from).await?;
    let mut tx = source.store.begin().await?;
    let note = tx.find_relocation().await?;
    tx.delete_relocation().await?;
    tx.commit().await?;
    let (database, storage) = note.map(|note| (note.database_place, note.storage_place)).unzip();
    if json {
        return output::object(
            true,
            &serde_json::json!({"had_moved_to": {"database": database.flatten(), "storage": storage}}),
        );
    }
    match storage {
        Some(storage) => println!(
            "the note that it has moved (files in {storage}) is taken back. Stop the server there before you start one \
             here: what is changed at one place is not at the other"
        ),
        None => println!("it has not moved, or the note was taken back before"),
    }
    Ok(())
}

/// Where a move keeps what it needs until it is over: notes of what was read back, bytes on their way to a bucket, and the
/// lock that lets one at a time work.
struct Workshop {
    folder: PathBuf,
    _lock: File,
}

/// The files' old place and new one, and what was read back there.
struct Storages {
    from: Blobs,
    to: Blobs,
    log: ReadBackLog,
}

impl Workshop {
    fn open(places: &Places) -> anyhow::Result<Self> {
        let folder = places.to.data.join("migration");
        data_dir::make_private_dir(&folder)
            .with_context(|| format!("the folder {} can't be made", folder.display()))?;
        let path = folder.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.with_context(|| format!("{} can't be opened", path.display()))?;
        let is_free = lock.try_lock().is_ok();
        ensure!(
            is_free,
            "another `mudlark migrate` to {} is under way; wait for it",
            places.to.data.display()
        );
        // What a run that was broken off had on its way.
        fs::remove_dir_all(folder.join("staging")).ok();
        Ok(Self { folder, _lock: lock })
    }

    async fn open_storages(&self, places: &Places, source: &DataDir) -> anyhow::Result<Storages> {
        crate::relocation::refuse_left_storage(&source.store, &storage::name_of(&places.from)?).await?;
        let from = storage::open_by_way_of(&places.from, &self.folder).await?;
        let to = if places.moves_files {
            storage::open_by_way_of(&places.to, &self.folder).await?
        } else {
            from.clone()
        };
        let log = ReadBackLog::open(&self.folder, &storage::name_of(&places.to)?)?;
        Ok(Storages { from, to, log })
    }

    fn clear(self) {
        // Left where that fails; it does no harm.
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A run that ends without having moved what it was to move.
fn not_moved() -> anyhow::Error {
    ExitWith(1).into()
}
