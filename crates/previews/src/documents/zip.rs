//! Zip archives: what is in them, as a list. Nothing in them is unpacked.

use rawzip::ZipArchive;

use super::page;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview};

/// Names that are listed.
const NAMES: usize = 100;
/// The most entries that are counted.
const MOST: u64 = 1_000_000;
/// The longest name that is told. *Units*: characters.
const LONGEST: usize = 240;

/// Reads one.
pub(crate) fn read(source: &mut Source) -> Result<Preview, PreviewError> {
    let file = source.file()?.try_clone()?;
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(PreviewError::broken)?;
    let mut entries = archive.entries(&mut buffer);
    let (mut count, mut names) = (0_u64, Vec::new());
    while let Some(entry) = entries.next_entry().map_err(PreviewError::broken)? {
        count += 1;
        if names.len() < NAMES {
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            names.push(name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect::<String>());
        }
        if count == MOST {
            break;
        }
    }
    let picture = page::draw(names.iter().map(String::as_str));
    let facts = Facts { media: Some(Media::Archive), entries: Some(count), names, ..Facts::default() };
    Ok(Preview { picture: Some(picture), sheet: None, facts })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        read(&mut Source::new(file, "a.zip").unwrap())
    }

    #[test]
    fn entries_are_listed_and_files_that_are_cut_short_are_broken() {
        let mut zip = rawzip::ZipArchiveWriter::new(Vec::new());
        for name in ["textures/wall.png", "readme.txt"] {
            let (mut entry, config) = zip.new_file(name).start().unwrap();
            let writer = config.wrap(&mut entry);
            let (_, descriptor) = writer.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        let bytes = zip.finish().unwrap();
        let facts = read_bytes(&bytes).unwrap().facts;
        assert_eq!(
            (facts.entries, facts.names),
            (Some(2), vec!["textures/wall.png".to_owned(), "readme.txt".to_owned()])
        );
        assert!(matches!(read_bytes(&bytes[..bytes.len() - 9]), Err(PreviewError::Broken(_))));
    }
}
