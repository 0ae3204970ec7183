//! Paths that the documentation names exist: in backticks, and as links to files of ours.
//! `<area>` and `*` stand for any name, `{a,b}` for each of them; at least one must exist.

use crate::tree::has_extension;
use crate::{File, Offence, Tree};

/// Top-level folders a path in the documentation may begin with.
const FOLDERS: &[&str] = &[".cargo", ".ci", ".config", "bench", "crates", "docs", "openapi", "xtask"];

/// Paths named in the documentation that are not there.
pub fn check(tree: &Tree) -> Vec<Offence> {
    tree.files()
        .filter(|file| is_documentation(&file.path))
        .flat_map(|file| {
            let named = spans_in_backticks(file).into_iter().filter(|(_, path)| is_ours(path));
            named
                .chain(linked_files(file))
                .flat_map(|(line, path)| missing(tree, file, line, &path))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn is_documentation(path: &str) -> bool {
    // The changelog tells of the past, and of paths that were.
    has_extension(path, "md") && path != "CHANGELOG.md"
}

fn missing(tree: &Tree, file: &File, line: usize, path: &str) -> Vec<Offence> {
    expand_braces(path)
        .into_iter()
        .filter(|path| !tree.paths().iter().any(|existing| matches(path, existing)))
        .map(|path| Offence::new(&file.path, line, format!("names `{path}`, which is not there")))
        .collect()
}

/// Lines of prose, from 1; fenced blocks hold examples and pictures.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    file.text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

/// What stands in backticks, without what follows a path: a line, an item, a closing slash.
fn spans_in_backticks(file: &File) -> Vec<(usize, String)> {
    prose(file)
        .flat_map(|(line, text)| text.split('`').skip(1).step_by(2).map(move |span| (line, span)))
        .map(|(line, span)| {
            let path = span.split("::").next().unwrap_or("").split('#').next().unwrap_or("");
            let path = match path.rsplit_once(':') {
                Some((before, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => before,
                _ => path,
            };
            (line, path.trim_end_matches('/').to_owned())
        })
        .collect()
}

/// Whether a span is meant as a path of this repository.
fn is_ours(span: &str) -> bool {
    let is_path = !span.is_empty() && !span.contains(char::is_whitespace);
    match span.split_once('/') {
        Some((folder, _)) => is_path && FOLDERS.contains(&folder),
        // A file on top: `README.md`, `deny.toml`; `main.rs` is somewhere below.
        None => {
            is_path && (has_extension(span, "md") || has_extension(span, "toml")) && !span.starts_with('*')
        }
    }
}

/// The targets of Markdown links to files, as paths from the root.
fn linked_files(file: &File) -> Vec<(usize, String)> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    prose(file)
        .flat_map(|(line, text)| text.split("](").skip(1).map(move |rest| (line, rest)))
        .filter_map(|(line, rest)| Some((line, rest.split_once(')')?.0.split('#').next()?)))
        .filter(|(_, target)| !target.is_empty() && !target.contains(':') && !target.starts_with('/'))
        .map(|(line, target)| (line, from_root(folder, target)))
        .collect()
}

/// `docs/adr` and `../testing.md` → `docs/testing.md`.
fn from_root(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// `a/{b,c}/d` → `a/b/d`, `a/c/d`.
fn expand_braces(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![path.to_owned()] };
    choices
        .split(',')
        .flat_map(|choice| expand_braces(&format!("{before}{}{after}", choice.trim())))
        .collect()
}

/// Whether an existing path is what a pattern names; each `*` or `<…>` is part of one name.
fn matches(pattern: &str, existing: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), existing.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if name_matches(wanted, found) => {}
            _ => return false,
        }
    }
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let Some(star) = pattern.find(['*', '<']) else { return pattern == name };
    let width =
        if pattern[star..].starts_with('<') { pattern[star..].find('>').map_or(1, |end| end + 1) } else { 1 };
    let (before, after) = (&pattern[..star], &pattern[star + width..]);
    let Some(rest) = name.strip_prefix(before) else { return false };
    rest.char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| name_matches(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_in(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/guide.md", text),
            ("README.md", ""),
            ("deny.toml", ""),
            ("crates/store/src/assets.rs", ""),
            ("crates/store/migrations/sqlite/0001_start.sql", ""),
        ]);
        check(&tree).into_iter().map(|offence| offence.what).collect()
    }

    #[test]
    fn paths_that_exist_pass() {
        let text = "`crates/store/src/assets.rs`, `crates/store/`, `README.md`, `deny.toml`,
            `crates/store/src/<area>.rs`, `crates/*/src`, `crates/store/src/assets.rs:12`,
            `crates/store/migrations/sqlite/<number>_<what>.sql`, `crates/store/src/assets.rs::Row`";

        assert_eq!(missing_in(text), Vec::<String>::new());
    }

    #[test]
    fn path_that_is_gone_is_an_offence() {
        assert_eq!(missing_in("see\n`crates/gone/src`"), ["names `crates/gone/src`, which is not there"]);
        for text in [
            "`UPGRADING.md`",
            "`crates/store/src/<area>.sql`",
            "`xtask/src/main.rs`",
            "`crates/store/migrations/{sqlite,postgres}`",
            "[guide](gone.md)",
            "[read me](../READYOU.md#top)",
        ] {
            assert_eq!(missing_in(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_of_ours_is_let_be() {
        let text =
            "`/workspace/assets`, `main.rs`, `cargo test`, `serde/derive`, `assets/getByIds`, crates/gone
            [site](https://example.com/x.md), [up](../README.md), [top](#top)\n```\n`crates/gone`\n```\n";

        assert_eq!(missing_in(text), Vec::<String>::new());
    }

    #[test]
    fn only_documentation_is_read() {
        let tree =
            Tree::of(&[("crates/store/README.txt", "`crates/gone`"), ("CHANGELOG.md", "`crates/gone`")]);

        assert_eq!(check(&tree), []);
    }
}
