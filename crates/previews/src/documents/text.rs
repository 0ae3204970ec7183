//! Text and code: its first lines as a page.

use std::io::Read;

use super::page;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview};

/// Extensions of what is text, if its bytes are too.
const EXTENSIONS: [&str; 67] = [
    "ascii", "asmdef", "bat", "c", "cc", "cfg", "cg", "cginc", "conf", "cpp", "cs", "css", "csv", "cxx",
    "frag", "fx", "gd", "gdshader", "geom", "glsl", "go", "h", "hlsl", "hpp", "htm", "html", "inc", "ini",
    "java", "js", "json", "jsonc", "kt", "log", "lua", "m", "mat", "md", "meta", "mel", "metal", "mtl",
    "osl", "prefab", "py", "rs", "rst", "sh", "shader", "sql", "srt", "tcl", "toml", "tres", "ts", "tscn",
    "tsv", "txt", "uproject", "unity", "usda", "usf", "vert", "wgsl", "xml", "yaml", "yml",
];
/// Of longer files, the lines up to here are counted. *Units*: bytes.
const LONGEST: u64 = 64 << 20;

/// Whether a file is text, by its name and by its first bytes.
pub(crate) fn is_text(extension: &str, head: &[u8]) -> bool {
    EXTENSIONS.contains(&extension) && decoded(head).is_some()
}

/// Reads one.
pub(crate) fn read(source: &mut Source) -> Result<Preview, PreviewError> {
    let mut bytes = Vec::new();
    source.file()?.take(LONGEST).read_to_end(&mut bytes)?;
    let (text, encoding) =
        decoded(&bytes).ok_or_else(|| PreviewError::broken("it is not text throughout"))?;
    let lines = text.lines().count();
    let facts = Facts {
        media: Some(Media::Text),
        lines: Some(lines as u64),
        encoding: Some(encoding.to_owned()),
        ..Facts::default()
    };
    Ok(Preview { picture: Some(page::draw(text.lines())), sheet: None, facts })
}

/// The text and its encoding; none where it is not text. A letter may be cut off at its end.
fn decoded(bytes: &[u8]) -> Option<(String, &'static str)> {
    let (text, encoding) = match bytes {
        [0xff, 0xfe, rest @ ..] => (wide(rest, u16::from_le_bytes)?, "utf-16le"),
        [0xfe, 0xff, rest @ ..] => (wide(rest, u16::from_be_bytes)?, "utf-16be"),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) if error.error_len().is_none() => {
                    std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
                }
                Err(_) => return None,
            };
            (text.to_owned(), "utf-8")
        }
    };
    let is_text =
        |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t' | '\x0c' | '\x1b');
    text.chars().all(is_text).then_some((text, encoding))
}

/// The bytes of a file of text in UTF-8 where it says that it is in UTF-16, without the mark that says so; other bytes as they are. A letter may
/// be cut off at its end.
pub(crate) fn as_utf8(mut bytes: Vec<u8>) -> Vec<u8> {
    match bytes.as_slice() {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => decoded(&bytes).map_or(bytes, |(text, _)| text.into_bytes()),
        [0xef, 0xbb, 0xbf, ..] => bytes.split_off(3),
        _ => bytes,
    }
}

fn wide(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<String> {
    let mut units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|bytes| unit(*bytes)).collect();
    // The first half of a letter of two.
    if units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
        units.pop();
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_bytes_in_each_encoding() {
        assert!(is_text("md", "Größe ✎".as_bytes()));
        assert!(is_text("md", &"Größe".as_bytes()[..3]));
        assert!(!is_text("md", b"a\0b"));
        assert!(!is_text("md", b"a\xffb"));
        assert!(!is_text("bin", b"abc"));
        let wide: Vec<u8> = [0xfeff, 0x61, 0xd83d].iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
        assert_eq!(decoded(&wide), Some(("a".to_owned(), "utf-16le")));
    }

    #[test]
    fn page_has_ink_where_letters_are_and_ends_where_it_ends() {
        let long = "Ω\t漢x".repeat(100);
        let page = page::draw(std::iter::repeat_n(long.as_str(), 100));
        let empty = page::draw(std::iter::empty());
        assert_eq!(page.dimensions(), empty.dimensions());
        let ink = |page: &image::RgbaImage| page.pixels().filter(|pixel| pixel.0[0] < 128).count();
        assert!(ink(&page) > 5000);
        assert_eq!(ink(&empty), 0);
    }
}
