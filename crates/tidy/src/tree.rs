//! The repository's text files, read once. Leaves out what is built or belongs to somebody's machine.
//! Used by every check; a check's own test makes a small tree of its own.

use std::io;
use std::path::Path;

/// A text file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// Path from the repository's root, with `/` between.
    pub path: String,
    /// Content.
    pub text: String,
}

/// All text files, ordered by path.
#[derive(Clone, Default, Debug)]
pub struct Tree {
    files: Vec<File>,
    /// Every path that exists, folders and binary files too.
    paths: Vec<String>,
}

/// Folders of this name are nobody's source, wherever they are.
const NOT_SOURCE: &[&str] = &[".git", "target", "node_modules"];

impl Tree {
    /// Reads the repository that this crate belongs to.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub fn of_this_repository() -> io::Result<Self> {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }

    /// Reads a folder, without what its `.gitignore` names at the top level.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let ignore_file = std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let ignored: Vec<&str> = ignore_file
            .lines()
            .filter_map(|line| line.trim().strip_prefix('/'))
            .map(|name| name.trim_end_matches('/'))
            .collect();
        let mut tree = Self::default();
        tree.read_folder(root, "", &ignored)?;
        tree.files.sort_by(|one, other| one.path.cmp(&other.path));
        tree.paths.sort();
        Ok(tree)
    }

    /// A tree of these paths and texts, for a check's own test.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.files.push(File { path: (*path).to_owned(), text: (*text).to_owned() });
            let folders = path.match_indices('/').map(|(end, _)| path[..end].to_owned());
            tree.paths.extend(folders.chain([(*path).to_owned()]));
        }
        tree.paths.sort();
        tree.paths.dedup();
        tree
    }

    /// All text files.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// Rust files: sources, tests and benchmarks.
    pub fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| has_extension(&file.path, "rs"))
    }

    /// Python files: examples, and clients that the tests run.
    pub fn python_files(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| has_extension(&file.path, "py"))
    }

    /// Every path that exists, folders included.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read_folder(&mut self, root: &Path, folder: &str, ignored: &[&str]) -> io::Result<()> {
        for entry in std::fs::read_dir(root.join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if NOT_SOURCE.contains(&name.as_str()) || ignored.contains(&path.as_str()) {
                continue;
            }
            self.paths.push(path.clone());
            if kind.is_dir() {
                self.read_folder(root, &path, ignored)?;
            } else if kind.is_file()
                // What is not UTF-8 is a picture or the like, not text.
                && let Ok(text) = String::from_utf8(std::fs::read(entry.path())?)
            {
                self.files.push(File { path, text });
            }
        }
        Ok(())
    }
}

/// Whether the path's extension is this one.
pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_is_read_without_what_is_built() {
        let tree = Tree::of_this_repository().expect("the repository can be read");

        assert!(tree.rust_files().any(|file| file.path == "crates/tidy/src/tree.rs"));
        assert!(tree.paths().iter().any(|path| path == "crates/tidy"));
        assert!(!tree.paths().iter().any(|path| path.starts_with("target") || path.starts_with(".git/")));
    }

    #[test]
    fn tree_of_given_files_knows_their_folders() {
        let tree = Tree::of(&[("a/b/c.rs", "")]);

        assert_eq!(tree.paths(), ["a", "a/b", "a/b/c.rs"]);
    }
}
