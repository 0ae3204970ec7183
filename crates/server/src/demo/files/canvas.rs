//! A small drawing surface: anti-aliased shapes, gradients and glows on floating-point pixels.
//! Not a general picture library: just what the demo's pictures need. The other modules of this folder draw on it.

use super::noise::smoothstep;

/// A position in pixels, `y` down.
pub(super) type Point = [f32; 2];

/// A colour as the screen shows it (sRGB, not linear), each part from 0 to 1, alpha not multiplied in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour {
    pub(super) red: f32,
    pub(super) green: f32,
    pub(super) blue: f32,
    pub(super) alpha: f32,
}

impl Colour {
    pub(super) const CLEAR: Self = Self { red: 0.0, green: 0.0, blue: 0.0, alpha: 0.0 };
    pub(super) const WHITE: Self = Self::hex(0x00ff_ffff);
    pub(super) const BLACK: Self = Self::hex(0);

    /// The opaque colour written `0xRRGGBB`.
    pub(super) const fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self { red: red as f32 / 255.0, green: green as f32 / 255.0, blue: blue as f32 / 255.0, alpha: 1.0 }
    }

    pub(super) const fn alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// Goes from this colour (`amount` 0) to `other` (`amount` 1).
    pub(super) fn mix(self, other: Self, amount: f32) -> Self {
        let blend = |from: f32, to: f32| from + (to - from) * amount;
        Self {
            red: blend(self.red, other.red),
            green: blend(self.green, other.green),
            blue: blend(self.blue, other.blue),
            alpha: blend(self.alpha, other.alpha),
        }
    }

    /// Lighter for a positive `amount`, darker for a negative one; -1 is black, 1 is white.
    pub(super) fn lit(self, amount: f32) -> Self {
        let towards = if amount < 0.0 { Self::BLACK } else { Self::WHITE };
        self.mix(towards.alpha(self.alpha), amount.abs().min(1.0))
    }

    /// This colour laid over `below`.
    fn over(self, below: Self) -> Self {
        let alpha = self.alpha + below.alpha * (1.0 - self.alpha);
        if alpha <= 0.0 {
            return Self::CLEAR;
        }
        let blend =
            |top: f32, bottom: f32| (top * self.alpha + bottom * below.alpha * (1.0 - self.alpha)) / alpha;
        Self {
            red: blend(self.red, below.red),
            green: blend(self.green, below.green),
            blue: blend(self.blue, below.blue),
            alpha,
        }
    }
}

/// An outline known by its signed distance: negative inside, in pixels.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Circle { centre: Point, radius: f32 },
    Box { centre: Point, half: Point, corner: f32 },
    Capsule { from: Point, to: Point, radius: f32 },
    Polygon(Vec<Point>),
}

impl Shape {
    fn distance(&self, [x, y]: Point) -> f32 {
        match self {
            Self::Circle { centre, radius } => length(x - centre[0], y - centre[1]) - radius,
            Self::Box { centre, half, corner } => {
                let over_x = (x - centre[0]).abs() - half[0] + corner;
                let over_y = (y - centre[1]).abs() - half[1] + corner;
                length(over_x.max(0.0), over_y.max(0.0)) + over_x.max(over_y).min(0.0) - corner
            }
            Self::Capsule { from, to, radius } => {
                let [off_x, off_y] = offset_from_segment([x, y], *from, *to);
                length(off_x, off_y) - radius
            }
            Self::Polygon(corners) => distance_to_polygon([x, y], corners),
        }
    }

    /// The box that holds the shape: least x and y, greatest x and y.
    fn bounds(&self) -> [f32; 4] {
        match self {
            Self::Circle { centre: [x, y], radius } => [x - radius, y - radius, x + radius, y + radius],
            Self::Box { centre: [x, y], half, .. } => [x - half[0], y - half[1], x + half[0], y + half[1]],
            Self::Capsule { from, to, radius } => [
                from[0].min(to[0]) - radius,
                from[1].min(to[1]) - radius,
                from[0].max(to[0]) + radius,
                from[1].max(to[1]) + radius,
            ],
            Self::Polygon(corners) => corners.iter().fold(
                [f32::MAX, f32::MAX, f32::MIN, f32::MIN],
                |[left, top, right, bottom], [x, y]| {
                    [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)]
                },
            ),
        }
    }
}

/// Plain length: nothing here is near the limits that `hypot` is slow for.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// The way from the nearest point of the line to this one.
fn offset_from_segment([x, y]: Point, from: Point, to: Point) -> Point {
    let (along_x, along_y) = (to[0] - from[0], to[1] - from[1]);
    let length_squared = (along_x * along_x + along_y * along_y).max(f32::EPSILON);
    let share = (((x - from[0]) * along_x + (y - from[1]) * along_y) / length_squared).clamp(0.0, 1.0);
    [x - from[0] - along_x * share, y - from[1] - along_y * share]
}

fn distance_to_polygon(point: Point, corners: &[Point]) -> f32 {
    let mut nearest_squared = f32::MAX;
    let mut inside = false;
    for (index, &corner) in corners.iter().enumerate() {
        let next = corners[(index + 1) % corners.len()];
        let [x, y] = offset_from_segment(point, corner, next);
        nearest_squared = nearest_squared.min(x * x + y * y);
        // Even-odd rule: a ray to the right crosses this edge.
        if (corner[1] > point[1]) != (next[1] > point[1]) {
            let share = (point[1] - corner[1]) / (next[1] - corner[1]);
            inside ^= point[0] < corner[0] + (next[0] - corner[0]) * share;
        }
    }
    if inside { -nearest_squared.sqrt() } else { nearest_squared.sqrt() }
}

/// What a shape is filled with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paint {
    Flat(Colour),
    /// From the top of the shape to its bottom.
    Vertical(Colour, Colour),
    /// As `Vertical`, with edges of this width in pixels that catch a light from the upper left.
    Bevelled(Colour, Colour, f32),
}

/// A picture being drawn.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, background: Colour) -> Self {
        Self { width, height, pixels: vec![background; width * height] }
    }

    /// Lays a colour over every pixel, told by the pixel's centre.
    pub(super) fn paint(&mut self, colour: impl Fn(f32, f32) -> Colour) {
        let everything = [0.0, 0.0, self.width as f32, self.height as f32];
        self.paint_within(everything, colour);
    }

    /// As [`Self::paint`], for the pixels of one box only: left, top, right, bottom.
    pub(super) fn paint_within(
        &mut self,
        [left, top, right, bottom]: [f32; 4],
        colour: impl Fn(f32, f32) -> Colour,
    ) {
        let columns = left.floor().max(0.0) as usize..(right.ceil().max(0.0) as usize).min(self.width);
        for row in top.floor().max(0.0) as usize..(bottom.ceil().max(0.0) as usize).min(self.height) {
            for column in columns.clone() {
                let new = colour(column as f32 + 0.5, row as f32 + 0.5);
                if new.alpha > 0.0 {
                    let pixel = &mut self.pixels[row * self.width + column];
                    *pixel = new.over(*pixel);
                }
            }
        }
    }

    /// Fills a shape with smooth edges.
    pub(super) fn fill(&mut self, shape: &Shape, paint: Paint) {
        let [_, top, _, bottom] = shape.bounds();
        let down = |y: f32| ((y - top) / (bottom - top).max(1.0)).clamp(0.0, 1.0);
        match paint {
            Paint::Flat(colour) => self.fill_with(shape, |_, _| colour),
            Paint::Vertical(upper, lower) => self.fill_with(shape, |_, y| upper.mix(lower, down(y))),
            Paint::Bevelled(upper, lower, width) => {
                let light = |x, y| bevel_light(shape, [x, y], width);
                self.fill_with(shape, |x, y| upper.mix(lower, down(y)).lit(light(x, y)));
            }
        }
    }

    /// Fills a shape with smooth edges, asking for the colour of each pixel in it.
    pub(super) fn fill_with(&mut self, shape: &Shape, colour: impl Fn(f32, f32) -> Colour) {
        let [left, top, right, bottom] = shape.bounds();
        self.paint_within([left - 1.0, top - 1.0, right + 1.0, bottom + 1.0], |x, y| {
            let coverage = (0.5 - shape.distance([x, y])).clamp(0.0, 1.0);
            if coverage <= 0.0 {
                return Colour::CLEAR;
            }
            let colour = colour(x, y);
            colour.alpha(colour.alpha * coverage)
        });
    }

    /// Draws a line of this width along the shape's edge, half of it inside.
    pub(super) fn outline(&mut self, shape: &Shape, width_px: f32, colour: Colour) {
        let [left, top, right, bottom] = shape.bounds();
        let reach = width_px / 2.0 + 1.0;
        self.paint_within([left - reach, top - reach, right + reach, bottom + reach], |x, y| {
            let coverage = (width_px / 2.0 - shape.distance([x, y]).abs() + 0.5).clamp(0.0, 1.0);
            colour.alpha(colour.alpha * coverage)
        });
    }

    /// Fills a shape whose edge fades over `blur_px` on both sides: a shadow or a glow.
    pub(super) fn blurred(&mut self, shape: &Shape, blur_px: f32, colour: Colour) {
        let [left, top, right, bottom] = shape.bounds();
        self.paint_within([left - blur_px, top - blur_px, right + blur_px, bottom + blur_px], |x, y| {
            let strength = smoothstep(blur_px, -blur_px, shape.distance([x, y]));
            colour.alpha(colour.alpha * strength)
        });
    }

    /// Light around a point, strongest in the middle.
    pub(super) fn glow(&mut self, centre: Point, radius_px: f32, colour: Colour) {
        let [x, y] = centre;
        self.paint_within([x - radius_px, y - radius_px, x + radius_px, y + radius_px], |at_x, at_y| {
            let share = 1.0 - (length(at_x - x, at_y - y) / radius_px).min(1.0);
            colour.alpha(colour.alpha * share * share)
        });
    }
}

/// How much a rounded edge catches the light: positive on the upper left, negative on the lower right.
fn bevel_light(shape: &Shape, [x, y]: Point, width: f32) -> f32 {
    let edge = 1.0 - (-shape.distance([x, y]) / width).clamp(0.0, 1.0);
    if edge <= 0.0 {
        return 0.0;
    }
    let outward_x = shape.distance([x + 0.5, y]) - shape.distance([x - 0.5, y]);
    let outward_y = shape.distance([x, y + 0.5]) - shape.distance([x, y - 0.5]);
    (-0.45 * outward_x - 0.85 * outward_y) * edge * edge * 0.42
}
