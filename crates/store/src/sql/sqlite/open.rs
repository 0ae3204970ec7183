//! Opening a SQLite file: its rights, its settings, its schema. Runs on a blocking thread.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::brief::Steps;
use super::pool::SqlitePools;
use super::situation;
use crate::error::{Result, StoreError};
use crate::sql::migrations::{self, Migration};

/// How long a statement waits for another process before it gives up. *Why*: an admin command holds the write lock
/// for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept ready on each connection: about as many as this crate has.
const CACHED_STATEMENTS: usize = 160;

/// Settings of every connection.
const SETTINGS: &str =
    "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF;";

/// What a connection is for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Reader,
    Writer,
    /// The writer until the schema is up to date.
    Migrator,
}

/// What a statement may have to undo is kept in memory: a transaction that once needed more than 64 KiB for it would
/// write each further statement's to a file (measured: a third of the time of a transaction that makes a thousand
/// assets). Not while the schema changes, which sorts whole tables.
const WRITER_SETTINGS: &str = "PRAGMA temp_store = MEMORY;";

/// Opens the file and brings its schema up to date.
pub(crate) fn open(path: &Path, create: bool) -> Result<SqlitePools> {
    if create {
        create_private_file(path)?;
    } else if !path.try_exists().map_err(|error| StoreError::NotWritable(error.into()))? {
        return Err(StoreError::Absent);
    }
    let (mut writer, steps) = connect(path, Role::Migrator)?;
    set_write_ahead_log(&writer)?;
    migrate(&mut writer)?;
    writer.execute_batch(WRITER_SETTINGS).map_err(situation)?;
    Ok(SqlitePools::new(path, (writer, steps)))
}

/// Copies the database as it is at one moment; others may go on writing. *Source*: <https://www.sqlite.org/lang_vacuum.html>
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let connection = open_to_look(from)?;
    let flushed = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    let not_writable = |error: std::io::Error| match error.kind() {
        ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::NotWritable(error.into()),
    };
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(not_writable(error)),
        _ => create_private_file(to)?,
    }
    let place = to.to_str().ok_or_else(|| StoreError::internal("the copy's place is no UTF-8"))?;
    connection.execute("VACUUM INTO ?1", [place]).map_err(situation)?;
    flushed(to).and_then(|()| to.parent().map_or(Ok(()), flushed)).map_err(not_writable)
}

/// Opens a file that exists, and will not change it.
fn open_to_look(path: &Path) -> Result<Connection> {
    if !path.try_exists().map_err(|error| StoreError::NotWritable(error.into()))? {
        return Err(StoreError::Absent);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(situation)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(situation)?;
    Ok(connection)
}

/// The newest step of the schema that the file has taken, or 0. Changes nothing.
pub(crate) fn steps_taken(path: &Path) -> Result<i64> {
    let connection = open_to_look(path)?;
    let has_steps = connection.table_exists(None, "schema_migrations").map_err(situation)?;
    if !has_steps {
        return Ok(0);
    }
    connection.query_row(migrations::NEWEST_VERSION, [], |row| row.get(0)).map_err(situation)
}

/// Makes the file if there is none, readable by its owner alone; SQLite gives its side files the same rights.
fn create_private_file(path: &Path) -> Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(StoreError::Full),
        Err(error) => Err(StoreError::NotWritable(error.into())),
    }
}

/// Opens one connection. A reader's cache holds the pages of a busy workspace's assets (with 2 MiB each read of an
/// asset went to the file three times); all together leave room in the 128 MiB that the process may take.
pub(super) fn connect(path: &Path, role: Role) -> Result<(Connection, Steps)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(situation)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(situation)?;
    // Plans must not depend on the values bound: else SQLite plans a cached statement anew at every use (measured:
    // 200 µs for each read of an asset).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(situation)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    let settings = match role {
        Role::Reader => "PRAGMA query_only = ON; PRAGMA cache_size = -16384;",
        Role::Writer | Role::Migrator => "PRAGMA cache_size = -4096; PRAGMA journal_size_limit = 67108864;",
    };
    connection
        .execute_batch(SETTINGS)
        .and_then(|()| connection.execute_batch(settings))
        .map_err(situation)?;
    if matches!(role, Role::Writer) {
        connection.execute_batch(WRITER_SETTINGS).map_err(situation)?;
    }
    add_functions(&connection).map_err(situation)?;
    let steps = Steps::on(&mut connection)?;
    Ok((connection, steps))
}

/// What SQLite lacks: see `Dialect`.
fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("differing_bits", 2, flags, |numbers| {
        Ok((numbers.get::<i64>(0)? ^ numbers.get::<i64>(1)?).count_ones())
    })
}

/// Switches the file to a write-ahead log, which it then keeps.
/// *Why* a loop: SQLite doesn't wait for the lock here, and another process may be opening the file too.
fn set_write_ahead_log(connection: &Connection) -> Result<()> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL").map_err(situation) {
            Err(StoreError::Busy) if Instant::now() < give_up => std::thread::sleep(Duration::from_millis(5)),
            outcome => return outcome,
        }
    }
}

/// Takes the steps that the file lacks, each in a transaction of its own that holds the write lock from its start,
/// so that two processes can do this at once.
fn migrate(connection: &mut Connection) -> Result<()> {
    while let Some(Migration { version, name, .. }) = take_step(connection)? {
        tracing::info!(version, name, "database schema updated");
    }
    Ok(())
}

fn take_step(connection: &mut Connection) -> Result<Option<&'static Migration>> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(situation)?;
    transaction.execute_batch(migrations::CREATE_MIGRATIONS_TABLE).map_err(situation)?;
    let found = transaction.query_row(migrations::NEWEST_VERSION, [], |row| row.get(0)).map_err(situation)?;
    let step = migrations::next_after(found)?;
    if let Some(Migration { version, name, sqlite, .. }) = step {
        let taken = (version, name, migrations::applied_at_ms());
        transaction
            .execute_batch(sqlite)
            .and_then(|()| transaction.execute(migrations::INSERT_MIGRATION, taken))
            .map_err(situation)?;
    }
    transaction.commit().map_err(situation)?;
    Ok(step)
}
