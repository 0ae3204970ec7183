//! Pictures within other files: the textures of models, and the thumbnails that programs save.

use std::io::Cursor;

use image::{ImageReader, Limits, RgbaImage};

use super::ktx2;
use super::shrink::{Shrink, check_size};
use crate::{Request, bounds};

/// The picture that these bytes are a file of, with more than twice this longest side if it has; none where they are none.
pub(crate) fn decode(bytes: &[u8], side: u32) -> Option<RgbaImage> {
    if bytes.starts_with(ktx2::FIRST_BYTES) {
        let request = Request { max_side: side, beside: None };
        return shrunk(&ktx2::read_from(bytes, &request).ok()?.picture?, side);
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    // TGA has no first bytes of its own, and is what is left.
    if reader.format().is_none() {
        reader.set_format(image::ImageFormat::Tga);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(bounds::SIDE);
    limits.max_image_height = Some(bounds::SIDE);
    limits.max_alloc = Some(bounds::PICTURE_IN_MEMORY);
    reader.limits(limits);
    shrunk(&reader.decode().ok()?.into_rgba8(), side)
}

/// A picture with no more than about four times this longest side.
pub(crate) fn shrunk(picture: &RgbaImage, side: u32) -> Option<RgbaImage> {
    check_size(picture.width(), picture.height()).ok()?;
    let mut shrink = Shrink::new(picture.width(), picture.height(), side).ok()?;
    picture.rows().for_each(|row| shrink.push(row.map(|pixel| pixel.0)));
    Some(shrink.finish())
}
