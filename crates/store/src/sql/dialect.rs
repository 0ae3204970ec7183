//! The few places where the two databases really differ. Everything else is one text.

/// Which database a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What follows a `SELECT` whose row must stay as it is until the transaction ends.
    /// SQLite has one writer, so there it is nothing.
    pub(crate) const fn lock_row(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The same for a row that any other would do in place of: those that somebody has locked are passed over.
    pub(crate) const fn lock_row_or_skip(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Now by the database's clock, in Unix milliseconds: the time while the statement runs, not when its
    /// transaction began.
    pub(crate) const fn now_ms(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres => "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
        }
    }

    /// Whether entries of the search are gathered before they are indexed. PostgreSQL does that by itself.
    pub(crate) const fn gathers_search_entries(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Puts the grams `$2` (numbers with spaces between) of the entry `$1` in place of those that it had.
    pub(crate) const fn put_search_grams(self) -> &'static str {
        match self {
            Self::Sqlite => "INSERT OR REPLACE INTO search_grams (rowid, grams) VALUES ($1, $2)",
            Self::Postgres => {
                "INSERT INTO search_grams (rowid, grams) VALUES ($1, CAST(string_to_array($2, ' ') AS INTEGER[])) \
                 ON CONFLICT (rowid) DO UPDATE SET grams = EXCLUDED.grams"
            }
        }
    }

    /// Merges pieces of the index of grams after some were put, a bounded number of pages at a time: each search asks
    /// every piece. PostgreSQL's index has none.
    pub(crate) const fn merge_search_grams(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("INSERT INTO search_grams (search_grams, rank) VALUES ('merge', 64)"),
            Self::Postgres => None,
        }
    }

    /// The condition that the row `g` of `search_grams` has all grams of a parameter.
    ///
    /// Numbers alone are words of FTS5's language that it has no other use for, and all of them must be there.
    pub(crate) fn has_search_grams(self, param: &str) -> String {
        match self {
            Self::Sqlite => format!("g.search_grams MATCH {param}"),
            Self::Postgres => format!("g.grams @> CAST(string_to_array({param}, ' ') AS INTEGER[])"),
        }
    }

    /// How many of the 64 bits of two numbers differ. SQLite has no such function but the one that each connection is given.
    pub(crate) fn differing_bits(self, number: &str, param: &str) -> String {
        match self {
            Self::Sqlite => format!("differing_bits({number}, {param})"),
            Self::Postgres => format!("BIT_COUNT(CAST({number} # CAST({param} AS BIGINT) AS BIT(64)))"),
        }
    }

    /// The condition that one text stands within another.
    pub(crate) fn contains(self, text: &str, param: &str) -> String {
        match self {
            Self::Sqlite => format!("INSTR({text}, {param}) > 0"),
            Self::Postgres => format!("STRPOS({text}, {param}) > 0"),
        }
    }

    /// Tells those who listen that rights have changed, when the transaction commits. SQLite has nobody to tell:
    /// one process serves, and looks often.
    pub(crate) const fn notify_auth_change(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_notify('mudlark_auth_changes', '')"),
        }
    }
}

/// The PostgreSQL name of the constraint that SQLite describes by its columns, as in
/// `UNIQUE constraint failed: assets.folder_id, assets.name_key`.
///
/// *Why* a rule and no table of names: our PostgreSQL schema names each unique index `<table>_<columns>_key` and
/// each primary key `<table>_pkey`; the contract suite holds it to that.
pub(crate) fn constraint_name(primary_key: bool, message: &str) -> Option<String> {
    let columns = message.rsplit_once("failed: ")?.1;
    let mut table = None;
    let mut names = Vec::new();
    for column in columns.split(", ") {
        let (of, name) = column.split_once('.')?;
        table.get_or_insert(of);
        names.push(name);
    }
    let table = table?;
    Some(if primary_key { format!("{table}_pkey") } else { format!("{table}_{}_key", names.join("_")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_columns_become_the_name_of_the_index() {
        let message = "UNIQUE constraint failed: assets.folder_id, assets.name_key";
        assert_eq!(constraint_name(false, message).as_deref(), Some("assets_folder_id_name_key_key"));
    }

    #[test]
    fn primary_key_columns_become_the_name_of_the_key() {
        let message = "UNIQUE constraint failed: blobs.account_id, blobs.sha256";
        assert_eq!(constraint_name(true, message).as_deref(), Some("blobs_pkey"));
    }

    #[test]
    fn message_without_columns_has_no_name() {
        assert_eq!(constraint_name(false, "UNIQUE constraint failed: index 'x'"), None);
    }
}
