//! A fresh database for each test, and a way around the store to look at it or to spoil it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mudlark_store::Store;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use crate::postgres_cluster;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database that one test has to itself.
#[derive(Clone)]
pub(crate) struct Database {
    store: Store,
    place: Place,
}

#[derive(Clone)]
pub(crate) enum Place {
    Sqlite(Arc<TempDir>),
    /// Connections to it bear its name too.
    Postgres {
        name: String,
        home: Home,
        address: String,
    },
}

/// What in PostgreSQL a test has to itself.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// A schema in a database that others share: made in no time.
    Schema,
    Database,
}

impl Place {
    /// A place with nothing in it.
    pub(crate) async fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(Arc::new(tempfile::tempdir().unwrap())),
            Kind::Postgres => {
                let name = fresh_name();
                admin(&format!("CREATE SCHEMA {name}")).await;
                let shared = postgres_cluster::address(None);
                let address = format!("{shared} application_name={name} options='-c search_path={name}'");
                Self::Postgres { name, home: Home::Schema, address }
            }
        }
    }

    /// A place with all migrations done. *Why* copied from one that was made once: they take longer than most tests.
    pub(crate) async fn with_migrations(kind: Kind) -> Self {
        static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
        static DATABASE: OnceCell<String> = OnceCell::const_new();
        match kind {
            Kind::Sqlite => {
                let content = FILE.get_or_init(migrated_file).await;
                let place = Self::create(kind).await;
                std::fs::write(place.file(), content).unwrap();
                place
            }
            Kind::Postgres => {
                let template = DATABASE.get_or_init(migrated_database).await;
                Self::create_database(&fresh_name(), template).await
            }
        }
    }

    async fn create_database(name: &str, template: &str) -> Self {
        admin(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await;
        let address = format!("{} application_name={name}", postgres_cluster::address(Some(name)));
        Self::Postgres { name: name.to_owned(), home: Home::Database, address }
    }

    pub(crate) async fn open(&self) -> mudlark_store::Result<Store> {
        match self {
            Self::Sqlite(_) => Store::open_sqlite(&self.file()).await,
            Self::Postgres { address, .. } => Store::open_postgres(address).await,
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("mudlark.db"),
            Self::Postgres { .. } => panic!("a PostgreSQL database has no file"),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres { .. } => Kind::Postgres,
        }
    }

    /// Runs statements around the store.
    pub(crate) async fn run_sql(&self, sql: &str) {
        match self {
            Self::Sqlite(_) => rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap(),
            Self::Postgres { address, .. } => connect(address).await.batch_execute(sql).await.unwrap(),
        }
    }

    /// The first column of each row of a query around the store, as text.
    pub(crate) async fn query_texts(&self, sql: &str) -> Vec<String> {
        match self {
            Self::Sqlite(_) => {
                let connection = rusqlite::Connection::open(self.file()).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
            }
            Self::Postgres { address, .. } => {
                let rows = connect(address).await.query(sql, &[]).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    pub(crate) async fn remove(self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres { name, home: Home::Schema, .. } => {
                admin(&format!("DROP SCHEMA {name} CASCADE")).await;
            }
            Self::Postgres { name, home: Home::Database, .. } => {
                admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}

fn fresh_name() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("mudlark_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// The content of a database file with all migrations done.
async fn migrated_file() -> Vec<u8> {
    let place = Place::create(Kind::Sqlite).await;
    drop(place.open().await.unwrap());
    place.run_sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    std::fs::read(place.file()).unwrap()
}

/// The name of a database with all migrations done. It is there as long as the cluster; those of earlier runs on the same
/// cluster go.
async fn migrated_database() -> String {
    const PREFIX: &str = "mudlark_template_";
    let client = connect(&postgres_cluster::address(None)).await;
    for row in client.query("SELECT datname::TEXT FROM pg_database", &[]).await.unwrap() {
        let name: String = row.get(0);
        let process = name.strip_prefix(PREFIX).map(|process| PathBuf::from(format!("/proc/{process}")));
        if process.is_some_and(|process| !process.exists()) {
            // Another run may be dropping it at this moment.
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.ok();
        }
    }
    let name = format!("{PREFIX}{}", std::process::id());
    let place = Place::create_database(&name, "template0").await;
    drop(place.open().await.unwrap());
    name
}

impl Database {
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// A second handle with connections of its own, as another process has.
    pub(crate) async fn open_again(&self) -> Store {
        self.place.open().await.unwrap()
    }
}

impl From<Database> for Store {
    fn from(database: Database) -> Self {
        database.store
    }
}

/// Runs one test on a database of its own and takes that away afterwards, however the test ends.
pub(crate) fn run<T: Future<Output = ()> + Send + 'static>(kind: Kind, test: impl FnOnce(Database) -> T) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let place = Place::with_migrations(kind).await;
        let database = Database { store: place.open().await.unwrap(), place: place.clone() };
        let outcome = tokio::spawn(test(database)).await;
        place.remove().await;
        outcome
    });
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

/// Runs one test that needs no database made beforehand.
pub(crate) fn run_alone(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

/// Runs one statement as the cluster's superuser.
pub(crate) async fn admin(sql: &str) {
    connect(&postgres_cluster::address(None)).await.batch_execute(sql).await.unwrap();
}

pub(crate) async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
