//! Photoshop's PSD and PSB: the merged picture, and the names of the layers.
//!
//! Our own, since the crates that read them hold the file and the picture whole and know neither PSB nor 16 bits, while what
//! artists keep is 8192 pixels on a side and several gigabytes: here, rows become small as they come, and layers are passed over.
//! By "Adobe Photoshop File Formats Specification".
//!
//! A file that was saved without "Maximize Compatibility" has a blank merged picture, or one that says so in five languages: the
//! thumbnail in it then takes its place.
//! Values of 32 bits are light, of which one is white, and brighter is white too.

mod layers;
mod pixels;
mod rows;
mod stream;

use std::io::{BufReader, Read, Seek};

use image::{ImageFormat, RgbaImage};

use self::pixels::{Mode, Pixels};
use self::stream::Stream;
use super::color;
use super::shrink::check_size;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview, Request};

/// Photoshop's own bound.
const MOST_CHANNELS: u16 = 56;
/// *Units*: bytes.
const LONGEST_PROFILE: u64 = 16 << 20;
const LONGEST_THUMBNAIL: u64 = 4 << 20;

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    read_from(BufReader::with_capacity(1 << 18, source.file()?), request)
}

/// What the blocks between header and layers tell.
#[derive(Debug, Default)]
struct Resources {
    profile: Option<Vec<u8>>,
    /// JPEG.
    thumbnail: Option<Vec<u8>>,
    /// In thumbnails of Photoshop 4, red and blue are the wrong way round.
    is_thumbnail_swapped: bool,
    /// The writer says that the merged picture is not one.
    is_blank: bool,
    /// The colour of an indexed picture that is transparent.
    transparent_index: Option<u16>,
}

fn read_from(reader: impl Read + Seek, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let mut stream = Stream::new(reader)?;
    let mut pixels = header(&mut stream)?;
    let palette_length = u64::from(stream.u32()?);
    if pixels.mode == Mode::Indexed {
        pixels.palette = stream.block(palette_length, 1 << 16)?;
    } else {
        stream.skip(palette_length)?;
    }
    let resources = resources(&mut stream)?;
    pixels.transparent_index = resources.transparent_index;
    let layers = layers::read(&mut stream)?;
    pixels.has_alpha = layers.is_merged_transparent && pixels.channels > pixels.mode.colors();

    let has_alpha = pixels.has_alpha || (pixels.mode == Mode::Indexed && pixels.transparent_index.is_some());
    let mut facts = Facts {
        format: Some(if stream.is_big { "psb" } else { "psd" }.to_owned()),
        media: Some(Media::Picture),
        width: Some(pixels.width),
        height: Some(pixels.height),
        bits: Some(u32::from(pixels.depth)),
        channels: Some(u32::from(pixels.channels)),
        has_alpha: Some(has_alpha),
        color_model: Some(pixels.mode.name().to_owned()),
        color_profile: resources.profile.as_deref().and_then(color::name),
        layers: layers.names,
        ..Facts::default()
    };
    let merged = pixels.read(&mut stream, resources.profile.as_deref(), request.max_side);
    let picture = match merged {
        Ok((picture, compression)) => {
            facts.compression = Some(compression.to_owned());
            if resources.is_blank { thumbnail(&resources).or(Some(picture)) } else { Some(picture) }
        }
        Err(PreviewError::Io(error)) => return Err(PreviewError::Io(error)),
        Err(error) => Some(thumbnail(&resources).ok_or(error)?),
    };
    Ok(Preview { picture, sheet: None, facts })
}

fn header<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Pixels, PreviewError> {
    if &stream.bytes::<4>()? != b"8BPS" {
        return Err(PreviewError::broken("it is no Photoshop file"));
    }
    stream.is_big = match stream.u16()? {
        1 => false,
        2 => true,
        other => return Err(PreviewError::Broken(format!("version {other} of the format is not known"))),
    };
    stream.skip(6)?;
    let channels = stream.u16()?;
    let (height, width) = (stream.u32()?, stream.u32()?);
    let depth = stream.u16()?;
    let mode = Mode::of(stream.u16()?)?;
    check_size(width, height)?;
    if channels > MOST_CHANNELS || channels < mode.colors() {
        return Err(PreviewError::Broken(format!("{channels} channels do not make a picture")));
    }
    if !matches!(depth, 1 | 8 | 16 | 32) || (depth == 1) != (mode == Mode::Bitmap) {
        return Err(PreviewError::Broken(format!("{depth} bits are not known")));
    }
    Ok(Pixels {
        width,
        height,
        channels,
        depth,
        mode,
        has_alpha: false,
        palette: Vec::new(),
        transparent_index: None,
    })
}

fn resources<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Resources, PreviewError> {
    let length = u64::from(stream.u32()?);
    let end = stream.place()? + length;
    let mut resources = Resources::default();
    while stream.place()? + 12 <= end {
        // What follows a block that can't be read is not known, but where the section ends is.
        if resource(stream, &mut resources).is_err() {
            break;
        }
    }
    stream.go_to(end)?;
    Ok(resources)
}

fn resource<R: Read + Seek>(stream: &mut Stream<R>, resources: &mut Resources) -> Result<(), PreviewError> {
    let signature = stream.bytes::<4>()?;
    if !matches!(&signature, b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR") {
        return Err(PreviewError::broken("a resource has no signature"));
    }
    let id = stream.u16()?;
    let name_length = u64::from(stream.u8()?);
    stream.skip((name_length + 1).next_multiple_of(2) - 1)?;
    let length = u64::from(stream.u32()?);
    let next = stream.place()? + length.next_multiple_of(2);
    match id {
        1039 if length <= LONGEST_PROFILE => resources.profile = Some(stream.block(length, LONGEST_PROFILE)?),
        // 28 bytes about the thumbnail are before it.
        1033 | 1036 if length > 28 && length <= LONGEST_THUMBNAIL => {
            stream.skip(28)?;
            resources.thumbnail = Some(stream.block(length - 28, LONGEST_THUMBNAIL)?);
            resources.is_thumbnail_swapped = id == 1033;
        }
        1047 if length == 2 => resources.transparent_index = Some(stream.u16()?),
        1057 if length >= 5 => {
            stream.skip(4)?;
            resources.is_blank = stream.u8()? == 0;
        }
        _ => {}
    }
    stream.go_to(next)
}

fn thumbnail(resources: &Resources) -> Option<RgbaImage> {
    let jpeg = resources.thumbnail.as_deref()?;
    let mut picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).ok()?.into_rgba8();
    if resources.is_thumbnail_swapped {
        picture.pixels_mut().for_each(|pixel| pixel.0.swap(0, 2));
    }
    Some(picture)
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the files are small")]
mod tests;
