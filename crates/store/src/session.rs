//! Sessions and transactions: what the area files hang their queries on. Callers get them from `Store`.
//! No SQL here but what begins and ends a transaction, and that is in the adapters.

use std::ops::{Deref, DerefMut};

use crate::error::{Result, StoreError};
use crate::sql::postgres::PostgresSession;
use crate::sql::sqlite::SqliteSession;
use crate::sql::{Dialect, FromRow, Value, Wanted};

/// A connection lent for a few queries; it returns to its pool when it falls.
///
/// Each query stands for itself: two reads may see different states, unless the session is a [`Tx`].
/// Hold one for queries only, never while a body is sent or received: there are few.
/// When the future of a query is dropped, the session must be dropped too.
pub struct Session {
    connection: Connection,
    transaction: Option<TransactionState>,
}

/// A transaction. Dropped without [`Tx::commit`], it is rolled back.
///
/// It reads like a [`Session`] and sees its own writes. After any error it is spent, on both databases: further
/// statements and the commit are refused, and dropping it is all that is left.
pub struct Tx {
    session: Session,
}

enum Connection {
    Sqlite(SqliteSession),
    Postgres(PostgresSession),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TransactionState {
    Open,
    /// *Why* kept: PostgreSQL answers a commit after an error as if it had worked, SQLite would write half.
    Failed,
}

impl Session {
    pub(crate) fn sqlite(session: SqliteSession) -> Self {
        Self { connection: Connection::Sqlite(session), transaction: None }
    }

    pub(crate) fn postgres(session: PostgresSession) -> Self {
        Self { connection: Connection::Postgres(session), transaction: None }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The first row of a short query, if there is one.
    pub(crate) async fn fetch_optional<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Option<T>> {
        Ok(self.fetch_inline(sql, params, Wanted::First).await?.pop())
    }

    /// The row of a short query that always has one.
    pub(crate) async fn fetch_one<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<T> {
        self.fetch_optional(sql, params).await?.ok_or_else(no_row)
    }

    /// All rows of a query that answers tens of rows at most.
    pub(crate) async fn fetch_few<T: FromRow>(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<T>> {
        self.fetch_inline(sql, params, Wanted::All).await
    }

    /// All rows of a query that may answer many: off the runtime's threads on SQLite, unless it is a brief one.
    pub(crate) async fn fetch_many<T: FromRow + Send + 'static>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<Vec<T>> {
        self.check()?;
        let outcome = match &mut self.connection {
            Connection::Sqlite(session) => session.query_of_any_length(sql, params, Wanted::All).await,
            Connection::Postgres(session) => session.query(sql, params, Wanted::All).await,
        };
        self.note(outcome)
    }

    /// The one row of a query that reads many, such as a sum.
    pub(crate) async fn fetch_scan<T: FromRow + Send + 'static>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
    ) -> Result<T> {
        self.fetch_many(sql, params).await?.pop().ok_or_else(no_row)
    }

    async fn fetch_inline<T: FromRow>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        wanted: Wanted,
    ) -> Result<Vec<T>> {
        self.check()?;
        let outcome = match &mut self.connection {
            Connection::Sqlite(session) => session.query(sql, params, wanted),
            Connection::Postgres(session) => session.query(sql, params, wanted).await,
        };
        self.note(outcome)
    }

    fn check(&self) -> Result<()> {
        if self.transaction == Some(TransactionState::Failed) {
            return Err(StoreError::internal("the transaction had failed before"));
        }
        Ok(())
    }

    fn note<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() && self.transaction.is_some() {
            self.transaction = Some(TransactionState::Failed);
        }
        outcome
    }
}

#[cold]
fn no_row() -> StoreError {
    StoreError::internal("a query that always answers a row answered none")
}

impl Tx {
    pub(crate) fn new(mut session: Session) -> Self {
        session.transaction = Some(TransactionState::Open);
        Self { session }
    }

    /// Makes the changes durable and visible to others.
    ///
    /// A future dropped here doesn't undo the commit: it comes to its end by itself.
    /// *Errors*: `Conflict` for a foreign key that is checked at the end, `Full`, `Unavailable` (on PostgreSQL it is
    /// then unknown whether the changes were kept), `Internal` when a statement had failed before.
    pub async fn commit(self) -> Result<()> {
        self.session.check()?;
        match self.session.connection {
            Connection::Sqlite(session) => session.commit().await,
            Connection::Postgres(session) => session.commit().await,
        }
    }

    /// Runs a statement that answers no rows. Answers how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        self.session.check()?;
        let outcome = match &mut self.session.connection {
            Connection::Sqlite(session) => session.execute(sql, params),
            Connection::Postgres(session) => session.execute(sql, params).await,
        };
        self.session.note(outcome)
    }

    /// Runs a statement that answers nothing, and whose error may be learnt by the next statement or by the commit: on
    /// PostgreSQL it is sent with that.
    pub(crate) async fn execute_with_next(&mut self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        self.session.check()?;
        let outcome = match &mut self.session.connection {
            Connection::Sqlite(session) => session.execute(sql, params).map(drop),
            Connection::Postgres(session) => session.execute_with_next(sql, params).await,
        };
        self.session.note(outcome)
    }

    /// Runs a statement once for each item: planned once, and on PostgreSQL sent without waiting in between.
    pub(crate) async fn execute_each<'v, T, P: AsRef<[Value<'v>]>>(
        &mut self,
        sql: &str,
        items: &'v [T],
        params: impl Fn(&'v T) -> P,
    ) -> Result<()> {
        self.session.check()?;
        let outcome = match &mut self.session.connection {
            Connection::Sqlite(session) => session.execute_each(sql, items, params),
            Connection::Postgres(session) => session.execute_each(sql, items, params).await,
        };
        self.session.note(outcome)
    }

    /// Puts a row into a table for each item; `into` is the table with its columns, as `users (id, kind)`. All in one
    /// statement where that costs less.
    pub(crate) async fn insert_each<'v, T, P: AsRef<[Value<'v>]>>(
        &mut self,
        into: &str,
        items: &'v [T],
        params: impl Fn(&'v T) -> P,
    ) -> Result<()> {
        self.session.check()?;
        let rows: Vec<P> = items.iter().map(params).collect();
        let outcome = match &mut self.session.connection {
            Connection::Sqlite(session) => session.insert_each(into, &rows),
            Connection::Postgres(session) => session.insert_each(into, &rows).await,
        };
        self.session.note(outcome)
    }

    /// Runs a statement on at most one row. Answers whether there was one.
    pub(crate) async fn execute_one(&mut self, sql: &str, params: &[Value<'_>]) -> Result<bool> {
        Ok(self.execute(sql, params).await? > 0)
    }
}

impl Deref for Tx {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}
