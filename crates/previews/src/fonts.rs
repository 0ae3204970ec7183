//! Fonts: TrueType and OpenType, alone, in collections (the first is shown), and packed as WOFF and WOFF2.

mod scripts;
mod specimen;
mod unpack;

use ttf_parser::{Face, Language, name_id};

use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// The most axes that are told.
const MOST_AXES: usize = 64;
/// The longest name that is told. *Units*: characters.
const LONGEST_NAME: usize = 200;

/// A kind of file with fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    TrueType,
    OpenType,
    Collection,
    Woff,
    Woff2,
}

impl Kind {
    /// Its name in facts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TrueType => "ttf",
            Self::OpenType => "otf",
            Self::Collection => "ttc",
            Self::Woff => "woff",
            Self::Woff2 => "woff2",
        }
    }
}

/// The kind, where the first bytes tell it.
pub(crate) fn by_first_bytes(head: &[u8]) -> Option<Kind> {
    match head {
        [b'O', b'T', b'T', b'O', ..] => Some(Kind::OpenType),
        [b't', b't', b'c', b'f', ..] => Some(Kind::Collection),
        [b'w', b'O', b'F', b'F', ..] => Some(Kind::Woff),
        [b'w', b'O', b'F', b'2', ..] => Some(Kind::Woff2),
        // So little says nothing, but the name of a table follows.
        [0, 1, 0, 0, 0, 1..=64, _, _, _, _, _, _, table @ ..]
        | [b't', b'r', b'u', b'e', _, _, _, _, _, _, _, _, table @ ..]
            if table
                .first_chunk::<4>()
                .is_some_and(|tag| tag.iter().all(|byte| matches!(byte, b' '..=b'~'))) =>
        {
            Some(Kind::TrueType)
        }
        _ => None,
    }
}

/// Reads one.
pub(crate) fn read(source: &mut Source, kind: Kind, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(source.bytes()?, kind, request)
}

fn read_from(bytes: Vec<u8>, kind: Kind, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let bytes = match kind {
        Kind::Woff => unpack::woff(&bytes)?,
        Kind::Woff2 => unpack::woff2(&bytes)?,
        _ => bytes,
    };
    let face = Face::parse(&bytes, 0).map_err(PreviewError::broken)?;
    let scripts = scripts::of(&face);
    let fonts = ttf_parser::fonts_in_collection(&bytes).unwrap_or(1);
    let axes = face.variation_axes().into_iter().take(MOST_AXES);
    let facts = Facts {
        media: Some(Media::Font),
        family: name(&face, [name_id::TYPOGRAPHIC_FAMILY, name_id::FAMILY]),
        style: name(&face, [name_id::TYPOGRAPHIC_SUBFAMILY, name_id::SUBFAMILY]),
        weight: Some(u32::from(face.weight().to_number())),
        glyphs: Some(u32::from(face.number_of_glyphs())),
        axes: axes.map(|axis| format!("{} {}..{}", axis.tag, axis.min_value, axis.max_value)).collect(),
        scripts: scripts.iter().map(|script| script.name.to_owned()).collect(),
        frames: (fonts > 1).then_some(fonts),
        ..Facts::default()
    };
    Ok(Preview { picture: specimen::draw(&face, &scripts, request.max_side), sheet: None, facts })
}

/// The first of these names that there is: in English, or else in whatever language comes first.
fn name(face: &Face<'_>, ids: [u16; 2]) -> Option<String> {
    ids.into_iter().find_map(|id| {
        let names = || face.names().into_iter().filter(|name| name.name_id == id);
        let english = names().filter(|name| name.language() == Language::English_UnitedStates);
        let name = english.chain(names()).find_map(|name| {
            // Names for old Macintoshes: their letters of English are those of ASCII.
            name.to_string()
                .or_else(|| name.name.is_ascii().then(|| String::from_utf8_lossy(name.name).into_owned()))
        })?;
        let name: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        (!name.trim().is_empty()).then(|| name.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
        let kind = by_first_bytes(bytes).ok_or(PreviewError::Unknown)?;
        read_from(bytes.to_vec(), kind, &Request { max_side: 256, beside: None })
    }

    /// Tables in a font that has no glyph but a square, for the letter A.
    fn font() -> Vec<u8> {
        let numbers =
            |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
        let head = numbers(&[
            1, 0, 0, 0, 0, 0, 0x5f0f, 0x3cf5, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 800, 800, 0, 0, 0, 0, 1, 0,
        ]);
        let cmap = numbers(&[
            0,
            1,
            3,
            1,
            0,
            12,
            4,
            32,
            0,
            4,
            4,
            1,
            0,
            65,
            0xffff,
            0,
            65,
            0xffff,
            (0_u16).wrapping_sub(64),
            1,
            0,
            0,
        ]);
        let glyph = [
            &numbers(&[1, 0, 0, 800, 800, 3, 0])[..],
            &[1; 4],
            &numbers(&[0, 800, 0, 0_u16.wrapping_sub(800)]),
            &numbers(&[0, 0, 800, 0]),
        ]
        .concat();
        let tables: [(&[u8; 4], Vec<u8>); 7] = [
            (b"cmap", cmap),
            (b"glyf", glyph.clone()),
            (b"head", head),
            (b"hhea", numbers(&[1, 0, 800, 0, 0, 900, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])),
            (b"hmtx", numbers(&[900, 0, 900, 0])),
            (
                b"loca",
                [0, 0, u32::try_from(glyph.len()).unwrap()]
                    .iter()
                    .flat_map(|number: &u32| number.to_be_bytes())
                    .collect(),
            ),
            (b"maxp", numbers(&[0, 0x5000, 2])),
        ];
        let mut file = numbers(&[1, 0, 7, 0, 0, 0]);
        let mut place = 12 + 7 * 16;
        for (tag, table) in &tables {
            file.extend_from_slice(*tag);
            let length = u32::try_from(table.len()).unwrap();
            file.extend([0, place, length].iter().flat_map(|number: &u32| number.to_be_bytes()));
            place += length;
        }
        file.extend(tables.into_iter().flat_map(|(_, table)| table));
        file
    }

    #[test]
    fn font_of_one_glyph_shows_it() {
        let preview = read_bytes(&font()).unwrap();
        assert_eq!((preview.facts.glyphs, preview.facts.media), (Some(2), Some(Media::Font)));
        let picture = preview.picture.unwrap();
        let ink = picture.pixels().filter(|pixel| pixel.0[0] < 128).count();
        assert!(ink > 100, "{ink} pixels of {:?}", picture.dimensions());
    }

    #[test]
    fn fonts_that_are_cut_short_or_spoilt_end_nothing() {
        let whole = font();
        for end in 0..whole.len() {
            read_bytes(&whole[..end]).ok();
            let mut spoilt = whole.clone();
            spoilt[end] ^= 0xff;
            read_bytes(&spoilt).ok();
        }
        for packed in [b"wOFF", b"wOF2"] {
            let file = [&packed[..], &[0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0xff; 80]].concat();
            assert!(matches!(read_bytes(&file), Err(PreviewError::Broken(_) | PreviewError::TooLarge(_))));
        }
    }
}
