//! Every module says at its top what it is.

use crate::{Offence, Tree};

/// Rust files that do not open with a `//!` comment.
pub fn check(tree: &Tree) -> Vec<Offence> {
    tree.rust_files()
        .filter(|file| !opens_with_words(&file.text))
        .map(|file| Offence::of_file(&file.path, "does not open with a `//!` comment"))
        .collect()
}

fn opens_with_words(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    first.and_then(|line| line.strip_prefix("//!")).is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_without_opening_words_is_an_offence() {
        let tree = Tree::of(&[
            ("a.rs", "//! What it is.\nuse b;\n"),
            ("b.rs", "use c;\n//! Too late.\n"),
            ("c.rs", "//!\n"),
            ("d.rs", ""),
        ]);

        let paths: Vec<String> = check(&tree).into_iter().map(|offence| offence.path).collect();
        assert_eq!(paths, ["b.rs", "c.rs", "d.rs"]);
    }
}
