//! Blender's files: the picture that Blender itself saved in them, and what can be told without knowing its structures. To draw such a
//! scene takes Blender, whose modifiers and materials make it what it is.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};

use flate2::read::MultiGzDecoder;
use image::RgbaImage;
use ruzstd::decoding::StreamingDecoder;

use crate::error::PreviewError;
use crate::pictures::shrink::check_size;
use crate::source::Source;
use crate::{Facts, Preview};

const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most that is unpacked of a file. *Units*: bytes.
const MOST_UNPACKED: u64 = 2 << 30;
/// The most blocks of a file.
const MOST_BLOCKS: u32 = 20_000_000;
/// The longest block that is looked into, and the longest side of the picture that Blender saves.
const LONGEST_BLOCK: u64 = 4 << 20;
const MOST_LIBRARIES: usize = 1000;

/// Whether the beginning of a file is packed as Blender packs its files.
pub(super) fn is_packed(head: &[u8]) -> bool {
    head.starts_with(&ZSTD) || head.starts_with(&GZIP)
}

/// Reads one.
pub(super) fn read(source: &mut Source) -> Result<Preview, PreviewError> {
    let head = source.head(4)?;
    let file = BufReader::with_capacity(1 << 18, source.file()?);
    if head.starts_with(&ZSTD) {
        blocks(&mut Frames { file: Some(file), frame: None }.take(MOST_UNPACKED))
    } else if head.starts_with(&GZIP) {
        blocks(&mut MultiGzDecoder::new(file).take(MOST_UNPACKED))
    } else {
        blocks(&mut file.take(MOST_UNPACKED))
    }
}

/// How the numbers of a file are written.
#[derive(Clone, Copy, Debug)]
struct Header {
    version: u32,
    is_big_endian: bool,
    /// Of pointers. *Units*: bytes.
    pointer: usize,
    /// Whether blocks are longer than 32 bits can tell, from Blender 5 on.
    is_large: bool,
}

fn header(file: &mut impl Read) -> Result<Header, PreviewError> {
    let broken = || PreviewError::Broken("it does not begin as a file of Blender".to_owned());
    let bytes: [u8; 12] = array(file)?;
    let digits = |digits: &[u8]| {
        std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).ok_or_else(broken)
    };
    match &bytes {
        [
            b'B',
            b'L',
            b'E',
            b'N',
            b'D',
            b'E',
            b'R',
            pointer @ (b'_' | b'-'),
            order @ (b'v' | b'V'),
            version @ ..,
        ] => {
            let pointer = if *pointer == b'_' { 4 } else { 8 };
            Ok(Header { version: digits(version)?, is_big_endian: *order == b'V', pointer, is_large: false })
        }
        // Such as `BLENDER17-01v0500`: the header's length, the format's version, and Blender's.
        [b'B', b'L', b'E', b'N', b'D', b'E', b'R', b'1', b'7', b'-', b'0', b'1'] => {
            let [order, version @ ..]: [u8; 5] = array(file)?;
            Ok(Header {
                version: digits(&version)?,
                is_big_endian: order == b'V',
                pointer: 8,
                is_large: true,
            })
        }
        _ => Err(broken()),
    }
}

fn array<const N: usize>(file: &mut impl Read) -> Result<[u8; N], PreviewError> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(|_| PreviewError::Broken("it ends too early".to_owned()))?;
    Ok(bytes)
}

impl Header {
    fn number(self, file: &mut impl Read) -> Result<u32, PreviewError> {
        let bytes = array(file)?;
        Ok(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn long(self, file: &mut impl Read) -> Result<u64, PreviewError> {
        let bytes = array(file)?;
        Ok(if self.is_big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// The next block's code and the length of what is in it.
    fn block(self, file: &mut impl Read) -> Result<([u8; 4], u64), PreviewError> {
        let code = array(file)?;
        let length = if self.is_large {
            let _structure = self.number(file)?;
            let _pointer = self.long(file)?;
            let length = self.long(file)?;
            let _count = self.long(file)?;
            length
        } else {
            let length = self.number(file)?;
            let mut rest = [0; 16];
            file.read_exact(&mut rest[..self.pointer + 8]).map_err(PreviewError::broken)?;
            u64::from(length)
        };
        Ok((code, length))
    }
}

fn blocks(file: &mut impl Read) -> Result<Preview, PreviewError> {
    let header = header(file)?;
    let mut picture = None;
    let mut libraries = BTreeSet::new();
    for _ in 0..MOST_BLOCKS {
        // What came before the end of a file that is cut short is shown.
        let Ok((code, length)) = header.block(file) else { break };
        let mut content = file.take(length);
        match &code {
            b"ENDB" => break,
            b"TEST" if length <= LONGEST_BLOCK => picture = thumbnail(header, &mut content),
            b"LI\0\0" if length <= LONGEST_BLOCK && libraries.len() < MOST_LIBRARIES => {
                let mut bytes = Vec::new();
                content.read_to_end(&mut bytes).map_err(PreviewError::broken)?;
                libraries.extend(library(&bytes));
            }
            _ => {}
        }
        std::io::copy(&mut content, &mut std::io::sink()).map_err(PreviewError::broken)?;
    }
    let facts = Facts {
        blender_version: Some(format!("{}.{}", header.version / 100, header.version % 100)),
        libraries: libraries.into_iter().collect(),
        ..super::media(Facts::default())
    };
    Ok(Preview { picture, sheet: None, facts })
}

/// The picture in a block: its width and height, and rows of RGBA from the lowest to the uppermost.
fn thumbnail(header: Header, content: &mut impl Read) -> Option<RgbaImage> {
    let (width, height) = (header.number(content).ok()?, header.number(content).ok()?);
    check_size(width, height).ok()?;
    let length = u64::from(width) * u64::from(height) * 4;
    if length > LONGEST_BLOCK {
        return None;
    }
    let mut pixels = Vec::new();
    content.take(length).read_to_end(&mut pixels).ok()?;
    let mut picture = RgbaImage::from_raw(width, height, pixels)?;
    image::imageops::flip_vertical_in_place(&mut picture);
    Some(picture)
}

/// The path of a library, as its block has it: what ends in `.blend` and begins as a path. The place that it was found at on the
/// machine of its maker is told by its last part alone.
fn library(block: &[u8]) -> Option<String> {
    let texts = block.split(|byte| *byte == 0).filter(|text| text.to_ascii_lowercase().ends_with(b".blend"));
    let paths: Vec<String> = texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let relative = paths.iter().find(|path| path.starts_with("//")).map(|path| path[2..].replace('\\', "/"));
    relative.or_else(|| {
        let is_path = |path: &&String| path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
        let last = |path: &String| path.rsplit(['/', '\\']).next().map(str::to_owned);
        paths.iter().find(is_path).and_then(last)
    })
}

/// The frames of a Zstandard file one after the other: Blender writes many, and a table of them that is passed over.
struct Frames<R: BufRead> {
    file: Option<R>,
    frame: Option<Box<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
                self.file = self.frame.take().map(|frame| frame.into_inner());
            }
            let Some(mut file) = self.file.take() else { return Ok(0) };
            if !file.fill_buf()?.starts_with(&ZSTD) {
                return Ok(0);
            }
            let frame = StreamingDecoder::new(file).map_err(std::io::Error::other)?;
            self.frame = Some(Box::new(frame));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut file = b"BLENDER-v402".to_vec();
        let mut block = |code: &[u8; 4], content: &[u8]| {
            file.extend(code);
            file.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
            file.extend([0; 16]);
            file.extend(content);
        };
        let mut picture = [1_u32, 2].map(u32::to_le_bytes).concat();
        picture.extend([9, 9, 9, 255, 1, 2, 3, 255]);
        block(b"TEST", &picture);
        block(b"LI\0\0", b"LIprops.blend\0\0//..\\shared\\props.blend\0/home/somebody/shared/props.blend\0");
        block(b"ENDB", b"");
        file
    }

    #[test]
    fn picture_version_and_libraries_are_told() {
        let preview = blocks(&mut file().as_slice()).unwrap();
        let picture = preview.picture.unwrap();
        assert_eq!((picture.dimensions(), picture.get_pixel(0, 0).0), ((1, 2), [1, 2, 3, 255]));
        assert_eq!(preview.facts.blender_version.as_deref(), Some("4.2"));
        assert_eq!(preview.facts.libraries, ["../shared/props.blend"]);
    }

    #[test]
    fn file_cut_short_shows_what_came_and_a_false_one_is_broken() {
        let file = file();
        for length in 12..file.len() {
            assert!(blocks(&mut &file[..length]).is_ok(), "{length}");
        }
        assert!(blocks(&mut &file[..11]).is_err());
        assert!(blocks(&mut b"BLENDER?v402    ".as_slice()).is_err());
    }
}
