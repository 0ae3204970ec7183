//! SQL and database drivers stay inside the store.

use crate::rust_text::RustText;
use crate::{Offence, Tree};

/// The only crate that knows SQL.
const HOME: &str = "crates/store/";

/// This crate's own samples of what is not allowed.
const SAMPLES: &str = "crates/tidy/";

/// What somebody does to a database from outside, whom the tests of the audit trail play.
const TAMPERING: &str = "crates/server/tests/it/audit/tampering.rs";

const DRIVERS: &[&str] = &[
    "rusqlite",
    "libsqlite3_sys",
    "tokio_postgres",
    "postgres_types",
    "deadpool_postgres",
    "sqlx",
    "diesel",
];

/// Uses of a driver, and strings that are SQL, outside the store.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let elsewhere = |path: &str| !path.starts_with(HOME) && !path.starts_with(SAMPLES) && path != TAMPERING;
    for file in tree.rust_files().filter(|file| elsewhere(&file.path)) {
        let text = RustText::of(&file.text);
        for driver in DRIVERS {
            for line in text.lines_with(driver) {
                offences.push(Offence::new(&file.path, line, format!("uses the driver `{driver}`")));
            }
        }
        for (line, string) in &text.strings {
            if is_sql(string) {
                let start: String = string.trim().chars().take(40).collect();
                offences.push(Offence::new(&file.path, *line, format!("holds SQL: \"{start}\"")));
            }
        }
    }
    offences
}

/// Whether a string is a statement. The first word must be all lower or all upper case, so that a
/// sentence ("Select a file from the list") is none.
fn is_sql(string: &str) -> bool {
    let Some(first) = string.split_whitespace().next() else { return false };
    if first != first.to_lowercase() && first != first.to_uppercase() {
        return false;
    }
    let words: Vec<String> = string.split_whitespace().map(str::to_lowercase).collect();
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    match word(0) {
        "select" => words.iter().any(|word| word == "from"),
        "insert" => word(1) == "into" || word(1) == "or",
        "update" => word(2) == "set",
        "delete" => word(1) == "from",
        "with" => {
            words.iter().any(|word| word == "as" || word == "as(")
                && words.iter().any(|word| word == "select")
        }
        "create" | "drop" | "alter" => {
            matches!(
                word(1),
                "table" | "index" | "view" | "trigger" | "schema" | "unique" | "temp" | "virtual"
            )
        }
        // The word alone is a header of HTTP.
        "pragma" => (2..=4).contains(&words.len()),
        "vacuum" => words.len() <= 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences_in(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn driver_outside_the_store_is_an_offence() {
        assert_eq!(offences_in("crates/server/src/a.rs", "use rusqlite::Connection;"), 1);
        assert_eq!(offences_in("crates/auth/src/a.rs", "fn a(row: tokio_postgres::Row) {}"), 1);
        assert_eq!(offences_in("crates/store/src/a.rs", "use rusqlite::Connection;"), 0);
        assert_eq!(offences_in("crates/server/src/a.rs", "// not rusqlite::Connection"), 0);
    }

    #[test]
    fn sql_outside_the_store_is_an_offence() {
        for sql in [
            "select id from assets where id = $1",
            "SELECT count(*)\n  FROM assets",
            "insert into assets values ($1)",
            "update assets set name = $1",
            "delete from assets",
            "with a as (select 1) select * from a",
            "create table a (b)",
            "PRAGMA user_version",
        ] {
            assert_eq!(offences_in("crates/server/src/a.rs", &format!("f(\"{sql}\");")), 1, "{sql}");
            assert_eq!(offences_in("crates/store/src/a.rs", &format!("f(\"{sql}\");")), 0, "{sql}");
        }
    }

    #[test]
    fn sentences_are_no_sql() {
        for sentence in [
            "Select a file from the list",
            "update the version of an asset",
            "delete",
            "create a workspace",
            "with the token as given",
            "insert",
        ] {
            assert_eq!(
                offences_in("crates/server/src/a.rs", &format!("f(\"{sentence}\");")),
                0,
                "{sentence}"
            );
        }
    }
}
