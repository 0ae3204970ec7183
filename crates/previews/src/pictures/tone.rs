//! From light, which has no end, to the values that a screen shows.
//!
//! A picture whose light ends at white (all but its brightest hundredth) is shown as it is. One that goes beyond, such as a
//! panorama with a sun, is exposed so that the mean of its brightness (of the logarithms, as eyes see it) becomes the gray of
//! 18 %, and its highlights are bent by the filmic curve of ACES as fitted by K. Narkowicz.

use image::RgbaImage;

use super::shrink::{check_size, factor};
use crate::bounds;
use crate::error::PreviewError;

/// What a photographer's gray card sends back.
const GRAY: f32 = 0.18;
/// The brightest light that is told apart; half floats end there.
const BRIGHTEST: f32 = 65_504.0;
/// The least that counts as light where brightness is averaged.
const DARKEST: f32 = 1e-5;

/// The value of light in sRGB: 0 is black, 1 and above are white.
pub(crate) fn encode(light: f32) -> u8 {
    let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast to u8 ends at its bounds"
    )]
    let value = (value * 255.0 + 0.5) as u8;
    value
}

/// A picture of light that is made small while its pixels come in, in any order.
pub(crate) struct Light {
    width: u32,
    height: u32,
    /// The side of the squares that are averaged.
    factor: u32,
    /// Sums over squares of red, green, blue and alpha, colours by alpha.
    sums: Vec<[f32; 4]>,
}

impl Light {
    /// For a picture of this size; what does not come is transparent.
    ///
    /// *Errors*: as of [`check_size`], and [`PreviewError::TooLarge`] where what comes out could not be held.
    pub(crate) fn new(width: u32, height: u32, max_side: u32) -> Result<Self, PreviewError> {
        check_size(width, height)?;
        let factor = factor(width, height, max_side);
        let pixels = u64::from(width.div_ceil(factor)) * u64::from(height.div_ceil(factor));
        if pixels * 16 > bounds::PICTURE_IN_MEMORY {
            return Err(PreviewError::TooLarge(format!("{width} × {height} pixels of light")));
        }
        let pixels = usize::try_from(pixels).unwrap_or(0);
        Ok(Self { width, height, factor, sums: vec![[0.0; 4]; pixels] })
    }

    /// Adds values of one channel, from a place to the right; what lies outside is passed over.
    pub(crate) fn add(&mut self, channel: usize, (x, y): (i64, i64), values: impl IntoIterator<Item = f32>) {
        let Some(row) = self.row(y) else { return };
        for (x, value) in (x..).zip(values) {
            if let Ok(x) = u32::try_from(x)
                && x < self.width
            {
                self.sums[row + (x / self.factor) as usize][channel] += held(value);
            }
        }
    }

    /// Adds a row of pixels from the left, colours by alpha.
    pub(crate) fn add_row(&mut self, y: u32, pixels: impl IntoIterator<Item = [f32; 4]>) {
        let Some(row) = self.row(i64::from(y)) else { return };
        for (x, pixel) in (0..self.width).zip(pixels) {
            let sum = &mut self.sums[row + (x / self.factor) as usize];
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += held(value);
            }
        }
    }

    fn row(&self, y: i64) -> Option<usize> {
        let y = u32::try_from(y).ok().filter(|y| *y < self.height)?;
        Some((y / self.factor) as usize * self.width.div_ceil(self.factor) as usize)
    }

    /// The picture as a screen shows it.
    pub(crate) fn develop(mut self) -> RgbaImage {
        let width = self.width.div_ceil(self.factor);
        for (place, sum) in (0_u32..).zip(&mut self.sums) {
            let (x, y) = (place % width * self.factor, place / width * self.factor);
            let pixels = self.factor.min(self.width - x) * self.factor.min(self.height - y);
            #[expect(clippy::cast_precision_loss, reason = "a square has at most 65,536 pixels")]
            let pixels = pixels as f32;
            let alpha = (sum[3] / pixels).min(1.0);
            if sum[3] > 0.0 {
                let weight = alpha * pixels;
                *sum = [sum[0] / weight, sum[1] / weight, sum[2] / weight, alpha];
            } else {
                *sum = [sum[0] / pixels, sum[1] / pixels, sum[2] / pixels, 0.0];
            }
        }
        let exposure = exposure(&self.sums);
        let mut picture = RgbaImage::new(width, self.height.div_ceil(self.factor));
        for (pixel, light) in picture.pixels_mut().zip(&self.sums) {
            let [red, green, blue, alpha] = *light;
            let shown = match exposure {
                None => [red, green, blue],
                Some(exposure) => [red, green, blue].map(|light| filmic(light * exposure)),
            };
            let [red, green, blue] = shown.map(encode);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between 0 and 255"
            )]
            let alpha = (alpha * 255.0 + 0.5) as u8;
            pixel.0 = [red, green, blue, alpha];
        }
        picture
    }
}

/// What is no light counts as none.
fn held(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, BRIGHTEST) }
}

/// What light is multiplied with; none where it is shown as it is.
fn exposure(pixels: &[[f32; 4]]) -> Option<f32> {
    let mut brightest: Vec<f32> = Vec::with_capacity(pixels.len());
    let (mut logarithms, mut count) = (0.0_f64, 0.0_f64);
    for &[red, green, blue, alpha] in pixels {
        if alpha > 0.0 {
            brightest.push(red.max(green).max(blue));
            logarithms += f64::from((0.2126 * red + 0.7152 * green + 0.0722 * blue).max(DARKEST).ln());
            count += 1.0;
        }
    }
    let place = (brightest.len() * 99 / 100).min(brightest.len().checked_sub(1)?);
    let (_, nearly_brightest, _) = brightest.select_nth_unstable_by(place, f32::total_cmp);
    if *nearly_brightest <= 1.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is between the bounds of the light")]
    let mean = (logarithms / count).exp() as f32;
    Some(GRAY / mean)
}

fn filmic(light: f32) -> f32 {
    (light * (2.51 * light + 0.03)) / (light * (2.43 * light + 0.59) + 0.14)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn developed(pixels: &[[f32; 4]]) -> Vec<[u8; 4]> {
        let mut light = Light::new(u32::try_from(pixels.len()).unwrap(), 1, 512).unwrap();
        light.add_row(0, pixels.iter().copied());
        light.develop().pixels().map(|pixel| pixel.0).collect()
    }

    #[test]
    fn light_up_to_white_is_shown_as_it_is() {
        let shown = developed(&[[0.0, 0.5, 1.0, 1.0], [0.25, 0.25, 0.25, 0.5]]);
        assert_eq!(shown, [[0, 188, 255, 255], [188, 188, 188, 128]]);
    }

    #[test]
    fn light_beyond_white_is_exposed_until_its_mean_is_gray() {
        let mut pixels = vec![[40.0, 40.0, 40.0, 1.0]; 90];
        pixels.extend([[4000.0, 4000.0, 4000.0, 1.0]; 10]);
        let shown = developed(&pixels);
        assert!((100..150).contains(&shown[0][0]), "{:?}", shown[0]);
        assert!(shown[99][0] > 250);
    }

    #[test]
    fn what_is_no_light_is_black_or_brightest_and_what_is_outside_is_passed_over() {
        let mut light = Light::new(2, 2, 512).unwrap();
        light.add(0, (-1, 1), [9.0, f32::NAN, -3.0, 1.0]);
        light.add(3, (0, 0), [1.0, 1.0]);
        light.add(2, (0, 7), [1.0]);
        assert_eq!(light.develop().get_pixel(1, 0).0, [0, 0, 0, 255]);
    }
}
