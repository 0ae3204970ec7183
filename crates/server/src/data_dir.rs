//! The data folder: its layout, its secrets file, and the lock that lets one server at a time use it. With a
//! PostgreSQL database several servers use the folder at once, and nobody takes the lock.
//!
//! ```text
//! DIR/mudlark.sqlite3   the database, unless another is named
//! DIR/blobs/            the files' bytes, unless they are kept elsewhere: then those on their way there
//! DIR/secrets.json      peppers and key-encryption keys (or elsewhere: --secrets)
//! DIR/server.lock       held by the running server
//! ```

use std::fmt::Display;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mudlark_auth::Vault;
use mudlark_store::{SchemaSteps, Store, StoreError};

use crate::config::{DatabaseUrl, Settings};
use crate::{relocation, secrets_file};

/// What the database is called in a data folder.
pub(crate) const DATABASE_FILE: &str = "mudlark.sqlite3";

/// An opened data folder.
pub(crate) struct DataDir {
    path: PathBuf,
    pub(crate) store: Store,
    pub(crate) vault: Vault,
}

impl DataDir {
    /// Opens the folder the settings name; a missing or empty one is made ready.
    ///
    /// *Errors*: the folder can't be written; there is a database but no secrets (its keys could never be checked
    /// again, and new secrets would only hide that); the database is from a newer version; what was in it has moved.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let data = Self::open_even_if_moved(settings).await?;
        relocation::refuse_moved(&data.store).await?;
        Ok(data)
    }

    /// The same, whether or not what was in it has moved.
    pub(crate) async fn open_even_if_moved(settings: &Settings) -> anyhow::Result<Self> {
        settings.check_database_url()?;
        let (path, database) = prepare(settings)?;
        if let Some(url) = &settings.database_url {
            let store = open_postgres(url).await?;
            let vault = secrets_file::open(&settings.secrets_path(), is_in_use(&store).await?)?;
            return Ok(Self { path, store, vault });
        }
        let vault = secrets_file::open(&settings.secrets_path(), database.exists())?;
        let store =
            Store::open_sqlite(&database).await.map_err(|error| explain(error, &database.display()))?;
        Ok(Self { path, store, vault })
    }

    /// Opens the folder and the database that the settings name, made if missing, for secrets that are at hand already.
    pub(crate) async fn open_for(settings: &Settings, vault: Vault) -> anyhow::Result<Self> {
        settings.check_database_url()?;
        let (path, database) = prepare(settings)?;
        let store = match &settings.database_url {
            Some(url) => open_postgres(url).await?,
            None => {
                Store::open_sqlite(&database).await.map_err(|error| explain(error, &database.display()))?
            }
        };
        Ok(Self { path, store, vault })
    }

    /// A folder whose parts have been opened already.
    pub(crate) fn of_parts(path: PathBuf, store: Store, vault: Vault) -> Self {
        Self { path, store, vault }
    }

    /// How far the schema of the database that the settings name is. Changes nothing.
    ///
    /// *Errors*: there is no database; it is from a newer version; it can't be read.
    pub(crate) async fn schema_steps(settings: &Settings) -> anyhow::Result<SchemaSteps> {
        settings.check_database_url()?;
        if let Some(url) = &settings.database_url {
            let place = url.place().unwrap_or_default();
            return Store::schema_steps_of_postgres(url.expose())
                .await
                .map_err(|error| explain(error, &place));
        }
        let database = settings.data.join(DATABASE_FILE);
        match Store::schema_steps_of_sqlite(&database).await {
            Err(StoreError::Absent) => {
                bail!("there is no database in {}; name another folder with --data", settings.data.display())
            }
            outcome => outcome.map_err(|error| explain(error, &database.display())),
        }
    }

    /// Makes the secrets ahead of the first start, and nothing else.
    pub(crate) async fn init_secrets(settings: &Settings) -> anyhow::Result<Vault> {
        settings.check_database_url()?;
        let (_, database) = prepare(settings)?;
        let database_exists = match &settings.database_url {
            Some(url) => is_in_use(&open_postgres(url).await?).await?,
            None => database.exists(),
        };
        secrets_file::init(&settings.secrets_path(), database_exists)
    }

    /// Where the files' bytes are, or wait to be sent to where they are kept.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// Takes the folder for a server, unless several may share it. It is free again when the value is dropped or the process ends, however it ends.
    pub(crate) fn lock_for_server(&self) -> anyhow::Result<Option<File>> {
        if self.store.is_shared() {
            return Ok(None);
        }
        let path = self.path.join("server.lock");
        let file = open_lock(&path).with_context(|| format!("{} can't be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another server is running on {}; stop it, or give another folder with --data",
                    self.path.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} can't be locked", path.display()))
            }
        }
    }

    /// Whether a server is running on this folder just now.
    pub(crate) fn server_is_running(&self) -> bool {
        open_lock(&self.path.join("server.lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

/// The folder, made if missing, and the database's place in it.
fn prepare(settings: &Settings) -> anyhow::Result<(PathBuf, PathBuf)> {
    let path = settings.data.clone();
    make_private_dir(&path).with_context(|| {
        format!("the data folder {} can't be made; give another with --data", path.display())
    })?;
    let database = path.join(DATABASE_FILE);
    Ok((path, database))
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

/// Makes a folder that its owner alone can look into, with those above it.
pub(crate) fn make_private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

async fn open_postgres(url: &DatabaseUrl) -> anyhow::Result<Store> {
    let place = url.place().unwrap_or_default();
    Store::open_postgres(url.expose()).await.map_err(|error| explain(error, &place))
}

/// Whether keys or tokens were ever made in the database, so that secrets for it must exist.
async fn is_in_use(store: &Store) -> anyhow::Result<bool> {
    let mut session = store.read().await?;
    Ok(!session.list_signing_keys().await?.is_empty() || !session.list_accounts().await?.is_empty())
}

fn explain(error: StoreError, database: &dyn Display) -> anyhow::Error {
    match error {
        StoreError::Unavailable(_) => anyhow::Error::new(error).context(format!(
            "the database {database} can't be used; check --database-url, and that PostgreSQL 15 or newer runs there; \
             beyond this machine the way is encrypted unless the address ends with ?sslmode=disable"
        )),
        StoreError::NewerSchema { found, known } => anyhow::anyhow!(
            "the database {database} was written by a newer version of Mudlark (schema {found}; this program knows up \
             to {known}); run that version or a later one"
        ),
        StoreError::NotWritable { .. } => anyhow::Error::new(error).context(format!(
            "the database {database} can't be written; check its owner and permissions"
        )),
        StoreError::Full => {
            anyhow::anyhow!("the disk of {database} is full; free some space and start again")
        }
        error => anyhow::Error::new(error).context(format!("the database {database} can't be opened")),
    }
}
