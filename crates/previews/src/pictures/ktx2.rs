//! KTX 2: of the sizes of a texture in it, the smallest that is large enough.
//!
//! Of Basis Universal, ETC2 and ASTC there are facts and no picture: the only transcoder is C++ that takes longer to build than
//! all the readers here, or Clang to build its interface.

use std::io::Read;

use ktx2::{ColorModel, Format, Level, Reader, SupercompressionScheme};
use ruzstd::decoding::StreamingDecoder;

use super::dds::level;
use super::shrink::check_size;
use super::texels::{Block, Texels};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(&source.bytes()?, request)
}

fn read_from(bytes: &[u8], request: &Request<'_>) -> Result<Preview, PreviewError> {
    let reader = Reader::new(bytes).map_err(|error| PreviewError::Broken(format!("{error:?}")))?;
    let header = reader.header();
    let (width, height) = (header.pixel_width, header.pixel_height.max(1));
    check_size(width, height)?;
    let texels = header.format.and_then(texels);
    let levels = header.level_count.clamp(1, 32);
    let number = level(width, height, levels, request.max_side);
    let picture = match (texels, reader.levels().nth(number as usize)) {
        (Some(texels), Some(data)) => {
            let size = ((width >> number).max(1), (height >> number).max(1));
            Some(picture(texels, &data, header.supercompression_scheme, size, request.max_side)?)
        }
        _ => None,
    };
    let packing = match texels {
        Some(Texels::Block(block)) => block.name().to_owned(),
        Some(_) => "none".to_owned(),
        None if reader.color_model() == Some(ColorModel::ETC1S) => "basis_etc1s".to_owned(),
        None if reader.color_model() == Some(ColorModel::UASTC) => "basis_uastc".to_owned(),
        None => header.format.map(|format| format!("{format:?}").to_lowercase()).unwrap_or_default(),
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

/// Of cubes and arrays the first, which a level begins with.
fn picture(
    texels: Texels,
    level: &Level<'_>,
    packing: Option<SupercompressionScheme>,
    size: (u32, u32),
    max_side: u32,
) -> Result<image::RgbaImage, PreviewError> {
    let mut reader: Box<dyn Read + '_> = match packing {
        None => Box::new(level.data),
        Some(SupercompressionScheme::Zstandard) => {
            Box::new(StreamingDecoder::new(level.data).map_err(PreviewError::broken)?)
        }
        Some(SupercompressionScheme::ZLIB) => Box::new(flate2::bufread::ZlibDecoder::new(level.data)),
        Some(other) => return Err(PreviewError::Broken(format!("{other:?} is not known"))),
    };
    texels.read(&mut reader, size, max_side)
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
        Format::R16_UNORM => Texels::Wide { channels: 1 },
        Format::R16G16B16A16_UNORM => Texels::Wide { channels: 4 },
        Format::R16_SFLOAT => Texels::Floats { channels: 1, is_half: true },
        Format::R16G16B16A16_SFLOAT => Texels::Floats { channels: 4, is_half: true },
        Format::R32_SFLOAT => Texels::Floats { channels: 1, is_half: false },
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
        _ => return None,
    })
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
    fn file_that_is_cut_short_is_broken() {
        let whole = file(0, [&[1, 2, 3, 4], &[9]]);
        for end in 0..whole.len() {
            assert!(matches!(read(&whole[..end], 512), Err(PreviewError::Broken(_))), "{end}");
        }
        assert!(matches!(read(&file(0, [&[1, 2, 3], &[9]]), 512), Err(PreviewError::Broken(_))));
    }
}
