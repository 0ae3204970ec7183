//! Connections to one SQLite file, lent one at a time and in the order asked for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::brief::{Limited, Steps};
use super::open::{Role, connect};
use crate::error::{Result, StoreError};

/// Reading connections. *Why* four: reads run on the runtime's threads, so more than a few are never at work at once.
const READERS: usize = 4;

/// How long a session is waited for before the store is called busy.
const LEASE_TIMEOUT: Duration = Duration::from_secs(10);

/// The two pools of a store.
#[derive(Clone)]
pub(crate) struct SqlitePools {
    pub(super) readers: Arc<Pool>,
    /// Holds one connection: SQLite has one writer.
    pub(super) writer: Arc<Pool>,
}

impl SqlitePools {
    pub(super) fn new(path: &Path, writer: (Connection, Steps)) -> Self {
        Self {
            readers: Arc::new(Pool::new(path, Role::Reader, READERS, Vec::new())),
            writer: Arc::new(Pool::new(path, Role::Writer, 1, vec![writer])),
        }
    }
}

pub(super) struct Pool {
    path: PathBuf,
    role: Role,
    idle: Mutex<Vec<(Connection, Steps)>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    fn new(path: &Path, role: Role, size: usize, idle: Vec<(Connection, Steps)>) -> Self {
        Self { path: path.to_owned(), role, idle: Mutex::new(idle), permits: Arc::new(Semaphore::new(size)) }
    }

    /// Takes a connection, opening one when none is idle. *Errors*: `Busy` after ten seconds.
    pub(super) async fn take(pool: &Arc<Self>) -> Result<Lease> {
        let permit = match Arc::clone(&pool.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(LEASE_TIMEOUT, Arc::clone(&pool.permits).acquire_owned())
                .await
                .map_err(|_| StoreError::Busy)?
                .map_err(|closed| StoreError::Unavailable(closed.into()))?,
        };
        let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&pool.path, pool.role)?,
        };
        Ok(Lease { connection: Some(connection), pool: Arc::clone(pool), _permit: permit })
    }
}

/// A connection in use. Falling, it rolls back what is open and returns to its pool.
pub(super) struct Lease {
    /// None only within `drop`.
    connection: Option<(Connection, Steps)>,
    pool: Arc<Pool>,
    /// Falls after the connection is back: fields fall after `drop` has run.
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn connection(&self) -> &Connection {
        &self.connection.as_ref().expect("only `drop` takes it").0
    }

    /// Stops what runs on the connection when it is not brief, until the guard falls.
    pub(super) fn limit_steps(&self) -> Limited<'_> {
        self.connection.as_ref().expect("only `drop` takes it").1.limit()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((connection, steps)) = self.connection.take() else { return };
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, steps));
        } else {
            // The next session opens a new one.
            tracing::warn!("a database connection that could not roll back is closed");
        }
    }
}
