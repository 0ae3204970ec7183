//! A migration only adds, so that servers of the version before go on while it is done and after it. Held for PostgreSQL,
//! which alone has several servers.

use crate::{Offence, Tree};

const FOLDER: &str = "crates/store/migrations/postgres/";

/// What takes something away that an older server may ask for, or asks of it what it doesn't know.
const UNSAFE: [&str; 8] = [
    "DROP TABLE",
    "DROP COLUMN",
    "DROP VIEW",
    "DROP FUNCTION",
    "DROP TRIGGER",
    "RENAME",
    "ALTER COLUMN",
    "TRUNCATE",
];

/// Steps that a server of the version before would not survive.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let migrations = tree.files().filter(|file| file.path.starts_with(FOLDER));
    migrations.flat_map(|file| offences(&file.path, &file.text)).collect()
}

fn offences(path: &str, text: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default().to_uppercase();
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(word) = UNSAFE.iter().find(|word| code.contains(**word)) {
            offences.push(Offence::new(path, index + 1, format!("has {word}")));
        }
        for added in code.split("ADD COLUMN").skip(1) {
            if added.contains("NOT NULL") && !added.contains("DEFAULT") {
                offences.push(Offence::new(
                    path,
                    index + 1,
                    "adds a column that must be given, without a default",
                ));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences_of(text: &str) -> usize {
        let path = format!("{FOLDER}0002_b.sql");
        check(&Tree::of(&[(path.as_str(), text)])).len()
    }

    #[test]
    fn what_adds_passes() {
        for text in [
            "CREATE TABLE a (id UUID NOT NULL PRIMARY KEY);",
            "ALTER TABLE a ADD COLUMN b TEXT, ADD COLUMN c BIGINT NOT NULL DEFAULT 0;",
            "-- DROP TABLE a would not do\nCREATE INDEX a_b ON a (b);",
            "ALTER TABLE a DROP CONSTRAINT a_b_check;",
            "UPDATE a SET c = 1;",
        ] {
            assert_eq!(offences_of(text), 0, "{text}");
        }
    }

    #[test]
    fn what_takes_away_or_demands_is_an_offence() {
        for text in [
            "DROP TABLE a;",
            "alter table a  drop   column b;",
            "ALTER TABLE a RENAME TO b;",
            "ALTER TABLE a ALTER COLUMN b SET NOT NULL;",
            "ALTER TABLE a ADD COLUMN b BIGINT NOT NULL;",
            "ALTER TABLE a ADD COLUMN b BIGINT NOT NULL DEFAULT 0, ADD COLUMN c TEXT NOT NULL;",
            "DROP TRIGGER t ON a;",
        ] {
            assert_eq!(offences_of(text), 1, "{text}");
        }
    }
}
