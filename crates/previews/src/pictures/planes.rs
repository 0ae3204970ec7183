//! Makes a large picture small whose channels come in one after another, as they lie in PSD files.

use super::shrink::{check_size, factor};
use crate::error::PreviewError;

/// One channel of a picture, averaged over squares while its rows come in from top to bottom.
pub(crate) struct Plane {
    width: u32,
    height: u32,
    /// The side of the squares.
    factor: u32,
    /// Of the squares that the present row runs through.
    sums: Vec<u32>,
    rows_in_sums: u32,
    rows: u32,
    shrunk: Vec<u8>,
}

impl Plane {
    /// For a channel of a picture of this size.
    ///
    /// *Errors*: as of [`check_size`].
    pub(crate) fn new(width: u32, height: u32, max_side: u32) -> Result<Self, PreviewError> {
        check_size(width, height)?;
        let factor = factor(width, height, max_side);
        let out_width = width.div_ceil(factor) as usize;
        Ok(Self {
            width,
            height,
            factor,
            sums: vec![0; out_width],
            rows_in_sums: 0,
            rows: 0,
            shrunk: Vec::with_capacity(out_width * height.div_ceil(factor) as usize),
        })
    }

    /// The size that the plane is made to. *Units*: pixels.
    pub(crate) const fn size(&self) -> (u32, u32) {
        (self.width.div_ceil(self.factor), self.height.div_ceil(self.factor))
    }

    /// The next row, of which too few values are followed by zeros; rows below the last are passed over.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = u8>) {
        if self.rows == self.height {
            return;
        }
        self.rows += 1;
        let mut row = row.into_iter();
        if self.factor == 1 {
            self.shrunk.extend(row.by_ref().take(self.width as usize));
            self.shrunk.resize(self.rows as usize * self.width as usize, 0);
            return;
        }
        let mut left = self.width;
        for sum in &mut self.sums {
            let across = self.factor.min(left);
            *sum += row.by_ref().take(across as usize).map(u32::from).sum::<u32>();
            left -= across;
        }
        self.rows_in_sums += 1;
        if self.rows_in_sums == self.factor || self.rows == self.height {
            self.end_squares();
        }
    }

    fn end_squares(&mut self) {
        let mut left = self.width;
        for sum in &mut self.sums {
            let across = self.factor.min(left);
            let pixels = across * self.rows_in_sums;
            self.shrunk.push(u8::try_from((*sum + pixels / 2) / pixels).unwrap_or(u8::MAX));
            *sum = 0;
            left -= across;
        }
        self.rows_in_sums = 0;
    }

    /// The values, row by row; of rows that have not come, zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.rows_in_sums > 0 {
            self.end_squares();
        }
        let (width, height) = self.size();
        self.shrunk.resize(width as usize * height as usize, 0);
        self.shrunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plane_has_the_means_of_squares_and_of_what_is_left_of_them_at_the_edges() {
        let mut plane = Plane::new(7, 5, 1).unwrap();
        assert_eq!(plane.size(), (3, 2));
        for y in 0..5_u8 {
            plane.push((0..7_u8).map(|x| if x < 6 { x * 10 + y } else { 200 }));
        }
        assert_eq!(plane.finish(), [11, 41, 200, 14, 44, 200]);
    }

    #[test]
    fn plane_that_stops_early_is_zero_from_there_on() {
        let mut plane = Plane::new(2, 3, 9).unwrap();
        plane.push([5, 6]);
        plane.push([7]);
        assert_eq!(plane.finish(), [5, 6, 7, 0, 0, 0]);
    }
}
