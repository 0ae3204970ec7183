//! Pictures that the crate `image` reads whole: JPEG that `jpeg` leaves, TIFF that `tiff` leaves, WebP, GIF, BMP, TGA, QOI, PNM and ICO.

use std::io::BufReader;

use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};

use super::color::to_srgb;
use super::shrink::{Shrink, check_size};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request, bounds};

/// The format, where the first bytes tell it.
pub(crate) fn by_first_bytes(head: &[u8]) -> Option<ImageFormat> {
    // TIFF that may be longer than 4 GiB.
    if head.starts_with(b"II\x2b\0\x08\0") || head.starts_with(b"MM\0\x2b\0\x08") {
        return Some(ImageFormat::Tiff);
    }
    image::guess_format(head).ok().filter(|format| is_read(*format))
}

const fn is_read(format: ImageFormat) -> bool {
    matches!(
        format,
        ImageFormat::Jpeg
            | ImageFormat::WebP
            | ImageFormat::Gif
            | ImageFormat::Bmp
            | ImageFormat::Tiff
            | ImageFormat::Tga
            | ImageFormat::Qoi
            | ImageFormat::Pnm
            | ImageFormat::Ico
    )
}

/// Its name in facts.
pub(crate) fn name(format: ImageFormat) -> &'static str {
    format.extensions_str().first().copied().unwrap_or("picture")
}

/// Reads one.
pub(crate) fn read(
    source: &mut Source,
    format: ImageFormat,
    request: &Request<'_>,
) -> Result<Preview, PreviewError> {
    let file = BufReader::with_capacity(1 << 18, source.file()?);
    let mut reader = ImageReader::with_format(file, format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(bounds::SIDE);
    limits.max_image_height = Some(bounds::SIDE);
    limits.max_alloc = Some(bounds::PICTURE_IN_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(situation)?;

    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if decoder.total_bytes() > bounds::PICTURE_IN_MEMORY {
        return Err(PreviewError::TooLarge(format!("{width} × {height} pixels, which must be held whole")));
    }
    let orientation = decoder.orientation().map_err(situation)?;
    let mut turned_by_exif = || decoder.exif_metadata().ok().flatten().and_then(|exif| orientation_of(&exif));
    let orientation = if orientation == Orientation::NoTransforms {
        turned_by_exif().unwrap_or(orientation)
    } else {
        orientation
    };
    let profile = decoder.icc_profile().ok().flatten();
    let stored = decoder.original_color_type();
    let picture = DynamicImage::from_decoder(decoder).map_err(situation)?;

    let mut picture = shrunk(picture, request.max_side)?;
    let color_profile = profile.and_then(|profile| to_srgb(&mut picture, &profile));
    Ok(turned(picture, orientation, (width, height), Facts { color_profile, ..color_facts(stored) }))
}

/// How a camera was held, by what it noted; WebP often has the name before it that JPEG has.
pub(super) fn orientation_of(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
}

/// A picture of a file of this size as its camera was held.
pub(super) fn turned(
    picture: RgbaImage,
    orientation: Orientation,
    (width, height): (u32, u32),
    facts: Facts,
) -> Preview {
    let mut picture = DynamicImage::ImageRgba8(picture);
    picture.apply_orientation(orientation);
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    let facts = Facts { media: Some(Media::Picture), width: Some(width), height: Some(height), ..facts };
    Preview { picture: Some(picture.into_rgba8()), sheet: None, facts }
}

/// The picture in eight bits and no larger than it need be.
fn shrunk(picture: DynamicImage, max_side: u32) -> Result<RgbaImage, PreviewError> {
    let mut shrink = Shrink::new(picture.width(), picture.height(), max_side)?;
    match &picture {
        DynamicImage::ImageRgb8(picture) => {
            picture
                .rows()
                .for_each(|row| shrink.push(row.map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], u8::MAX])));
        }
        DynamicImage::ImageLuma8(picture) => picture
            .rows()
            .for_each(|row| shrink.push(row.map(|pixel| [pixel.0[0], pixel.0[0], pixel.0[0], u8::MAX]))),
        _ => {
            let picture = picture.into_rgba8();
            picture.rows().for_each(|row| shrink.push(row.map(|pixel| pixel.0)));
        }
    }
    Ok(shrink.finish())
}

fn color_facts(stored: ExtendedColorType) -> Facts {
    let channels = u32::from(stored.channel_count());
    let has_alpha = matches!(channels, 2 | 4) && stored != ExtendedColorType::Cmyk8;
    let color_model = match stored {
        ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16 => "cmyk",
        _ if channels <= 2 => "gray",
        _ => "rgb",
    };
    Facts {
        bits: Some(u32::from(stored.bits_per_pixel()) / channels.max(1)),
        channels: Some(channels),
        has_alpha: Some(has_alpha),
        color_model: Some(color_model.to_owned()),
        ..Facts::default()
    }
}

fn situation(error: image::ImageError) -> PreviewError {
    match error {
        image::ImageError::Limits(error) => PreviewError::TooLarge(error.to_string()),
        image::ImageError::IoError(error) => PreviewError::broken(error),
        error => PreviewError::broken(error),
    }
}
