//! Where the picture is taken from.

use glam::Vec3;

use super::Stage;

/// The tangent of half the angle that a picture spans: 28 degrees, as a portrait lens.
const HALF_ANGLE: f32 = 0.249;
/// How much wider than the model a picture is.
const MARGIN: f32 = 1.09;

/// A camera without roll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Camera {
    pub(super) eye: Vec3,
    pub(super) right: Vec3,
    pub(super) up: Vec3,
    /// To where it looks.
    pub(super) forward: Vec3,
}

impl Camera {
    /// As near as shows all of the model, and it in the middle. Angles in degrees.
    pub(super) fn framing(stage: &Stage<'_>, azimuth: f32, elevation: f32) -> Self {
        let camera = Self::looking(azimuth, elevation);
        let reach = Reach::of(stage, &camera);
        let half = HALF_ANGLE / 2.0;
        let aside = (reach.right - reach.left) * half;
        let above = (reach.above - reach.below) * half;
        let distance = f32::midpoint(reach.left, reach.right).max(f32::midpoint(reach.below, reach.above));
        camera.placed(camera.right * aside + camera.up * above, distance)
    }

    /// All around the model at one distance, that at the angle first.
    pub(super) fn around(stage: &Stage<'_>, azimuth: f32, elevation: f32, views: u32) -> Vec<Self> {
        let turn = |view: u32| azimuth + 360.0 * view as f32 / views as f32;
        let cameras: Vec<Self> = (0..views).map(|view| Self::looking(turn(view), elevation)).collect();
        let reaches: Vec<Reach> = cameras.iter().map(|camera| Reach::of(stage, camera)).collect();
        let most = |side: fn(&Reach) -> f32| reaches.iter().map(side).fold(0.0, f32::max);
        // The middle stays on the axis, so that the model turns and does not sway.
        let sideways = most(|reach| reach.left.max(reach.right));
        let (below, above) = (most(|reach| reach.below), most(|reach| reach.above));
        let distance = sideways.max(f32::midpoint(below, above));
        let aside = (above - below) * HALF_ANGLE / 2.0;
        cameras.iter().map(|camera| camera.placed(camera.up * aside, distance)).collect()
    }

    fn looking(azimuth: f32, elevation: f32) -> Self {
        let (azimuth, elevation) = (azimuth.to_radians(), elevation.to_radians());
        let back =
            Vec3::new(azimuth.sin() * elevation.cos(), elevation.sin(), azimuth.cos() * elevation.cos());
        let right = Vec3::Y.cross(back).normalize_or(Vec3::X);
        Self { eye: Vec3::ZERO, right, up: back.cross(right), forward: -back }
    }

    fn placed(&self, middle: Vec3, distance: f32) -> Self {
        // Nearer, the nearest corner would be in the lens.
        Self { eye: middle - self.forward * (distance * MARGIN).max(1.2), ..*self }
    }

    /// Where a point is on a picture of this side, and the reciprocal of how far away it is.
    pub(super) fn project(&self, point: Vec3, side: f32) -> [f32; 3] {
        let from_eye = point - self.eye;
        let near = from_eye.dot(self.forward).max(1e-3).recip();
        let scale = side / 2.0 / HALF_ANGLE * near;
        [side / 2.0 + from_eye.dot(self.right) * scale, side / 2.0 - from_eye.dot(self.up) * scale, near]
    }

    /// The direction that a place on a picture of this side looks to, not of length one.
    pub(super) fn ray(&self, x: f32, y: f32, side: f32) -> Vec3 {
        let across = (x / side * 2.0 - 1.0) * HALF_ANGLE;
        let up = (1.0 - y / side * 2.0) * HALF_ANGLE;
        self.forward + self.right * across + self.up * up
    }
}

/// How far away a camera must be for each side of its picture to have all of the model within.
struct Reach {
    left: f32,
    right: f32,
    below: f32,
    above: f32,
}

impl Reach {
    fn of(stage: &Stage<'_>, camera: &Camera) -> Self {
        let mut reach = Self { left: 0.0, right: 0.0, below: 0.0, above: 0.0 };
        let corners = stage.scene.triangles.iter().flat_map(|triangle| triangle.vertices);
        for index in corners {
            let point = stage.positions[index as usize];
            let (across, up) = (point.dot(camera.right) / HALF_ANGLE, point.dot(camera.up) / HALF_ANGLE);
            let towards = -point.dot(camera.forward);
            reach.right = reach.right.max(across + towards);
            reach.left = reach.left.max(towards - across);
            reach.above = reach.above.max(up + towards);
            reach.below = reach.below.max(towards - up);
        }
        reach
    }
}
