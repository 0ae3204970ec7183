//! From the picture that a reader made to the files that are sent.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage, RgbaImage};

use crate::error::PreviewError;

/// The side of a square of the board that shows through what is transparent. *Units*: pixels.
const SQUARE: u32 = 8;
/// Its two greys.
const SQUARES: [u8; 2] = [255, 204];
/// Quality of WebP and JPEG, 0 to 100: where thumbnails of photographs show no marks beside the original.
const QUALITY: u8 = 85;

/// A format of thumbnails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The smallest.
    WebP,
    /// Without loss.
    Png,
    /// For what reads nothing else.
    Jpeg,
}

impl Encoding {
    /// The media type, as in `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// The picture with its longest side no longer than `side` pixels, never larger than it is, on a board of grey squares where it is
/// transparent.
pub fn fit(picture: &RgbaImage, side: u32) -> Result<RgbImage, PreviewError> {
    let (width, height) = size_within(picture.dimensions(), side.max(1));
    let resized;
    let picture = if (width, height) == picture.dimensions() {
        picture
    } else {
        resized = resize(picture, width, height)?;
        &resized
    };
    Ok(on_board(picture))
}

fn size_within((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

fn resize(picture: &RgbaImage, width: u32, height: u32) -> Result<RgbaImage, PreviewError> {
    let mut resized = RgbaImage::new(width, height);
    // The colour of what is transparent must not bleed into its surroundings: it is weighed by alpha, which takes time.
    let is_opaque = picture.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let options =
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(!is_opaque);
    Resizer::new().resize(picture, &mut resized, &options).map_err(PreviewError::broken)?;
    Ok(resized)
}

fn on_board(picture: &RgbaImage) -> RgbImage {
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for ((x, y, pixel), out) in picture.enumerate_pixels().zip(flat.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0;
        let square = SQUARES[((x / SQUARE + y / SQUARE) % 2) as usize];
        let over = |value: u8| {
            let (value, alpha, below) = (u32::from(value), u32::from(alpha), u32::from(square));
            u8::try_from((value * alpha + below * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        out.0 = [over(red), over(green), over(blue)];
    }
    flat
}

/// The picture as a file.
pub fn encode(picture: &RgbImage, encoding: Encoding) -> Result<Vec<u8>, PreviewError> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    match encoding {
        Encoding::WebP => {
            let encoder = webp::Encoder::from_rgb(picture.as_raw(), width, height);
            let file = encoder.encode_simple(false, f32::from(QUALITY));
            bytes.extend_from_slice(&file.map_err(|error| PreviewError::broken(format!("{error:?}")))?);
        }
        Encoding::Png => PngEncoder::new(&mut bytes)
            .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
            .map_err(PreviewError::broken)?,
        Encoding::Jpeg => JpegEncoder::new_with_quality(&mut bytes, QUALITY)
            .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
            .map_err(PreviewError::broken)?,
    }
    Ok(bytes)
}

/// A file that [`encode`] made as WebP, in another encoding.
pub fn convert(file: &[u8], encoding: Encoding) -> Result<Vec<u8>, PreviewError> {
    let picture = image::load_from_memory_with_format(file, image::ImageFormat::WebP);
    encode(&picture.map_err(PreviewError::broken)?.into_rgb8(), encoding)
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn longest_side_is_the_one_wanted_and_nothing_grows() {
        assert_eq!(size_within((6000, 4000), 512), (512, 341));
        assert_eq!(size_within((10, 60_000), 128), (1, 128));
        assert_eq!(size_within((32, 16), 512), (32, 16));
    }

    #[test]
    fn what_is_transparent_shows_the_board() {
        let clear = RgbaImage::from_pixel(16, 8, Rgba([9, 9, 9, 0]));
        let board = fit(&clear, 512).unwrap();
        assert_eq!((board.get_pixel(0, 0).0, board.get_pixel(8, 0).0), ([255; 3], [204; 3]));
    }

    #[test]
    fn each_encoding_gives_back_what_went_in() {
        let mut picture = RgbImage::new(40, 30);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            pixel.0 = [100 + x as u8, 50 + y as u8, 77];
        }
        for (encoding, format) in [
            (Encoding::WebP, image::ImageFormat::WebP),
            (Encoding::Png, image::ImageFormat::Png),
            (Encoding::Jpeg, image::ImageFormat::Jpeg),
        ] {
            let file = encode(&picture, encoding).unwrap();
            assert_eq!(image::guess_format(&file).unwrap(), format);
            let read = image::load_from_memory_with_format(&file, format).unwrap().to_rgb8();
            let differs = |(a, b): (&u8, &u8)| a.abs_diff(*b);
            let most = read.as_raw().iter().zip(picture.as_raw()).map(differs).max();
            assert!(most.unwrap() <= 24, "{encoding:?}: {most:?}");
        }
    }
}
