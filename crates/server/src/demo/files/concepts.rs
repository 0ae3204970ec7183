//! The concept sheets of the robot: the chosen design, the silhouettes it was chosen from, its palette.
//! Called by the list of files; draws with `canvas` and `robot`.

use super::canvas::{Canvas, Colour, Paint, Shape};
use super::encode::{indexed_png, rgb_png};
use super::noise::{hash, layered_noise};
use super::robot::{Build, PALETTE, Stand, colour, draw_robot};

const PAPER: Colour = Colour::hex(0xf3_ebdb);
const PENCIL: Colour = Colour::hex(0x5b_7a8c);

/// The chosen design on squared paper, with its colours beside it.
pub(super) fn robot_front() -> Vec<u8> {
    let mut canvas = Canvas::new(640, 720, PAPER);
    squared_paper(&mut canvas);
    let feet = [300.0, 640.0];
    let halo = Shape::Circle { centre: [feet[0], 360.0], radius: 235.0 };
    canvas.fill(&halo, Paint::Vertical(Colour::hex(0xfb_d9a6), Colour::hex(0xf0_a98a).alpha(0.75)));
    construction_lines(&mut canvas, feet);
    let shadow = Shape::Box { centre: [feet[0] + 14.0, feet[1] + 4.0], half: [190.0, 7.0], corner: 7.0 };
    canvas.blurred(&shadow, 16.0, Colour::hex(0x4a_3d3a).alpha(0.55));
    let stand = Stand { feet, height_px: 520.0, shade: Colour::CLEAR, mud: true };
    draw_robot(&mut canvas, Build::CHOSEN, stand);
    for (row, (_, swatch)) in PALETTE.iter().enumerate() {
        let centre = [584.0, 80.0 + 54.0 * row as f32];
        let tile = Shape::Box { centre, half: [30.0, 20.0], corner: 5.0 };
        canvas.blurred(&tile, 5.0, Colour::BLACK.alpha(0.18));
        canvas.fill(&tile, Paint::Flat(*swatch));
        canvas.outline(&tile, 1.5, PENCIL.alpha(0.7));
    }
    rgb_png(&canvas)
}

fn squared_paper(canvas: &mut Canvas) {
    canvas.paint(|x, y| {
        let line = |at: f32| (at % 20.0) < 1.0;
        let strong = |at: f32| (at % 100.0) < 1.0;
        match (line(x) || line(y), strong(x) || strong(y)) {
            (_, true) => PENCIL.alpha(0.22),
            (true, _) => PENCIL.alpha(0.09),
            _ => Colour::CLEAR,
        }
    });
}

/// The pencil lines a designer leaves: the middle, the height in fifths, the width.
fn construction_lines(canvas: &mut Canvas, [x, ground]: [f32; 2]) {
    let mut pencil = |from, to| {
        canvas.fill(&Shape::Capsule { from, to, radius: 0.7 }, Paint::Flat(PENCIL.alpha(0.75)));
    };
    pencil([x, 40.0], [x, ground + 40.0]);
    pencil([40.0, ground], [540.0, ground]);
    pencil([60.0, ground - 520.0], [60.0, ground]);
    for fifth in 0..=5 {
        let y = ground - 104.0 * fifth as f32;
        let reach = if fifth % 5 == 0 { 16.0 } else { 9.0 };
        pencil([60.0 - reach, y], [60.0 + reach, y]);
    }
    pencil([x - 198.0, ground + 28.0], [x + 198.0, ground + 28.0]);
    for side in [-198.0, 198.0] {
        pencil([x + side, ground + 20.0], [x + side, ground + 36.0]);
    }
}

/// Eight candidates in black, and the one that was taken in a circle.
pub(super) fn robot_silhouettes() -> Vec<u8> {
    let mut canvas = Canvas::new(960, 560, Colour::hex(0xe9_e4da));
    let dark = Colour::hex(0x2c_3440);
    for candidate in 0..8_u8 {
        let (column, row) = (f32::from(candidate % 4), f32::from(candidate / 4));
        let feet = [130.0 + 233.0 * column, 240.0 + 262.0 * row];
        let chosen = candidate == 5;
        if chosen {
            let mark = Shape::Circle { centre: [feet[0], feet[1] - 92.0], radius: 122.0 };
            canvas.fill(&mark, Paint::Flat(colour(super::robot::LAMP).alpha(0.55)));
            canvas.outline(&mark, 4.0, colour(super::robot::STRIPE));
        }
        let floor = Shape::Box { centre: [feet[0], feet[1] + 3.0], half: [82.0, 4.0], corner: 4.0 };
        canvas.blurred(&floor, 7.0, dark.alpha(0.4));
        let build = if chosen { Build::CHOSEN } else { candidate_build(candidate) };
        let stand = Stand { feet, height_px: 190.0, shade: dark, mud: false };
        draw_robot(&mut canvas, build, stand);
    }
    rgb_png(&canvas)
}

fn candidate_build(candidate: u8) -> Build {
    let draw = |trait_number| hash(i32::from(candidate), trait_number, 77);
    let tall = draw(1);
    Build {
        body_half: [0.16 + 0.13 * draw(0), 0.11 + 0.13 * tall],
        head_half: [0.12 + 0.15 * draw(2), 0.17 - 0.09 * tall],
        track_half: [0.07 + 0.09 * draw(3), 0.07 + 0.07 * draw(4)],
        roundness: draw(5),
        antennas: candidate % 3,
    }
}

/// The palette as an indexed picture: each colour with a lighter and a darker neighbour.
pub(super) fn palette_sheet() -> Vec<u8> {
    const COLUMNS: usize = PALETTE.len();
    const TILE: usize = 48;
    const STEPS: [f32; 5] = [0.4, 0.2, 0.0, -0.22, -0.42];
    let palette: Vec<Colour> =
        STEPS.iter().flat_map(|step| PALETTE.iter().map(move |(_, colour)| colour.lit(*step))).collect();
    let (width, height) = (COLUMNS * TILE, STEPS.len() * TILE);
    let indices: Vec<u8> = (0..width * height)
        .map(|pixel| ((pixel / width / TILE) * COLUMNS + (pixel % width) / TILE) as u8)
        .collect();
    indexed_png(width, height, &palette, &indices)
}

/// How many colours the strip below has room for: a power of two, as game engines like it.
pub(super) const STRIP_COLOURS: usize = 16;

/// The robot's colours as the strip its 3D model takes them from: 8 by 8 pixels a colour.
pub(super) fn palette_strip() -> Vec<u8> {
    let width = STRIP_COLOURS * 8;
    let mut canvas = Canvas::new(width, 8, Colour::BLACK);
    canvas.paint(|x, _| PALETTE.get((x / 8.0) as usize).map_or(Colour::BLACK, |(_, colour)| *colour));
    rgb_png(&canvas)
}

/// A sheet of paint strokes in the scene's colours: what a mood board starts from.
pub(super) fn brush_strokes() -> Vec<u8> {
    let mut canvas = Canvas::new(560, 400, Colour::hex(0xc3_bcb0));
    for (row, (_, pigment)) in PALETTE.iter().enumerate() {
        let middle = 38.0 + 36.0 * row as f32;
        let start = 40.0 + 50.0 * hash(row as i32, 0, 3);
        let end = 520.0 - 120.0 * hash(row as i32, 1, 3);
        canvas.paint_within([0.0, middle - 24.0, 560.0, middle + 24.0], |x, y| {
            let wave = 4.0 * (x / 60.0 + row as f32).sin();
            if (y - middle - wave).abs() > 15.0 || x < start {
                return Colour::CLEAR;
            }
            let bristle = layered_noise(x / 90.0, y / 2.5, [4096, 4096], 2, 17 + row as u32);
            let dry = ((x - start) / (end - start)).clamp(0.0, 1.0);
            let half_height = 15.0 - 3.0 * dry;
            let inside = (half_height - (y - middle - wave).abs()).clamp(0.0, 1.0);
            let ends = (x - start - 14.0 * bristle).min(end + 40.0 * bristle - x).clamp(0.0, 1.0);
            let covered = ((bristle - 0.75 * dry * dry) * 7.0 + 0.6).clamp(0.0, 1.0);
            pigment.lit((bristle - 0.5) * 0.3).alpha(inside * ends * covered)
        });
    }
    rgb_png(&canvas)
}
