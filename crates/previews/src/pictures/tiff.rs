//! TIFF of kinds that the crate `image` leaves: with a palette, as JPEG has colours, in L*a*b*, in fewer than eight bits, and in tiles of one
//! channel each. They are read in bands of strips or tiles. All others are left to `raster`. The crate `tiff` takes for granted what a hostile
//! file need not keep, and panics, which is caught here.

use std::io::{BufReader, Cursor, Read, Seek};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::tiff::ColorType;
use ::tiff::decoder::{Decoder, DecodingResult};
use ::tiff::tags::Tag;
use image::ImageFormat;
use image::metadata::Orientation;

use super::color::{lab_to_srgb, to_srgb};
use super::raster;
use super::shrink::{Shrink, check_size};
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Preview, Request, bounds};

// The numbers of `PhotometricInterpretation`.
const WHITE_IS_ZERO: u16 = 0;
const BLACK_IS_ZERO: u16 = 1;
const RGB: u16 = 2;
const PALETTE: u16 = 3;
const YCBCR: u16 = 6;
const CIE_LAB: u16 = 8;
/// Of `PlanarConfiguration`: channels one after another.
const PLANES: u16 = 2;
/// Of `FillOrder`: the first pixel is in a byte's lowest bits. The crate takes it to be in the highest.
const LOWEST_FIRST: u16 = 2;
/// Of `Compression`: those for faxes, whose reader is not told either.
const FAX: RangeInclusive<u16> = 2..=4;

/// Reads one.
pub(crate) fn read(source: &mut Source, request: &Request<'_>) -> Result<Preview, PreviewError> {
    let read = || match Kind::of(BufReader::new(source.file()?)) {
        Some(kind) => kind.read(source.bytes()?, request),
        None => raster::read(source, ImageFormat::Tiff, request),
    };
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(PreviewError::broken("it is not as its own numbers say")))
}

/// What is read here.
#[derive(Debug)]
struct Kind {
    photometric: u16,
    bits: u16,
    is_planar: bool,
    is_tiled: bool,
    /// Red, green and blue of each number.
    palette: Vec<[u8; 3]>,
    /// Where the bytes of pixels begin and how many they are, where their bits are in reverse.
    reversed: Vec<(usize, usize)>,
}

impl Kind {
    /// None of a file that is left to the other reader.
    fn of(file: impl Read + Seek) -> Option<Self> {
        let mut decoder = Decoder::new(file).ok()?;
        let mut first = |tag| Some(*decoder.find_tag_unsigned_vec::<u16>(tag).ok().flatten()?.first()?);
        let kind = Self {
            photometric: first(Tag::PhotometricInterpretation)?,
            bits: first(Tag::BitsPerSample).unwrap_or(1),
            is_planar: first(Tag::PlanarConfiguration) == Some(PLANES),
            is_tiled: first(Tag::TileWidth).is_some(),
            palette: Vec::new(),
            reversed: Vec::new(),
        };
        let is_reversed = first(Tag::FillOrder) == Some(LOWEST_FIRST)
            && kind.bits <= 8
            && first(Tag::Compression).is_none_or(|compression| !FAX.contains(&compression));
        let is_ours = match kind.photometric {
            PALETTE | YCBCR | CIE_LAB => kind.bits <= 8,
            WHITE_IS_ZERO | BLACK_IS_ZERO => (2..8).contains(&kind.bits) || is_reversed,
            RGB => kind.is_planar && kind.is_tiled,
            _ => false,
        };
        if !is_ours {
            return None;
        }
        let mut all = |tag| decoder.find_tag_unsigned_vec::<u64>(tag).ok().flatten().unwrap_or_default();
        let (places, lengths) = if !is_reversed {
            (Vec::new(), Vec::new())
        } else if kind.is_tiled {
            (all(Tag::TileOffsets), all(Tag::TileByteCounts))
        } else {
            (all(Tag::StripOffsets), all(Tag::StripByteCounts))
        };
        let reversed = places.into_iter().zip(lengths).filter_map(|(place, length)| {
            Some((usize::try_from(place).ok()?, usize::try_from(length).ok()?))
        });
        let colors = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok().flatten().unwrap_or_default();
        let (red, others) = colors.split_at(colors.len() / 3);
        let (green, blue) = others.split_at(others.len() / 2);
        let byte = |value: u16| value.to_be_bytes()[0];
        let palette =
            red.iter().zip(green).zip(blue).map(|((red, green), blue)| [*red, *green, *blue].map(byte));
        Some(Self { palette: palette.collect(), reversed: reversed.collect(), ..kind })
    }

    fn read(&self, mut file: Vec<u8>, request: &Request<'_>) -> Result<Preview, PreviewError> {
        // The crate knows how these lie when it is told that they are something else.
        match self.photometric {
            PALETTE | WHITE_IS_ZERO => call_it(&mut file, BLACK_IS_ZERO),
            CIE_LAB => call_it(&mut file, RGB),
            _ => Some(()),
        }
        .ok_or_else(|| PreviewError::broken("its directory can't be read"))?;
        // Those that lie on one another would be turned twice, and as often as a file likes.
        if self.reversed.iter().fold(0, |sum: usize, (_, length)| sum.saturating_add(*length)) > file.len() {
            return Err(PreviewError::broken("its strips are longer than the file"));
        }
        for (place, length) in &self.reversed {
            for byte in file.iter_mut().skip(*place).take(*length) {
                *byte = byte.reverse_bits();
            }
        }
        let mut decoder = Decoder::new(Cursor::new(&file)).map_err(PreviewError::broken)?;
        let (width, height) = decoder.dimensions().map_err(PreviewError::broken)?;
        check_size(width, height)?;
        let channels = decoder.colortype().map_err(PreviewError::broken)?.num_samples();
        if u64::from(width) * u64::from(height) * u64::from(channels) > bounds::PICTURE_IN_MEMORY {
            return Err(PreviewError::TooLarge(format!(
                "{width} × {height} pixels, which must be held whole"
            )));
        }
        let mut shrink = Shrink::new(width, height, request.max_side)?;
        let chunk = decoder.chunk_dimensions();
        for band in 0..height.div_ceil(chunk.1.max(1)) {
            let values = self.band(&mut decoder, band, width, channels)?;
            for row in values.chunks_exact(width as usize * usize::from(channels)) {
                shrink.push(row.chunks_exact(channels.into()).map(|values| self.color(values)));
            }
        }
        let mut picture = shrink.finish();
        let profile = decoder.get_tag_u8_vec(Tag::IccProfile).ok();
        let profile = profile.filter(|_| self.photometric != CIE_LAB);
        let color_profile = profile.and_then(|profile| to_srgb(&mut picture, &profile));
        let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
        let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
        let facts = self.facts(decoder.colortype().map_err(PreviewError::broken)?);
        Ok(raster::turned(picture, orientation, (width, height), Facts { color_profile, ..facts }))
    }

    fn facts(&self, stored: ColorType) -> Facts {
        let color_model = match self.photometric {
            PALETTE => "indexed",
            CIE_LAB => "lab",
            WHITE_IS_ZERO | BLACK_IS_ZERO => "gray",
            _ => "rgb",
        };
        Facts {
            bits: Some(self.bits.into()),
            channels: Some(if self.photometric == PALETTE { 3 } else { stored.num_samples().into() }),
            has_alpha: Some(matches!(stored, ColorType::RGBA(_))),
            color_model: Some(color_model.to_owned()),
            ..Facts::default()
        }
    }

    /// The rows of all strips or tiles that lie side by side, a byte for each channel of each pixel.
    fn band<R: Read + Seek>(
        &self,
        decoder: &mut Decoder<R>,
        band: u32,
        width: u32,
        channels: u16,
    ) -> Result<Vec<u8>, PreviewError> {
        let (chunk_width, chunk_height) = decoder.chunk_dimensions();
        let across = width.div_ceil(chunk_width.max(1));
        let height = decoder.dimensions().map_err(PreviewError::broken)?.1;
        let rows = chunk_height.min(height - band * chunk_height);
        let (planes, together) = if self.is_planar { (channels, 1) } else { (1, channels) };
        let plane = across * height.div_ceil(chunk_height.max(1));
        let all = usize::from(channels);
        let mut values = vec![0; width as usize * rows as usize * all];
        for (channel, column) in
            (0..planes).flat_map(|channel| (0..across).map(move |column| (channel, column)))
        {
            let index = u32::from(channel) * plane + band * across + column;
            let read = decoder.read_chunk(index).map_err(PreviewError::broken)?;
            let chunk_row = decoder.chunk_data_dimensions(index).0 as usize * usize::from(together);
            let read = self.bytes(read, chunk_row)?;
            let left = (column * chunk_width) as usize * all + usize::from(channel);
            for (from, to) in read.chunks_exact(chunk_row).zip(values.chunks_exact_mut(width as usize * all))
            {
                let to = to.get_mut(left..).unwrap_or_default().iter_mut();
                for (from, to) in from.iter().zip(to.step_by(if self.is_planar { all } else { 1 })) {
                    *to = *from;
                }
            }
        }
        Ok(values)
    }

    /// A byte for each of the numbers of a strip or tile, so many of which are in a row.
    fn bytes(&self, read: DecodingResult, row: usize) -> Result<Vec<u8>, PreviewError> {
        match read {
            DecodingResult::U8(bytes) if self.bits == 8 => Ok(bytes),
            DecodingResult::U8(bytes) if matches!(self.bits, 1 | 2 | 4) => {
                let bits = usize::from(self.bits);
                let most = (1_u8 << bits) - 1;
                let numbers = |packed: &[u8]| -> Vec<u8> {
                    let number =
                        |place: usize| packed[place * bits / 8] >> (8 - bits - place * bits % 8) & most;
                    (0..row).map(number).collect()
                };
                // A number of a palette stays as it is.
                let spread = if self.photometric == PALETTE { 1 } else { u8::MAX / most };
                let rows = bytes.chunks_exact((row * bits).div_ceil(8).max(1));
                Ok(rows.flat_map(numbers).map(|number| number * spread).collect())
            }
            DecodingResult::U16(numbers) => {
                Ok(numbers.into_iter().map(|number| number.to_be_bytes()[0]).collect())
            }
            _ => Err(PreviewError::broken("its numbers are of a kind that is not known")),
        }
    }

    fn color(&self, values: &[u8]) -> [u8; 4] {
        let value = |channel: usize| values.get(channel).copied().unwrap_or_default();
        match self.photometric {
            PALETTE => {
                let [red, green, blue] = self.palette.get(usize::from(value(0))).copied().unwrap_or_default();
                [red, green, blue, u8::MAX]
            }
            WHITE_IS_ZERO => gray(u8::MAX - value(0)),
            BLACK_IS_ZERO => gray(value(0)),
            YCBCR => from_ycbcr([value(0), value(1), value(2)]),
            // Both of its colours are numbers with a sign.
            CIE_LAB => lab_to_srgb([value(0), value(1).wrapping_add(128), value(2).wrapping_add(128)]),
            _ => [value(0), value(1), value(2), values.get(3).copied().unwrap_or(u8::MAX)],
        }
    }
}

const fn gray(value: u8) -> [u8; 4] {
    [value, value, value, u8::MAX]
}

/// Brightness and colours as JPEG has them: ITU-R BT.601 over all of a byte.
fn from_ycbcr([brightness, blueness, redness]: [u8; 3]) -> [u8; 4] {
    let (brightness, blueness, redness) =
        (f32::from(brightness), f32::from(blueness) - 128.0, f32::from(redness) - 128.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast holds it to a byte")]
    let byte = |value: f32| (value + 0.5) as u8;
    [
        byte(brightness + 1.402 * redness),
        byte(brightness - 0.344_136 * blueness - 0.714_136 * redness),
        byte(brightness + 1.772 * blueness),
        u8::MAX,
    ]
}

/// Writes into a file's first directory how its colours are to be taken. None where there is no such entry.
fn call_it(file: &mut [u8], photometric: u16) -> Option<()> {
    let is_big_endian = file.starts_with(b"MM");
    let number = |bytes: &[u8]| {
        let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if is_big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
    };
    let at = |place: u64, length: u64| -> Option<u64> {
        let start = usize::try_from(place).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        Some(number(file.get(start..end)?))
    };
    // In BigTIFF, which may be longer than 4 GiB, places are of eight bytes.
    let (directory, count_length, entry_length, value) =
        if at(2, 2)? == 43 { (at(8, 8)?, 8, 20, 12) } else { (at(4, 4)?, 2, 12, 8) };
    let first = directory.checked_add(count_length)?;
    let entries = (0..at(directory, count_length)?).map_while(|index| {
        let entry = first.checked_add(index.checked_mul(entry_length)?)?;
        Some((entry, at(entry, 2)?))
    });
    let tag = u64::from(Tag::PhotometricInterpretation.to_u16());
    let (entry, _) = entries.into_iter().find(|(_, entry_tag)| *entry_tag == tag)?;
    let place = usize::try_from(entry.checked_add(value)?).ok()?;
    let bytes = if is_big_endian { photometric.to_be_bytes() } else { photometric.to_le_bytes() };
    file.get_mut(place..place + 2)?.copy_from_slice(&bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Three by two pixels in four bits, with a palette whose numbers are red, twice as much green, and no blue.
    fn file() -> Vec<u8> {
        let entries: [(u16, u16, u32, u32); 10] = [
            (256, 3, 1, 3),
            (257, 3, 1, 2),
            (258, 3, 1, 4),
            (259, 3, 1, 1),
            (262, 3, 1, PALETTE.into()),
            (273, 4, 1, 134),
            (277, 3, 1, 1),
            (278, 3, 1, 2),
            (279, 4, 1, 4),
            (320, 3, 48, 138),
        ];
        let mut file = b"II\x2a\0\x08\0\0\0\x0a\0".to_vec();
        for (tag, kind, count, value) in entries {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].as_flattened());
            file.extend([count.to_le_bytes(), value.to_le_bytes()].as_flattened());
        }
        file.extend([0; 4]);
        // Two rows of three, and half a byte that is left over.
        file.extend([0x01, 0x20, 0x70, 0xf0]);
        let palette = |times: u16| (0..16_u16).flat_map(move |number| ((number * times) << 8).to_le_bytes());
        file.extend(palette(1).chain(palette(2)).chain(palette(0)));
        file
    }

    fn read_bytes(bytes: &[u8]) -> Result<Preview, PreviewError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        read(&mut Source::new(file, "a.tif").unwrap(), &Request { max_side: 64, beside: None })
    }

    #[test]
    fn numbers_stand_for_the_colors_of_the_palette() {
        let preview = read_bytes(&file()).unwrap();
        let picture = preview.picture.unwrap();
        let pixels: Vec<[u8; 4]> = picture.pixels().map(|pixel| pixel.0).collect();
        assert_eq!(pixels, [0, 1, 2, 7, 0, 15].map(|number: u8| [number, number * 2, 0, 255]));
        assert_eq!((preview.facts.bits, preview.facts.color_model.as_deref()), (Some(4), Some("indexed")));
    }

    #[test]
    fn bits_in_reverse_are_put_right() {
        let mut reversed = file();
        // In the place of how many channels there are, which is one without being told.
        let entries = &mut reversed[10..];
        entries.copy_within(12 * 5..12 * 6, 12 * 6);
        let entry: [u16; 6] = [266, 3, 1, 0, LOWEST_FIRST, 0];
        entries[12 * 5..12 * 6].copy_from_slice(entry.map(u16::to_le_bytes).as_flattened());
        reversed[134..138].iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        let pixels = |bytes: &[u8]| read_bytes(bytes).unwrap().picture.unwrap().into_raw();
        assert_eq!(pixels(&reversed), pixels(&file()));
    }

    #[test]
    fn brightness_and_colors_of_jpeg_are_those_of_its_definition() {
        for (stored, color) in
            [([255, 128, 128], [255; 3]), ([76, 85, 255], [254, 0, 0]), ([29, 255, 107], [0, 0, 254])]
        {
            let [red, green, blue, _] = from_ycbcr(stored);
            assert_eq!([red, green, blue], color);
        }
    }

    #[test]
    fn file_that_is_cut_short_or_spoilt_ends_nothing() {
        let whole = file();
        for end in 0..whole.len() {
            assert!(end >= 138 || read_bytes(&whole[..end]).is_err(), "{end}");
        }
        for place in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut spoilt = whole.clone();
                spoilt[place] ^= flip;
                read_bytes(&spoilt).ok();
            }
        }
    }
}
