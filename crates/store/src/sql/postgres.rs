//! The PostgreSQL adapter: a pool of connections, statements prepared once on each.
//! It knows no table. `Session` and `Tx` call it.

mod address;
pub(crate) mod listener;
mod session;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use deadpool_postgres::{Object, Pool, PoolError, Runtime, TimeoutType};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::error::{FOREIGN_KEY, Result, Source, StoreError};
use crate::sql::{Cell, Value, migrations};
use address::Address;
pub(crate) use address::place;
pub(crate) use session::PostgresSession;

/// Connections at most. PostgreSQL allows 100 by default, for all processes together.
const CONNECTIONS: usize = 16;

/// Further connections for the server's own bookkeeping, beside one that listens.
const CONNECTIONS_APART: usize = 4;

/// A process that is stopped in the middle of a transaction may hold the locks of others this long; none of ours
/// pauses between its statements.
const LONGEST_PAUSE: &str = "-c idle_in_transaction_session_timeout=3s";

/// How long the network may swallow what we send before a connection counts as lost.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a session, or a new connection, is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The oldest server that is supported, as PostgreSQL writes its version in a number.
const OLDEST_VERSION: i32 = 150_000;

/// The advisory lock that a process holds while it changes the schema. Any number will do, as long as it stays.
const MIGRATION_LOCK: i64 = 0x006d_7564_6c61_726b;

/// The connections to a database.
#[derive(Clone)]
pub(crate) struct PostgresPools {
    pub(crate) requests: Pool,
    /// For the server's own bookkeeping, which must not wait behind requests.
    pub(crate) apart: Pool,
    pub(crate) address: Arc<Address>,
}

/// Opens the pools and brings the schema up to date.
pub(crate) async fn open(url: &str) -> Result<PostgresPools> {
    let address = Address::parse(url)?;
    let pools = PostgresPools {
        requests: pool(&address, CONNECTIONS)?,
        apart: pool(&address, CONNECTIONS_APART)?,
        address: Arc::new(address),
    };
    let mut client = connection(&pools.requests).await?;
    check_server(&client).await?;
    migrate(&mut client).await?;
    drop(client);
    Ok(pools)
}

/// The newest step of the schema that the database has taken, or 0. Changes nothing.
pub(crate) async fn steps_taken(url: &str) -> Result<i64> {
    let pool = pool(&Address::parse(url)?, 1)?;
    let client = connection(&pool).await?;
    check_server(&client).await?;
    let has_steps = client.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await;
    if !has_steps.and_then(|row| row.try_get(0)).map_err(situation)? {
        return Ok(0);
    }
    let newest = client.query_one(migrations::NEWEST_VERSION, &[]).await;
    newest.and_then(|row| row.try_get(0)).map_err(situation)
}

fn pool(address: &Address, size: usize) -> Result<Pool> {
    Pool::builder(address.manager())
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(TIMEOUT))
        .create_timeout(Some(TIMEOUT))
        .build()
        .map_err(unavailable)
}

fn unavailable(cause: impl Into<Source>) -> StoreError {
    StoreError::Unavailable(cause.into())
}

/// Refuses a server on which this program can't keep its word.
async fn check_server(client: &Object) -> Result<()> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::INT, current_setting('server_encoding')",
            &[],
        )
        .await
        .map_err(situation)?;
    let (version, encoding): (i32, String) =
        (row.try_get(0).map_err(situation)?, row.try_get(1).map_err(situation)?);
    if version < OLDEST_VERSION {
        return Err(unavailable(format!("PostgreSQL 15 or newer is needed, this is {}", version / 10_000)));
    }
    if encoding != "UTF8" {
        return Err(unavailable(format!("the database's encoding must be UTF8, this is {encoding}")));
    }
    Ok(())
}

/// Takes the steps that the database lacks, each in a transaction that holds an advisory lock from its start, so
/// that two processes can do this at once.
async fn migrate(client: &mut Object) -> Result<()> {
    loop {
        let transaction = client.transaction().await.map_err(situation)?;
        transaction
            .execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])
            .await
            .map_err(situation)?;
        transaction.batch_execute(migrations::CREATE_MIGRATIONS_TABLE).await.map_err(situation)?;
        let found: i64 = transaction
            .query_one(migrations::NEWEST_VERSION, &[])
            .await
            .map_err(situation)?
            .try_get(0)
            .map_err(situation)?;
        let Some(step) = migrations::next_after(found)? else {
            return transaction.commit().await.map_err(situation);
        };
        transaction.batch_execute(step.postgres).await.map_err(situation)?;
        transaction
            .execute(migrations::INSERT_MIGRATION, &[&step.version, &step.name, &migrations::applied_at_ms()])
            .await
            .map_err(situation)?;
        transaction.commit().await.map_err(situation)?;
        tracing::info!(version = step.version, name = step.name, "database schema updated");
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Source> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql_checked(ty, out),
            Self::I64(value) => value.to_sql_checked(ty, out),
            Self::Uuid(value) => value.to_sql_checked(ty, out),
            Self::Text(value) => value.to_sql_checked(ty, out),
            Self::Bytes(value) => value.to_sql_checked(ty, out),
        }
    }

    /// Any: a NULL fits every column, and the other kinds are checked as they are written.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Lends one column of a row.
pub(crate) fn cell(row: &Row, index: usize) -> Result<Cell<'_>> {
    let column = row
        .columns()
        .get(index)
        .ok_or_else(|| StoreError::internal(format!("the answer has no column {index}")))?;
    let cell = match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(index).map_err(situation)?.map(Cell::I64),
        Type::TEXT => row.try_get::<_, Option<&str>>(index).map_err(situation)?.map(Cell::Text),
        Type::UUID => row.try_get::<_, Option<uuid::Uuid>>(index).map_err(situation)?.map(Cell::Uuid),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(index).map_err(situation)?.map(Cell::Bytes),
        Type::BOOL => row.try_get::<_, Option<bool>>(index).map_err(situation)?.map(Cell::Bool),
        ref other => return Err(StoreError::internal(format!("column {index} is a {other}"))),
    };
    Ok(cell.unwrap_or(Cell::Null))
}

/// The situation that a driver's error stands for. A function and no `From`: a driver's type must not show in the
/// public API.
fn situation(error: tokio_postgres::Error) -> StoreError {
    let Some(answer) = error.as_db_error() else {
        // Without an answer of the server it is the connection, except for values that don't fit the statement.
        let of_ours = std::error::Error::source(&error).is_some_and(|cause| !cause.is::<std::io::Error>());
        return if of_ours && !error.is_closed() { StoreError::internal(error) } else { unavailable(error) };
    };
    let code = answer.code().clone();
    match code {
        SqlState::UNIQUE_VIOLATION => match answer.constraint().map(str::to_owned) {
            Some(constraint) => StoreError::Conflict { constraint },
            None => StoreError::internal(error),
        },
        SqlState::FOREIGN_KEY_VIOLATION => StoreError::Conflict { constraint: FOREIGN_KEY.to_owned() },
        SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION | SqlState::INSUFFICIENT_PRIVILEGE => {
            StoreError::NotWritable(error.into())
        }
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Corrupt(error.into()),
        _ if is_out_of_reach(code.code()) => unavailable(error),
        _ => StoreError::internal(error),
    }
}

/// The same while a connection is made: without an answer of the server it is the way there, TLS with it.
fn situation_of_connecting(error: tokio_postgres::Error) -> StoreError {
    if error.as_db_error().is_some() { situation(error) } else { unavailable(error) }
}

/// Classes 08 (connection), 25P03 (a pause that was too long), 28 (who we are), 3D (no such database), 53 (too many connections) and 57P (shut down).
fn is_out_of_reach(code: &str) -> bool {
    ["08", "25P03", "28", "3D", "53", "57P"].iter().any(|class| code.starts_with(class))
}

async fn connection(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => situation_of_connecting(error),
        PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
        other => unavailable(other),
    })
}
