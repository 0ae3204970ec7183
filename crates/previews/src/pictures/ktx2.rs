//! KTX 2: of the sizes of a texture in it, the smallest that is large enough. Of Basis Universal and ASTC the pixels are in `basis`.

use std::io::Read;

use ktx2::{Format, Level, Reader, SupercompressionScheme};
use ruzstd::decoding::StreamingDecoder;

use super::basis;
use super::dds::level;
use super::packed_light::PackedLight;
use super::shrink::check_size;
use super::texels::{Block, Texels};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request, bounds};

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(&source.bytes()?, request)
}

/// What the file begins with.
pub(crate) const FIRST_BYTES: &[u8] = b"\xabKTX 20\xbb\r\n\x1a\n";

/// Reads one that is within another file.
pub(crate) fn read_from(bytes: &[u8], request: &Request<'_>) -> Result<Preview, PreviewError> {
    check_description(bytes)?;
    let reader = Reader::new(bytes).map_err(|error| PreviewError::Broken(format!("{error:?}")))?;
    let header = reader.header();
    let (width, height) = (header.pixel_width, header.pixel_height.max(1));
    check_size(width, height)?;
    let texels = header.format.and_then(texels);
    let levels = header.level_count.clamp(1, 32);
    let number = level(width, height, levels, request.max_side);
    let size = ((width >> number).max(1), (height >> number).max(1));
    let data = reader.levels().nth(number as usize);
    let transcoded = transcoded(bytes, header.format);
    let picture = match (texels, transcoded, data) {
        (Some(texels), _, Some(data)) => {
            Some(picture(texels, &data, header.supercompression_scheme, size, request.max_side)?)
        }
        (None, Some((BASIS_ETC1S, _)), Some(_)) => Some(basis::level_of(bytes, number, request.max_side)?),
        (None, Some((_, block)), Some(data)) => {
            let file = alone(bytes, &data, header.supercompression_scheme, size, block)?;
            Some(basis::level_of(&file, 0, request.max_side)?)
        }
        _ => None,
    };
    let packing = match texels {
        Some(Texels::Block(block)) => block.name().to_owned(),
        Some(_) => "none".to_owned(),
        None => match transcoded {
            Some((packing, _)) => packing.to_owned(),
            None => header.format.map(|format| format!("{format:?}").to_lowercase()).unwrap_or_default(),
        },
    };
    let facts = Facts {
        media: Some(Media::Picture),
        width: Some(width),
        height: Some(height),
        compression: Some(packing),
        mipmaps: (levels > 1).then_some(levels),
        frames: (header.face_count > 1).then_some(header.face_count),
        ..Facts::default()
    };
    Ok(Preview { picture, sheet: None, facts })
}

const BASIS_ETC1S: &str = "basis_etc1s";

/// What a transcoder makes pixels of: its name, and the size of its blocks in pixels. Whether it is Basis Universal stands in what describes
/// the pixels, which is read here since the container's crate adds up numbers in it that may be too large.
fn transcoded(file: &[u8], format: Option<Format>) -> Option<(&'static str, (u32, u32))> {
    if let Some(format) = format {
        return astc(format.value()).map(|block| ("astc", block));
    }
    match file.get(number_at(file, 48)?.checked_add(12)?)? {
        163 => Some((BASIS_ETC1S, (4, 4))),
        166 => Some(("basis_uastc", (4, 4))),
        _ => None,
    }
}

fn number_at(file: &[u8], place: usize) -> Option<usize> {
    let bytes = file.get(place..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

/// Holds the blocks that describe pixels to what the container's crate takes as given: that there is room for them, and that no side of a
/// block of pixels is 256.
fn check_description(file: &[u8]) -> Result<(), PreviewError> {
    let broken = || PreviewError::broken("what describes its pixels is broken");
    let (start, length) = number_at(file, 48).zip(number_at(file, 52)).ok_or_else(broken)?;
    let end = start.checked_add(length).ok_or_else(broken)?;
    let mut blocks = file.get(start..end).and_then(|described| described.get(4..)).ok_or_else(broken)?;
    while let Some(size) = number_at(blocks, 4).map(|number| number >> 16).filter(|size| *size >= 8) {
        if blocks.get(12..16).is_some_and(|sides| sides.contains(&u8::MAX)) {
            return Err(broken());
        }
        blocks = blocks.get(size..).unwrap_or_default();
    }
    Ok(())
}

/// Of cubes and arrays the first, which a level begins with.
fn picture(
    texels: Texels,
    level: &Level<'_>,
    packing: Option<SupercompressionScheme>,
    size: (u32, u32),
    max_side: u32,
) -> Result<image::RgbaImage, PreviewError> {
    texels.read(&mut unpacked(level, packing)?, size, max_side)
}

fn unpacked<'a>(
    level: &Level<'a>,
    packing: Option<SupercompressionScheme>,
) -> Result<Box<dyn Read + 'a>, PreviewError> {
    Ok(match packing {
        None => Box::new(level.data),
        Some(SupercompressionScheme::Zstandard) => {
            Box::new(StreamingDecoder::new(level.data).map_err(PreviewError::broken)?)
        }
        Some(SupercompressionScheme::ZLIB) => Box::new(flate2::bufread::ZlibDecoder::new(level.data)),
        Some(other) => return Err(PreviewError::Broken(format!("{other:?} is not known"))),
    })
}

/// A file of one level of blocks of sixteen bytes, unpacked, with what describes them: the transcoder unpacks with a version of a crate
/// that is not ours.
fn alone(
    file: &[u8],
    level: &Level<'_>,
    packing: Option<SupercompressionScheme>,
    (width, height): (u32, u32),
    (block_width, block_height): (u32, u32),
) -> Result<Vec<u8>, PreviewError> {
    let cut_short = || PreviewError::broken("it is cut short");
    let length = u64::from(width.div_ceil(block_width)) * u64::from(height.div_ceil(block_height)) * 16;
    if length > bounds::PICTURE_IN_MEMORY {
        return Err(PreviewError::TooLarge(format!("{width} × {height} pixels, which must be held whole")));
    }
    let (start, description_length) = number_at(file, 48).zip(number_at(file, 52)).ok_or_else(cut_short)?;
    let description = start.checked_add(description_length).and_then(|end| file.get(start..end));
    let description = description.ok_or_else(cut_short)?;
    let mut alone = file.get(..20).ok_or_else(cut_short)?.to_vec();
    // Not deep, no array, one face, one level, not packed; the description behind the one level's place, and nothing else.
    let description_place = 80 + 24;
    let place = u64::from(description_place) + description.len() as u64;
    let description_length = u32::try_from(description.len()).map_err(|_| cut_short())?;
    let numbers = [width, height, 0, 0, 1, 1, 0, description_place, description_length, 0, 0];
    alone.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    alone.extend([0, 0, place, length, length].iter().flat_map(|number: &u64| number.to_le_bytes()));
    alone.extend_from_slice(description);
    unpacked(level, packing)?.take(length).read_to_end(&mut alone).map_err(|_| cut_short())?;
    if (alone.len() as u64) < place + length { Err(cut_short()) } else { Ok(alone) }
}

fn texels(format: Format) -> Option<Texels> {
    Some(match format {
        Format::R5G6B5_UNORM_PACK16 => Texels::Masks { bytes: 2, masks: [0xf800, 0x07e0, 0x1f, 0] },
        Format::R8_UNORM | Format::R8_SRGB => Texels::Masks { bytes: 1, masks: [0xff, 0, 0, 0] },
        Format::R8G8_UNORM | Format::R8G8_SRGB => Texels::Masks { bytes: 2, masks: [0xff, 0xff00, 0, 0] },
        Format::R8G8B8_UNORM | Format::R8G8B8_SRGB => {
            Texels::Masks { bytes: 3, masks: [0xff, 0xff00, 0xff_0000, 0] }
        }
        Format::B8G8R8_UNORM | Format::B8G8R8_SRGB => {
            Texels::Masks { bytes: 3, masks: [0xff_0000, 0xff00, 0xff, 0] }
        }
        Format::R8G8B8A8_UNORM | Format::R8G8B8A8_SRGB => {
            Texels::Masks { bytes: 4, masks: [0xff, 0xff00, 0xff_0000, 0xff00_0000] }
        }
        Format::B8G8R8A8_UNORM | Format::B8G8R8A8_SRGB => {
            Texels::Masks { bytes: 4, masks: [0xff_0000, 0xff00, 0xff, 0xff00_0000] }
        }
        Format::A2R10G10B10_UNORM_PACK32 => {
            Texels::Masks { bytes: 4, masks: [0x3ff0_0000, 0xf_fc00, 0x3ff, 0xc000_0000] }
        }
        Format::A2B10G10R10_UNORM_PACK32 => {
            Texels::Masks { bytes: 4, masks: [0x3ff, 0xf_fc00, 0x3ff0_0000, 0xc000_0000] }
        }
        Format::R16_UNORM => Texels::Wide { channels: 1 },
        Format::R16G16_UNORM => Texels::Wide { channels: 2 },
        Format::R16G16B16_UNORM => Texels::Wide { channels: 3 },
        Format::R16G16B16A16_UNORM => Texels::Wide { channels: 4 },
        Format::R16_SFLOAT => Texels::Floats { channels: 1, is_half: true },
        Format::R16G16_SFLOAT => Texels::Floats { channels: 2, is_half: true },
        Format::R16G16B16_SFLOAT => Texels::Floats { channels: 3, is_half: true },
        Format::R16G16B16A16_SFLOAT => Texels::Floats { channels: 4, is_half: true },
        Format::R32_SFLOAT => Texels::Floats { channels: 1, is_half: false },
        Format::R32G32_SFLOAT => Texels::Floats { channels: 2, is_half: false },
        Format::R32G32B32_SFLOAT => Texels::Floats { channels: 3, is_half: false },
        Format::B10G11R11_UFLOAT_PACK32 => Texels::Packed(PackedLight::SmallFloats),
        Format::E5B9G9R9_UFLOAT_PACK32 => Texels::Packed(PackedLight::SharedExponent),
        Format::R32G32B32A32_SFLOAT => Texels::Floats { channels: 4, is_half: false },
        Format::BC1_RGB_UNORM_BLOCK
        | Format::BC1_RGB_SRGB_BLOCK
        | Format::BC1_RGBA_UNORM_BLOCK
        | Format::BC1_RGBA_SRGB_BLOCK => Texels::Block(Block::Bc1),
        Format::BC2_UNORM_BLOCK | Format::BC2_SRGB_BLOCK => Texels::Block(Block::Bc2),
        Format::BC3_UNORM_BLOCK | Format::BC3_SRGB_BLOCK => Texels::Block(Block::Bc3),
        Format::BC4_UNORM_BLOCK => Texels::Block(Block::Bc4 { is_signed: false }),
        Format::BC4_SNORM_BLOCK => Texels::Block(Block::Bc4 { is_signed: true }),
        Format::BC5_UNORM_BLOCK => Texels::Block(Block::Bc5 { is_signed: false }),
        Format::BC5_SNORM_BLOCK => Texels::Block(Block::Bc5 { is_signed: true }),
        Format::BC6H_UFLOAT_BLOCK => Texels::Block(Block::Bc6 { is_signed: false }),
        Format::BC6H_SFLOAT_BLOCK => Texels::Block(Block::Bc6 { is_signed: true }),
        Format::BC7_UNORM_BLOCK | Format::BC7_SRGB_BLOCK => Texels::Block(Block::Bc7),
        Format::ETC2_R8G8B8_UNORM_BLOCK | Format::ETC2_R8G8B8_SRGB_BLOCK => Texels::Block(Block::Etc2Rgb),
        Format::ETC2_R8G8B8A1_UNORM_BLOCK | Format::ETC2_R8G8B8A1_SRGB_BLOCK => {
            Texels::Block(Block::Etc2Rgba1)
        }
        Format::ETC2_R8G8B8A8_UNORM_BLOCK | Format::ETC2_R8G8B8A8_SRGB_BLOCK => {
            Texels::Block(Block::Etc2Rgba8)
        }
        Format::EAC_R11_UNORM_BLOCK => Texels::Block(Block::EacR { is_signed: false }),
        Format::EAC_R11_SNORM_BLOCK => Texels::Block(Block::EacR { is_signed: true }),
        Format::EAC_R11G11_UNORM_BLOCK => Texels::Block(Block::EacRg { is_signed: false }),
        Format::EAC_R11G11_SNORM_BLOCK => Texels::Block(Block::EacRg { is_signed: true }),
        _ => return None,
    })
}

/// The sizes of blocks of ASTC, in the order of their numbers.
const ASTC_SIZES: [(u32, u32); 14] = [
    (4, 4),
    (5, 4),
    (5, 5),
    (6, 5),
    (6, 6),
    (8, 5),
    (8, 6),
    (8, 8),
    (10, 5),
    (10, 6),
    (10, 8),
    (10, 10),
    (12, 10),
    (12, 12),
];

/// By a number of Vulkan's: those of ASTC follow each other, each twice, for numbers and for sRGB.
fn astc(format: u32) -> Option<(u32, u32)> {
    let first = Format::ASTC_4x4_UNORM_BLOCK.value();
    ASTC_SIZES.get(usize::try_from(format.checked_sub(first)? / 2).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two levels of gray pixels of one byte, 2 by 2 and 1 by 1.
    fn file(packing: u32, levels: [&[u8]; 2]) -> Vec<u8> {
        let mut file = b"\xabKTX 20\xbb\r\n\x1a\n".to_vec();
        let numbers = [9, 1, 2, 2, 0, 0, 1, 2, packing];
        // A description of 28 bytes behind the table of two levels, then nothing of the other two.
        let places = [128, 28, 156, 0, 0, 0, 0, 0];
        file.extend(numbers.into_iter().chain(places).flat_map(u32::to_le_bytes));
        let mut place = 156;
        for (level, length) in levels.iter().zip([4, 1]) {
            file.extend([place, level.len() as u64, length].map(u64::to_le_bytes).concat());
            place += level.len() as u64;
        }
        file.extend([28, 0, 24 << 16 | 2, 1 | 1 << 8 | 1 << 16, 0, 1, 0].map(u32::to_le_bytes).concat());
        file.extend(levels.concat());
        file
    }

    fn read(bytes: &[u8], max_side: u32) -> Result<Preview, PreviewError> {
        read_from(bytes, &Request { max_side, beside: None })
    }

    #[test]
    fn levels_are_read_plain_and_packed() {
        let plain = file(0, [&[1, 2, 3, 4], &[9]]);
        let picture = |side| read(&plain, side).unwrap().picture.unwrap();
        assert_eq!(picture(512).get_pixel(1, 1).0, [4, 4, 4, 255]);
        assert_eq!(picture(1).get_pixel(0, 0).0, [9, 9, 9, 255]);
        // Four bytes in a frame of one raw block.
        let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x21, 0, 0, 1, 2, 3, 4];
        let preview = read(&file(2, [&zstd, &[]]), 512).unwrap();
        assert_eq!(preview.picture.unwrap().get_pixel(0, 1).0, [3, 3, 3, 255]);
        assert_eq!(preview.facts.mipmaps, Some(2));
    }

    #[test]
    fn numbers_of_astc_are_those_of_its_sizes() {
        assert_eq!(astc(Format::ASTC_8x8_SRGB_BLOCK.value()), Some((8, 8)));
        assert_eq!(astc(Format::ASTC_10x5_UNORM_BLOCK.value()), Some((10, 5)));
        assert_eq!(astc(Format::ASTC_12x12_SRGB_BLOCK.value()), Some((12, 12)));
        assert_eq!(astc(Format::ASTC_12x12_SRGB_BLOCK.value() + 1), None);
        assert_eq!(astc(Format::EAC_R11G11_SNORM_BLOCK.value()), None);
    }

    #[test]
    fn file_that_is_cut_short_is_broken() {
        let whole = file(0, [&[1, 2, 3, 4], &[9]]);
        for end in 0..whole.len() {
            assert!(matches!(read(&whole[..end], 512), Err(PreviewError::Broken(_))), "{end}");
        }
        assert!(matches!(read(&file(0, [&[1, 2, 3], &[9]]), 512), Err(PreviewError::Broken(_))));
    }
}
