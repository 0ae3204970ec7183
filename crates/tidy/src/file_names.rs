//! Names that say nothing of their content.

use crate::{Offence, Tree};

const EMPTY_WORDS: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "other", "stuff"];

/// Rust files and folders of them that are named after no subject.
pub fn check(tree: &Tree) -> Vec<Offence> {
    tree.rust_files()
        .filter_map(|file| {
            let mut words = file.path.trim_end_matches(".rs").split(['/', '_', '-']);
            let word = words.find(|word| EMPTY_WORDS.contains(word))?;
            Some(Offence::of_file(&file.path, format!("`{word}` names no subject")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_or_folder_named_after_nothing_is_an_offence() {
        let tree = Tree::of(&[
            ("crates/a/src/utils.rs", ""),
            ("crates/a/src/common/names.rs", ""),
            ("crates/a/src/test_helpers.rs", ""),
            ("crates/a/src/commons.rs", ""),
        ]);

        assert_eq!(check(&tree).len(), 3);
    }
}
