//! From where to where an installation moves, and opening both.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use uuid::Uuid;

use super::MigrateCommand;
use crate::clock::Clock;
use crate::config::Settings;
use crate::data_dir::{DATABASE_FILE, DataDir};
use crate::ops::secrets;
use crate::secrets_file;
use crate::storage_url::StoragePlace;

/// The settings of the server that was, and of the one that will be.
pub(super) struct Places {
    pub(super) from: Settings,
    pub(super) to: Settings,
    pub(super) moves_database: bool,
    pub(super) moves_files: bool,
}

impl Places {
    /// *Errors*: an address that is none.
    pub(super) fn of(command: &MigrateCommand) -> anyhow::Result<Self> {
        let from = Settings {
            data: command.from.clone(),
            secrets: command.secrets.clone(),
            database_url: command.from_database.clone(),
            storage: command.from_storage.clone(),
            storage_credentials: command.from_storage_credentials.clone(),
            ..Settings::default()
        };
        let data = command.to.clone().unwrap_or_else(|| command.from.clone());
        let stays = is_same_folder(&data, &from.data);
        let (database_url, storage) = (command.to_database.clone(), command.to_storage.clone());
        let keeps_storage = stays && storage.is_none();
        let credentials = &command.to_storage_credentials;
        let to = Settings {
            secrets: command.secrets.clone(),
            database_url: if stays {
                database_url.or_else(|| from.database_url.clone())
            } else {
                database_url
            },
            storage: if keeps_storage { from.storage.clone() } else { storage },
            storage_credentials: if keeps_storage && credentials.is_none() {
                from.storage_credentials.clone()
            } else {
                credentials.clone()
            },
            data,
            ..Settings::default()
        };
        for settings in [&from, &to] {
            settings.check_database_url()?;
        }
        let moves_database = match (&from.database_url, &to.database_url) {
            (None, None) => !stays,
            (Some(from), Some(to)) => from.expose() != to.expose(),
            _ => true,
        };
        let moves_files = match (from.storage_place()?, to.storage_place()?) {
            (StoragePlace::Bucket(from), StoragePlace::Bucket(to)) => from != to,
            (StoragePlace::Folder(one), StoragePlace::Folder(other)) => {
                let folder = |folder: Option<_>, settings: &Settings| {
                    folder.unwrap_or_else(|| settings.data.join("blobs"))
                };
                !is_same_folder(&folder(one, &from), &folder(other, &to))
            }
            _ => true,
        };
        Ok(Self { from, to, moves_database, moves_files })
    }

    /// Refuses what would do nothing, or can't be meant.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.check_source()?;
        ensure!(
            self.moves_database || self.moves_files,
            "nothing would move; name where to with --to-database, --to-storage or --to"
        );
        Ok(())
    }

    /// Refuses a source that is none, before anything is made there.
    pub(super) fn check_source(&self) -> anyhow::Result<()> {
        let folder = self.from.data.display();
        ensure!(
            self.from.database_url.is_some() || self.from.data.join(DATABASE_FILE).exists(),
            "there is no database in {folder}; name the data folder of the installation with --from, and its PostgreSQL \
             database, if it has one, with --from-database"
        );
        let secrets = self.from.secrets_path();
        ensure!(
            secrets.exists(),
            "there is no secrets file {}; name the installation's with --secrets",
            secrets.display()
        );
        Ok(())
    }

    /// Opens what moves. *Errors*: it has moved before; the secrets are not its own; there is nothing in it.
    pub(super) async fn open_source(&self) -> anyhow::Result<DataDir> {
        let source = DataDir::open(&self.from).await?;
        let mut session = source.store.read().await?;
        ensure!(
            session.find_filled_table().await?.is_some(),
            "there is nothing in the database yet: start a new server where you want it instead"
        );
        let path = self.from.secrets_path();
        secrets::check_opens(&mut session, &source.vault, &path, Clock::system().now_ms())
            .await
            .with_context(|| format!("the secrets file {} is not this installation's", path.display()))?;
        drop(session);
        Ok(source)
    }

    /// Opens the database to move to. *Errors*: a server runs on it.
    pub(super) async fn open_target(&self) -> anyhow::Result<DataDir> {
        let vault = secrets_file::read(&self.from.secrets_path())?;
        let target = DataDir::open_for(&self.to, vault).await?;
        let others = target.store.read().await?.count_other_leases(Uuid::nil()).await?;
        ensure!(
            !target.store.is_shared() || others == 0,
            "a server is running on {}; an installation moves to a database that nobody uses",
            self.database_name()
        );
        Ok(target)
    }

    /// Where the database is after the move, without its password.
    pub(super) fn database_name(&self) -> String {
        match &self.to.database_url {
            Some(url) => format!("PostgreSQL {}", url.place().unwrap_or_default()),
            None => self.to.data.join(DATABASE_FILE).display().to_string(),
        }
    }
}

/// Refuses an installation that is being served: rows would come after those that are copied.
pub(super) async fn refuse_served(source: &DataDir) -> anyhow::Result<()> {
    let is_served = if source.store.is_shared() {
        source.store.read().await?.count_other_leases(Uuid::nil()).await? > 0
    } else {
        source.server_is_running()
    };
    if is_served {
        bail!(
            "a server is running on this installation; stop it, then run this again. To have the files copied while it \
             still runs, run this with --files-only first: then little is left to do while it is stopped"
        );
    }
    Ok(())
}

fn is_same_folder(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
