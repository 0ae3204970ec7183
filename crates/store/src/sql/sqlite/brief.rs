//! How much a query may do on the thread that asks for it. A query that turns out to be a long one is stopped there, and
//! asked again where it may take its time.
//!
//! *Why* counted in SQLite's own steps and not in time: the same query is always on the same side of the bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use super::situation;
use crate::error::Result;

/// After so many instructions of SQLite's machine one is counted. Counting more often would cost more than it tells.
const INSTRUCTIONS_A_STEP: i32 = 1000;

/// How many steps a brief query may take: about two milliseconds' work.
const BRIEF: i64 = 20;

/// The steps that the query at work on a connection has left.
#[derive(Clone)]
pub(super) struct Steps(Arc<AtomicI64>);

impl Steps {
    /// Counts on this connection, as long as it lives.
    pub(super) fn on(connection: &mut Connection) -> Result<Self> {
        let left = Arc::new(AtomicI64::new(i64::MAX));
        let counted = Arc::clone(&left);
        let stop = move || counted.fetch_sub(1, Ordering::Relaxed) <= 0;
        connection.progress_handler(INSTRUCTIONS_A_STEP, Some(stop)).map_err(situation)?;
        Ok(Self(left))
    }

    /// Whatever runs until the guard falls is stopped when it has taken as many steps as a brief query may.
    pub(super) fn limit(&self) -> Limited<'_> {
        self.0.store(BRIEF, Ordering::Relaxed);
        Limited(self)
    }
}

/// Lifts the limit when it falls.
pub(super) struct Limited<'a>(&'a Steps);

impl Limited<'_> {
    /// Whether something was stopped.
    pub(super) fn is_reached(&self) -> bool {
        self.0.0.load(Ordering::Relaxed) < 0
    }
}

impl Drop for Limited<'_> {
    fn drop(&mut self) {
        self.0.0.store(i64::MAX, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_to(connection: &Connection, rows: i64) -> rusqlite::Result<i64> {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT COUNT(*) FROM n";
        connection.query_row(sql, [rows], |row| row.get(0))
    }

    #[test]
    fn long_query_is_stopped_under_the_limit_and_runs_through_after_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = Steps::on(&mut connection).unwrap();
        let limit = steps.limit();
        assert_eq!(count_to(&connection, 10), Ok(10));
        assert!(!limit.is_reached());
        let stopped = count_to(&connection, 100_000).unwrap_err();
        assert_eq!(stopped.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
        assert!(limit.is_reached());
        drop(limit);
        assert_eq!(count_to(&connection, 100_000), Ok(100_000));
    }
}
