//! `mudlark key scan`: leaked secrets in files and folders. Reads files alone: no data folder, no server, no network.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use memchr::memmem::Finder;
use mudlark_auth::has_valid_checksum;
use serde_json::json;

use crate::cli::ExitWith;

/// What every secret begins with.
const PREFIX: &[u8] = b"mdl_sec_";
/// *Units*: bytes.
const SECRET_LENGTH: usize = 57;
/// How much of a secret is shown: enough to tell two apart, and nothing to guess the rest by.
const SHOWN: usize = 12;
/// How much of a file is looked at at a time. *Units*: bytes.
const CHUNK: usize = 256 * 1024;

/// Scans, prints what it finds, and ends with the exit code that says so.
pub(super) fn run(paths: &[PathBuf], json: bool) -> anyhow::Result<()> {
    let mut scan = Scan {
        finder: Finder::new(PREFIX),
        report: Report { out: io::stdout().lock(), json, found: 0 },
        seen_folders: HashSet::new(),
        has_trouble: false,
    };
    scan.report.begin().context("standard output")?;
    for path in paths {
        scan.path(path).context("standard output")?;
    }
    scan.report.end().context("standard output")?;
    let code = if scan.has_trouble { 2 } else { u8::from(scan.report.found > 0) };
    if code == 0 { Ok(()) } else { Err(ExitWith(code).into()) }
}

struct Scan<W> {
    finder: Finder<'static>,
    report: Report<W>,
    /// Device and number of each: however links lead, a folder is gone through once.
    seen_folders: HashSet<(u64, u64)>,
    has_trouble: bool,
}

impl<W: Write> Scan<W> {
    /// One path of the command line. *Errors*: those of printing; the rest is said and counted.
    fn path(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str() == "-" {
            return self.input("-", io::stdin().lock());
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.folders_from(path.to_owned(), &metadata),
            // Whatever else was named is read: a pipe, too.
            Ok(_) => self.file(path),
            Err(error) => {
                self.trouble(path, &error);
                Ok(())
            }
        }
    }

    /// A folder and all below it, each folder's entries in the order of their names.
    fn folders_from(&mut self, folder: PathBuf, metadata: &Metadata) -> io::Result<()> {
        let mut to_visit = vec![(folder, (metadata.dev(), metadata.ino()))];
        while let Some((folder, identity)) = to_visit.pop() {
            if !self.seen_folders.insert(identity) {
                note(&folder, "is looked at under another name");
                continue;
            }
            let mut folders = Vec::new();
            for path in self.entries(&folder) {
                match fs::metadata(&path) {
                    Ok(metadata) if metadata.is_dir() => {
                        folders.push((path, (metadata.dev(), metadata.ino())));
                    }
                    Ok(metadata) if metadata.is_file() => self.file(&path)?,
                    Ok(_) => note(&path, "is no file: passed over"),
                    Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => {
                        note(&path, "leads nowhere: passed over");
                    }
                    Err(error) => self.trouble(&path, &error),
                }
            }
            to_visit.extend(folders.into_iter().rev());
        }
        Ok(())
    }

    fn entries(&mut self, folder: &Path) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        match fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => paths.push(entry.path()),
                        Err(error) => self.trouble(folder, &error),
                    }
                }
            }
            Err(error) => self.trouble(folder, &error),
        }
        paths.sort();
        paths
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        match File::open(path) {
            Ok(file) => self.input(&shown(path), file),
            Err(error) => {
                self.trouble(path, &error);
                Ok(())
            }
        }
    }

    fn input(&mut self, name: &str, input: impl Read) -> io::Result<()> {
        let report = &mut self.report;
        match search(&self.finder, input, |place, secret| report.found(name, place, secret))? {
            Ok(()) => Ok(()),
            Err(error) => {
                self.trouble(Path::new(name), &error);
                Ok(())
            }
        }
    }

    fn trouble(&mut self, path: &Path, error: &io::Error) {
        self.has_trouble = true;
        eprintln!("mudlark: {} could not be read: {error}", shown(path));
    }
}

fn note(path: &Path, what: &str) {
    eprintln!("mudlark: {} {what}", shown(path));
}

/// A path on one line, whatever is in it.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Where something is. Both count from 1; columns count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    line: u64,
    column: u64,
}

/// Finds the secrets of an input in bounded memory, also where one lies across two reads.
///
/// *Errors*: outside, those of `found`; inside, those of reading.
fn search<E>(
    finder: &Finder<'_>,
    mut input: impl Read,
    mut found: impl FnMut(Place, &str) -> Result<(), E>,
) -> Result<io::Result<()>, E> {
    let mut buffer = vec![0; CHUNK];
    // What of the buffer is filled, and where its first byte lies.
    let mut filled = 0;
    let mut place = Place { line: 1, column: 1 };
    loop {
        let is_at_end = match input.read(&mut buffer[filled..]) {
            Ok(0) => true,
            Ok(read) => {
                filled += read;
                false
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        let text = &buffer[..filled];
        let mut passed = 0;
        for start in finder.find_iter(text) {
            let Some(candidate) = text.get(start..start + SECRET_LENGTH) else { break };
            if let Ok(candidate) = std::str::from_utf8(candidate)
                && has_valid_checksum(candidate)
            {
                place.pass(&text[passed..start]);
                found(place, candidate)?;
                // Its first byte is behind us, so that no later look finds it again.
                place.pass(&text[start..=start]);
                passed = start + 1;
            }
        }
        if is_at_end {
            return Ok(Ok(()));
        }
        // The beginning of a secret at the very end is kept for the next read.
        let kept_from = filled.saturating_sub(SECRET_LENGTH - 1).max(passed);
        place.pass(&text[passed..kept_from]);
        buffer.copy_within(kept_from..filled, 0);
        filled -= kept_from;
    }
}

impl Place {
    /// Moves on past these bytes.
    fn pass(&mut self, bytes: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                self.line += lines as u64;
                self.column = (bytes.len() - last) as u64;
            }
            None => self.column += bytes.len() as u64,
        }
    }
}

/// What is printed, as it is found.
struct Report<W> {
    out: W,
    json: bool,
    found: u64,
}

impl<W: Write> Report<W> {
    fn begin(&mut self) -> io::Result<()> {
        if self.json { self.out.write_all(b"[") } else { Ok(()) }
    }

    fn found(&mut self, file: &str, place: Place, secret: &str) -> io::Result<()> {
        let Place { line, column } = place;
        let masked = format!("{}…", secret.get(..SHOWN).unwrap_or_default());
        if self.json {
            let comma = if self.found > 0 { "," } else { "" };
            let found = json!({ "file": file, "line": line, "column": column, "secret": masked });
            write!(self.out, "{comma}{found}")?;
        } else {
            writeln!(self.out, "{file}:{line}:{column}: {masked}")?;
        }
        self.found += 1;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.json {
            self.out.write_all(b"]\n")?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use mudlark_auth::Secret;

    use super::*;

    /// Gives at most so many bytes at a time.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn found_in(bytes: &[u8], at_a_time: usize) -> Vec<(u64, u64, String)> {
        let mut found = Vec::new();
        let outcome = search::<()>(&Finder::new(PREFIX), Dripping(bytes, at_a_time), |place, secret| {
            found.push((place.line, place.column, secret.to_owned()));
            Ok(())
        });
        outcome.unwrap().unwrap();
        found
    }

    #[test]
    fn secrets_are_found_wherever_they_lie_and_however_the_bytes_come() {
        let (one, two) = (Secret::generate(), Secret::generate());
        let (one, two) = (one.expose(), two.expose());
        let text = format!("{one}\nkey = \"{two}\"\n\u{fffd}\0{one}{two}mdl_sec_mdl_sec_{one}\n\n  {two}");
        let expected = [(1, 1, one), (2, 8, two), (3, 5, one), (3, 62, two), (3, 135, one), (5, 3, two)];
        let expected = expected.map(|(line, column, secret)| (line, column, secret.to_owned()));
        for at_a_time in [1, 2, 7, 8, 56, 57, 58, 64, 1000] {
            assert_eq!(found_in(text.as_bytes(), at_a_time), expected, "{at_a_time}");
        }
    }

    #[test]
    fn secret_across_the_edge_of_the_buffer_is_found_once() {
        let secret = Secret::generate();
        for offset in [CHUNK - 57, CHUNK - 56, CHUNK - 8, CHUNK - 1, CHUNK, 3 * CHUNK - 30] {
            let mut bytes = vec![b'.'; offset];
            bytes.extend_from_slice(secret.expose().as_bytes());
            bytes.extend(vec![b'.'; CHUNK]);

            let column = offset as u64 + 1;
            assert_eq!(found_in(&bytes, usize::MAX), [(1, column, secret.expose().to_owned())], "{offset}");
        }
    }

    #[test]
    fn what_only_looks_like_a_secret_is_not_found() {
        let secret = Secret::generate();
        let mut wrong = secret.expose().to_owned();
        wrong.replace_range(20..21, if &wrong[20..21] == "x" { "y" } else { "x" });
        for text in [wrong.as_str(), &secret.expose()[..56], "mdl_sec_", "mdl_key_0123456789ABCDEFGHIJKL", ""]
        {
            assert_eq!(found_in(text.as_bytes(), 64), [], "{text}");
        }
    }

    #[test]
    fn name_of_a_file_stays_on_its_line() {
        assert_eq!(shown(Path::new("a\n/etc/b:1:1: \u{1b}[2J")), r"a\n/etc/b:1:1: \u{1b}[2J");
    }
}
