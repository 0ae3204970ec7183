//! Where an entry of an archive goes: below the target folder, under a name that any file could have here.

use mudlark_types::{FileName, FolderPath};

/// The place of a file, or of a folder.
pub(super) struct Place {
    /// As the archive has it.
    pub(super) name: String,
    pub(super) folder: FolderPath,
    pub(super) file: Option<FileName>,
}

impl Place {
    /// `None` for the folder that all the archive is in.
    ///
    /// *Errors*: what is wrong with the name, for whoever made the archive.
    pub(super) fn of(target: &FolderPath, name: &[u8], is_folder: bool) -> Result<Option<Self>, String> {
        let text = std::str::from_utf8(name).map_err(|_| "Its name must be UTF-8".to_owned())?;
        let mut path = text;
        while let Some(rest) = path.strip_prefix("./") {
            path = rest;
        }
        if path.starts_with('/') {
            return Err(
                "Its name must not begin with a slash: it goes below the folder of the import".to_owned()
            );
        }
        if is_folder {
            path = path.strip_suffix('/').unwrap_or(path);
        }
        if is_folder && matches!(path, "" | ".") {
            return Ok(None);
        }
        let (above, file) = match path.rsplit_once('/') {
            _ if is_folder => (path, None),
            Some((above, file)) => (above, Some(file)),
            None => ("", Some(path)),
        };
        let slash = if above.is_empty() { "" } else { "/" };
        let folder = FolderPath::parse(&format!("{}{above}{slash}", target.as_str()))
            .map_err(|error| format!("Its folder {error}"))?;
        let file = file.map(FileName::parse).transpose().map_err(|error| format!("Its name {error}"))?;
        Ok(Some(Self { name: shown(name), folder, file }))
    }

    /// The form by which places are compared.
    pub(super) fn key(&self) -> String {
        let file = self.file.as_ref().map(FileName::key).unwrap_or_default();
        format!("{}{file}", self.folder.key())
    }
}

/// The longest name that a report repeats. *Units*: characters.
const MAX_SHOWN: usize = 1000;

/// A name as a report shows it, whatever bytes it has.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(MAX_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &[u8], is_folder: bool) -> Result<Option<String>, String> {
        let target = FolderPath::parse("/Into").unwrap();
        let place = Place::of(&target, name, is_folder)?;
        Ok(place.map(|it| {
            format!("{}{}", it.folder.as_str(), it.file.map_or(String::new(), |it| it.to_string()))
        }))
    }

    #[test]
    fn entries_go_below_the_target() {
        for (name, is_folder, expected) in [
            ("a.png", false, Some("/Into/a.png")),
            ("././Art/Ü/a.png", false, Some("/Into/Art/Ü/a.png")),
            ("Art/", true, Some("/Into/Art/")),
            ("Art", true, Some("/Into/Art/")),
            ("./", true, None),
            (".", true, None),
        ] {
            assert_eq!(place(name.as_bytes(), is_folder).unwrap().as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn names_that_lead_out_or_are_none_are_refused() {
        for name in
            ["../a", "a/../../b", "/etc/passwd", "//a", "a//b", "a\\b", "C:/a", "", "a/", "..", "a/.", "CON"]
        {
            assert!(place(name.as_bytes(), false).is_err(), "{name}");
        }
        for name in ["..", "a/..", "/a", "a\\b"] {
            assert!(place(name.as_bytes(), true).is_err(), "{name}");
        }
        assert!(place(b"\xff.png", false).is_err());
        assert!(place("d/".repeat(10_000).as_bytes(), true).is_err());
    }
}
