//! The game's hero, a small salvage robot on tracks: its colours, its proportions and how it is drawn.
//! Not the pictures it appears in (`concepts`, `landscape`) and not its 3D model (`model`), which shares the colours.

use super::canvas::{Canvas, Colour, Paint, Point, Shape};
use super::noise::{layered_noise, smoothstep, value_noise};

/// The colours of everything in the game that somebody made by hand: name for the palette sheet, colour.
pub(super) const PALETTE: [(&str, Colour); 10] = [
    ("hull", Colour::hex(0x34_9b93)),
    ("hull shade", Colour::hex(0x1d_5c66)),
    ("stripe", Colour::hex(0xe9_8a3c)),
    ("cream", Colour::hex(0xf4_e7cb)),
    ("iron", Colour::hex(0x46_5064)),
    ("tread", Colour::hex(0x28_2d38)),
    ("lamp", Colour::hex(0xff_d36b)),
    ("eye", Colour::hex(0xa4_f5e6)),
    ("rust", Colour::hex(0xa8_5330)),
    ("mud", Colour::hex(0x6e_5c4b)),
];

pub(super) const HULL: usize = 0;
pub(super) const HULL_SHADE: usize = 1;
pub(super) const STRIPE: usize = 2;
pub(super) const CREAM: usize = 3;
pub(super) const IRON: usize = 4;
pub(super) const TREAD: usize = 5;
pub(super) const LAMP: usize = 6;
pub(super) const EYE: usize = 7;
pub(super) const RUST: usize = 8;
pub(super) const MUD: usize = 9;

/// One entry of [`PALETTE`].
pub(super) const fn colour(entry: usize) -> Colour {
    PALETTE[entry].1
}

/// The proportions, as shares of the robot's height.
#[derive(Clone, Copy)]
pub(super) struct Build {
    pub(super) body_half: Point,
    pub(super) head_half: Point,
    pub(super) track_half: Point,
    /// How round body and head are: 0 square, 1 as round as can be.
    pub(super) roundness: f32,
    pub(super) antennas: u8,
}

impl Build {
    /// The one the game uses.
    pub(super) const CHOSEN: Self = Self {
        body_half: [0.25, 0.18],
        head_half: [0.235, 0.135],
        track_half: [0.115, 0.12],
        roundness: 0.62,
        antennas: 1,
    };
}

/// Where and how large the robot stands, and what light it is in.
#[derive(Clone, Copy)]
pub(super) struct Stand {
    /// The middle of the ground line below it.
    pub(super) feet: Point,
    pub(super) height_px: f32,
    /// Laid over everything but the lights; alpha says how strongly. Opaque black makes a silhouette.
    pub(super) shade: Colour,
    pub(super) mud: bool,
}

/// Draws in the robot's own measures: x from its middle, y up from the ground, both in shares of its height.
struct Brush<'a> {
    canvas: &'a mut Canvas,
    stand: Stand,
}

impl Brush<'_> {
    fn at(&self, x: f32, y: f32) -> Point {
        let Stand { feet, height_px, .. } = self.stand;
        [feet[0] + x * height_px, feet[1] - y * height_px]
    }

    fn px(&self, share: f32) -> f32 {
        share * self.stand.height_px
    }

    fn shaded(&self, colour: Colour) -> Colour {
        colour.mix(self.stand.shade.alpha(1.0), self.stand.shade.alpha)
    }

    fn slab(&self, [x, y]: Point, half: Point, corner: f32) -> Shape {
        Shape::Box {
            centre: self.at(x, y),
            half: [self.px(half[0]), self.px(half[1])],
            corner: self.px(corner),
        }
    }

    fn disc(&self, [x, y]: Point, radius: f32) -> Shape {
        Shape::Circle { centre: self.at(x, y), radius: self.px(radius) }
    }

    fn rod(&self, from: Point, to: Point, radius: f32) -> Shape {
        Shape::Capsule { from: self.at(from[0], from[1]), to: self.at(to[0], to[1]), radius: self.px(radius) }
    }

    /// A solid part: bevelled, inked.
    fn part(&mut self, shape: &Shape, base: Colour) {
        let (upper, lower) = (self.shaded(base.lit(0.12)), self.shaded(base.lit(-0.16)));
        let shine = 1.0 - self.stand.shade.alpha;
        let bevel = self.px(0.05 * shine).max(0.5);
        self.canvas.fill(shape, Paint::Bevelled(upper, lower, bevel));
        let ink = self.shaded(Colour::hex(0x18_2430)).alpha(0.85);
        self.canvas.outline(shape, self.px(0.008).max(0.8), ink);
    }

    /// A painted mark without thickness.
    fn mark(&mut self, shape: &Shape, base: Colour) {
        let colour = self.shaded(base);
        self.canvas.fill(shape, Paint::Flat(colour));
    }
}

/// Draws the robot seen from the front.
pub(super) fn draw_robot(canvas: &mut Canvas, build: Build, stand: Stand) {
    let brush = &mut Brush { canvas, stand };
    let ground = 2.0 * build.track_half[1];
    let body_y = ground * 0.82 + build.body_half[1];
    let head_y = body_y + build.body_half[1] + 0.05 + build.head_half[1];
    draw_arms(brush, build, body_y);
    draw_tracks(brush, build);
    draw_body(brush, build, body_y);
    draw_head(brush, build, body_y + build.body_half[1], head_y);
}

fn draw_tracks(brush: &mut Brush<'_>, build: Build) {
    let [half_x, half_y] = build.track_half;
    let apart = build.body_half[0] - half_x * 0.35;
    let axle = brush.rod([-apart, half_y * 1.1], [apart, half_y * 1.1], 0.035);
    brush.part(&axle, colour(IRON));
    for side in [-1.0, 1.0] {
        let track = brush.slab([side * apart, half_y], build.track_half, half_x * 0.45);
        brush.part(&track, colour(TREAD));
        for step in 0..6 {
            let y = half_y * (0.22 + 0.31 * step as f32);
            let cleat = brush.slab([side * apart, y], [half_x * 0.82, half_y * 0.055], 0.004);
            brush.mark(&cleat, colour(IRON).lit(0.05));
        }
        if brush.stand.mud {
            splash_mud(brush.canvas, &track, brush.stand, 2.0 * half_y);
        }
        let guard = brush.slab([side * apart, half_y * 2.0], [half_x * 1.12, half_y * 0.2], half_y * 0.16);
        brush.part(&guard, colour(STRIPE));
    }
}

fn draw_arms(brush: &mut Brush<'_>, build: Build, body_y: f32) {
    for side in [-1.0, 1.0] {
        let shoulder = [side * (build.body_half[0] + 0.03), body_y + build.body_half[1] * 0.55];
        let elbow = [side * (build.body_half[0] + 0.13), body_y - 0.02];
        let hand = [side * (build.body_half[0] + 0.12), (body_y - 0.17).max(0.2)];
        let upper_arm = brush.rod(shoulder, elbow, 0.03);
        brush.part(&upper_arm, colour(IRON));
        let forearm = brush.rod(elbow, hand, 0.042);
        brush.part(&forearm, colour(HULL));
        let joint = brush.disc(elbow, 0.04);
        brush.part(&joint, colour(STRIPE));
        if side < 0.0 {
            for (turn, reach) in [(-0.045, 0.075), (0.0, 0.085), (0.045, 0.075)] {
                let finger = brush.rod(hand, [hand[0] + turn, hand[1] - reach], 0.016);
                brush.part(&finger, colour(CREAM).lit(-0.15));
            }
        } else {
            draw_lantern(brush, [hand[0], hand[1] - 0.12]);
        }
        let wrist = brush.disc(hand, 0.036);
        brush.part(&wrist, colour(IRON));
        let cap = brush.disc(shoulder, 0.058);
        brush.part(&cap, colour(CREAM));
    }
}

fn draw_lantern(brush: &mut Brush<'_>, middle: Point) {
    let handle = brush.rod([middle[0], middle[1] + 0.12], [middle[0], middle[1] + 0.06], 0.008);
    brush.part(&handle, colour(IRON));
    let glass = brush.slab(middle, [0.04, 0.055], 0.018);
    brush.part(&glass, colour(IRON));
    let centre = brush.at(middle[0], middle[1]);
    let (halo, core) = (brush.px(0.34), brush.slab(middle, [0.026, 0.036], 0.014));
    if brush.stand.shade.alpha < 1.0 {
        brush.canvas.glow(centre, halo, colour(LAMP).alpha(0.55));
        brush.canvas.fill(&core, Paint::Vertical(Colour::hex(0xff_f3c4), colour(LAMP)));
    }
    for y in [0.06, -0.06] {
        let rim = brush.slab([middle[0], middle[1] + y], [0.05, 0.013], 0.008);
        brush.part(&rim, colour(RUST));
    }
}

fn draw_body(brush: &mut Brush<'_>, build: Build, y: f32) {
    let [half_x, half_y] = build.body_half;
    let corner = half_x.min(half_y) * build.roundness;
    let hull = brush.slab([0.0, y], build.body_half, corner);
    brush.part(&hull, colour(HULL));
    let stripe = brush.slab([0.0, y - half_y * 0.5], [half_x * 0.975, half_y * 0.12], 0.004);
    brush.mark(&stripe, colour(STRIPE));
    let hatch = brush.slab([0.0, y + half_y * 0.14], [half_x * 0.58, half_y * 0.46], 0.03);
    brush.part(&hatch, colour(HULL_SHADE));
    let gauge_at = [-half_x * 0.24, y + half_y * 0.14];
    let gauge = brush.disc(gauge_at, half_y * 0.28);
    brush.part(&gauge, colour(CREAM));
    let tip = [gauge_at[0] + half_y * 0.14, gauge_at[1] + half_y * 0.14];
    let needle = brush.rod(gauge_at, tip, 0.007);
    brush.mark(&needle, colour(RUST));
    for slot in 0..3 {
        let vent_y = y + half_y * (0.34 - 0.2 * slot as f32);
        let vent = brush.slab([half_x * 0.28, vent_y], [half_x * 0.2, half_y * 0.045], 0.006);
        brush.mark(&vent, colour(TREAD));
    }
    for (across, up) in [(-1.0, 1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)] {
        let rivet = brush.disc([across * half_x * 0.8, y + half_y * (0.16 + 0.52 * up)], 0.011);
        brush.mark(&rivet, colour(CREAM).lit(-0.1));
    }
}

fn draw_head(brush: &mut Brush<'_>, build: Build, shoulders_y: f32, y: f32) {
    let [half_x, half_y] = build.head_half;
    let neck = brush.slab([0.0, shoulders_y + 0.03], [half_x * 0.36, 0.05], 0.01);
    brush.part(&neck, colour(IRON));
    for antenna in 0..build.antennas {
        let side = if antenna == 0 { 1.0 } else { -1.0 };
        let tip = [side * half_x * 0.72, y + half_y + 0.13];
        let mast = brush.rod([side * half_x * 0.5, y + half_y * 0.8], tip, 0.009);
        brush.part(&mast, colour(IRON));
        let bulb = brush.disc(tip, 0.026);
        brush.part(&bulb, colour(STRIPE));
    }
    for side in [-1.0, 1.0] {
        let ear = brush.slab([side * half_x, y], [0.032, half_y * 0.46], 0.02);
        brush.part(&ear, colour(STRIPE));
    }
    let shell = brush.slab([0.0, y], build.head_half, half_y * (0.25 + 0.6 * build.roundness));
    brush.part(&shell, colour(CREAM));
    let visor_half = [half_x * 0.8, half_y * 0.6];
    let visor = brush.slab([0.0, y - half_y * 0.05], visor_half, visor_half[1] * 0.85);
    brush.part(&visor, Colour::hex(0x14_2330));
    if brush.stand.shade.alpha >= 1.0 {
        return;
    }
    for side in [-1.0, 1.0] {
        let (eye_x, eye_y) = (side * half_x * 0.38, y - half_y * 0.05);
        let (centre, halo) = (brush.at(eye_x, eye_y), brush.px(0.1));
        brush.canvas.glow(centre, halo, colour(EYE).alpha(0.5));
        let eye = brush.slab([eye_x, eye_y], [0.034, 0.042], 0.033);
        brush.canvas.fill(&eye, Paint::Vertical(Colour::WHITE, colour(EYE)));
        let glint = brush.disc([eye_x - 0.012, eye_y + 0.018], 0.009);
        brush.canvas.fill(&glint, Paint::Flat(Colour::WHITE));
    }
    let shine = brush.rod([-half_x * 0.5, y + half_y * 0.4], [half_x * 0.3, y + half_y * 0.4], 0.007);
    brush.canvas.fill(&shine, Paint::Flat(Colour::WHITE.alpha(0.35)));
}

/// Dried mud on the lower part of a shape, in patches that thin out upwards.
fn splash_mud(canvas: &mut Canvas, shape: &Shape, stand: Stand, reach: f32) {
    let Stand { feet, height_px, .. } = stand;
    canvas.fill_with(shape, |x, y| {
        let up = (feet[1] - y) / (reach * height_px);
        let (across, down) = (x / height_px, y / height_px);
        let patch = layered_noise(across * 24.0, down * 30.0, [4096, 4096], 3, 41);
        let fleck = value_noise(across * 130.0, down * 130.0, [4096, 4096], 9);
        let strength = smoothstep(0.02, 0.07, patch - 0.24 - 0.42 * up)
            .max(smoothstep(0.05, 0.1, fleck - 0.8) * smoothstep(1.5, 0.5, up));
        colour(MUD).lit(0.12 + 0.3 * (patch - 0.5)).alpha(strength * 0.9)
    });
}
