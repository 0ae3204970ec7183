//! Makes a large picture small while its rows come in, so that it is never held whole.

use image::{Rgba, RgbaImage};

use crate::bounds;
use crate::error::PreviewError;

/// Averages squares of pixels of a picture whose rows come in from top to bottom.
///
/// What comes out still has more than twice the longest side that is wanted, where the picture has: the rest is done by a filter
/// that is slower and better, see `thumbnail`.
pub(crate) struct Shrink {
    width: u32,
    height: u32,
    /// The side of the squares.
    factor: u32,
    /// Of the squares that the present row runs through: sums of red, green and blue, each by its alpha, and of alpha.
    sums: Vec<[u32; 4]>,
    rows_in_sums: u32,
    rows: u32,
    shrunk: RgbaImage,
}

impl Shrink {
    /// For a picture of this size.
    ///
    /// *Errors*: [`PreviewError::Broken`] for one without pixels, [`PreviewError::TooLarge`] where a side or the number of pixels is over the
    /// bound, or what comes out could not be held.
    pub(crate) fn new(width: u32, height: u32, max_side: u32) -> Result<Self, PreviewError> {
        check_size(width, height)?;
        let factor = factor(width, height, max_side);
        let (out_width, out_height) = (width.div_ceil(factor), height.div_ceil(factor));
        Ok(Self {
            width,
            height,
            factor,
            sums: vec![[0; 4]; out_width as usize],
            rows_in_sums: 0,
            rows: 0,
            shrunk: RgbaImage::new(out_width, out_height),
        })
    }

    /// The next row; rows below the last are passed over.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = [u8; 4]>) {
        if self.rows == self.height {
            return;
        }
        if self.factor == 1 {
            let start = (self.rows * self.width) as usize;
            let pixels = self.shrunk.as_chunks_mut::<4>().0;
            for (pixel, value) in pixels[start..start + self.width as usize].iter_mut().zip(row) {
                *pixel = value;
            }
            self.rows += 1;
            return;
        }
        let mut row = row.into_iter();
        for sum in &mut self.sums {
            for [red, green, blue, alpha] in row.by_ref().take(self.factor as usize) {
                let weight = u32::from(alpha);
                sum[0] += u32::from(red) * weight;
                sum[1] += u32::from(green) * weight;
                sum[2] += u32::from(blue) * weight;
                sum[3] += weight;
            }
        }
        self.rows += 1;
        self.rows_in_sums += 1;
        if self.rows_in_sums == self.factor || self.rows == self.height {
            self.end_squares();
        }
    }

    fn end_squares(&mut self) {
        let y = (self.rows - 1) / self.factor;
        for (x, sum) in (0..).zip(&mut self.sums) {
            let across = self.factor.min(self.width - x * self.factor);
            self.shrunk.put_pixel(x, y, mean(*sum, across * self.rows_in_sums));
            *sum = [0; 4];
        }
        self.rows_in_sums = 0;
    }

    /// What has come; rows that have not are transparent.
    pub(crate) fn finish(mut self) -> RgbaImage {
        if self.rows_in_sums > 0 {
            self.end_squares();
        }
        self.shrunk
    }
}

/// Holds a picture's size to the bounds.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), PreviewError> {
    if width == 0 || height == 0 {
        return Err(PreviewError::Broken("it has no pixels".to_owned()));
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > bounds::SIDE || height > bounds::SIDE || pixels > bounds::STREAMED_PIXELS {
        return Err(PreviewError::TooLarge(format!("{width} × {height} pixels")));
    }
    Ok(())
}

/// The side of the squares that may be averaged so that more than twice the side that is wanted is left. At most 256: the sums
/// of that many fit.
pub(crate) fn factor(width: u32, height: u32, max_side: u32) -> u32 {
    (width.max(height) / max_side.saturating_mul(2).max(1)).clamp(1, 256)
}

fn mean([red, green, blue, alpha]: [u32; 4], pixels: u32) -> Rgba<u8> {
    if alpha == 0 {
        return Rgba([0; 4]);
    }
    let of = |sum: u32| {
        u8::try_from((u64::from(sum) + u64::from(alpha) / 2) / u64::from(alpha)).unwrap_or(u8::MAX)
    };
    let alpha = u8::try_from((alpha + pixels / 2) / pixels).unwrap_or(u8::MAX);
    Rgba([of(red), of(green), of(blue), alpha])
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;

    fn shrunk(width: u32, height: u32, max_side: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> RgbaImage {
        let mut shrink = Shrink::new(width, height, max_side).unwrap();
        for y in 0..height {
            shrink.push((0..width).map(|x| pixel(x, y)));
        }
        shrink.finish()
    }

    #[test]
    fn picture_that_is_no_more_than_twice_too_large_stays_as_it_is() {
        let picture = shrunk(30, 7, 15, |x, y| [x as u8, y as u8, 9, 200]);
        assert_eq!(picture.dimensions(), (30, 7));
        assert_eq!(picture.get_pixel(29, 6).0, [29, 6, 9, 200]);
    }

    #[test]
    fn squares_are_averaged_those_at_the_edges_by_what_there_is_of_them() {
        let picture = shrunk(7, 5, 1, |x, _| if x < 3 { [10, 20, 30, 255] } else { [40, 50, 60, 255] });
        assert_eq!(picture.dimensions(), (3, 2));
        assert_eq!(picture.get_pixel(0, 1).0, [10, 20, 30, 255]);
        assert_eq!(picture.get_pixel(2, 1).0, [40, 50, 60, 255]);
    }

    #[test]
    fn color_of_transparent_pixels_does_not_bleed() {
        let picture = shrunk(4, 4, 1, |x, _| if x % 2 == 0 { [200, 0, 0, 255] } else { [0, 255, 0, 0] });
        assert_eq!(picture.get_pixel(0, 0).0, [200, 0, 0, 128]);
    }

    #[test]
    fn sums_hold_the_largest_squares() {
        let picture = shrunk(600, 600, 1, |_, _| [255; 4]);
        assert_eq!(picture.dimensions(), (3, 3));
        assert!(picture.pixels().all(|pixel| pixel.0 == [255; 4]));
    }

    #[test]
    fn pictures_without_pixels_or_with_too_many_are_refused() {
        assert!(matches!(Shrink::new(0, 5, 1), Err(PreviewError::Broken(_))));
        assert!(matches!(Shrink::new(50_000, 50_000, 512), Err(PreviewError::TooLarge(_))));
        assert!(matches!(Shrink::new(65_536, 1, 512), Err(PreviewError::TooLarge(_))));
    }
}
