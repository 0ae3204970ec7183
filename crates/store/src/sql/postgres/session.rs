//! A connection of the PostgreSQL adapter in use: statements, and transactions in as few ways to the server as there can be.
//! `Session` and `Tx` call it.

use deadpool_postgres::{Object, Pool};
use futures_util::future::{join, try_join_all};
use tokio::runtime::Handle;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::{connection, situation, unavailable};
use crate::error::{Result, StoreError};
use crate::sql::row::DriverRow;
use crate::sql::{Columns, FromRow, Value, Wanted, insert_rows};

/// Rows that one statement puts in at most. *Why*: a statement has 65,535 parameters, and no table has as many as 500
/// columns.
const MOST_ROWS: usize = 128;

/// A connection in use, inside a transaction or not.
pub(crate) struct PostgresSession {
    /// None only within `commit` and `drop`.
    client: Option<Object>,
    in_transaction: bool,
    /// What is sent together with the next statement, before it: nobody waits for its answer alone. In a transaction what
    /// begins it, at first.
    pending: Vec<Pending>,
}

/// A statement whose answer is looked at together with that of the next.
enum Pending {
    Plain(&'static str),
    Prepared(Statement, Vec<Value<'static>>),
}

impl Pending {
    async fn send(&self, client: &Object) -> Result<(), tokio_postgres::Error> {
        match self {
            Self::Plain(sql) => client.batch_execute(sql).await,
            Self::Prepared(statement, params) => {
                client.execute(statement, &references(params)).await.map(drop)
            }
        }
    }
}

/// Sends what is pending and then a statement, without waiting in between. The first error is answered: the server
/// refuses all that follows in the transaction.
async fn send_after<T>(
    client: &Object,
    pending: &[Pending],
    statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    // Each is sent when it is first polled, which both do in this order.
    let (before, outcome) =
        join(try_join_all(pending.iter().map(|pending| pending.send(client))), statement).await;
    before.map_err(situation)?;
    outcome.map_err(situation)
}

impl PostgresSession {
    pub(crate) async fn read(pool: &Pool) -> Result<Self> {
        Ok(Self { client: Some(connection(pool).await?), in_transaction: false, pending: Vec::new() })
    }

    pub(crate) async fn begin(pool: &Pool) -> Result<Self> {
        Self::begin_by(pool, "BEGIN ISOLATION LEVEL READ COMMITTED").await
    }

    /// Begins a transaction that reads what is there now, whatever is written meanwhile.
    pub(crate) async fn snapshot(pool: &Pool) -> Result<Self> {
        Self::begin_by(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    async fn begin_by(pool: &Pool, statement: &'static str) -> Result<Self> {
        let mut session = Self::read(pool).await?;
        session.pending.push(Pending::Plain(statement));
        Ok(session)
    }

    fn take_pending(&mut self) -> Vec<Pending> {
        // Marked before it is sent: a future dropped in between must roll back too.
        self.in_transaction |= !self.pending.is_empty();
        std::mem::take(&mut self.pending)
    }

    /// Commits. A task of its own does it, so that it comes to its end when the future is dropped.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let pending = self.take_pending();
        let client = self.client.take().ok_or_else(|| StoreError::internal("committed twice"))?;
        let task = tokio::spawn(async move {
            // After a statement that failed it is a rollback.
            let outcome = send_after(&client, &pending, client.batch_execute("COMMIT")).await;
            if outcome.is_err() {
                // The server has rolled back or is gone; nobody should get this connection again.
                drop(Object::take(client));
            }
            outcome
        });
        task.await.map_err(unavailable)?
    }

    pub(crate) async fn query<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Vec<T>> {
        let pending = self.take_pending();
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await.map_err(situation)?;
        let params = references(params);
        let rows = send_after(client, &pending, client.query(&statement, &params)).await?;
        let count = if wanted == Wanted::First { rows.len().min(1) } else { rows.len() };
        rows[..count].iter().map(|row| T::from_row(&mut Columns::new(DriverRow::Postgres(row)))).collect()
    }

    pub(crate) async fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let pending = self.take_pending();
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await.map_err(situation)?;
        let params = references(params);
        send_after(client, &pending, client.execute(&statement, &params)).await
    }

    /// Lets a statement be sent with the next one, or with what ends the transaction.
    pub(crate) async fn execute_with_next(&mut self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        let statement = self.client()?.prepare_cached(sql).await.map_err(situation)?;
        let params = params.iter().cloned().map(Value::into_owned).collect();
        self.pending.push(Pending::Prepared(statement, params));
        Ok(())
    }

    /// Runs one statement for each item. All are sent before the first answer is waited for; the server takes them in
    /// order, and the first error is answered.
    pub(crate) async fn execute_each<'v, T, P: AsRef<[Value<'v>]>>(
        &mut self,
        sql: &str,
        items: &'v [T],
        params: impl Fn(&'v T) -> P,
    ) -> Result<()> {
        let pending = self.take_pending();
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await.map_err(situation)?;
        let params: Vec<P> = items.iter().map(params).collect();
        let references: Vec<_> = params.iter().map(|params| references(params.as_ref())).collect();
        let sent = references.iter().map(|params| client.execute(&statement, params));
        send_after(client, &pending, try_join_all(sent)).await.map(drop)
    }

    /// Puts rows into `into`, a table with its columns, many by a statement: of a row that is put in alone, the way to the
    /// server and through its executor is the larger part. All statements are sent before the first answer is waited for.
    pub(crate) async fn insert_each<'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        into: &str,
        rows: &[P],
    ) -> Result<()> {
        let pending = self.take_pending();
        let client = self.client()?;
        let mut sent = Vec::new();
        let mut rest = rows;
        while let Some(first) = rest.first() {
            // Few different counts: each is a statement of its own, and prepared once.
            let count = (1 << rest.len().ilog2()).min(MOST_ROWS);
            let (chunk, further) = rest.split_at(count);
            let sql = insert_rows(into, first.as_ref().len(), count);
            let statement = client.prepare_cached(&sql).await.map_err(situation)?;
            sent.push((statement, chunk.iter().flat_map(|row| references(row.as_ref())).collect::<Vec<_>>()));
            rest = further;
        }
        let sent = sent.iter().map(|(statement, params)| client.execute(statement, params));
        send_after(client, &pending, try_join_all(sent)).await.map(drop)
    }

    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(|| StoreError::internal("the session has ended"))
    }
}

impl Drop for PostgresSession {
    /// Rolls back. `drop` can't wait, so a task does it and then returns the connection to the pool; where there is
    /// no runtime left, the connection is closed and the server rolls back.
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if !self.in_transaction {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            drop(Object::take(client));
            return;
        };
        runtime.spawn(async move {
            if client.batch_execute("ROLLBACK").await.is_err() {
                drop(Object::take(client));
            }
        });
    }
}

fn references<'v>(params: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
