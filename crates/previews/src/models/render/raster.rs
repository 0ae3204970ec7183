//! Which samples of a picture a triangle covers.

/// A corner on the picture: across, down, and what is drawn between corners in proportion.
pub(super) type Corner = [f32; 3];

/// Rows of samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) first: u32,
    /// The one after the last.
    pub(super) end: u32,
    /// Samples in a row.
    pub(super) width: u32,
}

/// The box of whole samples around a triangle: left, right, top, bottom, the latter of each beyond it; none where it is not
/// within, or is thinner than nothing.
pub(super) fn area(corners: &[Corner; 3], rows: Rows) -> Option<[u32; 4]> {
    let [a, b, c] = corners;
    let low = |axis: usize| a[axis].min(b[axis]).min(c[axis]);
    let high = |axis: usize| a[axis].max(b[axis]).max(c[axis]);
    // A sample is in the middle of its square.
    let left = rounded_up(low(0) - 0.5);
    let right = rounded_down(high(0) + 0.5).min(rows.width);
    let top = rounded_up(low(1) - 0.5).max(rows.first);
    let bottom = rounded_down(high(1) + 0.5).min(rows.end);
    (left < right && top < bottom).then_some([left, right, top, bottom])
}

/// What is below zero is zero. Rounding as a number in floating point is a call on older processors.
fn rounded_down(value: f32) -> u32 {
    value as u32
}

/// As `rounded_down`, up.
fn rounded_up(value: f32) -> u32 {
    let whole = value as u32;
    whole.saturating_add(u32::from(value > whole as f32))
}

/// How much each corner counts at a place; negative beyond the opposite side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    /// At the origin.
    start: [f32; 3],
    across: [f32; 3],
    down: [f32; 3],
    origin: [f32; 2],
}

impl Weights {
    /// None for a triangle seen from its edge.
    pub(super) fn of(corners: &[Corner; 3]) -> Option<Self> {
        let [a, b, c] = corners;
        let double = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        let scale = double.recip();
        if !scale.is_finite() {
            return None;
        }
        let across = [(b[1] - c[1]) * scale, (c[1] - a[1]) * scale, (a[1] - b[1]) * scale];
        let down = [(c[0] - b[0]) * scale, (a[0] - c[0]) * scale, (b[0] - a[0]) * scale];
        // Reckoned from a corner, where they are known exactly.
        Some(Self { start: [1.0, 0.0, 0.0], across, down, origin: [a[0], a[1]] })
    }

    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = (x - self.origin[0], y - self.origin[1]);
        std::array::from_fn(|corner| self.start[corner] + self.across[corner] * x + self.down[corner] * y)
    }

    /// The samples of a row that are within the triangle, of those from `left` to `right`.
    fn span(&self, y: f32, left: u32, right: u32) -> (u32, u32) {
        let at_left = self.at(left as f32 + 0.5, y);
        let (mut first, mut end) = (0, right - left);
        for (weight, step) in at_left.into_iter().zip(self.across) {
            if step > 0.0 {
                first = first.max(rounded_up(-weight / step - 1e-4));
            } else if step < 0.0 {
                end = end.min(rounded_down(weight / -step + 1.0 + 1e-4));
            } else if weight < -1e-6 {
                return (left, left);
            }
        }
        (left + first.min(end), left + end)
    }
}

/// Calls for each sample that a triangle covers: across, down, and the third of its corners there.
pub(super) fn cover(corners: &[Corner; 3], rows: Rows, mut visit: impl FnMut(u32, u32, f32)) {
    let Some([left, right, top, bottom]) = area(corners, rows) else { return };
    let Some(weights) = Weights::of(corners) else { return };
    for y in top..bottom {
        let down = y as f32 + 0.5;
        let (first, end) = weights.span(down, left, right);
        for x in first..end {
            let [a, b, c] = weights.at(x as f32 + 0.5, down);
            visit(x, y, a * corners[0][2] + b * corners[1][2] + c * corners[2][2]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_triangles_cover_their_square_once_and_nothing_else() {
        let rows = Rows { first: 0, end: 8, width: 8 };
        let corners = [[1.0, 1.0, 1.0], [6.0, 1.0, 1.0], [6.0, 6.0, 1.0], [1.0, 6.0, 1.0]];
        let mut seen = vec![0; 64];
        for triangle in [[0, 1, 2], [0, 2, 3]] {
            cover(&triangle.map(|corner| corners[corner]), rows, |x, y, value| {
                assert!((value - 1.0).abs() < 1e-4);
                seen[(y * 8 + x) as usize] += 1;
            });
        }
        for (index, seen) in seen.into_iter().enumerate() {
            let is_within = (1..6).contains(&(index % 8)) && (1..6).contains(&(index / 8));
            assert_eq!(seen > 0, is_within, "{index}");
        }
    }

    #[test]
    fn corners_that_are_no_numbers_cover_nothing() {
        let rows = Rows { first: 0, end: 4, width: 4 };
        for strange in [f32::NAN, f32::INFINITY] {
            cover(&[[strange, 0.0, 1.0], [4.0, 0.0, 1.0], [0.0, 4.0, 1.0]], rows, |_, _, _| {
                panic!("covered")
            });
        }
    }
}
