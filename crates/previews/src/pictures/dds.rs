//! DirectDraw surfaces: of the sizes of a texture in one, the smallest that is large enough; cubes as a cross.
//!
//! The header is read here, since the crates that read it hold the whole file. The pixels are in `texels`.

use std::io::{BufReader, Read, Seek, SeekFrom};

use image::RgbaImage;
use image::imageops;

use super::packed_light::PackedLight;
use super::shrink::check_size;
use super::texels::{Block, Texels};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

const MOST_MIPMAPS: u32 = 17;
/// Where the faces of a cube are in the cross, in the order that they have in the file. *Units*: faces.
const CROSS: [(i64, i64); 6] = [(2, 1), (0, 1), (1, 0), (1, 2), (1, 1), (3, 1)];

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(BufReader::with_capacity(1 << 18, source.file()?), request)
}

struct Header {
    width: u32,
    height: u32,
    mipmaps: u32,
    texels: Texels,
    is_cube: bool,
    has_alpha: bool,
    /// Where the pixels begin. *Units*: bytes.
    start: u64,
}

fn read_from(mut reader: impl Read + Seek, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let header = header(&mut reader)?;
    check_size(header.width, header.height)?;
    let side = if header.is_cube { request.max_side.div_ceil(4) } else { request.max_side };
    let level = level(header.width, header.height, header.mipmaps, side);
    let before: u64 = (0..level).map(|level| header.bytes(level)).sum();
    let face_bytes: u64 = (0..header.mipmaps).map(|level| header.bytes(level)).sum();
    let mut face = |face: u64| {
        reader.seek(SeekFrom::Start(header.start + face * face_bytes + before))?;
        header.texels.read(&mut reader, header.size(level), side)
    };
    let picture = if header.is_cube {
        let first = face(0)?;
        let (width, height) = first.dimensions();
        let mut cross = RgbaImage::new(width * 4, height * 3);
        imageops::replace(&mut cross, &first, i64::from(width) * CROSS[0].0, i64::from(height) * CROSS[0].1);
        for (number, (x, y)) in (1..).zip(&CROSS[1..]) {
            imageops::replace(&mut cross, &face(number)?, i64::from(width) * x, i64::from(height) * y);
        }
        cross
    } else {
        face(0)?
    };
    Ok(Preview { picture: Some(picture), sheet: None, facts: header.facts() })
}

/// The smallest level whose longest side is no shorter than the one wanted.
pub(crate) fn level(width: u32, height: u32, levels: u32, side: u32) -> u32 {
    (0..levels).rev().find(|level| width.max(height) >> level >= side).unwrap_or(0)
}

impl Header {
    fn size(&self, level: u32) -> (u32, u32) {
        ((self.width >> level).max(1), (self.height >> level).max(1))
    }

    /// What a level takes. *Units*: bytes.
    fn bytes(&self, level: u32) -> u64 {
        let (width, height) = self.size(level);
        self.texels.bytes(width, height)
    }

    fn facts(&self) -> Facts {
        let (channels, bits, compression) = match self.texels {
            Texels::Block(block) => {
                let channels = match block {
                    Block::Bc1 => 3 + u32::from(self.has_alpha),
                    Block::Bc4 { .. } => 1,
                    Block::Bc5 { .. } => 2,
                    Block::Bc6 { .. } => 3,
                    _ => 4,
                };
                (channels, if matches!(block, Block::Bc6 { .. }) { 16 } else { 8 }, block.name())
            }
            Texels::Masks { masks, .. } => {
                let used = masks.iter().filter(|mask| **mask != 0);
                (
                    u32::try_from(used.clone().count()).unwrap_or(0),
                    used.map(|mask| mask.count_ones()).max().unwrap_or(8),
                    "none",
                )
            }
            Texels::Wide { channels } => (u32::try_from(channels).unwrap_or(0), 16, "none"),
            Texels::Floats { channels, is_half } => {
                (u32::try_from(channels).unwrap_or(0), if is_half { 16 } else { 32 }, "none")
            }
            Texels::Packed(PackedLight::SharedExponent) => (3, 9, "none"),
            Texels::Packed(PackedLight::SmallFloats) => (3, 11, "none"),
        };
        Facts {
            media: Some(Media::Picture),
            width: Some(self.width),
            height: Some(self.height),
            bits: Some(bits),
            channels: Some(channels),
            has_alpha: Some(self.has_alpha),
            color_model: Some(if channels == 1 { "gray" } else { "rgb" }.to_owned()),
            compression: Some(compression.to_owned()),
            mipmaps: (self.mipmaps > 1).then_some(self.mipmaps),
            frames: self.is_cube.then_some(6),
            ..Facts::default()
        }
    }
}

fn header(reader: &mut impl Read) -> Result<Header, PreviewError> {
    let cut_short = |_| PreviewError::broken("it is cut short");
    let mut bytes = [0; 128];
    reader.read_exact(&mut bytes).map_err(cut_short)?;
    let number = |place: usize| {
        bytes
            .get(place..)
            .and_then(|rest| rest.first_chunk::<4>())
            .map_or(0, |bytes| u32::from_le_bytes(*bytes))
    };
    if &bytes[..4] != b"DDS " {
        return Err(PreviewError::broken("it is no surface"));
    }
    let flags = number(80);
    let four = &bytes[84..88];
    let bits = number(88);
    // Each bit stands for one of a cube's faces.
    let mut is_cube = number(112) & 0xfe00 == 0xfe00;
    let mut start = 128;
    let mut has_alpha = flags & 0x1 != 0;
    let texels = if flags & 0x4 != 0 && four == b"DX10" {
        let mut more = [0_u8; 20];
        reader.read_exact(&mut more).map_err(cut_short)?;
        start += 20;
        is_cube = more[8] & 0x4 != 0;
        let texels = by_dxgi(u32::from_le_bytes([more[0], more[1], more[2], more[3]]));
        has_alpha = matches!(
            texels,
            Some(
                Texels::Block(Block::Bc1 | Block::Bc2 | Block::Bc3 | Block::Bc7)
                    | Texels::Masks { masks: [_, _, _, 1..=u32::MAX], .. }
                    | Texels::Wide { channels: 4 }
                    | Texels::Floats { channels: 4, .. }
            )
        );
        texels
    } else if flags & 0x4 != 0 {
        has_alpha |= matches!(four, b"DXT2" | b"DXT3" | b"DXT4" | b"DXT5");
        by_four(four)
    } else if matches!(bits, 8 | 16 | 24 | 32) {
        let mut masks = [number(92), number(96), number(100), if has_alpha { number(104) } else { 0 }];
        // Only alpha.
        if flags & 0x2 != 0 {
            masks = [0, 0, 0, number(104)];
            has_alpha = true;
        }
        Some(Texels::Masks { bytes: bits as usize / 8, masks })
    } else {
        None
    };
    let texels = texels.ok_or_else(|| PreviewError::broken("its pixels are of a kind that is not known"))?;
    let mipmaps = number(28).clamp(1, MOST_MIPMAPS);
    Ok(Header { width: number(16), height: number(12), mipmaps, texels, is_cube, has_alpha, start })
}

fn by_four(four: &[u8]) -> Option<Texels> {
    Some(match four {
        b"DXT1" => Texels::Block(Block::Bc1),
        b"DXT2" | b"DXT3" => Texels::Block(Block::Bc2),
        b"DXT4" | b"DXT5" => Texels::Block(Block::Bc3),
        b"ATI1" | b"BC4U" => Texels::Block(Block::Bc4 { is_signed: false }),
        b"BC4S" => Texels::Block(Block::Bc4 { is_signed: true }),
        b"ATI2" | b"BC5U" => Texels::Block(Block::Bc5 { is_signed: false }),
        b"BC5S" => Texels::Block(Block::Bc5 { is_signed: true }),
        // Numbers of Direct3D 9.
        [36, 0, 0, 0] => Texels::Wide { channels: 4 },
        [111, 0, 0, 0] => Texels::Floats { channels: 1, is_half: true },
        [112, 0, 0, 0] => Texels::Floats { channels: 2, is_half: true },
        [113, 0, 0, 0] => Texels::Floats { channels: 4, is_half: true },
        [114, 0, 0, 0] => Texels::Floats { channels: 1, is_half: false },
        [115, 0, 0, 0] => Texels::Floats { channels: 2, is_half: false },
        [116, 0, 0, 0] => Texels::Floats { channels: 4, is_half: false },
        _ => return None,
    })
}

/// By the numbers of `DXGI_FORMAT`.
fn by_dxgi(number: u32) -> Option<Texels> {
    Some(match number {
        1 | 2 => Texels::Floats { channels: 4, is_half: false },
        6 => Texels::Floats { channels: 3, is_half: false },
        9 | 10 => Texels::Floats { channels: 4, is_half: true },
        11 => Texels::Wide { channels: 4 },
        16 => Texels::Floats { channels: 2, is_half: false },
        23 | 24 => Texels::Masks { bytes: 4, masks: [0x3ff, 0xf_fc00, 0x3ff0_0000, 0xc000_0000] },
        26 => Texels::Packed(PackedLight::SmallFloats),
        27..=29 => Texels::Masks { bytes: 4, masks: [0xff, 0xff00, 0xff_0000, 0xff00_0000] },
        34 => Texels::Floats { channels: 2, is_half: true },
        35 => Texels::Wide { channels: 2 },
        41 => Texels::Floats { channels: 1, is_half: false },
        48 | 49 => Texels::Masks { bytes: 2, masks: [0xff, 0xff00, 0, 0] },
        54 => Texels::Floats { channels: 1, is_half: true },
        56 => Texels::Wide { channels: 1 },
        60 | 61 => Texels::Masks { bytes: 1, masks: [0xff, 0, 0, 0] },
        65 => Texels::Masks { bytes: 1, masks: [0, 0, 0, 0xff] },
        67 => Texels::Packed(PackedLight::SharedExponent),
        70..=72 => Texels::Block(Block::Bc1),
        73..=75 => Texels::Block(Block::Bc2),
        76..=78 => Texels::Block(Block::Bc3),
        79 | 80 => Texels::Block(Block::Bc4 { is_signed: false }),
        81 => Texels::Block(Block::Bc4 { is_signed: true }),
        82 | 83 => Texels::Block(Block::Bc5 { is_signed: false }),
        84 => Texels::Block(Block::Bc5 { is_signed: true }),
        85 => Texels::Masks { bytes: 2, masks: [0xf800, 0x07e0, 0x1f, 0] },
        86 => Texels::Masks { bytes: 2, masks: [0x7c00, 0x03e0, 0x1f, 0x8000] },
        87 | 90 | 91 => Texels::Masks { bytes: 4, masks: [0xff_0000, 0xff00, 0xff, 0xff00_0000] },
        88 | 92 | 93 => Texels::Masks { bytes: 4, masks: [0xff_0000, 0xff00, 0xff, 0] },
        94 | 95 => Texels::Block(Block::Bc6 { is_signed: false }),
        96 => Texels::Block(Block::Bc6 { is_signed: true }),
        97..=99 => Texels::Block(Block::Bc7),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Gray pixels of one byte; each level and face has the values that are given for it.
    fn file(size: u32, mipmaps: u32, is_cube: bool, values: &[(usize, u8)]) -> Vec<u8> {
        let mut file = vec![0; 128];
        file[..4].copy_from_slice(b"DDS ");
        let caps = if is_cube { 0xfe00 } else { 0 };
        for (place, value) in
            [(12, size), (16, size), (28, mipmaps), (80, 0x2_0000), (88, 8), (92, 0xff), (112, caps)]
        {
            file[place..place + 4].copy_from_slice(&u32::to_le_bytes(value));
        }
        for &(count, value) in values {
            file.resize(file.len() + count, value);
        }
        file
    }

    fn read(bytes: &[u8], max_side: u32) -> Result<Preview, PreviewError> {
        read_from(Cursor::new(bytes), &Request { max_side, beside: None })
    }

    #[test]
    fn smallest_level_that_is_large_enough_is_read() {
        let file = file(8, 4, false, &[(64, 1), (16, 2), (4, 3), (1, 4)]);
        for (side, width, value) in [(512, 8, 1), (5, 8, 1), (4, 4, 2), (2, 2, 3), (1, 1, 4)] {
            let preview = read(&file, side).unwrap();
            let picture = preview.picture.unwrap();
            assert_eq!((picture.width(), picture.get_pixel(0, 0).0), (width, [value, value, value, 255]));
            assert_eq!((preview.facts.width, preview.facts.mipmaps), (Some(8), Some(4)));
        }
    }

    #[test]
    fn cube_is_laid_out_as_a_cross() {
        let faces: Vec<_> = (1..=6).flat_map(|face| [(4, face), (1, 99)]).collect();
        let picture = read(&file(2, 2, true, &faces), 512).unwrap().picture.unwrap();
        assert_eq!(picture.dimensions(), (8, 6));
        assert_eq!(picture.get_pixel(4, 2).0[0], 1);
        assert_eq!(picture.get_pixel(2, 0).0[0], 3);
        assert_eq!(picture.get_pixel(7, 3).0[0], 6);
        assert_eq!(picture.get_pixel(0, 0).0[3], 0);
    }

    #[test]
    fn files_that_are_cut_short_or_absurd_are_refused() {
        let whole = file(8, 1, false, &[(64, 1)]);
        for end in 0..whole.len() {
            assert!(matches!(read(&whole[..end], 512), Err(PreviewError::Broken(_))), "{end}");
        }
        assert!(matches!(read(&file(60_000, 9, false, &[]), 512), Err(PreviewError::TooLarge(_))));
        assert!(matches!(read(&file(0, 0, false, &[]), 512), Err(PreviewError::Broken(_))));
    }
}
