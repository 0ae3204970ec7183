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
    nearest: Vec<f32>,
}

impl DepthMap {
    /// Seen from a direction of length one.
    pub(super) fn towards(direction: Vec3, side: u32, scene: &Scene, positions: &[Vec3]) -> Self {
        let (right, up) = direction.any_orthonormal_pair();
        let mut map =
            Self { side, right, up, direction, nearest: vec![f32::NEG_INFINITY; (side * side) as usize] };
        let rows = Rows { first: 0, end: side, width: side };
        for triangle in &scene.triangles {
            let corners = triangle.vertices.map(|index| map.place(positions[index as usize]).to_array());
            cover(&corners, rows, |x, y, near| {
                let nearest = &mut map.nearest[(y * side + x) as usize];
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
        let (x, y) = (place.x - 0.5, place.y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let lit = |x: f32, y: f32| {
            let last = self.side as f32 - 1.0;
            if x < 0.0 || y < 0.0 || x > last || y > last {
                return 1.0;
            }
            let nearest = self.nearest[y as usize * self.side as usize + x as usize];
            if nearest > place.z + bias { 0.0 } else { 1.0 }
        };
        let upper = lit(left, top) * (1.0 - across) + lit(left + 1.0, top) * across;
        let lower = lit(left, top + 1.0) * (1.0 - across) + lit(left + 1.0, top + 1.0) * across;
        upper * (1.0 - down) + lower * down
    }
}
