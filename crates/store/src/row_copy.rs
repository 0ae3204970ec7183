//! All rows of one database copied into another, whichever kind each is, and held against each other afterwards. Not the
//! deciding whether that may be, which is the operator's command; no table's meaning but that of the search's entries, whose
//! index each database makes in its own way.
//!
//! Everything happens in two transactions that the caller begins and ends: until the target's is committed, nothing is
//! there.

mod table;

use aws_lc_rs::digest::{SHA256, digest};

use crate::error::{Result, StoreError};
use crate::session::{Session, Tx};
use crate::sql::{Dialect, params};
use table::{RowTable, TableRow};

/// Tables whose rows are copied, each after those that it refers to, as far as that can be.
pub const COPIED: [&str; 55] = [
    "users",
    "accounts",
    "jobs",
    "account_members",
    "workspaces",
    "workspace_members",
    "api_keys",
    "api_key_secrets",
    "revoked_tokens",
    "user_passwords",
    "user_sessions",
    "sign_in_links",
    "user_passkeys",
    "answered_challenges",
    "user_identities",
    "signing_keys",
    "auth_revision",
    "auth_changes",
    "audit_entries",
    "audit_head",
    "asset_statuses",
    "folders",
    "blobs",
    "pictures",
    "previews",
    "preview_pictures",
    "preview_facts",
    "preview_likenesses",
    "assets",
    "versions",
    "named_files",
    "used_assets",
    "uploads",
    "idempotency_keys",
    "tasks",
    "tags",
    "asset_tags",
    "comments",
    "libraries",
    "library_assets",
    "reviews",
    "review_mentions",
    "review_requests",
    "review_request_users",
    "asset_marks",
    "attachments",
    "events",
    "account_invites",
    "settings",
    "notifications",
    "webhooks",
    "webhook_deliveries",
    "webhook_attempts",
    "content_removals",
    "search_entries",
];

/// Tables whose rows stay: each database's own history, who serves it just now, where it has gone, and what only programs from before
/// step 41 of the schema ask for.
pub const STAYING: [&str; 4] = ["schema_migrations", "server_processes", "relocation", "preview_bands"];

/// Tables that have one row from the beginning, with the column that is 0 in it until something happens.
const COUNTERS: [(&str, &str); 2] = [("auth_revision", "revision"), ("audit_head", "sequence")];

/// Rows taken at a time, at most.
const MOST_AT_ONCE: i64 = 500;

/// How much rows taken at a time should hold. *Units*: bytes.
const BYTES_AT_ONCE: usize = 4 << 20;

/// Why rows were not copied. Nothing of the target is to be committed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowCopyError {
    /// A table's rows can't be read, or not be written.
    #[error("the rows of the table `{table}` can't be copied")]
    Table {
        /// The table.
        table: &'static str,
        /// What happened.
        #[source]
        source: StoreError,
    },
    /// What was read back is not what was written.
    #[error("the table `{table}` has other rows in the new database than in the old one")]
    Differs {
        /// The table.
        table: &'static str,
    },
    /// One of the databases can't be used just now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsCopied {
    /// How many tables.
    pub tables: u64,
    /// How many rows of them.
    pub rows: u64,
}

/// Copies all rows into a database that has none, and reads them back. `done` is told how many rows were copied, and again
/// how many were read back.
///
/// *Errors*: nothing may be committed then.
pub async fn copy_rows(
    source: &mut Tx,
    target: &mut Tx,
    done: &(dyn Fn(u64) + Sync),
) -> Result<RowsCopied, RowCopyError> {
    let tighten = target.loosen().await?;
    let mut sums = Vec::with_capacity(COPIED.len());
    for table in COPIED {
        let sum = copy_table(source, target, table, done).await;
        sums.push((table, sum.map_err(|source| RowCopyError::Table { table, source })?));
    }
    target.tighten(tighten).await?;
    let mut copied = RowsCopied::default();
    for (table, sum) in sums {
        let in_table = |source| RowCopyError::Table { table, source };
        let there = sum_of(target, table, done).await.map_err(in_table)?;
        let counts = (
            source.count_rows(table).await.map_err(in_table)?,
            target.count_rows(table).await.map_err(in_table)?,
        );
        if there != sum || counts != (sum.rows, sum.rows) {
            return Err(RowCopyError::Differs { table });
        }
        copied.tables += 1;
        copied.rows += sum.rows;
    }
    if !target.is_search_indexed().await? {
        return Err(RowCopyError::Differs { table: "search_grams" });
    }
    Ok(copied)
}

/// The first table that has other rows in one database than in the other, if there is one.
pub async fn find_difference(one: &mut Tx, other: &mut Tx) -> Result<Option<&'static str>, RowCopyError> {
    for table in COPIED {
        let in_table = |source| RowCopyError::Table { table, source };
        let sums = (
            sum_of(one, table, &|_| ()).await.map_err(in_table)?,
            sum_of(other, table, &|_| ()).await.map_err(in_table)?,
        );
        if sums.0 != sums.1 {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// How many rows, and a sum of their digests, which is the same in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RowSum {
    rows: u64,
    halves: [u128; 2],
}

impl RowSum {
    fn add(&mut self, canonical: &[u8]) {
        self.rows += 1;
        let digest = digest(&SHA256, canonical);
        let (halves, _) = digest.as_ref().as_chunks();
        for (sum, half) in self.halves.iter_mut().zip(halves) {
            *sum = sum.wrapping_add(u128::from_be_bytes(*half));
        }
    }
}

async fn copy_table(
    source: &mut Tx,
    target: &mut Tx,
    name: &'static str,
    done: &(dyn Fn(u64) + Sync),
) -> Result<RowSum> {
    let from = source.row_table(name).await?;
    let to = target.row_table(name).await?;
    if !from.has_same_columns(&to) {
        return Err(StoreError::internal("its columns are not the same in both databases"));
    }
    let (mut sum, mut pages) = (RowSum::default(), Pages::default());
    while let Some(rows) = pages.next(source, &from).await? {
        for row in &rows {
            sum.add(&from.canonical(row));
        }
        done(rows.len() as u64);
        target.write_rows(&to, rows).await?;
    }
    Ok(sum)
}

async fn sum_of(session: &mut Session, name: &'static str, done: &(dyn Fn(u64) + Sync)) -> Result<RowSum> {
    let table = session.row_table(name).await?;
    let (mut sum, mut pages) = (RowSum::default(), Pages::default());
    while let Some(rows) = pages.next(session, &table).await? {
        for row in &rows {
            sum.add(&table.canonical(row));
        }
        done(rows.len() as u64);
    }
    Ok(sum)
}

/// A way through a table, some rows at a time: fewer where they are large.
#[derive(Default)]
struct Pages {
    /// The key of the last row.
    after: Option<TableRow>,
    size: Option<i64>,
}

impl Pages {
    async fn next(&mut self, session: &mut Session, table: &RowTable) -> Result<Option<Vec<TableRow>>> {
        let size = self.size.unwrap_or(MOST_AT_ONCE / 8);
        let rows = session.read_rows(table, self.after.as_ref(), size).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = Some(table.key_of(last));
        let bytes: usize = rows.iter().map(TableRow::size_bytes).sum();
        let fitting = BYTES_AT_ONCE / (bytes / rows.len()).max(1);
        self.size = Some(i64::try_from(fitting).unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE));
        Ok(Some(rows))
    }
}

/// Statements that put the rules of a database back that were loosened.
struct Tighten(Vec<String>);

impl Session {
    /// How many rows there are that are copied.
    pub async fn count_copied_rows(&mut self) -> Result<u64> {
        let mut rows = 0;
        for table in COPIED {
            rows += self.count_rows(table).await?;
        }
        Ok(rows)
    }

    /// A table into which something was put since the database was made, if there is one.
    pub async fn find_filled_table(&mut self) -> Result<Option<&'static str>> {
        for table in COPIED {
            let counter = COUNTERS.iter().find(|(counter, _)| *counter == table);
            let condition = counter.map(|(_, column)| format!(" WHERE {column} <> 0")).unwrap_or_default();
            let sql = format!("SELECT CAST(1 AS BIGINT) FROM {table}{condition} LIMIT 1");
            if self.fetch_optional::<(i64,)>(&sql, params![]).await?.is_some() {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    async fn count_rows(&mut self, table: &str) -> Result<u64> {
        let (count,): (i64,) = self.fetch_scan(&format!("SELECT COUNT(*) FROM {table}"), params![]).await?;
        u64::try_from(count).map_err(StoreError::internal)
    }

    /// Whether the index has each entry that says so.
    async fn is_search_indexed(&mut self) -> Result<bool> {
        let sql = "SELECT (SELECT COUNT(*) FROM search_grams), \
                   (SELECT COUNT(*) FROM search_entries WHERE state = 'indexed')";
        let (indexed, said): (i64, i64) = self.fetch_scan(sql, params![]).await?;
        Ok(indexed == said)
    }
}

impl Tx {
    /// Keeps everybody else from writing until the transaction ends, however long it waits in between.
    ///
    /// *Errors*: `Busy` when somebody holds rows for longer than five seconds.
    pub async fn lock_for_copy(&mut self) -> Result<()> {
        self.allow_pauses().await?;
        let tables: Vec<&str> = COPIED.into_iter().chain(STAYING).collect();
        for statement in self.dialect().lock_tables(&tables) {
            self.execute(&statement, params![]).await?;
        }
        Ok(())
    }

    /// Lets the transaction wait between its statements for as long as it likes.
    pub(crate) async fn allow_pauses(&mut self) -> Result<()> {
        match self.dialect().allow_pauses() {
            Some(statement) => self.execute(statement, params![]).await.map(drop),
            None => Ok(()),
        }
    }

    /// Lets rows come in any order, as they are.
    async fn loosen(&mut self) -> Result<Tighten> {
        self.allow_pauses().await?;
        let loosening = self.dialect().loosening(&COPIED);
        let rules: Vec<(String, String)> = self.fetch_many(&loosening, params![]).await?;
        for (loosen, _) in &rules {
            self.execute(loosen, params![]).await?;
        }
        for (table, _) in COUNTERS {
            self.execute(&format!("DELETE FROM {table}"), params![]).await?;
        }
        let tighten = rules.into_iter().map(|(_, tighten)| tighten);
        Ok(Tighten(tighten.filter(|statement| !statement.is_empty()).collect()))
    }

    /// Puts the rules back, and what the database counts by itself where it belongs.
    async fn tighten(&mut self, Tighten(statements): Tighten) -> Result<()> {
        let check = self.dialect().check_references().map(str::to_owned);
        for statement in check.into_iter().chain(statements) {
            self.execute(&statement, params![]).await?;
        }
        let Some(columns) = self.dialect().numbering_columns(&COPIED) else { return Ok(()) };
        let columns: Vec<(String, String)> = self.fetch_many(&columns, params![]).await?;
        for (table, column) in columns {
            self.fetch_scan::<(i64,)>(&Dialect::go_on_numbering(&table, &column), params![]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of(rows: &[&str]) -> RowSum {
        let mut sum = RowSum::default();
        for row in rows {
            sum.add(row.as_bytes());
        }
        sum
    }

    #[test]
    fn sum_is_the_same_in_any_order_and_another_when_a_row_is_changed_or_twice_there() {
        assert_eq!(sum_of(&["a", "b", "c"]), sum_of(&["c", "a", "b"]));
        assert_ne!(sum_of(&["a", "b"]), sum_of(&["a", "c"]));
        assert_ne!(sum_of(&["a", "b", "b"]), sum_of(&["a", "a", "b"]));
    }
}
