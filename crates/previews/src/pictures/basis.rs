//! Basis Universal, and the ASTC that its transcoder reads too: of the sizes of a texture, one, as pixels. In KTX 2, or in files of
//! its own.

use basisu::{DecodeFlags, SourceFormat, TargetFormat, Transcoder};
use image::RgbaImage;

use super::dds::level;
use super::shrink::{Shrink, check_size};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request, bounds};

/// What a file of its own begins with.
pub(crate) const FIRST_BYTES: &[u8] = b"sB";
/// How long its header is, which has no less in it. *Units*: bytes.
const HEADER: u64 = 77;

/// Reads a file of its own.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(&source.bytes()?, request)
}

fn read_from(bytes: &[u8], request: &Request<'_>) -> Result<Preview, PreviewError> {
    if (bytes.len() as u64) < HEADER {
        return Err(PreviewError::broken("it is cut short"));
    }
    let transcoder = open(bytes)?;
    let (width, height) = transcoder.base_dimensions();
    check_size(width, height)?;
    let levels = transcoder.level_count().clamp(1, 32);
    let images = transcoder.layer_count();
    let picture = transcode(&transcoder, level(width, height, levels, request.max_side), request.max_side)?;
    let facts = Facts {
        media: Some(Media::Picture),
        width: Some(width),
        height: Some(height),
        has_alpha: Some(transcoder.has_alpha()),
        compression: Some(packing(transcoder.source_format()).to_owned()),
        mipmaps: (levels > 1).then_some(levels),
        frames: (images > 1).then_some(images),
        ..Facts::default()
    };
    Ok(Preview { picture: Some(picture), sheet: None, facts })
}

/// One level of a file in KTX 2 whose levels are not packed any more.
pub(super) fn level_of(file: &[u8], level: u32, max_side: u32) -> Result<RgbaImage, PreviewError> {
    transcode(&open(file)?, level, max_side)
}

fn open(file: &[u8]) -> Result<Transcoder<'_>, PreviewError> {
    Transcoder::new(file).map_err(|error| PreviewError::Broken(format!("{error:?}")))
}

const fn packing(format: SourceFormat) -> &'static str {
    match format {
        SourceFormat::Etc1s => "basis_etc1s",
        SourceFormat::UastcLdr => "basis_uastc",
        _ => "basis",
    }
}

/// Of cubes and arrays the first.
fn transcode(transcoder: &Transcoder<'_>, level: u32, max_side: u32) -> Result<RgbaImage, PreviewError> {
    let broken = |error| PreviewError::Broken(format!("{error:?}"));
    let info = transcoder.image_level_info(level).map_err(broken)?;
    let (width, height) = (info.width, info.height);
    check_size(width, height)?;
    if u64::from(width) * u64::from(height) * 4 > bounds::PICTURE_IN_MEMORY {
        return Err(PreviewError::TooLarge(format!("{width} × {height} pixels, which must be held whole")));
    }
    let pixels = transcoder.transcode_image(level, 0, 0, TargetFormat::Rgba32, DecodeFlags::NONE);
    let pixels = pixels.map_err(broken)?;
    let mut shrink = Shrink::new(width, height, max_side)?;
    for row in pixels.chunks_exact(width as usize * 4) {
        shrink.push(row.as_chunks::<4>().0.iter().copied());
    }
    Ok(shrink.finish())
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    use super::super::ktx2;
    use super::*;

    // Eight by four pixels of one colour, as the program of Basis Universal packs them, in Base64.
    /// In KTX 2.
    pub(crate) const UASTC: &str = "\
        q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAABAAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAaAAAACwAAACUAAAALAAAAAAAAAAAAAAAAAAA\
        AAAAAADAAAAAAAAAACAAAAAAAAAAIAAAAAAAAAAsAAAAAAAAAAIAKACmAQIAAwMAABAAAAAAAAAAAAB/AAAAAAAAAAAA/////x8A\
        AABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDEuMTUAAAQAAAB/fwAAF5lM5j+1igAAAAAAAAAAABeZTOY/tYoAAAAAAAAAAAA=";
    /// In KTX 2.
    const ETC1S: &str = "\
        q0tUWCAyMLsNChoKAAAAAAEAAAAIAAAABAAAAAAAAAAAAAAAAQAAAAEAAAABAAAAaAAAACwAAACUAAAAJAAAALgAAAAAAAAAgwAA\
        AAAAAAA7AQAAAAAAAAEAAAAAAAAAAAAAAAAAAAAsAAAAAAAAAAIAKACjAQIAAwMAAAAAAAAAAAAAAAA/AAAAAAAAAAAA/////x8A\
        AABLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDEuMTUAAAEAAQArAAAABQAAACsAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAB\
        wAQAAAAAAACiA5gSAAAAAACCqgtMBAATAAAAAAAAiABgAgAAAAAAAEEGVFVVVQX0wEQAAAAAAADy3ysAmAAAAAAAAEAIABMAAgAA\
        AACIAcAEAAAAAAAAAggAAA==";
    /// ETC1S in a file of its own.
    const ALONE: &str = "\
        c0ITAE0AS19zAAAARBgBAAABAAAAEQAAAAAAAAAAAAAAAAAAAAAAAQBkAAAAKwAAAQCPAAAABQAAlAAAACsAAABNAAAAAAAAAAAA\
        AAAAAAAAAAgABAACAAEAvwAAAAEAAAA5SwHABAAAAAAAAKIDmBIAAAAAAIKqC0wEABMAAAAAAACIAGACAAAAAAAAQQZUVVVVBfTA\
        RAAAAAAAAPLfKwCYAAAAAAAAQAgAEwACAAAAAIgBwAQAAAAAAAACCAAA";

    const COLOR: [u8; 4] = [200, 100, 50, 255];

    fn bytes(file: &str) -> Vec<u8> {
        BASE64_STANDARD.decode(file).unwrap()
    }

    fn read_ktx2(file: &[u8]) -> Result<Preview, PreviewError> {
        ktx2::read_from(file, &Request { max_side: 512, beside: None })
    }

    fn assert_colored(preview: &Preview, packing: &str) {
        let picture = preview.picture.as_ref().unwrap();
        assert_eq!((picture.dimensions(), preview.facts.compression.as_deref()), ((8, 4), Some(packing)));
        for pixel in picture.pixels() {
            let is_near = |(value, wanted): (&u8, u8)| value.abs_diff(wanted) <= 6;
            assert!(pixel.0.iter().zip(COLOR).all(is_near), "{pixel:?}");
        }
    }

    #[test]
    fn both_packings_give_their_colors_in_both_containers() {
        assert_colored(&read_ktx2(&bytes(UASTC)).unwrap(), "basis_uastc");
        assert_colored(&read_ktx2(&bytes(ETC1S)).unwrap(), "basis_etc1s");
        let request = Request { max_side: 512, beside: None };
        assert_colored(&read_from(&bytes(ALONE), &request).unwrap(), "basis_etc1s");
    }

    #[test]
    fn blocks_of_astc_give_their_colors() {
        let mut file = bytes(UASTC);
        let start = file.len() - 32;
        // ASTC in blocks of four by four, told twice, and two blocks that are each of one colour.
        file[12..16].copy_from_slice(&157_u32.to_le_bytes());
        file[104 + 12] = 162;
        let block = |color: [u16; 4]| {
            let color = color.map(|value| (value * 257).to_le_bytes());
            [&[0xfc, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], color.as_flattened()].concat()
        };
        file[start..].copy_from_slice(&[block([200, 100, 50, 255]), block([10, 20, 30, 128])].concat());
        let preview = read_ktx2(&file).unwrap();
        let picture = preview.picture.unwrap();
        assert_eq!((picture.dimensions(), preview.facts.compression.as_deref()), ((8, 4), Some("astc")));
        for (x, _, pixel) in picture.enumerate_pixels() {
            assert_eq!(pixel.0, if x < 4 { [200, 100, 50, 255] } else { [10, 20, 30, 128] });
        }
    }

    #[test]
    fn level_packed_by_zstandard_is_unpacked_first() {
        let mut file = bytes(UASTC);
        let blocks = file.split_off(file.len() - 32);
        // A frame with one block that is stored as it is.
        file.extend([0x28, 0xb5, 0x2f, 0xfd, 0x20, 32, 1, 1, 0]);
        file.extend(blocks);
        file[44] = 2;
        file[88] = 9 + 32;
        assert_colored(&read_ktx2(&file).unwrap(), "basis_uastc");
        file[88] = 9 + 31;
        assert!(matches!(read_ktx2(&file), Err(PreviewError::Broken(_))));
    }

    #[test]
    fn files_that_are_cut_short_or_spoilt_end_nothing() {
        let request = Request { max_side: 512, beside: None };
        for whole in [UASTC, ETC1S, ALONE].map(bytes) {
            for place in 0..whole.len() {
                read_ktx2(&whole[..place]).ok();
                read_from(&whole[..place], &request).ok();
                for flip in [0x01, 0x80, 0xff] {
                    let mut spoilt = whole.clone();
                    spoilt[place] ^= flip;
                    read_ktx2(&spoilt).ok();
                    read_from(&spoilt, &request).ok();
                }
            }
        }
    }
}
