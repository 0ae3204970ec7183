//! What stands in the way of light from one direction.

use glam::Vec3;

use super::raster::{Rows, cover};
use crate::models::scene::Scene;

/// The stage as seen from far away: how near the nearest surface is at each place.
pub(super) struct DepthMap {
    side: u32,
    right: Vec3,
    up: Vec3,
    /// To the light.
    pub(super) direction: Vec3,
    /// With a border of one square all around that nothing is in.
    nearest: Vec<f32>,
}

impl DepthMap {
    /// Seen from a direction of length one.
    pub(super) fn towards(direction: Vec3, side: u32, scene: &Scene, positions: &[Vec3]) -> Self {
        let (right, up) = direction.any_orthonormal_pair();
        let mut map = Self { side, right, up, direction, nearest: Vec::new() };
        let width = map.width();
        map.nearest = vec![f32::NEG_INFINITY; width * width];
        let rows = Rows { first: 0, end: side, width: side };
        for triangle in &scene.triangles {
            let corners = triangle.vertices.map(|index| map.place(positions[index as usize]).to_array());
            cover(&corners, rows, |x, y, near| {
                let nearest = &mut map.nearest[(y as usize + 1) * width + x as usize + 1];
                *nearest = nearest.max(near);
            });
        }
        map
    }

    fn place(&self, point: Vec3) -> Vec3 {
        let half = self.side as f32 / 2.0;
        // The stage has a radius of one; a little more is for what is between samples.
        let scale = half / 1.02;
        Vec3::new(
            half + point.dot(self.right) * scale,
            half + point.dot(self.up) * scale,
            point.dot(self.direction),
        )
    }

    /// How far across one of its squares is, on the stage.
    pub(super) fn square(&self) -> f32 {
        2.04 / self.side as f32
    }

    /// How much of the light comes to a point, 0 to 1, soft across one square. What is nearer by less than `bias` is not in its
    /// way.
    pub(super) fn light(&self, point: Vec3, bias: f32) -> f32 {
        let place = self.place(point);
        self.light_at(place.x, place.y, place.z + bias)
    }

    /// As `light`, soft across three to four squares.
    pub(super) fn soft_light(&self, point: Vec3, bias: f32) -> f32 {
        const SPREAD: [f32; 3] = [-1.3, 0.0, 1.3];
        let place = self.place(point);
        let rows = SPREAD
            .map(|down| SPREAD.map(|across| self.light_at(place.x + across, place.y + down, place.z + bias)));
        rows.as_flattened().iter().sum::<f32>() / 9.0
    }

    /// At a place on the map, of what is no nearer than `near`.
    fn light_at(&self, x: f32, y: f32, near: f32) -> f32 {
        // Within the border, where nothing stands in the way. Cut off above zero: rounding down is a call on older processors.
        let inside = |along: f32| (along + 0.5).clamp(0.0, self.side as f32);
        let (x, y) = (inside(x), inside(y));
        let (left, top) = (x as usize, y as usize);
        let (across, down) = (x - left as f32, y - top as f32);
        let first = top * self.width() + left;
        let lit = |index: usize| if self.nearest[index] > near { 0.0 } else { 1.0 };
        let upper = lit(first) * (1.0 - across) + lit(first + 1) * across;
        let below = first + self.width();
        let lower = lit(below) * (1.0 - across) + lit(below + 1) * across;
        upper * (1.0 - down) + lower * down
    }

    /// Of a row of the map, its border counted.
    fn width(&self) -> usize {
        self.side as usize + 2
    }
}
