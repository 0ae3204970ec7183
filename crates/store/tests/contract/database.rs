//! A fresh database for each test, and a way around the store to look at it or to spoil it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mudlark_store::Store;
use tempfile::TempDir;
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
    /// A schema of its own in a database that all tests share: making a database takes a third of a second.
    Postgres {
        schema: String,
        address: String,
    },
}

impl Place {
    pub(crate) async fn create(kind: Kind) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        match kind {
            Kind::Sqlite => Self::Sqlite(Arc::new(tempfile::tempdir().unwrap())),
            Kind::Postgres => {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let schema = format!("mudlark_test_{}_{number}", std::process::id());
                admin(&format!("CREATE SCHEMA {schema}")).await;
                let shared = postgres_cluster::address(None);
                let address = format!("{shared} application_name={schema} options='-c search_path={schema}'");
                Self::Postgres { schema, address }
            }
        }
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
        if let Self::Postgres { schema, .. } = self {
            admin(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
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
        let place = Place::create(kind).await;
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
