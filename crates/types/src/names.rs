//! Names and paths that artists give: what is accepted, and how two of them are compared.
//! Names are kept as written (Unicode NFC) and compared without regard to case, since artists use Windows and macOS.
//! *Source*: wire contract, section 1, "Folder paths".

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;

/// The longest name. *Units*: bytes of UTF-8, after NFC.
pub const MAX_NAME_BYTES: usize = 255;
/// The longest folder path. *Units*: bytes of UTF-8, after NFC.
pub const MAX_PATH_BYTES: usize = 4096;

/// Why a name or path is refused. The text says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError(String);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NameError {}

/// The text in NFC.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// The form by which names are compared: NFC, then each character's simple upper and lower case.
/// *Why* not the standard lower-casing of a whole text: it treats a Greek sigma at the end of a word apart.
pub fn case_fold(name: &str) -> String {
    name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// The form in which texts are searched: as names are compared, and characters that only look wider, narrower or
/// ligated as their plain ones (NFKC), and without those that are not seen at all.
///
/// *Why* the last: emoji come with and without a selector of their looks, Persian words with and without a joiner.
pub fn search_fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let plain: String = text.nfkc().filter(|character| !is_invisible(*character)).collect();
    case_fold(&plain).nfkc().collect()
}

/// Joiners, soft hyphens, marks of direction, selectors of variation.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// A name of a file or folder that every system the artists use can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Checks a name and brings it to NFC.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name: String = text.nfc().collect();
        check_name(&name)?;
        Ok(Self(name))
    }

    /// The name as written, in NFC.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which it is compared.
    pub fn key(&self) -> String {
        case_fold(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that Windows keeps for itself in names, besides the control characters.
const RESERVED_CHARACTERS: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// Device names of Windows: no file can be called so there, with or without an extension.
const DEVICE_NAMES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

fn check_name(name: &str) -> Result<(), NameError> {
    let refuse = |reason: String| Err(NameError(reason));
    if name.is_empty() {
        return refuse("must not be empty".into());
    }
    if name.len() > MAX_NAME_BYTES {
        return refuse(format!(
            "must be at most {MAX_NAME_BYTES} bytes of UTF-8; one of {} bytes was given",
            name.len()
        ));
    }
    if name == "." || name == ".." {
        return refuse("must not be `.` or `..`".into());
    }
    if let Some(character) = name.chars().find(|c| c.is_control() || is_invisible_direction(*c)) {
        return refuse(format!("must not contain control characters; found U+{:04X}", u32::from(character)));
    }
    if let Some(character) = name.chars().find(|c| RESERVED_CHARACTERS.contains(c)) {
        return refuse(format!("must not contain `{character}`, which Windows can't store in a name"));
    }
    if name.ends_with('.') || name.ends_with(' ') {
        return refuse("must not end with a dot or a space, which Windows drops".into());
    }
    if is_device_name(name) {
        return refuse(format!("must not be `{name}`, which is the name of a device on Windows"));
    }
    Ok(())
}

/// Characters that turn the direction of the text around them, and so make `gpj.exe` look like `exe.jpg`.
fn is_invisible_direction(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_lowercase();
    if DEVICE_NAMES.contains(&stem.as_str()) {
        return true;
    }
    let Some(number) = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt")) else {
        return false;
    };
    matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
}

/// An absolute path of a folder within its workspace, `/` between and at both ends: `/Concepts/Robot/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderPath {
    path: String,
}

impl FolderPath {
    /// The workspace's own folder, `/`.
    pub fn root() -> Self {
        Self { path: "/".into() }
    }

    /// Reads a path, with or without the trailing slash.
    ///
    /// *Errors*: not absolute, an empty segment, `..`, a segment that is no [`FileName`], too long.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text: String = text.nfc().collect();
        let Some(inner) = text.strip_prefix('/') else {
            return Err(NameError("must begin with `/`".into()));
        };
        if text.len() > MAX_PATH_BYTES {
            return Err(NameError(format!("must be at most {MAX_PATH_BYTES} bytes of UTF-8")));
        }
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return if text.len() > 1 {
                Err(NameError("must not have an empty segment (`//`)".into()))
            } else {
                Ok(Self::root())
            };
        }
        for segment in inner.split('/') {
            if segment.is_empty() {
                return Err(NameError("must not have an empty segment (`//`)".into()));
            }
            check_name(segment)
                .map_err(|error| NameError(format!("has a segment that is refused: it {error}")))?;
        }
        Ok(Self { path: format!("/{inner}/") })
    }

    /// The path with its leading and trailing slash.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// The form by which it is compared.
    pub fn key(&self) -> String {
        case_fold(&self.path)
    }

    /// The path of the folder it lies in, and its own name; none for the root, which lies nowhere.
    pub fn split_last(&self) -> Option<(Self, &str)> {
        let inner = self.path.strip_suffix('/')?;
        let end = inner.rfind('/')? + 1;
        Some((Self { path: inner[..end].to_owned() }, &inner[end..]))
    }

    /// The names of the folders on the way, the outermost first; none for the root.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }
}

impl<'de> Deserialize<'de> for FolderPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_read_with_or_without_its_trailing_slash() {
        assert_eq!(FolderPath::parse("/Concepts/Robot").unwrap().as_str(), "/Concepts/Robot/");
        assert_eq!(FolderPath::parse("/Concepts/Robot/").unwrap().as_str(), "/Concepts/Robot/");
        assert_eq!(FolderPath::parse("/").unwrap(), FolderPath::root());
    }

    #[test]
    fn bad_paths_are_refused() {
        let long_segment = format!("/{}", "x".repeat(300));
        let long_path = "/abcdefgh".repeat(500);
        for path in [
            "",
            "a",
            "//",
            "/a//b",
            "/a//",
            "/../a",
            "/a/..",
            "/a/./b",
            "/a\u{0}b",
            "/a\nb",
            "/CON",
            "/lpt1.txt",
            "/a./b",
            "/a /b",
            "/a:b",
            "/a\\b",
            &long_segment,
            &long_path,
        ] {
            assert!(FolderPath::parse(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn names_in_any_script_are_accepted() {
        for name in ["Робот.png", "ロボット.psd", "روبوت.wav", "🤖.gltf", "COM10.txt", "console.png"]
        {
            assert_eq!(FileName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_that_windows_cannot_hold_are_refused_with_the_reason() {
        let reason = |name| FileName::parse(name).unwrap_err().to_string();
        assert!(reason("CON").contains("device"));
        assert!(reason("com1.png").contains("device"));
        assert!(reason("a.").contains("dot"));
        assert!(reason("a?b").contains("`?`"));
        assert!(reason("exe\u{202E}gpj").contains("U+202E"));
    }

    #[test]
    fn decomposed_and_composed_spellings_are_one_name() {
        let composed = FileName::parse("Caf\u{e9}").unwrap();
        let decomposed = FileName::parse("Cafe\u{301}").unwrap();
        assert_eq!(composed, decomposed);
    }

    #[test]
    fn case_does_not_tell_names_apart() {
        for (left, right) in [("Robot", "rOBOT"), ("ΣΑΣ", "σας"), ("ÉTÉ", "été"), ("Straße", "STRASSE")]
        {
            assert_eq!(case_fold(left), case_fold(right));
        }
        assert_ne!(case_fold("robot"), case_fold("robots"));
    }

    #[test]
    fn path_is_split_into_the_folder_above_and_the_last_name() {
        let split = |path: &str| {
            let path = FolderPath::parse(path).unwrap();
            path.split_last().map(|(above, name)| (above.to_string(), name.to_owned()))
        };
        assert_eq!(split("/"), None);
        assert_eq!(split("/Concepts"), Some(("/".to_owned(), "Concepts".to_owned())));
        assert_eq!(split("/Konzepte/主角/"), Some(("/Konzepte/".to_owned(), "主角".to_owned())));
    }

    #[test]
    fn case_width_and_what_is_not_seen_make_no_difference_to_a_search() {
        for (left, right) in [
            ("ＲＯＢＯＴ", "robot"),
            ("ﾛﾎﾞｯﾄ", "ロボット"),
            ("Cafe\u{301}", "CAFÉ"),
            ("ΣΑΣ", "σας"),
            ("❤\u{FE0F}", "❤"),
            ("می\u{200C}خواهم", "میخواهم"),
            ("ﬁre", "FIRE"),
        ] {
            assert_eq!(search_fold(left), search_fold(right));
        }
        assert_ne!(search_fold("cafe"), search_fold("café"));
    }
}
