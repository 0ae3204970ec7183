//! Soft light from all of the sky, and the soft shadow under the model.

use glam::Vec3;

use super::depth::DepthMap;
use super::share_and_gather;
use crate::models::scene::Scene;

/// Directions that light comes from, for a model of few triangles, and for one of many.
const DIRECTIONS: [usize; 2] = [24, 12];
/// Triangles to draw for all directions together.
const TRIANGLES: usize = 12_000_000;
/// The side of a direction's map.
const MAP_SIDE: u32 = 256;
/// The side of the shadow on the floor. *Units*: squares.
const SHADOW_SIDE: usize = 96;
/// How far the shadow reaches from the middle, on the stage.
const SHADOW_REACH: f32 = 2.4;

/// The sky over the stage.
pub(super) struct Sky {
    maps: Vec<DepthMap>,
    /// How much of the light comes to the floor, 0 to 1, in rows from back to front.
    on_floor: Vec<f32>,
}

impl Sky {
    pub(super) fn over(scene: &Scene, positions: &[Vec3], floor: f32) -> Self {
        let count = (TRIANGLES / scene.triangles.len().max(1)).clamp(DIRECTIONS[1], DIRECTIONS[0]);
        // In one order whichever thread was first, so that the sum is the same each time.
        let maps = share_and_gather(0..count, |index| {
            DepthMap::towards(direction(index, count), MAP_SIDE, scene, positions)
        });
        let mut sky = Self { maps, on_floor: Vec::new() };
        sky.on_floor = sky.shadow(floor);
        sky
    }

    /// How much light comes to a point of a surface that faces `normal`: red, green and blue alike.
    pub(super) fn light(&self, point: Vec3, normal: Vec3) -> f32 {
        let mut light = 0.0;
        for map in &self.maps {
            let facing = normal.dot(map.direction);
            if facing > 0.0 {
                let bias = map.square() * (1.0 + 1.5 * (1.0 - facing * facing).sqrt() / facing.max(0.2));
                light +=
                    map.light(point + normal * map.square() * 0.5, bias) * facing * radiance(map.direction);
            }
        }
        2.0 * light / self.maps.len() as f32
    }

    /// How far across a triangle may be for its light to be that between its corners.
    pub(super) fn fine(&self) -> f32 {
        self.maps.first().map_or(0.0, |map| map.square() * 3.0)
    }

    fn shadow(&self, floor: f32) -> Vec<f32> {
        let place = |index: usize| (index as f32 + 0.5) / SHADOW_SIDE as f32 * 2.0 - 1.0;
        let points = (0..SHADOW_SIDE * SHADOW_SIDE).map(|index| {
            let (row, column) = (index / SHADOW_SIDE, index % SHADOW_SIDE);
            Vec3::new(place(column) * SHADOW_REACH, floor, place(row) * SHADOW_REACH)
        });
        let full: f32 = self.maps.iter().map(|map| map.direction.y).sum();
        let lit: Vec<f32> = points
            .map(|point| {
                let lit: f32 =
                    self.maps.iter().map(|map| map.light(point, map.square() * 0.5) * map.direction.y).sum();
                lit / full
            })
            .collect();
        blurred(&lit)
    }

    /// How much light comes to the floor at a place on the stage, 0 to 1.
    pub(super) fn light_on_floor(&self, x: f32, z: f32) -> f32 {
        let place = |along: f32| f32::midpoint(along / SHADOW_REACH, 1.0) * SHADOW_SIDE as f32 - 0.5;
        let (x, z) = (place(x), place(z));
        let last = (SHADOW_SIDE - 1) as f32;
        if !(x >= 0.0 && z >= 0.0 && x < last && z < last) {
            return 1.0;
        }
        let (column, row) = (x as usize, z as usize);
        let at = |column: usize, row: usize| self.on_floor[row * SHADOW_SIDE + column];
        let upper = at(column, row) * (1.0 - x.fract()) + at(column + 1, row) * x.fract();
        let lower = at(column, row + 1) * (1.0 - x.fract()) + at(column + 1, row + 1) * x.fract();
        upper * (1.0 - z.fract()) + lower * z.fract()
    }
}

/// Evenly over the upper half, in a spiral.
fn direction(index: usize, count: usize) -> Vec3 {
    let height = 1.0 - (index as f32 + 0.5) / count as f32;
    let turn = index as f32 * 2.399_963;
    let radius = (1.0 - height * height).sqrt();
    Vec3::new(turn.cos() * radius, height, turn.sin() * radius)
}

/// Brighter above than at the horizon.
fn radiance(direction: Vec3) -> f32 {
    0.7 + 0.45 * direction.y
}

/// Each square the mean of those around it: between so few directions, shadows have steps.
fn blurred(lit: &[f32]) -> Vec<f32> {
    let near = |place: usize| place.saturating_sub(2)..(place + 3).min(SHADOW_SIDE);
    let mean = |index: usize| {
        let (row, column) = (index / SHADOW_SIDE, index % SHADOW_SIDE);
        let around = near(row).flat_map(|row| near(column).map(move |column| row * SHADOW_SIDE + column));
        let (sum, count) = around.fold((0.0, 0.0), |(sum, count), index| (sum + lit[index], count + 1.0));
        sum / count
    };
    (0..lit.len()).map(mean).collect()
}
