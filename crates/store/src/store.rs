//! The handle on a database. Clone it freely; all clones share the connections.

use std::fmt;
use std::path::Path;

use crate::error::{Result, StoreError};
use crate::session::{Session, Tx};
use crate::sql::postgres::listener::{self, ChangeListener};
use crate::sql::postgres::{self, PostgresPools, PostgresSession};
use crate::sql::sqlite::{self, SqlitePools, SqliteSession, Wait};
use crate::sql::{Dialect, SchemaSteps};

/// A database with its schema up to date: a SQLite file or a PostgreSQL database.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Sqlite(SqlitePools),
    /// On a thread that may wait.
    SqliteWaiting(SqlitePools),
    Postgres(PostgresPools),
}

/// Where the database of a PostgreSQL address is, without its password; `None` if it is no such address.
pub fn postgres_place(url: &str) -> Option<String> {
    postgres::place(url)
}

impl Store {
    /// Opens a SQLite file, making it (mode 0600) if there is none, and brings its schema up to date.
    ///
    /// *Errors*: `NotWritable`, `Corrupt`, `NewerSchema`, `Full`, `Busy`.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        Self::open_sqlite_file(path, true).await
    }

    /// Opens a SQLite file that exists, as commands do that work beside a server.
    ///
    /// *Errors*: `Absent` when there is no file, else as [`Store::open_sqlite`].
    pub async fn open_existing_sqlite(path: &Path) -> Result<Self> {
        Self::open_sqlite_file(path, false).await
    }

    async fn open_sqlite_file(path: &Path, create: bool) -> Result<Self> {
        let path = path.to_owned();
        let pools = tokio::task::spawn_blocking(move || sqlite::open(&path, create))
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))??;
        Self::complete(Backend::Sqlite(pools)).await
    }

    /// Copies a SQLite database, as it is at one moment, into a new file (mode 0600), beside whoever writes to it. What was
    /// left of a copy that was broken off goes. When this returns, the copy is on the disk.
    ///
    /// *Errors*: `Absent`, `Full`, `NotWritable`, `Corrupt`, `Busy`.
    pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
        let (from, to) = (from.to_owned(), to.to_owned());
        tokio::task::spawn_blocking(move || sqlite::copy(&from, &to))
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))?
    }

    /// How far the schema of a SQLite file is. Changes nothing.
    ///
    /// *Errors*: `Absent`, `NewerSchema`, `Corrupt`, `NotWritable` for a file that can't be opened.
    pub async fn schema_steps_of_sqlite(path: &Path) -> Result<SchemaSteps> {
        let path = path.to_owned();
        let taken = tokio::task::spawn_blocking(move || sqlite::steps_taken(&path))
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))??;
        SchemaSteps::of(taken)
    }

    /// How far the schema of a PostgreSQL database is. Changes nothing.
    ///
    /// *Errors*: `Unavailable`, `NewerSchema`.
    pub async fn schema_steps_of_postgres(url: &str) -> Result<SchemaSteps> {
        SchemaSteps::of(postgres::steps_taken(url).await?)
    }

    async fn complete(backend: Backend) -> Result<Self> {
        let store = Self { backend };
        store.make_search_entries().await?;
        Ok(store)
    }

    /// Connects to a PostgreSQL database (15 or newer, UTF-8) and brings its schema up to date.
    /// The address is a `postgresql://` URL. Connections to other machines speak TLS, with a certificate for that host from an
    /// authority that the system trusts or that is in the file of `sslrootcert`, unless it says `sslmode=disable`.
    ///
    /// *Errors*: `Unavailable`, `NotWritable`, `NewerSchema`.
    pub async fn open_postgres(url: &str) -> Result<Self> {
        Self::complete(Backend::Postgres(postgres::open(url).await?)).await
    }

    /// The same database for a thread of its caller's own, which may wait for the disk: nothing is handed to other threads
    /// and back. `None` where that would win nothing: PostgreSQL is waited for without a thread.
    ///
    /// *Why*: of a transaction that writes little, the way to another thread and back is the larger part.
    pub fn for_thread_that_waits(&self) -> Option<Self> {
        match &self.backend {
            Backend::Sqlite(pools) | Backend::SqliteWaiting(pools) => {
                Some(Self { backend: Backend::SqliteWaiting(pools.clone()) })
            }
            Backend::Postgres(_) => None,
        }
    }

    /// Whether several processes of the server may work on this database at once.
    pub fn is_shared(&self) -> bool {
        matches!(self.backend, Backend::Postgres(_))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        if self.is_shared() { Dialect::Postgres } else { Dialect::Sqlite }
    }

    /// Lends a connection for the server's own bookkeeping: on PostgreSQL one of a few that requests never get.
    ///
    /// *Errors*: as [`Store::read`].
    pub async fn read_apart(&self) -> Result<Session> {
        match &self.backend {
            Backend::Sqlite(_) | Backend::SqliteWaiting(_) => self.read().await,
            Backend::Postgres(pools) => Ok(Session::postgres(PostgresSession::read(&pools.apart).await?)),
        }
    }

    /// Closes the connections of [`Store::read_apart`] that are not in use, after one of them gave no answer in
    /// time; the next is a new one.
    pub fn forget_connections_apart(&self) {
        if let Backend::Postgres(pools) = &self.backend {
            pools.apart.retain(|_, _| false);
        }
    }

    /// Listens for changes of rights, where the database can tell of them.
    ///
    /// *Errors*: `Unavailable`.
    pub async fn listen(&self) -> Result<Option<ChangeListener>> {
        match &self.backend {
            Backend::Sqlite(_) | Backend::SqliteWaiting(_) => Ok(None),
            Backend::Postgres(pools) => listener::listen(&pools.address).await.map(Some),
        }
    }

    /// Lends a connection for reading. *Errors*: `Busy` when none is free for ten seconds, `Unavailable`.
    pub async fn read(&self) -> Result<Session> {
        Ok(match &self.backend {
            Backend::Sqlite(pools) => Session::sqlite(SqliteSession::read(pools, Wait::Elsewhere).await?),
            Backend::SqliteWaiting(pools) => Session::sqlite(SqliteSession::read(pools, Wait::Here).await?),
            Backend::Postgres(pools) => Session::postgres(PostgresSession::read(&pools.requests).await?),
        })
    }

    /// Begins a transaction. On SQLite there is one at a time, in the order asked for; on PostgreSQL writers of the
    /// same account wait for each other (see [`Tx::next_sequence`]).
    ///
    /// *Errors*: `Busy` when others write for too long, `Unavailable`.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx::new(match &self.backend {
            Backend::Sqlite(pools) => Session::sqlite(SqliteSession::begin(pools, Wait::Elsewhere).await?),
            Backend::SqliteWaiting(pools) => Session::sqlite(SqliteSession::begin(pools, Wait::Here).await?),
            Backend::Postgres(pools) => Session::postgres(PostgresSession::begin(&pools.requests).await?),
        }))
    }
}

impl Store {
    /// Begins to read the database as it is at the first read, for as long as that takes. Others go on writing; nothing can be
    /// written here.
    ///
    /// *Errors*: as [`Store::begin`].
    pub async fn snapshot(&self) -> Result<Tx> {
        let mut tx = Tx::new(match &self.backend {
            Backend::Sqlite(pools) | Backend::SqliteWaiting(pools) => {
                Session::sqlite(SqliteSession::snapshot(pools, Wait::Elsewhere).await?)
            }
            Backend::Postgres(pools) => Session::postgres(PostgresSession::snapshot(&pools.requests).await?),
        });
        tx.allow_pauses().await?;
        Ok(tx)
    }
}

/// Names the kind of database alone: an address may hold a password.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.backend {
            Backend::Sqlite(_) | Backend::SqliteWaiting(_) => "Store(SQLite)",
            Backend::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}
