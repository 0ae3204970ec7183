//! Checks of the house itself: what a reviewer would otherwise have to look for by hand.
//! Pure functions over the repository's files; they change nothing, and no other crate uses them.
//! `crates/tidy/tests/house.rs` runs each of them on this repository.

pub mod borders;
pub mod doc_paths;
pub mod file_names;
pub mod hosts;
pub mod migration_safety;
pub mod migrations;
pub mod module_docs;
pub mod rust_text;
pub mod sizes;
pub mod sql;
pub mod statuses;
pub mod tree;

pub use tree::{File, Tree};

/// One thing that is not as it should be: where, and what.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Offence {
    /// Path from the repository's root.
    pub path: String,
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong, as part of a list.
    pub what: String,
}

impl Offence {
    /// An offence on a line.
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }

    /// An offence of the file as a whole.
    pub fn of_file(path: &str, what: impl Into<String>) -> Self {
        Self::new(path, 0, what)
    }
}

impl std::fmt::Display for Offence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// The message of a failed check: every offence, then what to do. `None` if there is no offence.
pub fn report(offences: &[Offence], what_to_do: &str) -> Option<String> {
    if offences.is_empty() {
        return None;
    }
    let mut offences: Vec<String> = offences.iter().map(|offence| format!("  {offence}")).collect();
    offences.sort();
    Some(format!("\n{}\n\nWhat to do: {what_to_do}\n", offences.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_lists_every_offence_and_the_remedy() {
        let offences = [Offence::new("b.rs", 3, "is wrong"), Offence::of_file("a.rs", "is long")];

        let text = report(&offences, "mend it.").expect("there are offences");

        assert_eq!(text, "\n  a.rs: is long\n  b.rs:3: is wrong\n\nWhat to do: mend it.\n");
        assert_eq!(report(&[], "nothing."), None);
    }
}
