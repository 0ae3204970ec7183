//! How alike two pictures look: a small sketch of each, which copies that were resized, compressed again, slightly painted over
//! or given other channels share, and other pictures do not. Pixels in, numbers out; where sketches are kept is for others.
//!
//! *Source*: the structure is the difference hash that is widely known as dHash, of the mean of the channels; the colours are those of
//! a coarse grid.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbaImage;

use crate::error::PreviewError;

/// The cells whose greys are compared: each with the next in its row.
const WIDTH: usize = 9;
const HEIGHT: usize = 8;
/// How much darker a cell must be to count: less is what compression leaves of nothing. Of a faint picture less counts, down to what
/// averages of rounded pixels differ by. *Units*: grey levels.
const NOISE: f32 = 1.5;
const LEAST_NOISE: f32 = 0.25;
/// The grid of colours, each way.
const CELLS: usize = 4;
/// What stands behind transparent pixels. *Units*: grey levels.
const BEHIND: f32 = 128.0;
/// How many bits of the structure may differ between pictures that count as alike.
pub const MAX_DIFFERENT_BITS: u32 = 11;
/// The sum of differences between colours that have nothing in common: 48 bytes of them.
const MOST_DISTANT: f64 = 48.0 * 255.0;
/// The orders that channels are found in.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1]];

/// The sketch of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// One bit a frequency of the picture's grey, which is the mean of its channels: their order does not matter.
    pub structure: u64,
    /// Red, green and blue of each cell, row by row.
    pub colors: [u8; CELLS * CELLS * 3],
}

impl Likeness {
    /// The sketch of a picture.
    ///
    /// *Errors*: it has no pixels.
    pub fn of(picture: &RgbaImage) -> Result<Self, PreviewError> {
        let mut grey = Vec::new();
        for [red, green, blue] in cells(picture, WIDTH, HEIGHT)? {
            grey.push((red + green + blue) / 3.0);
        }
        let cells = cells(picture, CELLS, CELLS)?;
        Ok(Self { structure: structure(&grey), colors: colors(&cells) })
    }

    /// How alike two pictures are: 1 for the same, 0 for those that have nothing in common. None where they do not count as alike.
    pub fn similarity(&self, other: &Self) -> Option<f64> {
        let different = (self.structure ^ other.structure).count_ones();
        if different > MAX_DIFFERENT_BITS {
            return None;
        }
        // Half of the bits, and half of the range of colours, are what pictures differ in that have nothing in common.
        let structure = 1.0 - f64::from(different) / 32.0;
        let color = 1.0 - 2.0 * self.color_distance(other);
        Some(structure * color).filter(|similarity| *similarity >= 0.5)
    }

    /// The mean difference of colours, in the order of channels in which it is smallest; 0 to 1.
    fn color_distance(&self, other: &Self) -> f64 {
        let distance = |order: [usize; 3]| -> u32 {
            let cells = self.colors.chunks_exact(3).zip(other.colors.chunks_exact(3));
            let channels =
                cells.flat_map(|(a, b)| (0..3).map(move |channel| a[channel].abs_diff(b[order[channel]])));
            channels.map(u32::from).sum()
        };
        let smallest = ORDERS.into_iter().map(distance).min().unwrap_or_default();
        f64::from(smallest) / MOST_DISTANT
    }
}

/// The mean colours of a grid over the picture.
fn cells(picture: &RgbaImage, width: usize, height: usize) -> Result<Vec<[f32; 3]>, PreviewError> {
    let mut small = RgbaImage::new(u32::try_from(width).unwrap_or(1), u32::try_from(height).unwrap_or(1));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    Resizer::new().resize(picture, &mut small, &options).map_err(PreviewError::broken)?;
    Ok(small.pixels().map(|pixel| shown(pixel.0)).collect())
}

fn shown([red, green, blue, alpha]: [u8; 4]) -> [f32; 3] {
    let alpha = f32::from(alpha) / 255.0;
    [red, green, blue].map(|channel| f32::from(channel) * alpha + BEHIND * (1.0 - alpha))
}

/// Whether each of 8 by 8 cells is darker than the one to its right: what is painted over changes the cells that it touches and no
/// others.
fn structure(grey: &[f32]) -> u64 {
    let steps: Vec<f32> =
        grey.chunks_exact(WIDTH).flat_map(|row| row.windows(2)).map(|pair| pair[1] - pair[0]).collect();
    // The middle one: what is painted over a few cells does not move it much.
    let mut sizes: Vec<f32> = steps.iter().map(|step| step.abs()).collect();
    let (_, usual, _) = sizes.select_nth_unstable_by(steps.len() / 2, f32::total_cmp);
    let noise = (*usual / 2.0).clamp(LEAST_NOISE, NOISE);
    let darker = steps.iter().map(|step| *step > noise);
    darker.enumerate().fold(0, |bits, (place, is_darker)| bits | u64::from(is_darker) << place)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "means of bytes are bytes")]
fn colors(cells: &[[f32; 3]]) -> [u8; CELLS * CELLS * 3] {
    std::array::from_fn(|place| cells[place / 3][place % 3].round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thumbnail::{Encoding, encode, fit};

    /// A picture of soft spots of colour, another for each number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the numbers are small"
    )]
    fn picture(number: u32, width: u32, height: u32) -> RgbaImage {
        let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(12_345);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let spots: Vec<[f32; 6]> = (0..12).map(|_| std::array::from_fn(|_| next())).collect();
        RgbaImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
            let mut color = [0.2_f32; 3];
            for [left, top, size, red, green, blue] in &spots {
                let distance = ((x - left).powi(2) + (y - top).powi(2)) / (0.01 + size * 0.05);
                let weight = (-distance).exp();
                for (channel, spot) in color.iter_mut().zip([red, green, blue]) {
                    *channel += weight * (spot - *channel);
                }
            }
            let [red, green, blue] = color.map(|channel| (channel.clamp(0.0, 1.0) * 255.0) as u8);
            image::Rgba([red, green, blue, 255])
        })
    }

    fn similarity(a: &RgbaImage, b: &RgbaImage) -> Option<f64> {
        Likeness::of(a).unwrap().similarity(&Likeness::of(b).unwrap())
    }

    #[test]
    fn copies_are_alike_however_they_were_changed() {
        for number in 0..8 {
            let original = picture(number, 240, 180);
            assert_eq!(similarity(&original, &original), Some(1.0));

            let resized = image::DynamicImage::from(fit(&original, 60).unwrap()).into_rgba8();
            let file = encode(&fit(&original, 240).unwrap(), Encoding::Jpeg).unwrap();
            let compressed = image::load_from_memory(&file).unwrap().into_rgba8();
            let mut swapped = original.clone();
            swapped.pixels_mut().for_each(|pixel| pixel.0.swap(0, 2));
            let mut painted = original.clone();
            for (x, y) in (90..126).flat_map(|x| (60..84).map(move |y| (x, y))) {
                painted.put_pixel(x, y, image::Rgba([255, 0, 0, 255]));
            }
            for (name, copy, least) in [
                ("resized", &resized, 0.85),
                ("compressed", &compressed, 0.85),
                ("swapped", &swapped, 0.95),
                ("painted", &painted, 0.5),
            ] {
                let similarity = similarity(&original, copy);
                assert!(
                    similarity.is_some_and(|similarity| similarity >= least),
                    "{number} {name} {similarity:?}"
                );
            }
        }
    }

    #[test]
    fn faint_pictures_are_told_apart_too() {
        // As normal maps are: nearly one colour.
        let faint = |number| {
            let mut picture = picture(number, 240, 180);
            picture
                .pixels_mut()
                .flat_map(|pixel| &mut pixel.0[..3])
                .for_each(|value| *value = 120 + *value / 16);
            picture
        };
        for number in 0..8 {
            let original = faint(number);
            let file = encode(&fit(&original, 120).unwrap(), Encoding::Jpeg).unwrap();
            let copy = image::load_from_memory(&file).unwrap().into_rgba8();
            let same = similarity(&original, &copy).unwrap();
            let others = (0..8)
                .filter(|other| *other != number)
                .filter_map(|other| similarity(&original, &faint(other)));
            assert!(others.fold(0.0, f64::max) < same, "{number} {same}");
        }
    }

    #[test]
    fn other_pictures_are_not_alike() {
        let sketches: Vec<Likeness> =
            (0..60).map(|number| Likeness::of(&picture(number, 64, 48)).unwrap()).collect();
        let pairs = (0..60).flat_map(|a| (0..a).map(move |b| (a, b)));
        let alike = pairs.filter(|(a, b)| sketches[*a].similarity(&sketches[*b]).is_some()).count();
        assert!(alike <= 3, "{alike} of 1770 pairs");
    }

    #[test]
    fn plain_pictures_are_told_apart_by_colour_alone() {
        let plain = |color: [u8; 4]| RgbaImage::from_pixel(20, 10, image::Rgba(color));
        assert_eq!(similarity(&plain([250, 0, 0, 255]), &plain([250, 0, 0, 255])), Some(1.0));
        assert_eq!(
            similarity(&plain([250, 0, 0, 255]), &plain([0, 0, 250, 255])),
            Some(1.0),
            "channels swapped"
        );
        assert_eq!(similarity(&plain([0, 0, 0, 255]), &plain([255, 255, 255, 255])), None);
        assert!(Likeness::of(&plain([9, 9, 9, 0])).is_ok(), "nothing to be seen");
    }
}
