//! What the databases know of their own tables, and how their rules are loosened while all rows are put in at once. In
//! each database's own words; `row_copy` asks.

use super::Dialect;

impl Dialect {
    /// The columns of a table `$1`: name, type, and place in the primary key, from 1; 0 for those that are not in it.
    pub(crate) const fn columns_of_table(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT c.name, lower(c.type), CAST(c.pk AS INTEGER) FROM pragma_table_info($1) c ORDER BY c.cid"
            }
            Self::Postgres => {
                "SELECT a.attname::TEXT, format_type(a.atttypid, NULL), COALESCE(array_position(\
                 string_to_array(i.indkey::TEXT, ' '), a.attnum::TEXT), 0)::BIGINT FROM pg_class t \
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
                 WHERE t.relnamespace = current_schema()::REGNAMESPACE AND t.relname = $1::TEXT ORDER BY a.attnum"
            }
        }
    }

    /// Lets a transaction wait for another database between its statements for as long as that takes.
    pub(crate) const fn allow_pauses(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SET LOCAL idle_in_transaction_session_timeout = 0"),
        }
    }

    /// Keeps everybody else from writing to these tables until the transaction ends. SQLite's does that by having begun.
    pub(crate) fn lock_tables(self, tables: &[&str]) -> Vec<String> {
        match self {
            Self::Sqlite => Vec::new(),
            Self::Postgres => vec![
                "SET LOCAL lock_timeout = '5s'".to_owned(),
                format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", ")),
            ],
        }
    }

    /// Statements, as rows of two, that let rows of these tables come in any order and count nothing twice, and that put all back: triggers
    /// rest, references are checked at the end.
    ///
    /// *Why* triggers are dropped on SQLite and made again: it knows no rest for them. On PostgreSQL one that counts would
    /// besides go through all earlier states of one row again and again.
    pub(crate) fn loosening(self, tables: &[&str]) -> String {
        let ours = ours(tables);
        match self {
            Self::Sqlite => "SELECT 'DROP TRIGGER ' || name, sql FROM sqlite_schema WHERE type = 'trigger' \
                             UNION ALL SELECT 'PRAGMA defer_foreign_keys = ON', ''"
                .to_owned(),
            Self::Postgres => format!(
                "SELECT 'ALTER TABLE ' || k.conrelid::REGCLASS::TEXT || ' ALTER CONSTRAINT ' || quote_ident(k.conname) \
                 || ' DEFERRABLE INITIALLY DEFERRED', \
                 'ALTER TABLE ' || k.conrelid::REGCLASS::TEXT || ' ALTER CONSTRAINT ' || quote_ident(k.conname) \
                 || CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE ' NOT DEFERRABLE' END \
                 || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE ' INITIALLY IMMEDIATE' END \
                 FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND {ours} \
                 UNION ALL SELECT DISTINCT 'ALTER TABLE ' || t.tgrelid::REGCLASS::TEXT || ' DISABLE TRIGGER USER', \
                 'ALTER TABLE ' || t.tgrelid::REGCLASS::TEXT || ' ENABLE TRIGGER USER' \
                 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
                 WHERE NOT t.tgisinternal AND {ours}"
            ),
        }
    }

    /// Checks all references that wait for the end now. SQLite checks them with the commit.
    pub(crate) const fn check_references(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SET CONSTRAINTS ALL IMMEDIATE"),
        }
    }

    /// Lists the columns of these tables that number rows by themselves, with the table of each. SQLite goes on after the
    /// highest number.
    pub(crate) fn numbering_columns(self, tables: &[&str]) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(format!(
                "SELECT c.relname::TEXT, a.attname::TEXT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                 WHERE a.attidentity <> '' AND {}",
                ours(tables)
            )),
        }
    }

    /// Lets a column go on numbering after the highest number that is there.
    pub(crate) fn go_on_numbering(table: &str, column: &str) -> String {
        format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(MAX({column}), 1), \
             MAX({column}) IS NOT NULL) FROM {table}"
        )
    }
}

/// The condition that the class `c` of PostgreSQL's catalogue is one of these tables of ours: others may be in the schema.
fn ours(tables: &[&str]) -> String {
    format!("c.relnamespace = current_schema()::REGNAMESPACE AND c.relname IN ('{}')", tables.join("', '"))
}
