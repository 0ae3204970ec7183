//! Both databases have the same migrations: same numbers, same names, no gap.

use std::collections::BTreeSet;

use crate::tree::has_extension;
use crate::{Offence, Tree};

const FOLDER: &str = "crates/store/migrations";
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// Migrations that one database lacks, that are misnumbered, or that are no migrations.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let [sqlite, postgres] = DATABASES.map(|database| names(tree, database));
    let mut offences = Vec::new();
    for (database, own, others) in [(DATABASES[0], &sqlite, &postgres), (DATABASES[1], &postgres, &sqlite)] {
        let folder = format!("{FOLDER}/{database}");
        if own.is_empty() {
            offences.push(Offence::of_file(&folder, "holds no migration"));
        }
        for missing in others.difference(own) {
            offences.push(Offence::of_file(
                &format!("{folder}/{missing}"),
                "is missing; the other database has it",
            ));
        }
        for (index, name) in own.iter().enumerate() {
            let expected = format!("{:04}_", index + 1);
            if !name.starts_with(&expected) || !has_extension(name, "sql") {
                let what = format!("should be named {expected}<what>.sql: numbers follow one another");
                offences.push(Offence::of_file(&format!("{folder}/{name}"), what));
            }
        }
    }
    offences
}

fn names<'a>(tree: &'a Tree, database: &str) -> BTreeSet<&'a str> {
    let prefix = format!("{FOLDER}/{database}/");
    tree.files().filter_map(|file| file.path.strip_prefix(&prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(names: &[&str]) -> Vec<Offence> {
        let files: Vec<(String, &str)> =
            names.iter().map(|name| (format!("crates/store/migrations/{name}"), "")).collect();
        check(&Tree::of(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>()))
    }

    #[test]
    fn pairs_in_order_pass() {
        let names = ["sqlite/0001_a.sql", "sqlite/0002_b.sql", "postgres/0001_a.sql", "postgres/0002_b.sql"];

        assert_eq!(with(&names), []);
    }

    #[test]
    fn migration_of_one_database_is_an_offence() {
        let offences = with(&["sqlite/0001_a.sql", "sqlite/0002_b.sql", "postgres/0001_a.sql"]);

        assert_eq!(offences.len(), 1);
        assert_eq!(offences[0].path, "crates/store/migrations/postgres/0002_b.sql");
    }

    #[test]
    fn gap_double_number_and_other_files_are_offences() {
        assert_eq!(
            with(&["sqlite/0001_a.sql", "sqlite/0003_b.sql", "postgres/0001_a.sql", "postgres/0003_b.sql"])
                .len(),
            2
        );
        assert_eq!(
            with(&["sqlite/0001_a.sql", "sqlite/0001_b.sql", "postgres/0001_a.sql", "postgres/0001_b.sql"])
                .len(),
            2
        );
        assert_eq!(with(&["sqlite/0001_a.txt", "postgres/0001_a.txt"]).len(), 2);
    }

    #[test]
    fn no_migrations_at_all_is_an_offence() {
        assert_eq!(with(&[]).len(), 2);
    }
}
