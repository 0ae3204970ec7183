//! What a texture is for, by how it looks.

use image::RgbaImage;

/// Colours may differ by so much and still be gray: lossy formats do not keep them.
const GRAY_WITHIN: u8 = 6;

/// `normal_map` where colours are vectors of length one that on average point out of the surface, `mask` where nearly all pixels
/// are black or white; none where it is a picture of something, or too small or too plain to tell.
pub(crate) fn of(picture: &RgbaImage) -> Option<&'static str> {
    let pixels = u64::from(picture.width()) * u64::from(picture.height());
    if pixels < 64 {
        return None;
    }
    let (mut sums, mut shown, mut units, mut blacks, mut whites) = ([0_u64; 3], 0_u64, 0_u64, 0_u64, 0_u64);
    for pixel in picture.pixels() {
        let [red, green, blue, alpha] = pixel.0;
        // Around what is unfolded of a model there may be nothing.
        if alpha < 128 || [red, green, blue] == [0; 3] {
            blacks += u64::from(alpha >= 128);
            continue;
        }
        shown += 1;
        for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
            *sum += u64::from(value);
        }
        units += u64::from(is_normal([red, green, blue]));
        let is_gray = red.max(green).max(blue) - red.min(green).min(blue) <= GRAY_WITHIN;
        blacks += u64::from(is_gray && green <= 12);
        whites += u64::from(is_gray && green >= 243);
    }
    let is_most_of = |part: u64, whole: u64| part * 100 >= whole * 95;
    if shown * 4 >= pixels && is_most_of(units, shown) {
        let [x, y, z] = sums.map(|sum| sum / shown);
        if x.abs_diff(128) < 26 && y.abs_diff(128) < 26 && z > 190 {
            return Some("normal_map");
        }
    }
    // A picture of one colour is no mask.
    let is_two_valued = blacks * 100 >= pixels && whites * 100 >= pixels;
    (is_two_valued && is_most_of(blacks + whites, pixels)).then_some("mask")
}

/// Whether a colour is a vector out of the surface whose length is near one.
fn is_normal(color: [u8; 3]) -> bool {
    let [x, y, z] = color.map(|value| f32::from(value) / 127.5 - 1.0);
    z > 0.0 && ((x * x + y * y + z * z).sqrt() - 1.0).abs() < 0.12
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the pictures are small")]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn textures_are_told_by_how_they_look() {
        let bumps = RgbaImage::from_fn(32, 32, |x, y| {
            let [x, y] = [x, y].map(|side| (f64::from(side) * 0.7).sin() * 0.5);
            let z = (1.0 - x * x - y * y).sqrt();
            let [red, green, blue] = [x, y, z].map(|value| (value * 127.5 + 127.5) as u8);
            Rgba([red, green, blue, 255])
        });
        assert_eq!(of(&bumps), Some("normal_map"));
        let mask = RgbaImage::from_fn(32, 32, |x, y| {
            Rgba(if (x / 8 + y / 8) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] })
        });
        assert_eq!(of(&mask), Some("mask"));
        let sky = RgbaImage::from_fn(32, 32, |_, y| Rgba([90, 140, 200 + y as u8, 255]));
        assert_eq!(of(&sky), None);
        assert_eq!(of(&RgbaImage::from_pixel(32, 32, Rgba([255; 4]))), None);
        assert_eq!(of(&RgbaImage::new(32, 32)), None);
    }
}
