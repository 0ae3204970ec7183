//! One view of the stage.

use glam::Vec3;
use image::RgbaImage;

use super::camera::Camera;
use super::raster::{Corner, Rows, area, cover};
use super::shade::{Light, backdrop, to_srgb};
use super::{Stage, share, share_and_gather};
use crate::error::PreviewError;
use crate::models::scene::Alpha;

/// Samples of a pixel across and down.
const SAMPLES: u32 = 3;
/// Rows of pixels in a band.
const BAND: u32 = 32;
/// The most samples that all triangles together may cover, counted with the boxes around them: above, a picture would take
/// minutes.
const MOST_COVERED: u64 = 20_000_000_000;
/// The most pieces of what is seen through, in a band; those above are left out.
const MOST_PIECES: usize = 4_000_000;
/// The most corners that are held at once, of all views together: where there are more, one view comes after another.
const MOST_CORNERS: usize = 4_000_000;
/// No triangle.
const NONE: u32 = u32::MAX;

/// The triangles of a band of rows.
#[derive(Default)]
struct Bin {
    solid: Vec<u32>,
    translucent: Vec<u32>,
}

/// What is seen through, in one pixel.
struct Piece {
    pixel: u32,
    triangle: u32,
    /// How near it is.
    near: f32,
    /// The middle of the samples that it covers, and their number.
    middle: [f32; 2],
    samples: f32,
}

struct View<'a> {
    stage: &'a Stage<'a>,
    camera: Camera,
    light: Light<'a>,
    /// Of the vertices, in samples.
    corners: Vec<Corner>,
    bins: Vec<Bin>,
    side: u32,
}

/// What each camera sees, on a picture of its side.
pub(super) fn draw(stage: &Stage<'_>, cameras: &[(Camera, u32)]) -> Result<Vec<RgbaImage>, PreviewError> {
    let mut pictures = Vec::with_capacity(cameras.len());
    let at_once = MOST_CORNERS / stage.positions.len().max(1);
    for cameras in cameras.chunks(at_once.max(1)) {
        let views = share_and_gather(cameras.iter().copied(), |(camera, side)| View::of(stage, camera, side));
        let views = views.into_iter().collect::<Result<Vec<_>, _>>()?;
        let first = pictures.len();
        pictures.extend(views.iter().map(|view| RgbaImage::new(view.side, view.side)));
        let bands = views.iter().zip(&mut pictures[first..]).flat_map(|(view, picture)| {
            let rows = (view.side * BAND) as usize * 4;
            (0..).zip(picture.chunks_mut(rows)).map(move |(band, pixels)| (view, band, pixels))
        });
        share(bands, |(view, band, pixels)| view.band(band, pixels));
    }
    Ok(pictures)
}

fn bins(stage: &Stage<'_>, corners: &[Corner], width: u32) -> Result<Vec<Bin>, PreviewError> {
    let height = BAND * SAMPLES;
    let mut bins: Vec<Bin> = (0..width.div_ceil(height)).map(|_| Bin::default()).collect();
    let rows = Rows { first: 0, end: width, width };
    let mut covered = 0;
    for (index, triangle) in (0..).zip(&stage.scene.triangles) {
        let corners = triangle.vertices.map(|vertex| corners[vertex as usize]);
        let Some([left, right, top, bottom]) = area(&corners, rows) else { continue };
        covered += u64::from(right - left) * u64::from(bottom - top);
        let is_translucent = stage.is_translucent.get(triangle.material as usize).is_some_and(|is| *is);
        for bin in &mut bins[(top / height) as usize..=((bottom - 1) / height) as usize] {
            if is_translucent { bin.translucent.push(index) } else { bin.solid.push(index) }
        }
    }
    if covered > MOST_COVERED {
        return Err(PreviewError::TooLarge("its triangles cover each other too often".to_owned()));
    }
    Ok(bins)
}

impl<'a> View<'a> {
    fn of(stage: &'a Stage<'a>, camera: Camera, side: u32) -> Result<Self, PreviewError> {
        let width = side * SAMPLES;
        let corners: Vec<Corner> =
            stage.positions.iter().map(|position| camera.project(*position, width as f32)).collect();
        let bins = bins(stage, &corners, width)?;
        let light = Light::of(stage, &camera, side, SAMPLES as f32);
        Ok(Self { stage, camera, light, corners, bins, side })
    }

    fn corners(&self, triangle: u32) -> [Corner; 3] {
        self.stage.scene.triangles[triangle as usize].vertices.map(|vertex| self.corners[vertex as usize])
    }

    /// Draws the rows of pixels of a band.
    fn band(&self, band: usize, pixels: &mut [u8]) {
        let Some(bin) = self.bins.get(band) else { return };
        let (top, width) = (band as u32 * BAND, self.side * SAMPLES);
        let rows = (pixels.len() / 4) as u32 / self.side;
        let rows = Rows { first: top * SAMPLES, end: (top + rows) * SAMPLES, width };
        let mut nearest = vec![0.0_f32; ((rows.end - rows.first) * width) as usize];
        let mut seen = vec![NONE; nearest.len()];
        for &triangle in &bin.solid {
            self.put(triangle, rows, &mut nearest, &mut seen);
        }
        let pieces = self.pieces(bin, rows, &nearest);
        let mut pieces = pieces.as_slice();
        for (index, pixel) in (0..).zip(pixels.as_chunks_mut::<4>().0) {
            let (x, y) = (index % self.side, index / self.side);
            let mut color = self.pixel(x, top + y, rows, &seen);
            while let Some((piece, rest)) = pieces.split_first().filter(|(piece, _)| piece.pixel == index) {
                let [across, down] = piece.middle;
                let [red, green, blue, alpha] =
                    self.light.on(piece.triangle, &self.corners(piece.triangle), across, down);
                let alpha = alpha * (piece.samples / (SAMPLES * SAMPLES) as f32).min(1.0);
                color += (Vec3::new(red, green, blue) - color) * alpha;
                pieces = rest;
            }
            *pixel = to_srgb(color);
        }
    }

    fn put(&self, triangle: u32, rows: Rows, nearest: &mut [f32], seen: &mut [u32]) {
        let material = self.stage.scene.triangles[triangle as usize].material;
        let mask = match self.stage.scene.materials.get(material as usize).map(|material| material.alpha) {
            Some(Alpha::Mask(bound)) => Some(bound),
            _ => None,
        };
        let corners = self.corners(triangle);
        cover(&corners, rows, |x, y, near| {
            let index = ((y - rows.first) * rows.width + x) as usize;
            if near > nearest[index] {
                let at = || (x as f32 + 0.5, y as f32 + 0.5);
                if mask.is_some_and(|bound| self.light.alpha(triangle, &corners, at()) < bound) {
                    return;
                }
                nearest[index] = near;
                seen[index] = triangle;
            }
        });
    }

    /// What is seen through, by pixel and then from back to front.
    fn pieces(&self, bin: &Bin, rows: Rows, nearest: &[f32]) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut row = vec![None; self.side as usize];
        for &triangle in &bin.translucent {
            let (mut pixel_row, mut first) = (u32::MAX, pieces.len());
            cover(&self.corners(triangle), rows, |x, y, near| {
                if near <= nearest[((y - rows.first) * rows.width + x) as usize]
                    || pieces.len() >= MOST_PIECES
                {
                    return;
                }
                let (column, line) = (x / SAMPLES, (y - rows.first) / SAMPLES);
                if line != pixel_row {
                    (pixel_row, first) = (line, pieces.len());
                }
                // Where in the list the piece of this pixel is, if it is of this triangle and row.
                let known = row[column as usize].filter(|index| *index >= first && *index < pieces.len());
                let index = known.unwrap_or(pieces.len());
                if known.is_none() {
                    row[column as usize] = Some(index);
                    let pixel = line * self.side + column;
                    pieces.push(Piece { pixel, triangle, near: 0.0, middle: [0.0; 2], samples: 0.0 });
                }
                let piece = &mut pieces[index];
                piece.samples += 1.0;
                piece.near += (near - piece.near) / piece.samples;
                piece.middle[0] += (x as f32 + 0.5 - piece.middle[0]) / piece.samples;
                piece.middle[1] += (y as f32 + 0.5 - piece.middle[1]) / piece.samples;
            });
        }
        pieces.sort_by(|a, b| a.pixel.cmp(&b.pixel).then(a.near.total_cmp(&b.near)));
        pieces
    }

    /// Whether two triangles go on into each other, so that within a pixel one may stand for both: sharp edges and seams of
    /// textures have vertices of their own on each side.
    fn is_alike(&self, one: u32, other: u32) -> bool {
        if one == NONE || other == NONE {
            return false;
        }
        let [one, other] = [one, other].map(|triangle| self.stage.scene.triangles[triangle as usize]);
        one.material == other.material && one.vertices.iter().any(|vertex| other.vertices.contains(vertex))
    }

    /// The colour of what is solid: each triangle that the pixel shows, and the backdrop, by how much of it they cover.
    fn pixel(&self, x: u32, y: u32, rows: Rows, seen: &[u32]) -> Vec3 {
        const COUNT: usize = (SAMPLES * SAMPLES) as usize;
        let mut shown = [(NONE, [0.0_f32; 2], 0.0_f32); COUNT];
        let mut kinds = 0;
        for sample in 0..SAMPLES * SAMPLES {
            let (across, down) = (x * SAMPLES + sample % SAMPLES, y * SAMPLES + sample / SAMPLES);
            let triangle = seen[((down - rows.first) * rows.width + across) as usize];
            let known = shown[..kinds].iter().position(|kind| kind.0 == triangle);
            let known =
                known.or_else(|| shown[..kinds].iter().position(|kind| self.is_alike(kind.0, triangle)));
            let kind = known.unwrap_or_else(|| {
                shown[kinds].0 = triangle;
                kinds += 1;
                kinds - 1
            });
            let (_, middle, samples) = &mut shown[kind];
            *middle = [middle[0] + across as f32 + 0.5, middle[1] + down as f32 + 0.5];
            *samples += 1.0;
        }
        let mut color = Vec3::ZERO;
        for (triangle, middle, samples) in &shown[..kinds] {
            let (across, down) = (middle[0] / samples, middle[1] / samples);
            let part = if *triangle == NONE {
                let side = rows.width as f32;
                backdrop(self.stage, &self.camera, across / side, down / side)
            } else {
                let [red, green, blue, _] = self.light.on(*triangle, &self.corners(*triangle), across, down);
                Vec3::new(red, green, blue)
            };
            color += part * (samples / COUNT as f32);
        }
        color
    }
}
