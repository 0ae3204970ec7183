//! Archives of Substance, `.sbsar`: 7z archives with a program for Adobe's engine, which is not read, and a description of it in XML:
//! its graphs, the maps that they make, and what can be set of them. Some have a picture.
//!
//! *Source*: the description is what Adobe's Pysbs calls `sbsdescription`.

use std::collections::BTreeSet;
use std::io::Read;

use roxmltree::{Document, Node, ParsingOptions};
use sevenz_rust2::{ArchiveReader, EntryDecision, Error, Password};

use crate::error::PreviewError;
use crate::pictures::embedded;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request, extension_of};

/// The longest description and the longest picture that is unpacked. *Units*: bytes.
const LONGEST_FILE: u64 = 32 << 20;
/// The most that is unpacked to come to them. *Units*: bytes.
const MOST_UNPACKED: u64 = 512 << 20;
/// What unpacking may take. *Units*: KiB.
const MEMORY: usize = 192 << 10;
/// The most elements and attributes of a description.
const MOST_NODES: u32 = 1_000_000;
const MOST_NAMES: usize = 1000;
/// The longest name that is told. *Units*: characters.
const LONGEST_NAME: usize = 240;

/// Whether a file begins as a 7z archive.
pub(crate) fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"7z\xbc\xaf\x27\x1c")
}

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let file = source.file()?.try_clone()?;
    let mut archive =
        ArchiveReader::new_with_memory_limit(file, Password::empty(), MEMORY).map_err(situation)?;
    archive.set_thread_count(1);
    let (mut facts, mut picture) = (None, None);
    let mut room = MOST_UNPACKED;
    let each = archive.for_each_entries_with_decision(|entry, content| {
        let Some(left) = room.checked_sub(entry.size()) else { return Ok(EntryDecision::Stop) };
        room = left;
        let extension = extension_of(entry.name());
        let is_picture = picture.is_none() && matches!(extension.as_str(), "png" | "jpg" | "jpeg");
        let is_description = facts.is_none() && extension == "xml";
        if entry.size() <= LONGEST_FILE && (is_picture || is_description) {
            let mut bytes = Vec::new();
            content.take(LONGEST_FILE).read_to_end(&mut bytes)?;
            if is_picture {
                picture = embedded::decode(&bytes, request.max_side);
            } else {
                facts = Some(described(&bytes));
            }
        }
        Ok(EntryDecision::Continue)
    });
    // What came before the archive broke off is shown.
    let facts = match (facts, each) {
        (Some(facts), _) => facts?,
        (None, Err(error)) => return Err(situation(error)),
        (None, Ok(())) => {
            return Err(PreviewError::Broken("there is no description of a Substance in it".to_owned()));
        }
    };
    Ok(Preview { picture, sheet: None, facts })
}

fn situation(error: Error) -> PreviewError {
    match error {
        Error::MaxMemLimited { .. } => {
            PreviewError::TooLarge("it takes too much memory to unpack".to_owned())
        }
        error => PreviewError::broken(error),
    }
}

/// The facts that a description tells.
fn described(bytes: &[u8]) -> Result<Facts, PreviewError> {
    let text = std::str::from_utf8(bytes).map_err(PreviewError::broken)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(PreviewError::broken)?;
    let mut names = Names::default();
    for node in document.root_element().descendants() {
        let seen = || gui(node).and_then(|gui| gui.attribute("label"));
        let identifier = node.attribute("identifier");
        match node.tag_name().name() {
            "graph" => {
                let path = node.attribute("pkgurl").map(|path| path.trim_start_matches("pkg://"));
                names.graphs.take(node.attribute("label").or(path));
            }
            "output" => names.outputs.take(identifier),
            // What the engine sets itself begins so.
            "input" if !identifier.is_some_and(|it| it.starts_with('$')) => {
                names.inputs.take(seen().or(identifier));
            }
            "sbspreset" => names.presets.take(node.attribute("label")),
            _ => {}
        }
    }
    Ok(Facts {
        media: Some(Media::Asset),
        graphs: names.graphs.told,
        outputs: names.outputs.told,
        inputs: names.inputs.told,
        presets: names.presets.told,
        ..Facts::default()
    })
}

/// What tells how an input is shown to people.
fn gui<'a, 'input>(node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name().ends_with("gui"))
}

#[derive(Default)]
struct Names {
    graphs: Once,
    outputs: Once,
    inputs: Once,
    presets: Once,
}

/// Names in their order, each once.
#[derive(Default)]
struct Once {
    told: Vec<String>,
    known: BTreeSet<String>,
}

impl Once {
    fn take(&mut self, name: Option<&str>) {
        let Some(name) = name.filter(|name| !name.is_empty() && self.told.len() < MOST_NAMES) else { return };
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        if self.known.insert(name.clone()) {
            self.told.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const DESCRIPTION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<sbsdescription formatversion="1.1" cookerbuild="2.5.6" asmuid="7" content="full"><graphs count="1">
<graph pkgurl="pkg://bricks" label="Old Bricks"><outputs count="2">
<output uid="1" identifier="basecolor" type="0"/><output uid="2" identifier="normal" type="0"/></outputs>
<inputs count="2"><input uid="3" identifier="$outputsize" type="8"/>
<input uid="4" identifier="moss" type="0"><inputgui label="Moss" widget="slider"/></input></inputs>
<sbspresets count="1"><sbspreset label="Wet"/></sbspresets></graph></graphs></sbsdescription>"#;

    fn number(value: usize) -> Vec<u8> {
        assert!(value < 0x4000);
        vec![0x80 | u8::try_from(value >> 8).unwrap(), u8::try_from(value & 0xff).unwrap()]
    }

    fn crc(bytes: &[u8]) -> [u8; 4] {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    }

    /// A 7z archive of two files that are not packed.
    fn archive(files: [(&str, &[u8]); 2]) -> Vec<u8> {
        let content = [files[0].1, files[1].1].concat();
        let names: Vec<u8> = files
            .iter()
            .flat_map(|(name, _)| name.encode_utf16().chain([0]))
            .flat_map(u16::to_le_bytes)
            .collect();
        let length = number(content.len());
        let header = [
            // One stream, and how it is packed: not at all.
            &[1, 4, 6, 0, 1, 9][..],
            &length,
            &[0, 7, 11, 1, 0, 1, 1, 0, 12],
            &length,
            // Two files in it.
            &[0, 8, 13, 2, 9],
            &number(files[0].1.len()),
            &[0, 0, 5, 2, 17],
            &number(names.len() + 1),
            &[0],
            &names,
            &[0, 0],
        ]
        .concat();
        let mut start = (content.len() as u64).to_le_bytes().to_vec();
        start.extend((header.len() as u64).to_le_bytes());
        start.extend(crc(&header));
        [b"7z\xbc\xaf\x27\x1c\0\x04", &crc(&start)[..], &start, &content, &header].concat()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut source = Source::new(file, "bricks.sbsar").unwrap();
        crate::preview(&mut source, &Request { max_side: 256, beside: None })
    }

    fn bricks() -> Vec<u8> {
        let mut picture = Vec::new();
        image::RgbImage::from_pixel(3, 3, image::Rgb([9, 8, 7]))
            .write_to(&mut std::io::Cursor::new(&mut picture), image::ImageFormat::Png)
            .unwrap();
        archive([("bricks.xml", DESCRIPTION.as_bytes()), ("icon.png", &picture)])
    }

    #[test]
    fn graphs_maps_settings_and_picture_are_told() {
        let Preview { picture, facts, .. } = read_bytes(&bricks()).unwrap();
        assert_eq!(picture.unwrap().get_pixel(2, 2).0, [9, 8, 7, 255]);
        assert_eq!((facts.format.as_deref(), facts.graphs), (Some("sbsar"), vec!["Old Bricks".to_owned()]));
        assert_eq!(
            (facts.outputs, facts.inputs),
            (vec!["basecolor".into(), "normal".into()], vec!["Moss".into()])
        );
        assert_eq!(facts.presets, ["Wet"]);
    }

    #[test]
    fn archive_cut_short_or_changed_anywhere_ends() {
        let bytes = bricks();
        for length in (6..bytes.len()).step_by(7) {
            assert!(read_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for place in (6..bytes.len()).step_by(5) {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0xff;
            let _ = read_bytes(&bytes);
        }
        assert!(matches!(
            read_bytes(&archive([("a.txt", b"a"), ("b.xml", b"<a>")])),
            Err(PreviewError::Broken(_))
        ));
    }

    #[test]
    fn description_that_is_deep_or_has_entities_ends() {
        let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
        let _ = described(deep.as_bytes());
        assert!(described(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").is_err());
    }
}
