//! Finds the machine's PostgreSQL programs. Starts nothing (see `cluster.rs`).
//! Called by `programs.rs` and `cluster.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::on_path;

/// The oldest major version the server is made for.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// Folders that hold one sub-folder a version: Debian, Red Hat, Homebrew on both of its places.
const VERSIONED: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// The folder with `initdb`, `pg_ctl` and `postgres` of the newest usable version.
pub(crate) fn find() -> Option<PathBuf> {
    candidates()
        .into_iter()
        .filter(|folder| folder.join("pg_ctl").is_file())
        .filter_map(|folder| Some((major_of(&folder)?, folder)))
        .filter(|(major, _)| *major >= OLDEST_MAJOR)
        .max_by_key(|(major, _)| *major)
        .map(|(_, folder)| folder)
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    // A link on the path leads to the folder where the other programs are.
    if let Some(folder) = on_path("initdb")
        .and_then(|link| link.canonicalize().ok())
        .and_then(|program| program.parent().map(Path::to_path_buf))
    {
        folders.push(folder);
    }
    for (parent, prefix) in VERSIONED {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    folders
}

fn major_of(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("initdb")).arg("--version").output().ok()?;
    major_in(&String::from_utf8_lossy(&output.stdout))
}

/// `initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15; `… 18beta1` → 18.
fn major_in(version: &str) -> Option<u32> {
    let number =
        version.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let digits = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_line_gives_its_major_number() {
        assert_eq!(major_in("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_in("initdb (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("initdb (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major_in("something else"), None);
    }
}
