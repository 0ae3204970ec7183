//! JPEG, at half, a quarter or an eighth of its size where that is large enough: that takes less time, and memory only for what comes
//! out. JPEG in four inks, at any size, by its profile.
//!
//! What needs neither is left to `raster`, whose reader is the faster one at full size, and so is what breaks off: that reader shows
//! what had come until there.

use std::io::{Cursor, Read, Seek, SeekFrom};

use image::metadata::Orientation;
use image::{ImageFormat, Rgba, RgbaImage};
use jpeg_decoder::{CodingProcess, Decoder, ImageInfo, PixelFormat};

use super::color::{cmyk_to_srgb, name, to_srgb};
use super::raster;
use super::shrink::{Shrink, check_size, factor};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request, bounds};

/// Segments before the pixels that are looked through.
const MOST_SEGMENTS: usize = 1000;

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    // Whole, since the decoder asks for one byte after another. One that is too long for that is for the other reader, too.
    let scaled = if source.size_bytes() <= bounds::FILE_IN_MEMORY {
        read_scaled(&source.bytes()?, request)?
    } else {
        None
    };
    if let Some(preview) = scaled {
        return Ok(preview);
    }
    raster::read(source, ImageFormat::Jpeg, request)
}

/// The picture, where it is worth reading smaller than it is, or is in inks.
fn read_scaled(file: &[u8], request: &Request<'_>) -> Result<Option<Preview>, PreviewError> {
    let mut decoder = Decoder::new(file);
    let Some(info) = decoder.read_info().ok().and_then(|()| decoder.info()) else { return Ok(None) };
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    let is_in_inks = info.pixel_format == PixelFormat::CMYK32;
    if factor(width, height, request.max_side) < 2 && !is_in_inks {
        return Ok(None);
    }
    check_coefficients(info)?;
    decoder.set_max_decoding_buffer_size(usize::try_from(bounds::PICTURE_IN_MEMORY).unwrap_or(usize::MAX));
    let least = u16::try_from(request.max_side.saturating_mul(2)).unwrap_or(u16::MAX);
    let Ok((scaled_width, scaled_height)) = decoder.scale(least, least) else { return Ok(None) };
    let Ok(pixels) = decoder.decode() else { return Ok(None) };
    let scaled = (u32::from(scaled_width), u32::from(scaled_height));
    let profile = decoder.icc_profile();
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);

    let color_profile = profile.as_deref().and_then(name);
    let (channels, color_model, picture) = match info.pixel_format {
        PixelFormat::CMYK32 => {
            let is_inverted = has_adobe_segment(&mut Cursor::new(file)).unwrap_or(true);
            (4, "cmyk", in_inks(pixels, scaled, is_inverted, profile.as_deref(), request.max_side)?)
        }
        PixelFormat::RGB24 => {
            let mut picture = shrunk::<3>(&pixels, scaled, request.max_side, |[red, green, blue]| {
                [red, green, blue, u8::MAX]
            })?;
            profile.and_then(|profile| to_srgb(&mut picture, &profile));
            (3, "rgb", picture)
        }
        PixelFormat::L8 => {
            (1, "gray", shrunk::<1>(&pixels, scaled, request.max_side, |[gray]| [gray, gray, gray, u8::MAX])?)
        }
        // Without loss, and in sixteen bits: for the other reader to say.
        PixelFormat::L16 => return Ok(None),
    };
    let facts = Facts {
        bits: Some(8),
        channels: Some(channels),
        has_alpha: Some(false),
        color_model: Some(color_model.to_owned()),
        color_profile,
        ..Facts::default()
    };
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    Ok(Some(raster::turned(picture, orientation, (width, height), facts)))
}

/// Of a progressive file all coefficients are held, two bytes each.
fn check_coefficients(info: ImageInfo) -> Result<(), PreviewError> {
    let channels = info.pixel_format.pixel_bytes() as u64;
    let bytes = u64::from(info.width) * u64::from(info.height) * channels * 2;
    if info.coding_process == CodingProcess::DctProgressive && bytes > bounds::PICTURE_IN_MEMORY * 2 {
        return Err(PreviewError::TooLarge(format!(
            "{} × {} pixels in passes, which must be held whole",
            info.width, info.height
        )));
    }
    Ok(())
}

fn shrunk<const CHANNELS: usize>(
    pixels: &[u8],
    (width, height): (u32, u32),
    max_side: u32,
    color: impl Fn([u8; CHANNELS]) -> [u8; 4],
) -> Result<RgbaImage, PreviewError> {
    let mut shrink = Shrink::new(width, height, max_side)?;
    for row in pixels.chunks_exact(width as usize * CHANNELS) {
        shrink.push(row.as_chunks::<CHANNELS>().0.iter().map(|pixel| color(*pixel)));
    }
    Ok(shrink.finish())
}

/// Of four inks, which the decoder takes for inverted, as Adobe's programs write them.
fn in_inks(
    mut pixels: Vec<u8>,
    size: (u32, u32),
    is_inverted: bool,
    profile: Option<&[u8]>,
    max_side: u32,
) -> Result<RgbaImage, PreviewError> {
    if !is_inverted {
        for ink in &mut pixels {
            *ink = u8::MAX - *ink;
        }
    }
    let inks = RgbaImage::from_raw(size.0, size.1, pixels);
    let mut picture = inks.ok_or_else(|| PreviewError::broken("it has fewer pixels than it says"))?;
    if !profile.is_some_and(|profile| cmyk_to_srgb(&mut picture, profile)) {
        picture.pixels_mut().for_each(|inks| *inks = Rgba(on_paper(inks.0)));
    }
    shrunk::<4>(picture.as_raw(), size, max_side, |pixel| pixel)
}

/// Inks of which nothing is known.
fn on_paper([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 4] {
    let light = |ink: u8| {
        let light = u32::from(u8::MAX - ink) * u32::from(u8::MAX - black);
        u8::try_from((light + 127) / 255).unwrap_or(u8::MAX)
    };
    [light(cyan), light(magenta), light(yellow), u8::MAX]
}

/// Whether one of Adobe's programs says how it wrote the colours; none where the file ends before that is known.
fn has_adobe_segment(file: &mut (impl Read + Seek)) -> Option<bool> {
    file.seek(SeekFrom::Start(2)).ok()?;
    for _ in 0..MOST_SEGMENTS {
        let mut head = [0; 4];
        file.read_exact(&mut head).ok()?;
        let [_, marker, length @ ..] = head;
        match marker {
            0xda => return Some(false),
            0xee => {
                let mut name = [0; 5];
                file.read_exact(&mut name).ok()?;
                if &name == b"Adobe" {
                    return Some(true);
                }
                file.seek(SeekFrom::Current(i64::from(u16::from_be_bytes(length)) - 7)).ok()?;
            }
            _ => {
                file.seek(SeekFrom::Current(i64::from(u16::from_be_bytes(length)) - 2)).ok()?;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder, RgbImage};

    use super::*;

    /// Dark on the left, red on the right.
    fn file() -> Vec<u8> {
        let picture = RgbImage::from_fn(200, 104, |x, _| {
            image::Rgb(if x < 104 { [20, 30, 40] } else { [220, 40, 30] })
        });
        let mut file = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut file, 95);
        encoder.write_image(picture.as_raw(), 200, 104, ExtendedColorType::Rgb8).unwrap();
        file
    }

    fn read_bytes(bytes: &[u8], max_side: u32) -> Result<Option<Preview>, PreviewError> {
        read_scaled(bytes, &Request { max_side, beside: None })
    }

    #[test]
    fn picture_is_read_smaller_where_that_is_large_enough() {
        for (side, expected) in
            [(50, Some((100, 52))), (25, Some((50, 26))), (12, Some((25, 13))), (51, None)]
        {
            let preview = read_bytes(&file(), side).unwrap();
            let size = preview.as_ref().and_then(|preview| Some(preview.picture.as_ref()?.dimensions()));
            assert_eq!(size, expected, "{side}");
            let Some(preview) = preview else { continue };
            assert_eq!((preview.facts.width, preview.facts.height), (Some(200), Some(104)));
            let picture = preview.picture.unwrap();
            let near = |x: u32, expected: [u8; 3]| {
                let pixel = picture.get_pixel(x, 5).0;
                pixel.iter().zip(expected).all(|(value, expected)| value.abs_diff(expected) < 12)
            };
            assert!(near(2, [20, 30, 40]) && near(picture.width() - 3, [220, 40, 30]));
        }
    }

    #[test]
    fn colors_are_those_of_the_profile_at_full_size_and_smaller() {
        let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, 100);
        encoder.set_icc_profile(profile).unwrap();
        let pixels = [150, 100, 80].repeat(64 * 64);
        encoder.write_image(&pixels, 64, 64, ExtendedColorType::Rgb8).unwrap();
        let mut source = Source::new(file, "a.jpg").unwrap();
        for (max_side, side) in [(64, 64), (16, 32)] {
            let preview = read(&mut source, &Request { max_side, beside: None }).unwrap();
            assert_eq!(preview.facts.color_profile.as_deref(), Some("Adobe RGB 1998"));
            let picture = preview.picture.unwrap();
            assert_eq!(picture.dimensions(), (side, side));
            for pixel in picture.pixels() {
                // By the numbers that both colour spaces are defined by.
                let is_near = pixel
                    .0
                    .iter()
                    .zip([167, 100, 78, 255])
                    .all(|(value, wanted)| value.abs_diff(wanted) <= 3);
                assert!(is_near, "{pixel:?}");
            }
        }
    }

    #[test]
    fn file_that_is_cut_short_is_left_to_the_other_reader() {
        let whole = file();
        for end in (0..whole.len()).step_by(7) {
            if let Ok(Some(preview)) = read_bytes(&whole[..end], 25) {
                assert_eq!(preview.picture.unwrap().dimensions(), (50, 26));
            }
        }
    }

    #[test]
    fn inks_without_a_profile_are_mixed_and_known_to_be_inverted_or_not() {
        assert_eq!(on_paper([0, 255, 255, 0]), [255, 0, 0, 255]);
        assert_eq!(on_paper([0, 0, 0, 128]), [127, 127, 127, 255]);
        let segments = |adobe: &[u8]| {
            let scan = [0xff, 0xda, 0, 8];
            [&[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2][..], adobe, &scan].concat()
        };
        let adobe = [&[0xff, 0xee, 0, 14][..], b"Adobe\0\x64\0\0\0\0\x02"].concat();
        assert_eq!(has_adobe_segment(&mut Cursor::new(segments(&adobe))), Some(true));
        assert_eq!(has_adobe_segment(&mut Cursor::new(segments(&[]))), Some(false));
        assert_eq!(has_adobe_segment(&mut Cursor::new(&segments(&adobe)[..9])), None);
        assert_eq!(has_adobe_segment(&mut Cursor::new([0xff, 0xd8].repeat(4000))), None);
    }
}
