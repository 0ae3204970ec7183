//! From the channels of a PSD file's merged picture to pixels.

use std::io::{Read, Seek};
use std::sync::LazyLock;

use image::{Rgba, RgbaImage};

use super::rows::Rows;
use super::stream::Stream;
use crate::error::PreviewError;
use crate::pictures::color::{self, lab_to_srgb};
use crate::pictures::planes::Plane;
use crate::pictures::shrink::Shrink;
use crate::pictures::tone;

/// How the channels make a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Black where a bit is set.
    Bitmap,
    /// Also what is printed with inks of its own ("duotone"), and channels that belong to no colour ("multichannel").
    Gray,
    Indexed,
    Rgb,
    /// The less of an ink, the greater the value.
    Cmyk,
    Lab,
}

impl Mode {
    pub(super) fn of(number: u16) -> Result<Self, PreviewError> {
        match number {
            0 => Ok(Self::Bitmap),
            1 | 7 | 8 => Ok(Self::Gray),
            2 => Ok(Self::Indexed),
            3 => Ok(Self::Rgb),
            4 => Ok(Self::Cmyk),
            9 => Ok(Self::Lab),
            other => Err(PreviewError::Broken(format!("colours of kind {other} are not known"))),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bitmap | Self::Gray => "gray",
            Self::Indexed => "indexed",
            Self::Rgb => "rgb",
            Self::Cmyk => "cmyk",
            Self::Lab => "lab",
        }
    }

    /// Channels that make the colour.
    pub(super) const fn colors(self) -> u16 {
        match self {
            Self::Bitmap | Self::Gray | Self::Indexed => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
        }
    }
}

/// What the merged picture is like.
#[derive(Debug)]
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: u16,
    /// *Units*: bits.
    pub(super) depth: u16,
    pub(super) mode: Mode,
    /// Whether the channel behind the colours is alpha.
    pub(super) has_alpha: bool,
    /// Of an indexed picture: all reds, then all greens, then all blues.
    pub(super) palette: Vec<u8>,
    pub(super) transparent_index: Option<u16>,
}

impl Pixels {
    /// Reads the picture, and says how it was packed.
    pub(super) fn read<R: Read + Seek>(
        &self,
        stream: &mut Stream<R>,
        profile: Option<&[u8]>,
        max_side: u32,
    ) -> Result<(RgbaImage, &'static str), PreviewError> {
        let row_bytes = (self.width as usize * usize::from(self.depth)).div_ceil(8);
        let (mut rows, compression) = Rows::new(stream, self.channels, self.height, row_bytes, self.depth)?;
        if self.mode == Mode::Indexed {
            return Ok((self.indexed(&mut rows, max_side)?, compression));
        }
        let mut planes = Vec::new();
        let mut size = (0, 0);
        for _ in 0..self.mode.colors() + u16::from(self.has_alpha) {
            let mut plane = Plane::new(self.width, self.height, max_side)?;
            size = plane.size();
            for _ in 0..self.height {
                push(&mut plane, rows.next()?, self.depth);
            }
            planes.push(plane.finish());
        }
        let alpha = if self.has_alpha { planes.pop() } else { None };
        let mut picture = self.colored(size, &planes, profile);
        if let Some(alpha) = alpha {
            picture.pixels_mut().zip(alpha).for_each(|(pixel, alpha)| pixel.0[3] = alpha);
            take_white_out(&mut picture);
        }
        if self.mode == Mode::Rgb
            && let Some(profile) = profile
        {
            color::to_srgb(&mut picture, profile);
        }
        Ok((picture, compression))
    }

    fn colored(&self, (width, height): (u32, u32), planes: &[Vec<u8>], profile: Option<&[u8]>) -> RgbaImage {
        let mut picture = RgbaImage::new(width, height);
        for (place, pixel) in picture.pixels_mut().enumerate() {
            let value = |plane: usize| planes[plane][place];
            pixel.0 = match self.mode {
                Mode::Bitmap | Mode::Gray | Mode::Indexed => [value(0), value(0), value(0), u8::MAX],
                Mode::Rgb => [value(0), value(1), value(2), u8::MAX],
                Mode::Lab => lab_to_srgb([value(0), value(1), value(2)]),
                // Until all are there, as inks: the more, the greater.
                Mode::Cmyk => [0, 1, 2, 3].map(|ink| u8::MAX - value(ink)),
            };
        }
        if self.mode == Mode::Cmyk
            && !profile.is_some_and(|profile| color::cmyk_to_srgb(&mut picture, profile))
        {
            for pixel in picture.pixels_mut() {
                let [cyan, magenta, yellow, black] = pixel.0.map(|ink| u32::from(u8::MAX - ink));
                let of = |paper: u32| u8::try_from((paper * black + 127) / 255).unwrap_or(u8::MAX);
                pixel.0 = [of(cyan), of(magenta), of(yellow), u8::MAX];
            }
        }
        picture
    }

    fn indexed<R: Read + Seek>(
        &self,
        rows: &mut Rows<'_, R>,
        max_side: u32,
    ) -> Result<RgbaImage, PreviewError> {
        let colors = self.palette.len() / 3;
        let mut palette = [[0, 0, 0, u8::MAX]; 256];
        for (index, color) in palette.iter_mut().enumerate().take(colors) {
            let [red, green, blue] = [0, 1, 2].map(|channel| self.palette[channel * colors + index]);
            let alpha = if self.transparent_index.map(usize::from) == Some(index) { 0 } else { u8::MAX };
            *color = [red, green, blue, alpha];
        }
        let mut shrink = Shrink::new(self.width, self.height, max_side)?;
        for _ in 0..self.height {
            shrink.push(rows.next()?.iter().map(|&index| palette[usize::from(index)]));
        }
        Ok(shrink.finish())
    }
}

fn push(plane: &mut Plane, row: &[u8], depth: u16) {
    match depth {
        1 => plane.push(
            row.iter().flat_map(|byte| (0..8).map(move |bit| if byte << bit & 0x80 == 0 { 255 } else { 0 })),
        ),
        16 => plane.push(row.as_chunks::<2>().0.iter().map(|&value| {
            let rounded = (u32::from(u16::from_be_bytes(value)) * 255 + (1 << 15)) >> 16;
            u8::try_from(rounded).unwrap_or(u8::MAX)
        })),
        32 => plane.push(row.as_chunks::<4>().0.iter().map(|&value| of_light(f32::from_be_bytes(value)))),
        _ => plane.push(row.iter().copied()),
    }
}

/// What light of this brightness is as a value, 1 being white. Looked up, since there are hundreds of millions of them.
fn of_light(light: f32) -> u8 {
    const STEPS: f32 = 65_535.0;
    static VALUES: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..=u16::MAX).map(|step| tone::encode(f32::from(step) / STEPS)).collect());
    // What is no number becomes zero.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 65,535")]
    let step = (light.clamp(0.0, 1.0) * STEPS) as usize;
    VALUES.get(step).copied().unwrap_or(0)
}

/// Photoshop merges what is partly transparent with white. Where all pixels can be of that kind, they become what they were
/// before; other programs leave them as they are.
fn take_white_out(picture: &mut RgbaImage) {
    /// Averages are rounded.
    const ROUNDING: u8 = 3;
    let is_with_white = |pixel: &Rgba<u8>| {
        let [red, green, blue, alpha] = pixel.0;
        red.min(green).min(blue).saturating_add(ROUNDING) >= u8::MAX - alpha
    };
    if !picture.pixels().all(is_with_white) {
        return;
    }
    for pixel in picture.pixels_mut() {
        let alpha = u32::from(pixel.0[3]);
        if alpha == 0 {
            continue;
        }
        for value in &mut pixel.0[..3] {
            let short_of_white = (u32::from(u8::MAX - *value) * 255 + alpha / 2) / alpha;
            *value = u8::MAX - u8::try_from(short_of_white).unwrap_or(u8::MAX);
        }
    }
}
