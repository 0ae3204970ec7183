//! The files that a file names: looked for in the folder beside it, and nowhere else.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::bounds;

/// The most names of files that are not there, and the most letters of one.
const MOST_MISSING: usize = 1000;
const LONGEST_NAME: usize = 1024;

/// The folder beside a file, and what was looked for in it in vain.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Without links; none where there is no folder.
    folder: Option<PathBuf>,
    missing: BTreeSet<String>,
    /// What may still be read of all files together. *Units*: bytes.
    left: u64,
}

impl Beside {
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        let folder = folder.and_then(|folder| fs::canonicalize(folder).ok());
        Self { folder, missing: BTreeSet::new(), left: 2 * bounds::FILE_IN_MEMORY }
    }

    /// The file of a name as the formats of models write it: relative, with slashes of either kind. Of an absolute path, which
    /// is one of the machine that the file was made on, only the last part counts.
    ///
    /// None, and the name is noted, where there is no such file within the folder.
    pub(crate) fn open(&mut self, name: &str) -> Option<File> {
        let (relative, last) = relative(name);
        let within = relative.as_deref().filter(|relative| !relative.starts_with("../"));
        let found = within.and_then(|relative| self.open_within(relative));
        // What lay elsewhere, such as in `..\textures`, is often sent along in the folder itself.
        let found = found.or_else(|| self.open_within(last));
        if found.is_none() {
            self.note_missing(relative.as_deref().unwrap_or(last));
        }
        found
    }

    /// [`Self::open`], for a relative URI.
    pub(crate) fn open_uri(&mut self, uri: &str) -> Option<File> {
        self.open(&percent_decode_str(uri).decode_utf8_lossy())
    }

    /// The bytes of a file that was opened; none above [`bounds::FILE_IN_MEMORY`], or when all files together are twice that.
    pub(crate) fn bytes(&mut self, file: &File) -> Option<Vec<u8>> {
        let size = file.metadata().ok()?.len();
        if size > bounds::FILE_IN_MEMORY || size > self.left {
            return None;
        }
        self.left -= size;
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// What was not there, sorted.
    pub(crate) fn into_missing(self) -> Vec<String> {
        self.missing.into_iter().collect()
    }

    fn note_missing(&mut self, name: &str) {
        if self.missing.len() < MOST_MISSING && !name.is_empty() {
            self.missing
                .insert(name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect());
        }
    }

    fn open_within(&self, relative: &str) -> Option<File> {
        let folder = self.folder.as_deref()?;
        // Links are followed first, so that one that leads out of the folder is seen.
        let path = fs::canonicalize(folder.join(relative)).ok()?;
        if relative.is_empty() || !path.starts_with(folder) || !path.metadata().ok()?.is_file() {
            return None;
        }
        File::open(path).ok()
    }
}

/// The path from a folder that a name means, which begins with `../` where it leads out; none where it is absolute. And its
/// last part.
fn relative(name: &str) -> (Option<String>, &str) {
    let separators = ['/', '\\'];
    let last = name.rsplit(separators).next().unwrap_or_default();
    let last = if matches!(last, "." | "..") || last.contains('\0') { "" } else { last };
    let is_absolute = name.starts_with(separators) || name.as_bytes().get(1) == Some(&b':');
    if is_absolute || name.len() > 4 * LONGEST_NAME || name.contains('\0') {
        return (None, last);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split(separators) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (Some(parts.join("/")), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("mudlark-beside-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("model/textures")).unwrap();
        fs::write(folder.join("outside.png"), "outside").unwrap();
        fs::write(folder.join("model/textures/in side.png"), "inside").unwrap();
        fs::write(folder.join("model/near.png"), "near").unwrap();
        folder
    }

    #[test]
    fn names_are_found_within_the_folder_and_never_outside() {
        let folder = folder("within");
        let mut beside = Beside::new(Some(&folder.join("model")));
        for name in [
            "near.png",
            "textures/../near.png",
            "textures\\..\\near.png",
            "C:\\Art\\near.png",
            "/tmp/near.png",
        ] {
            assert!(beside.open(name).is_some(), "{name}");
        }
        assert!(beside.open_uri("textures/in%20side.png").is_some());
        let outside = folder.join("outside.png");
        for name in
            ["../outside.png", "textures/../../outside.png", outside.to_str().unwrap(), "textures", "..", ""]
        {
            assert!(beside.open(name).is_none(), "{name}");
        }
        assert_eq!(beside.into_missing(), ["..", "../outside.png", "outside.png", "textures"]);
        fs::remove_dir_all(folder).ok();
    }

    #[cfg(unix)]
    #[test]
    fn link_that_leads_out_is_not_followed() {
        let folder = folder("link");
        std::os::unix::fs::symlink(folder.join("outside.png"), folder.join("model/link.png")).unwrap();
        let mut beside = Beside::new(Some(&folder.join("model")));
        assert!(beside.open("link.png").is_none());
        assert_eq!(beside.into_missing(), ["link.png"]);
        fs::remove_dir_all(folder).ok();
    }
}
