//! How long a file of Rust or Python may be. Length of functions is clippy's matter.

use crate::{Offence, Tree};

/// Lines of a source or benchmark file.
pub const SOURCE_LINES: usize = 400;

/// Lines of a file of tests: under a `tests` folder, `tests.rs` or `<what>_tests.rs`. A table of cases is long without being hard.
pub const TEST_LINES: usize = 600;

/// A file that is longer, and why that is right.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// Path from the repository's root.
    pub path: &'static str,
    /// The lines it has now. It may only shrink.
    pub lines: usize,
    /// Why it is not split.
    pub reason: &'static str,
}

/// Files that are too long, have outgrown their exception, or need none any more.
pub fn check(tree: &Tree, exceptions: &[Exception]) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.rust_files().chain(tree.python_files()) {
        let lines = file.text.lines().count();
        let exception = exceptions.iter().find(|exception| exception.path == file.path);
        let usual = limit(&file.path);
        if let Some(exception) = exception {
            if lines <= usual {
                offences.push(Offence::of_file(&file.path, "needs its exception no longer: strike it"));
            } else if lines > exception.lines {
                let what = format!("{lines} lines; its exception allows {}", exception.lines);
                offences.push(Offence::of_file(&file.path, what));
            }
        } else if lines > usual {
            offences.push(Offence::of_file(&file.path, format!("{lines} lines; {usual} are allowed")));
        }
    }
    for Exception { path, reason, .. } in exceptions {
        if !tree.rust_files().any(|file| file.path == *path) {
            offences.push(Offence::of_file(path, "has an exception but does not exist: strike it"));
        }
        if reason.is_empty() {
            offences.push(Offence::of_file(path, "has an exception without a reason"));
        }
    }
    offences
}

fn limit(path: &str) -> usize {
    let is_tests = |name: &str| name == "tests" || name.ends_with("_tests");
    if path.trim_end_matches(".rs").split('/').any(is_tests) { TEST_LINES } else { SOURCE_LINES }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_length(path: &str, lines: usize) -> Tree {
        Tree::of(&[(path, &"x\n".repeat(lines))])
    }

    #[test]
    fn file_of_the_greatest_length_passes_and_one_line_more_does_not() {
        assert_eq!(check(&of_length("crates/a/src/b.rs", SOURCE_LINES), &[]), []);
        assert_eq!(check(&of_length("crates/a/src/b.rs", SOURCE_LINES + 1), &[]).len(), 1);
        assert_eq!(check(&of_length("crates/a/tests/it/b.rs", SOURCE_LINES + 1), &[]), []);
        assert_eq!(check(&of_length("crates/a/src/b_tests.rs", SOURCE_LINES + 1), &[]), []);
        assert_eq!(check(&of_length("crates/a/tests/it/b.rs", TEST_LINES + 1), &[]).len(), 1);
    }

    #[test]
    fn exception_may_only_shrink() {
        let exceptions = [Exception { path: "crates/a/src/b.rs", lines: 500, reason: "one table" }];

        assert_eq!(check(&of_length("crates/a/src/b.rs", 500), &exceptions), []);
        assert_eq!(check(&of_length("crates/a/src/b.rs", 501), &exceptions).len(), 1);
        assert_eq!(check(&of_length("crates/a/src/b.rs", 400), &exceptions).len(), 1);
        assert_eq!(check(&of_length("crates/a/src/c.rs", 1), &exceptions).len(), 1);
    }
}
