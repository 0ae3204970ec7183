//! The SQLite adapter: one writing connection and a few reading ones, each used by one session at a time.
//! It knows no table. `Session` and `Tx` call it.
//!
//! *Why* rusqlite and no worker thread: a point read takes microseconds, less than handing it to a thread and back.
//! What may wait for the disk or for another process (`BEGIN IMMEDIATE`, `COMMIT`), and queries that turn out to be long,
//! go to a blocking thread and take the connection along, so that a future dropped meanwhile loses neither the connection nor a
//! transaction. Group commit (several transactions as savepoints of one) would fit behind `begin` and `commit`.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, Row, ffi};

use crate::error::{FOREIGN_KEY, Result, StoreError};
use crate::sql::row::DriverRow;
use crate::sql::{Cell, Columns, FromRow, Value, Wanted, dialect};

mod brief;
mod open;
mod pool;

pub(crate) use open::{copy, open, steps_taken};
pub(crate) use pool::SqlitePools;
use pool::{Lease, Pool};

/// The names of the first placeholders, so that binding them makes no text.
const PLACEHOLDERS: [&str; 24] = [
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16",
    "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24",
];

/// A connection in use, inside a transaction or not.
pub(crate) struct SqliteSession {
    /// None only after a future was dropped while a blocking thread had the connection.
    lease: Option<Lease>,
    wait: Wait,
}

/// Where what may take a while is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// On a blocking thread of the runtime.
    Elsewhere,
    /// On the calling thread, which is there for that.
    Here,
}

impl SqliteSession {
    pub(crate) async fn read(pools: &SqlitePools, wait: Wait) -> Result<Self> {
        Ok(Self { lease: Some(Pool::take(&pools.readers).await?), wait })
    }

    /// Begins a transaction that writes. *Errors*: `Busy` when another process holds the write lock for too long.
    pub(crate) async fn begin(pools: &SqlitePools, wait: Wait) -> Result<Self> {
        let mut session = Self { lease: Some(Pool::take(&pools.writer).await?), wait };
        session
            .in_background(|connection| connection.execute_batch("BEGIN IMMEDIATE").map_err(situation))
            .await?;
        Ok(session)
    }

    /// Begins a transaction that reads what is there now, whatever is written meanwhile.
    pub(crate) async fn snapshot(pools: &SqlitePools, wait: Wait) -> Result<Self> {
        let session = Self::read(pools, wait).await?;
        session.connection()?.execute_batch("BEGIN").map_err(situation)?;
        Ok(session)
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.in_background(|connection| connection.execute_batch("COMMIT").map_err(situation)).await
    }

    /// Runs a short query on the calling thread.
    pub(crate) fn query<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Vec<T>> {
        query(self.connection()?, sql, params, wanted)
    }

    /// Runs a query of which nobody knows how long it takes: here as long as it is brief, else on a blocking thread.
    pub(crate) async fn query_of_any_length<T: FromRow + Send + 'static>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Vec<T>> {
        if let Some(answer) = self.query_briefly(sql, params, wanted)? {
            return Ok(answer);
        }
        let sql = sql.to_owned();
        let params: Vec<Value<'static>> = params.iter().cloned().map(Value::into_owned).collect();
        self.in_background(move |connection| query(connection, &sql, &params, wanted)).await
    }

    /// None for a query that is not brief; on a thread that is there for waiting, all are.
    fn query_briefly<T: FromRow>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Option<Vec<T>>> {
        let lease = self.lease.as_ref().ok_or_else(connection_lost)?;
        let limit = (self.wait == Wait::Elsewhere).then(|| lease.limit_steps());
        match query(lease.connection(), sql, params, wanted) {
            Err(_) if limit.is_some_and(|limit| limit.is_reached()) => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.connection()?.prepare_cached(sql).map_err(situation)?;
        bind(&mut statement, params)?;
        Ok(statement.raw_execute().map_err(situation)? as u64)
    }

    /// Runs one statement for each item.
    pub(crate) fn execute_each<'v, T, P: AsRef<[Value<'v>]>>(
        &self,
        sql: &str,
        items: &'v [T],
        params: impl Fn(&'v T) -> P,
    ) -> Result<()> {
        let mut statement = self.connection()?.prepare_cached(sql).map_err(situation)?;
        for item in items {
            bind(&mut statement, params(item).as_ref())?;
            statement.raw_execute().map_err(situation)?;
        }
        Ok(())
    }

    /// Puts rows into `into`, a table with its columns, one by one: nothing is sent anywhere.
    pub(crate) fn insert_each<'v, P: AsRef<[Value<'v>]>>(&self, into: &str, rows: &[P]) -> Result<()> {
        let Some(first) = rows.first() else { return Ok(()) };
        let sql = super::insert_rows(into, first.as_ref().len(), 1);
        self.execute_each(&sql, rows, |row| row.as_ref() as &[Value<'_>])
    }

    fn connection(&self) -> Result<&Connection> {
        self.lease.as_ref().map(Lease::connection).ok_or_else(connection_lost)
    }

    /// Lends the connection to a blocking thread. When the future is dropped, the work goes on to its end there,
    /// then the lease falls: an open transaction is rolled back and the connection returns to its pool.
    async fn in_background<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.wait == Wait::Here {
            return work(self.connection()?);
        }
        let lease = self.lease.take().ok_or_else(connection_lost)?;
        let task = tokio::task::spawn_blocking(move || {
            let outcome = work(lease.connection());
            (lease, outcome)
        });
        let (lease, outcome) = task.await.map_err(|error| StoreError::Unavailable(error.into()))?;
        self.lease = Some(lease);
        outcome
    }
}

fn connection_lost() -> StoreError {
    StoreError::internal("the session was used again after one of its futures was dropped")
}

fn query<T: FromRow>(
    connection: &Connection,
    sql: &str,
    params: &[Value<'_>],
    wanted: Wanted,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql).map_err(situation)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(situation)? {
        answer.push(T::from_row(&mut Columns::new(DriverRow::Sqlite(row)))?);
        if wanted == Wanted::First {
            break;
        }
    }
    Ok(answer)
}

/// Binds by name: to SQLite `$2` is a name, numbered by where it first stands in the text.
fn bind(statement: &mut CachedStatement<'_>, params: &[Value<'_>]) -> Result<()> {
    for (position, value) in params.iter().enumerate() {
        let index = match PLACEHOLDERS.get(position) {
            Some(name) => statement.parameter_index(name),
            None => statement.parameter_index(&format!("${}", position + 1)),
        };
        let index = index
            .map_err(situation)?
            .ok_or_else(|| StoreError::internal(format!("the statement has no ${}", position + 1)))?;
        statement.raw_bind_parameter(index, value).map_err(situation)?;
    }
    if statement.parameter_count() == params.len() {
        Ok(())
    } else {
        Err(StoreError::internal("the statement has more placeholders than it was given values"))
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Integer(i64::from(*value)),
            Self::I64(value) => ValueRef::Integer(*value),
            Self::Uuid(value) => ValueRef::Blob(value.as_bytes()),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// Lends one column of a row.
pub(crate) fn cell<'r>(row: &'r Row<'r>, index: usize) -> Result<Cell<'r>> {
    match row.get_ref(index).map_err(situation)? {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(value) => Ok(Cell::I64(value)),
        ValueRef::Blob(bytes) => Ok(Cell::Bytes(bytes)),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Cell::Text).map_err(StoreError::internal),
        ValueRef::Real(_) => Err(StoreError::internal(format!("column {index} is a floating-point number"))),
    }
}

/// The situation that a driver's error stands for. A function and no `From`: a driver's type must not show in the
/// public API.
pub(super) fn situation(error: rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else {
        return StoreError::internal(error);
    };
    match failure.code {
        ErrorCode::ConstraintViolation => conflict(failure.extended_code, message.as_deref())
            .map_or_else(|| StoreError::internal(error), |constraint| StoreError::Conflict { constraint }),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            StoreError::NotWritable(error.into())
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(error.into()),
        ErrorCode::SystemIoFailure => StoreError::Unavailable(error.into()),
        _ => StoreError::internal(error),
    }
}

fn conflict(extended_code: i32, message: Option<&str>) -> Option<String> {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(FOREIGN_KEY.to_owned()),
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => dialect::constraint_name(true, message?),
        ffi::SQLITE_CONSTRAINT_UNIQUE => dialect::constraint_name(false, message?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation_of(code: i32) -> StoreError {
        situation(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn full_disk_is_told_from_other_failures() {
        assert!(matches!(situation_of(ffi::SQLITE_FULL), StoreError::Full));
    }

    #[test]
    fn lock_of_another_process_is_busy() {
        assert!(matches!(situation_of(ffi::SQLITE_BUSY), StoreError::Busy));
    }

    #[test]
    fn read_only_file_is_not_writable() {
        assert!(matches!(situation_of(ffi::SQLITE_READONLY), StoreError::NotWritable(_)));
    }

    #[test]
    fn broken_check_is_a_fault_of_ours() {
        assert!(matches!(situation_of(ffi::SQLITE_CONSTRAINT_CHECK), StoreError::Internal(_)));
    }
}
