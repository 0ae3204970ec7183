//! Pictures on surfaces, with smaller copies of themselves for what is far away.

use glam::Vec2;
use image::RgbaImage;

/// A texture: the picture and its mipmaps, each half as large as the one before.
#[derive(Debug)]
pub(crate) struct Texture {
    levels: Vec<RgbaImage>,
    /// Whether some of it is not opaque.
    pub(crate) has_alpha: bool,
}

impl Texture {
    /// Of a picture that has pixels.
    pub(crate) fn new(picture: RgbaImage) -> Self {
        let has_alpha = picture.as_raw().iter().skip(3).step_by(4).any(|alpha| *alpha < 250);
        let mut levels = vec![picture];
        while let Some(last) = levels.last().filter(|last| last.width().max(last.height()) > 1) {
            levels.push(half(last));
        }
        Self { levels, has_alpha }
    }

    /// The colour at a place, which repeats, where a pixel of the screen is this far across. 0 to 255 a channel, as stored.
    pub(crate) fn sample(&self, uv: Vec2, across: f32) -> [f32; 4] {
        let side = self.levels[0].width().max(self.levels[0].height());
        let level = (across * side as f32).max(1.0).log2().min((self.levels.len() - 1) as f32);
        let (near, between) = (level as usize, level.fract());
        let fine = bilinear(&self.levels[near], uv);
        if between < 0.05 || near + 1 == self.levels.len() {
            return fine;
        }
        let coarse = bilinear(&self.levels[near + 1], uv);
        std::array::from_fn(|channel| fine[channel] + (coarse[channel] - fine[channel]) * between)
    }
}

fn bilinear(level: &RgbaImage, uv: Vec2) -> [f32; 4] {
    let (width, height) = level.dimensions();
    let x = uv.x.rem_euclid(1.0) * width as f32 - 0.5;
    let y = uv.y.rem_euclid(1.0) * height as f32 - 0.5;
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let wrapped = |place: f32, length: u32| {
        let place = if place < 0.0 { length - 1 } else { place as u32 };
        if place >= length { 0 } else { place }
    };
    let columns = [wrapped(left, width), wrapped(left + 1.0, width)];
    let rows = [wrapped(top, height), wrapped(top + 1.0, height)];
    let pixels = level.as_raw();
    let at = |x: u32, y: u32| {
        let start = (y as usize * width as usize + x as usize) * 4;
        &pixels[start..start + 4]
    };
    let corners =
        [at(columns[0], rows[0]), at(columns[1], rows[0]), at(columns[0], rows[1]), at(columns[1], rows[1])];
    std::array::from_fn(|channel| {
        let corners = corners.map(|corner| f32::from(corner[channel]));
        let upper = corners[0] + (corners[1] - corners[0]) * across;
        let lower = corners[2] + (corners[3] - corners[2]) * across;
        upper + (lower - upper) * down
    })
}

fn half(level: &RgbaImage) -> RgbaImage {
    let (width, height) = level.dimensions();
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let mut half = RgbaImage::new(half_width, half_height);
    let from = level.as_raw();
    for (y, row) in (0..).zip(half.chunks_exact_mut(half_width as usize * 4)) {
        let rows = [y * 2, (y * 2 + 1).min(height as usize - 1)].map(|row| row * width as usize);
        for (x, pixel) in (0..).zip(row.chunks_exact_mut(4)) {
            let columns = [x * 2, (x * 2 + 1).min(width as usize - 1)];
            let starts =
                [rows[0] + columns[0], rows[0] + columns[1], rows[1] + columns[0], rows[1] + columns[1]];
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sum: u32 = starts.iter().map(|start| u32::from(from[start * 4 + channel])).sum();
                *value = u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX);
            }
        }
    }
    half
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn texture_repeats_and_is_its_mean_from_far_away() {
        let mut picture = RgbaImage::from_pixel(4, 2, Rgba([0, 0, 0, 255]));
        for x in 0..2 {
            picture.put_pixel(x, 0, Rgba([200, 0, 0, 255]));
            picture.put_pixel(x, 1, Rgba([200, 0, 0, 255]));
        }
        let texture = Texture::new(picture);
        assert!(!texture.has_alpha);
        assert_eq!(texture.sample(Vec2::new(0.25, 0.5), 0.0)[0], 200.0);
        assert_eq!(texture.sample(Vec2::new(-0.75, 7.5), 0.0)[0], 200.0);
        assert_eq!(texture.sample(Vec2::new(0.25, 0.5), 9.0)[0], 100.0);
        assert_eq!(texture.sample(Vec2::new(f32::MAX, -0.0), 0.0)[3], 255.0);
    }
}
