//! Pixels as graphics processors have them: plain, or packed into blocks of four by four.

use std::io::Read;

use bcdec_rs as bc;
use exr::prelude::f16;
use image::RgbaImage;
use texture2ddecoder as etc;

use super::packed_light::PackedLight;
use super::shrink::Shrink;
use super::tone::Light;
use crate::error::PreviewError;

/// How the pixels of a texture lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texels {
    Block(Block),
    /// Whole numbers of so many bytes; which of their bits are red, green, blue and alpha. Without green and blue, red is gray.
    Masks {
        bytes: usize,
        masks: [u32; 4],
    },
    /// Channels of 16 bits.
    Wide {
        channels: usize,
    },
    /// Channels of light: of half floats, or of floats.
    Floats {
        channels: usize,
        is_half: bool,
    },
    Packed(PackedLight),
}

/// A packing of blocks of four by four pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Bc1,
    Bc2,
    Bc3,
    Bc4 {
        is_signed: bool,
    },
    /// Red and green: in what games are made of, normals whose third part follows from these.
    Bc5 {
        is_signed: bool,
    },
    Bc6 {
        is_signed: bool,
    },
    Bc7,
    Etc2Rgb,
    /// With one bit of alpha.
    Etc2Rgba1,
    Etc2Rgba8,
    EacR {
        is_signed: bool,
    },
    /// Like those of [`Self::Bc5`].
    EacRg {
        is_signed: bool,
    },
}

impl Block {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bc1 => "bc1",
            Self::Bc2 => "bc2",
            Self::Bc3 => "bc3",
            Self::Bc4 { .. } => "bc4",
            Self::Bc5 { .. } => "bc5",
            Self::Bc6 { .. } => "bc6h",
            Self::Bc7 => "bc7",
            Self::Etc2Rgb | Self::Etc2Rgba1 | Self::Etc2Rgba8 => "etc2",
            Self::EacR { .. } | Self::EacRg { .. } => "eac",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Bc1 | Self::Bc4 { .. } | Self::Etc2Rgb | Self::Etc2Rgba1 | Self::EacR { .. } => 8,
            _ => 16,
        }
    }

    /// Its sixteen pixels, row by row; none of light.
    fn unpack(self, bytes: &[u8], pixels: &mut [[u8; 4]; 16]) {
        let flat = pixels.as_flattened_mut();
        match self {
            Self::Bc1 => bc::bc1(bytes, flat, 16),
            Self::Bc2 => bc::bc2(bytes, flat, 16),
            Self::Bc3 => bc::bc3(bytes, flat, 16),
            Self::Bc7 => bc::bc7(bytes, flat, 16),
            Self::Bc4 { is_signed } => {
                let mut grays = [0; 16];
                bc::bc4(bytes, &mut grays, 4, is_signed);
                for (pixel, gray) in pixels.iter_mut().zip(grays) {
                    let gray = unsigned(gray, is_signed);
                    *pixel = [gray, gray, gray, u8::MAX];
                }
            }
            Self::Bc5 { is_signed } => {
                let mut pairs = [[0; 2]; 16];
                bc::bc5(bytes, pairs.as_flattened_mut(), 8, is_signed);
                for (pixel, pair) in pixels.iter_mut().zip(pairs) {
                    let [x, y] = pair.map(|value| unsigned(value, is_signed));
                    *pixel = [x, y, third(x, y), u8::MAX];
                }
            }
            Self::Bc6 { .. } => {}
            _ => self.unpack_mobile(bytes, pixels),
        }
    }

    /// Those of telephones.
    fn unpack_mobile(self, bytes: &[u8], pixels: &mut [[u8; 4]; 16]) {
        let opaque = u32::from_le_bytes([0, 0, 0, u8::MAX]);
        let mut numbers = [opaque; 16];
        match self {
            Self::Etc2Rgb => etc::decode_etc2_rgb_block(bytes, &mut numbers),
            Self::Etc2Rgba1 => etc::decode_etc2_rgba1_block(bytes, &mut numbers),
            Self::Etc2Rgba8 => etc::decode_etc2_rgba8_block(bytes, &mut numbers),
            Self::EacR { is_signed: false } => etc::decode_eacr_block(bytes, &mut numbers),
            Self::EacR { is_signed: true } => etc::decode_eacr_signed_block(bytes, &mut numbers),
            Self::EacRg { is_signed: false } => etc::decode_eacrg_block(bytes, &mut numbers),
            Self::EacRg { is_signed: true } => etc::decode_eacrg_signed_block(bytes, &mut numbers),
            _ => {}
        }
        for (pixel, number) in pixels.iter_mut().zip(numbers) {
            let [blue, green, red, alpha] = number.to_le_bytes();
            *pixel = match self {
                Self::EacR { .. } => [red, red, red, u8::MAX],
                Self::EacRg { .. } => [red, green, third(red, green), u8::MAX],
                _ => [red, green, blue, alpha],
            };
        }
    }
}

/// A signed value moved to where unsigned ones are.
const fn unsigned(value: u8, is_signed: bool) -> u8 {
    if is_signed { value.wrapping_add(128) } else { value }
}

/// The third part of a vector of length one whose first two are known.
fn third(x: u8, y: u8) -> u8 {
    let [x, y] = [x, y].map(|value| f32::from(value) / 127.5 - 1.0);
    let z = (1.0 - x * x - y * y).max(0.0).sqrt();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 255")]
    let z = (z * 127.5 + 127.5) as u8;
    z
}

impl Texels {
    /// What a texture of this size takes. *Units*: bytes.
    pub(crate) fn bytes(self, width: u32, height: u32) -> u64 {
        let (width, height) = (u64::from(width), u64::from(height));
        match self {
            Self::Block(block) => width.div_ceil(4) * height.div_ceil(4) * block.bytes() as u64,
            _ => width * height * self.pixel_bytes() as u64,
        }
    }

    const fn pixel_bytes(self) -> usize {
        match self {
            Self::Block(_) => 0,
            Self::Masks { bytes, .. } => bytes,
            Self::Packed(_) => 4,
            Self::Wide { channels } => channels * 2,
            Self::Floats { channels, is_half } => channels * if is_half { 2 } else { 4 },
        }
    }

    /// The pixels that come from a reader, row by row.
    pub(crate) fn read(
        self,
        reader: &mut impl Read,
        (width, height): (u32, u32),
        max_side: u32,
    ) -> Result<RgbaImage, PreviewError> {
        match self {
            Self::Block(Block::Bc6 { is_signed }) => {
                read_light_blocks(reader, is_signed, (width, height), max_side)
            }
            Self::Block(block) => read_blocks(reader, block, (width, height), max_side),
            Self::Floats { .. } | Self::Packed(_) => {
                let mut light = Light::new(width, height, max_side)?;
                let mut row = vec![0; width as usize * self.pixel_bytes()];
                for y in 0..height {
                    fill(reader, &mut row)?;
                    light.add_row(y, row.chunks_exact(self.pixel_bytes()).map(|pixel| self.light(pixel)));
                }
                Ok(light.develop())
            }
            Self::Masks { .. } | Self::Wide { .. } => {
                let mut shrink = Shrink::new(width, height, max_side)?;
                let mut row = vec![0; width as usize * self.pixel_bytes()];
                for _ in 0..height {
                    fill(reader, &mut row)?;
                    shrink.push(row.chunks_exact(self.pixel_bytes()).map(|pixel| self.color(pixel)));
                }
                Ok(shrink.finish())
            }
        }
    }

    fn color(self, pixel: &[u8]) -> [u8; 4] {
        match self {
            Self::Masks { masks, .. } => {
                let mut bytes = [0; 4];
                for (byte, value) in bytes.iter_mut().zip(pixel) {
                    *byte = *value;
                }
                let value = u32::from_le_bytes(bytes);
                let [red, green, blue, alpha] = masks.map(|mask| part(value, mask));
                let is_gray = masks[1] == 0 && masks[2] == 0;
                let red = if masks[..3] == [0; 3] { Some(u8::MAX) } else { red };
                let or = if is_gray { red } else { Some(0) };
                [red, green.or(or), blue.or(or), alpha.or(Some(u8::MAX))].map(|value| value.unwrap_or(0))
            }
            // The second byte is the one that counts.
            _ => spread(pixel.as_chunks::<2>().0.iter().map(|value| value[1]), u8::MAX),
        }
    }

    fn light(self, pixel: &[u8]) -> [f32; 4] {
        match self {
            Self::Packed(packing) => {
                packing.light(pixel.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
            }
            Self::Floats { is_half: true, .. } => {
                spread(pixel.as_chunks::<2>().0.iter().map(|half| f16::from_le_bytes(*half).to_f32()), 1.0)
            }
            _ => spread(pixel.as_chunks::<4>().0.iter().map(|float| f32::from_le_bytes(*float)), 1.0),
        }
    }
}

/// Channels as a colour; one alone is gray.
fn spread<T: Copy + Default>(mut channels: impl Iterator<Item = T>, opaque: T) -> [T; 4] {
    let red = channels.next().unwrap_or_default();
    match channels.next() {
        None => [red, red, red, opaque],
        Some(green) => [red, green, channels.next().unwrap_or_default(), channels.next().unwrap_or(opaque)],
    }
}

/// The bits of a mask, spread over 0 to 255; none where it has none.
fn part(value: u32, mask: u32) -> Option<u8> {
    if mask == 0 {
        return None;
    }
    let most = u64::from(mask >> mask.trailing_zeros());
    let value = u64::from((value & mask) >> mask.trailing_zeros());
    u8::try_from((value * 255 + most / 2) / most).ok()
}

fn read_blocks(
    reader: &mut impl Read,
    block: Block,
    (width, height): (u32, u32),
    max_side: u32,
) -> Result<RgbaImage, PreviewError> {
    let mut shrink = Shrink::new(width, height, max_side)?;
    let across = width.div_ceil(4) as usize;
    let mut packed = vec![0; across * block.bytes()];
    let mut unpacked = [[0; 4]; 16];
    let mut rows = vec![vec![[0; 4]; across * 4]; 4];
    for top in (0..height).step_by(4) {
        fill(reader, &mut packed)?;
        for (x, packed) in packed.chunks_exact(block.bytes()).enumerate() {
            block.unpack(packed, &mut unpacked);
            for (row, pixels) in rows.iter_mut().zip(unpacked.as_chunks::<4>().0) {
                row[x * 4..x * 4 + 4].copy_from_slice(pixels);
            }
        }
        for row in rows.iter().take((height - top) as usize) {
            shrink.push(row.iter().take(width as usize).copied());
        }
    }
    Ok(shrink.finish())
}

fn read_light_blocks(
    reader: &mut impl Read,
    is_signed: bool,
    (width, height): (u32, u32),
    max_side: u32,
) -> Result<RgbaImage, PreviewError> {
    let mut light = Light::new(width, height, max_side)?;
    let across = width.div_ceil(4) as usize;
    let mut packed = vec![0; across * 16];
    let mut rows = vec![vec![[0.0; 4]; across * 4]; 4];
    for top in (0..height).step_by(4) {
        fill(reader, &mut packed)?;
        for (x, packed) in packed.as_chunks::<16>().0.iter().enumerate() {
            let mut pixels = [[0.0; 3]; 16];
            bc::bc6h_float(packed, pixels.as_flattened_mut(), 12, is_signed);
            for (row, pixels) in rows.iter_mut().zip(pixels.as_chunks::<4>().0) {
                for (pixel, [red, green, blue]) in row[x * 4..].iter_mut().zip(*pixels) {
                    *pixel = [red, green, blue, 1.0];
                }
            }
        }
        for (y, row) in (top..height).zip(&rows) {
            light.add_row(y, row.iter().copied());
        }
    }
    Ok(light.develop())
}

fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), PreviewError> {
    reader.read_exact(bytes).map_err(|_| PreviewError::broken("it is cut short"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(texels: Texels, bytes: &[u8]) -> [u8; 4] {
        texels.read(&mut &bytes[..], (1, 1), 512).unwrap().get_pixel(0, 0).0
    }

    #[test]
    fn plain_pixels_give_their_colors() {
        let rgb565 = Texels::Masks { bytes: 2, masks: [0xf800, 0x07e0, 0x001f, 0] };
        assert_eq!(pixel(rgb565, &[0xe0, 0xff]), [255, 255, 0, 255]);
        let bgra = Texels::Masks { bytes: 4, masks: [0xff_0000, 0xff00, 0xff, 0xff00_0000] };
        assert_eq!(pixel(bgra, &[1, 2, 3, 4]), [3, 2, 1, 4]);
        let gray = Texels::Masks { bytes: 1, masks: [0xff, 0, 0, 0] };
        assert_eq!(pixel(gray, &[9]), [9, 9, 9, 255]);
        assert_eq!(pixel(Texels::Wide { channels: 2 }, &[0, 7, 0, 8]), [7, 8, 0, 255]);
        let half = Texels::Floats { channels: 1, is_half: true };
        assert_eq!(pixel(half, &[0, 0x38]), [188, 188, 188, 255]);
    }

    #[test]
    fn blocks_of_each_kind_are_unpacked() {
        // Both ends of the colours are pure red in 5, 6 and 5 bits.
        let red = [0, 0xf8, 0, 0xf8, 0, 0, 0, 0];
        assert_eq!(pixel(Texels::Block(Block::Bc1), &red), [255, 0, 0, 255]);
        let half_clear = [[0x88; 8], red].concat();
        assert_eq!(pixel(Texels::Block(Block::Bc2), &half_clear), [255, 0, 0, 136]);
        let opaque = [[255, 255, 0, 0, 0, 0, 0, 0], red].concat();
        assert_eq!(pixel(Texels::Block(Block::Bc3), &opaque), [255, 0, 0, 255]);
        let gray = [77, 77, 0, 0, 0, 0, 0, 0];
        assert_eq!(pixel(Texels::Block(Block::Bc4 { is_signed: false }), &gray), [77, 77, 77, 255]);
        let flat = [[128, 128, 0, 0, 0, 0, 0, 0]; 2].concat();
        assert_eq!(pixel(Texels::Block(Block::Bc5 { is_signed: false }), &flat), [128, 128, 254, 255]);
        assert!(matches!(
            Texels::Block(Block::Bc7).read(&mut &[0; 15][..], (1, 1), 512),
            Err(PreviewError::Broken(_))
        ));
        for kind in [Block::Bc6 { is_signed: true }, Block::Bc6 { is_signed: false }, Block::Bc7] {
            for byte in 0..=u8::MAX {
                pixel(Texels::Block(kind), &[byte; 16]);
            }
        }
    }

    #[test]
    fn blocks_of_telephones_are_unpacked() {
        // Two halves of the same red, each pixel the least above it.
        let red = [0xff, 0, 0, 0, 0, 0, 0, 0];
        let [r, g, b, alpha] = pixel(Texels::Block(Block::Etc2Rgb), &red);
        assert!(r > 240 && g < 16 && b < 16 && alpha == 255, "{r} {g} {b} {alpha}");
        let half = [[128, 0, 0, 0, 0, 0, 0, 0], red].concat();
        assert!(pixel(Texels::Block(Block::Etc2Rgba8), &half)[3].abs_diff(128) < 16);
        for byte in 0..=u8::MAX {
            for kind in [
                Block::Etc2Rgb,
                Block::Etc2Rgba1,
                Block::Etc2Rgba8,
                Block::EacR { is_signed: true },
                Block::EacRg { is_signed: false },
            ] {
                for place in 0..16 {
                    let mut bytes = [byte; 16];
                    bytes[place] = byte.wrapping_mul(31);
                    pixel(Texels::Block(kind), &bytes);
                }
            }
        }
    }

    #[test]
    fn texture_whose_sides_are_no_multiple_of_four_is_read() {
        let picture = Texels::Block(Block::Bc1).read(&mut &[0; 32][..], (5, 6), 512).unwrap();
        assert_eq!(picture.dimensions(), (5, 6));
        assert_eq!(Texels::Block(Block::Bc1).bytes(5, 6), 32);
    }
}
