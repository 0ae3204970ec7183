//! The form of a sound as a picture: from its lowest to its highest values, with its mean power inside.

use image::{Rgba, RgbaImage};

use super::meter::Stretch;

/// *Units*: pixels.
const WIDTH: u32 = 1024;
const HEIGHT: u32 = 256;
const PAPER: Rgba<u8> = Rgba([247, 248, 250, 255]);
const OUTSIDE: Rgba<u8> = Rgba([94, 160, 222, 255]);
const INSIDE: Rgba<u8> = Rgba([32, 92, 168, 255]);
const MIDDLE: Rgba<u8> = Rgba([140, 170, 210, 255]);

/// The picture of a sound.
pub(super) fn draw(stretches: &[Stretch]) -> RgbaImage {
    let mut picture = RgbaImage::from_pixel(WIDTH, HEIGHT, PAPER);
    for x in 0..WIDTH {
        picture.put_pixel(x, HEIGHT / 2, MIDDLE);
        // Of more stretches than columns, a column has several.
        let place = |x: u32| x as usize * stretches.len() / WIDTH as usize;
        let (start, end) = (place(x), place(x + 1).max(place(x) + 1).min(stretches.len()));
        let Some(part) = stretches.get(start..end).filter(|part| !part.is_empty()) else { continue };
        let lowest = part.iter().map(|stretch| stretch.lowest).fold(0.0, f32::min);
        let highest = part.iter().map(|stretch| stretch.highest).fold(0.0, f32::max);
        let power = part.iter().map(Stretch::rms).fold(0.0, f32::max);
        bar(&mut picture, x, lowest, highest, OUTSIDE);
        bar(&mut picture, x, (-power).max(lowest), power.min(highest), INSIDE);
    }
    picture
}

fn bar(picture: &mut RgbaImage, x: u32, low: f32, high: f32, color: Rgba<u8>) {
    /// A margin is left above full scale.
    const SCALE: f32 = 124.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 4 and 252")]
    let row = |value: f32| (128.0 - value.clamp(-1.0, 1.0) * SCALE).round() as u32;
    for y in row(high)..=row(low).min(HEIGHT - 1) {
        picture.put_pixel(x, y, color);
    }
}
