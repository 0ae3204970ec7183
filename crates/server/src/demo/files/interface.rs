//! What the player sees on the screen itself: two icons with alpha and a sheet of pixel-art sprites.
//! Called by the list of files.

use std::f32::consts::TAU;

use super::canvas::{Canvas, Colour, Paint, Point, Shape};
use super::encode::{indexed_png, rgba_png};
use super::robot::{CREAM, EYE, HULL, HULL_SHADE, IRON, LAMP, STRIPE, TREAD, colour};

const ICON_SIZE_PX: usize = 256;

/// A red heart on nothing.
pub(super) fn health_icon() -> Vec<u8> {
    let mut canvas = Canvas::new(ICON_SIZE_PX, ICON_SIZE_PX, Colour::CLEAR);
    let heart = |middle: Point, size: f32| {
        let corners = (0..72).map(|step| {
            let turn = TAU * step as f32 / 72.0;
            let x = 16.0 * turn.sin().powi(3);
            let y =
                13.0 * turn.cos() - 5.0 * (2.0 * turn).cos() - 2.0 * (3.0 * turn).cos() - (4.0 * turn).cos();
            [middle[0] + x * size, middle[1] - y * size]
        });
        Shape::Polygon(corners.collect())
    };
    canvas.blurred(&heart([128.0, 132.0], 6.4), 14.0, Colour::BLACK.alpha(0.45));
    canvas.fill(&heart([128.0, 120.0], 6.8), Paint::Flat(Colour::hex(0x4a_1020)));
    let face = heart([128.0, 119.0], 6.1);
    canvas.fill(&face, Paint::Bevelled(Colour::hex(0xff_6a6f), Colour::hex(0xc2_1f46), 22.0));
    for (from, to, radius) in [([70.0, 84.0], [88.0, 68.0], 10.0), ([64.0, 108.0], [64.0, 109.0], 7.0)] {
        canvas.fill(&Shape::Capsule { from, to, radius }, Paint::Flat(Colour::WHITE.alpha(0.75)));
    }
    rgba_png(&canvas)
}

/// A brass cog wheel with a star: the game's money.
pub(super) fn salvage_icon() -> Vec<u8> {
    let mut canvas = Canvas::new(ICON_SIZE_PX, ICON_SIZE_PX, Colour::CLEAR);
    let middle = [128.0, 124.0];
    let cog = |inner: f32, outer: f32| {
        let corners = (0..48).map(|step| {
            let radius = if step % 4 < 2 { outer } else { inner };
            let turn = TAU * (step as f32 - 0.5) / 48.0;
            [middle[0] + radius * turn.sin(), middle[1] - radius * turn.cos()]
        });
        Shape::Polygon(corners.collect())
    };
    let star = Shape::Polygon(
        (0..10)
            .map(|step| {
                let radius = if step % 2 == 0 { 50.0 } else { 22.0 };
                let turn = TAU * step as f32 / 10.0;
                [middle[0] + radius * turn.sin(), middle[1] - radius * turn.cos()]
            })
            .collect(),
    );
    let shadow = Shape::Circle { centre: [128.0, 136.0], radius: 98.0 };
    canvas.blurred(&shadow, 16.0, Colour::BLACK.alpha(0.45));
    canvas.fill(&cog(92.0, 114.0), Paint::Flat(Colour::hex(0x4d_2d0c)));
    let brass = [Colour::hex(0xff_dd7d), Colour::hex(0xc2_7a1c)];
    canvas.fill(&cog(86.0, 108.0), Paint::Bevelled(brass[0], brass[1], 12.0));
    let dish = Shape::Circle { centre: middle, radius: 70.0 };
    canvas.fill(&dish, Paint::Vertical(Colour::hex(0xb0_6a18), Colour::hex(0xe9_ae45)));
    canvas.outline(&dish, 4.0, Colour::hex(0x7a_4710).alpha(0.8));
    canvas.fill(&star, Paint::Bevelled(Colour::hex(0xff_f2c0), Colour::hex(0xff_c546), 9.0));
    canvas.outline(&star, 3.0, Colour::hex(0x7a_4710).alpha(0.75));
    rgba_png(&canvas)
}

/// One sprite, from above the antenna to the ground; letters as in [`sprite_colour`].
const SPRITE: [&str; 20] = [
    "..............s.....",
    "..............s.....",
    ".............i......",
    "....kkkkkkkkkkkk....",
    "...kccccccccccccck..",
    "...kcvvvvvvvvvvvck..",
    "..skcvveevvveevvcks.",
    "..skcvveevvveevvcks.",
    "...kcvvvvvvvvvvvck..",
    "...kkcccccccccccck..",
    "......kiiiiiiik.....",
    "..kkkkkkkkkkkkkkkk..",
    ".kchhhhhhhhhhhhhhck.",
    ".kihhcchdddddhhhhik.",
    ".kihhcchdkkkdhhhhik.",
    ".kihhhhhdddddhhhhik.",
    ".klssssssssssssssik.",
    "..kkttkttkkttkttkk..",
    "..kTttTttkkTttTttk..",
    "..kkkkkkkkkkkkkkkk..",
];

/// The sheet's colours; the first is see-through.
const SPRITE_COLOURS: [(u8, Colour); 12] = [
    (b'.', Colour::CLEAR),
    (b'k', Colour::hex(0x16_1b26)),
    (b'c', colour(CREAM)),
    (b'v', Colour::hex(0x20_3646)),
    (b'e', colour(EYE)),
    (b's', colour(STRIPE)),
    (b'i', colour(IRON)),
    (b'h', colour(HULL)),
    (b'd', colour(HULL_SHADE)),
    (b'l', colour(LAMP)),
    (b't', colour(TREAD)),
    (b'T', Colour::hex(0x6b_7486)),
];

/// Eight frames of the rolling robot, four a row, each 24 by 24 pixels shown at five times that.
pub(super) fn sprite_sheet() -> Vec<u8> {
    const FRAME: usize = 24;
    const ZOOM: usize = 5;
    let (width, height) = (FRAME * 4 * ZOOM, FRAME * 2 * ZOOM);
    let palette: Vec<Colour> = SPRITE_COLOURS.iter().map(|(_, colour)| *colour).collect();
    let indices: Vec<u8> = (0..width * height)
        .map(|pixel| {
            let (x, y) = ((pixel % width) / ZOOM, (pixel / width) / ZOOM);
            sprite_colour((y / FRAME) * 4 + x / FRAME, x % FRAME, y % FRAME)
        })
        .collect();
    indexed_png(width, height, &palette, &indices)
}

/// The palette entry of one pixel of one frame: the upper part bobs, the tracks turn, the eyes blink once.
fn sprite_colour(frame: usize, x: usize, y: usize) -> u8 {
    const TRACKS_FROM: usize = 17;
    let lift = [0, 0, 1, 1, 1, 0, 0, 0][frame];
    let (Some(column), Some(row)) = (x.checked_sub(2), y.checked_sub(3)) else { return 0 };
    let row = if row < TRACKS_FROM { (row + lift).min(TRACKS_FROM - 1) } else { row };
    let Some(line) = SPRITE.get(row) else { return 0 };
    let on_track = row == 18 && (3..17).contains(&column);
    let letter = match line.as_bytes().get(column) {
        Some(b't' | b'T') if on_track => {
            if (column + frame).is_multiple_of(3) {
                b'T'
            } else {
                b't'
            }
        }
        Some(b'e') if frame == 6 && row == 6 => b'v',
        Some(letter) => *letter,
        None => b'.',
    };
    SPRITE_COLOURS.iter().position(|(entry, _)| *entry == letter).unwrap_or(0) as u8
}
