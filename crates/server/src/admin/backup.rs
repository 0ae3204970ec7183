//! `mudlark backup`: an installation copied into a folder, beside running servers. Whatever database and storage it has, the
//! folder has the form of a data folder with both in it, without the secrets. `restore` puts it back.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use mudlark_blobs::Blobs;
use mudlark_store::{BlobRow, ContentFault, Store};
use serde_json::{Value, json};

use super::{Admin, StorageFlags, block_on, copied_rows, output, progress};
use crate::cli::{AdminFlags, ExitWith};
use crate::data_dir::{self, DATABASE_FILE};
use crate::ops::copy_content::{ContentCopy, Copied};
use crate::storage;
use crate::views::digest_of;

/// How often the database is copied anew because something was purged between its copy and that of the files.
const ATTEMPTS: usize = 5;

/// Copy the database and all files into a folder, beside running servers or without one, from whatever database and storage
/// they are in.
///
/// A second backup into the same folder copies only what is new; until it is complete, the one before stays good. Secrets are
/// not copied: keep a copy of the secrets file elsewhere.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupCommand {
    /// The folder to copy into; made if missing.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    flags: AdminFlags,
}

impl BackupCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let is_somewhere =
                self.flags.database_url.is_some() || self.flags.data.join(DATABASE_FILE).exists();
            ensure!(is_somewhere, "there is no database in {}", self.flags.data.display());
            let admin = Admin::open_unchanged(&self.flags).await?;
            let files = storage::open(&self.storage.settings(&self.flags), &admin.data).await?;
            self.refuse_data_folder()?;
            let copy = open_copy(&self.to)?;
            let _lock = lock(&self.to)?;
            // Most files are copied before the database, so that little can be purged between its copy and theirs.
            let before = copied(&admin.data.store, &files, &copy).await?;
            for _ in 0..ATTEMPTS {
                let unfinished = self.to.join("mudlark.sqlite3.new");
                let snapshot = self.copy_database(&admin.data.store, &unfinished).await?;
                let mut copied = copied(&snapshot, &files, &copy).await?;
                copied.new_count += before.new_count;
                copied.new_bytes += before.new_bytes;
                drop(snapshot);
                if is_all_wanted(&admin, &copied.faulty).await? {
                    put_in_place(&unfinished, &self.to.join(DATABASE_FILE))?;
                    return report(self.flags.json, &copied, "backed up");
                }
            }
            bail!("files were purged again and again while they were copied; try again at another time")
        })
    }
}

impl BackupCommand {
    /// Copies the database as it is at one moment into a new file of SQLite, whichever kind it is.
    async fn copy_database(&self, store: &Store, to: &Path) -> anyhow::Result<Store> {
        if !store.is_shared() {
            return copied_database(&self.flags.data.join(DATABASE_FILE), to).await;
        }
        remove_database(to).with_context(|| format!("{} can't be removed", to.display()))?;
        let copy = Store::open_sqlite(to).await;
        let copy = copy.with_context(|| format!("the copy {} can't be made", to.display()))?;
        copied_rows::copy(&mut store.snapshot().await?, &copy).await?;
        Ok(copy)
    }

    /// A server's own database must not be written over.
    fn refuse_data_folder(&self) -> anyhow::Result<()> {
        let place = |path: &Path| path.canonicalize().ok();
        let is_own = place(&self.to).is_some_and(|to| place(&self.flags.data) == Some(to));
        let is_of_a_server = ["server.lock", "secrets.json"].iter().any(|name| self.to.join(name).exists());
        ensure!(
            !is_own && !is_of_a_server,
            "{} is a server's data folder; name one for the backup alone with --to",
            self.to.display()
        );
        Ok(())
    }
}

/// Keeps others from making a backup into the same folder at the same time.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("backup.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("{} can't be opened", path.display()))?;
    let is_free = file.try_lock().is_ok();
    ensure!(is_free, "another backup into {} is under way; wait for it", folder.display());
    Ok(file)
}

/// Whether the files that could not be copied are all still named by the database: then something is wrong with them. Others
/// were purged meanwhile.
async fn is_all_wanted(admin: &Admin, faulty: &[(BlobRow, ContentFault)]) -> anyhow::Result<bool> {
    let mut session = admin.data.store.read().await?;
    for (row, _) in faulty {
        if session.find_blob(row.account_id, &row.sha256).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The files of a backup.
pub(super) fn open_copy(folder: &Path) -> anyhow::Result<Blobs> {
    data_dir::make_private_dir(folder)
        .with_context(|| format!("the folder {} can't be made", folder.display()))?;
    Blobs::open_disk(&folder.join("blobs"))
        .with_context(|| format!("the backup's folder {} can't be used", folder.display()))
}

/// Copies a file of SQLite, as it is at one moment, and opens the copy.
pub(super) async fn copied_database(from: &Path, to: &Path) -> anyhow::Result<Store> {
    let copied = Store::copy_sqlite(from, to).await;
    copied.with_context(|| format!("the database can't be copied to {}", to.display()))?;
    let copy = Store::open_existing_sqlite(to).await;
    copy.with_context(|| format!("the copy {} can't be opened", to.display()))
}

/// The file of a database, and those that SQLite keeps beside it.
fn database_files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Removes a database of which nobody has need, if it is there.
pub(super) fn remove_database(path: &Path) -> std::io::Result<()> {
    for file in database_files(path) {
        match fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Copies files with a bar.
pub(super) async fn copied(store: &Store, from: &Blobs, to: &Blobs) -> anyhow::Result<Copied> {
    let totals = store.read().await?.count_blobs().await?;
    let bar = progress::of_bytes(u64::try_from(totals.size_bytes).unwrap_or_default(), "copying files");
    let copy = ContentCopy { store, from, to, read_back: None, done: &|bytes| bar.inc(bytes) };
    let copied = copy.run().await;
    bar.finish_and_clear();
    copied.context("the files can't be copied")
}

/// Gives a finished copy of a database, which nobody has open, its name, in one step.
pub(super) fn put_in_place(unfinished: &Path, place: &Path) -> anyhow::Result<()> {
    // A log of the database before must not be taken for one of this.
    for path in [unfinished, place] {
        for beside in &database_files(path)[1..] {
            fs::remove_file(beside).ok();
        }
    }
    fs::rename(unfinished, place)
        .and_then(|()| place.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()))
        .with_context(|| format!("{} can't be put in place", place.display()))
}

/// Prints what was done. *Errors*: exit code 1 when some files were not whole.
pub(super) fn report(json: bool, copied: &Copied, what: &str) -> anyhow::Result<()> {
    let faulty: Vec<Value> = copied
        .faulty
        .iter()
        .map(|(row, fault)| {
            let sha256 = digest_of(&row.sha256).map(|sha256| sha256.to_string());
            json!({
                "fault": fault.as_str(), "account_id": row.account_id, "sha256": sha256, "size_bytes": row.size_bytes,
            })
        })
        .collect();
    if json {
        let report = json!({
            "files": copied.count, "copied": copied.new_count, "copied_bytes": copied.new_bytes, "faulty": faulty,
        });
        output::object(true, &report)?;
    } else {
        if !faulty.is_empty() {
            output::list(false, &faulty, &["fault", "account_id", "sha256", "size_bytes"])?;
        }
        println!(
            "{what}: the database and {} files, {} of them new ({} bytes); {} are not whole and are left out",
            copied.count,
            copied.new_count,
            copied.new_bytes,
            faulty.len()
        );
    }
    if faulty.is_empty() { Ok(()) } else { Err(ExitWith(1).into()) }
}
