//! The studio that every model is pictured in: a renderer of our own in software. The ones to be had need a graphics card, or
//! draw without textures and light; what is needed is small: one object, one camera, three lights and a soft sky.
//!
//! All views are made ready at once, and then cut into bands of rows, which two cores share. In a band, `raster` finds the nearest triangle at each of nine places in each pixel, and
//! `shade` reckons the light once for each triangle that a pixel shows. Light is linear until `shade` brings it to the screen.

mod camera;
mod depth;
mod raster;
mod shade;
mod sky;
mod view;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use glam::Vec3;
use image::RgbaImage;

use self::camera::Camera;
pub(super) use self::shade::to_srgb;
use self::sky::Sky;
use super::scene::{Alpha, Scene};
use crate::error::PreviewError;

/// The largest side of one view of the turntable. *Units*: pixels.
const TURNTABLE_SIDE: u32 = 256;
/// The smallest side of a picture. *Units*: pixels.
const LEAST_SIDE: u32 = 64;
/// The views of the turntable.
const TURNTABLE_VIEWS: u32 = 8;
/// Where the camera stands: from the front to the right. *Units*: degrees.
const AZIMUTH: f32 = 35.0;
/// And how far above. *Units*: degrees.
const ELEVATION: f32 = 18.0;
/// The largest picture: one twice as wide takes four times as long, and shows no more. *Units*: pixels.
const MOST_SIDE: u32 = 1024;

/// A model in the studio: moved to the middle and to a radius of one.
struct Stage<'a> {
    scene: &'a Scene,
    /// Of the scene's vertices, on the stage.
    positions: Vec<Vec3>,
    /// Of each material, whether something is seen through it.
    is_translucent: Vec<bool>,
    /// The height of the floor.
    floor: f32,
    sky: Sky,
    /// Of each vertex, the bits of how much of the sky's light comes to it: not a number until somebody asks.
    sky_at: Vec<AtomicU32>,
}

/// The picture of a model with a side of this many pixels, and eight views around it in one row, which are no larger.
///
/// *Errors*: [`PreviewError::TooLarge`] where its triangles cover each other so often that it would take too long.
pub(super) fn pictures(scene: &Scene, side: u32) -> Result<Option<(RgbaImage, RgbaImage)>, PreviewError> {
    let Some(stage) = Stage::of(scene) else { return Ok(None) };
    let side = side.clamp(LEAST_SIDE, MOST_SIDE);
    let small = side.min(TURNTABLE_SIDE);
    let around = Camera::around(&stage, AZIMUTH, ELEVATION, TURNTABLE_VIEWS);
    let mut cameras = vec![(Camera::framing(&stage, AZIMUTH, ELEVATION), side)];
    cameras.extend(around.into_iter().map(|camera| (camera, small)));
    let mut views = view::draw(&stage, &cameras)?.into_iter();
    let Some(picture) = views.next() else { return Ok(None) };
    let mut sheet = RgbaImage::new(small * TURNTABLE_VIEWS, small);
    for (turn, still) in (0..).zip(views) {
        image::imageops::replace(&mut sheet, &still, i64::from(turn * small), 0);
    }
    Ok(Some((picture, sheet)))
}

impl<'a> Stage<'a> {
    fn of(scene: &'a Scene) -> Option<Self> {
        let (low, high) = scene.bounds()?;
        let middle = (low + high) / 2.0;
        let radius = ((high - low) / 2.0).length();
        let scale = if radius > 0.0 { radius.recip() } else { 1.0 };
        let positions: Vec<Vec3> = scene
            .vertices
            .iter()
            // A vertex that no triangle has may be anywhere.
            .map(|vertex| ((vertex.position - middle) * scale).clamp(Vec3::NEG_ONE, Vec3::ONE))
            .collect();
        let is_translucent = scene
            .materials
            .iter()
            .map(|material| {
                let map = material.base_color_map.and_then(|map| scene.textures.get(map.texture));
                material.alpha == Alpha::Blend
                    && (material.base_color[3] < 1.0 || map.is_none_or(|map| map.has_alpha))
            })
            .collect();
        let floor = (low.y - middle.y) * scale;
        let sky = Sky::over(scene, &positions, floor);
        let sky_at = positions.iter().map(|_| AtomicU32::new(f32::NAN.to_bits())).collect();
        Some(Self { scene, positions, is_translucent, floor, sky, sky_at })
    }

    /// How much of the sky's light comes to a vertex, 0 to 1; the same from all sides, and so reckoned once.
    fn sky_at(&self, vertex: u32) -> f32 {
        let vertex = vertex as usize;
        let known = f32::from_bits(self.sky_at[vertex].load(Ordering::Relaxed));
        if !known.is_nan() {
            return known;
        }
        let light = self.sky.light(self.positions[vertex], self.scene.vertices[vertex].normal);
        self.sky_at[vertex].store(light.to_bits(), Ordering::Relaxed);
        light
    }
}

/// Does all jobs, on two cores where a second thread is to be had.
fn share<Job: Send>(jobs: impl IntoIterator<Item = Job>, work: impl Fn(Job) + Sync) {
    let jobs = Mutex::new(jobs.into_iter().collect::<VecDeque<_>>());
    let run = || {
        loop {
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(job) = job else { break };
            work(job);
        }
    };
    std::thread::scope(|scope| {
        // Where none is allowed, this one does it all.
        std::thread::Builder::new().spawn_scoped(scope, run).ok();
        run();
    });
}

/// Does all jobs as `share` does; answers what each job has made, in their order.
pub(super) fn share_and_gather<Job: Send, Made: Send>(
    jobs: impl IntoIterator<Item = Job>,
    work: impl Fn(Job) -> Made + Sync,
) -> Vec<Made> {
    let made = Mutex::new(Vec::new());
    share(jobs.into_iter().enumerate(), |(number, job)| {
        let one = work(job);
        made.lock().unwrap_or_else(PoisonError::into_inner).push((number, one));
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, one)| one).collect()
}
