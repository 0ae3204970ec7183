//! Concept paintings of the game's river bank at low tide, in several moods.
//! Flat layers as if cut from paper: sky, hills, water, mud, posts, and the robot with its lantern.

use super::canvas::{Canvas, Colour, Paint, Shape};
use super::encode::rgb_png;
use super::noise::{hash, layered_noise, smoothstep};
use super::robot::{Build, Stand, draw_robot};

const WIDTH: usize = 960;
const HEIGHT: usize = 540;
const HORIZON: f32 = 300.0;
const SHORE: f32 = 395.0;

/// The colours and the light of one hour of the day.
struct Mood {
    /// From the top of the sky to the horizon.
    sky: [Colour; 4],
    sun: Colour,
    sun_at: [f32; 2],
    cloud: Colour,
    /// From the farthest to the nearest.
    hills: [Colour; 3],
    mud: [Colour; 2],
    posts: Colour,
    /// Laid over the robot.
    shade: Colour,
    seed: u32,
}

/// Evening: a low sun, and the lantern is lit.
pub(super) fn foreshore_dusk() -> Vec<u8> {
    paint(&Mood {
        sky: [Colour::hex(0x27_2f5b), Colour::hex(0x6b_4a83), Colour::hex(0xd9_6f72), Colour::hex(0xff_c27a)],
        sun: Colour::hex(0xff_efb8),
        sun_at: [652.0, 262.0],
        cloud: Colour::hex(0xff_9f80),
        hills: [Colour::hex(0xa3_5d80), Colour::hex(0x6d_4473), Colour::hex(0x42_3159)],
        mud: [Colour::hex(0x4a_3550), Colour::hex(0x1d_1a33)],
        posts: Colour::hex(0x1b_1730),
        shade: Colour::hex(0x2a_1f45).alpha(0.42),
        seed: 5,
    })
}

/// Early morning: mist and clear colours.
pub(super) fn foreshore_morning() -> Vec<u8> {
    paint(&Mood {
        sky: [Colour::hex(0x6f_b2cf), Colour::hex(0xa5_d3d8), Colour::hex(0xdd_ead8), Colour::hex(0xff_efcb)],
        sun: Colour::hex(0xff_fdf0),
        sun_at: [300.0, 205.0],
        cloud: Colour::hex(0xff_ffff),
        hills: [Colour::hex(0xb4_d0cc), Colour::hex(0x82_aeae), Colour::hex(0x4f_8385)],
        mud: [Colour::hex(0xa8_9a84), Colour::hex(0x5f_5a56)],
        posts: Colour::hex(0x3c_4448),
        shade: Colour::hex(0x9b_b7b5).alpha(0.12),
        seed: 23,
    })
}

fn paint(mood: &Mood) -> Vec<u8> {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, Colour::BLACK);
    paint_sky(&mut canvas, mood);
    paint_hills(&mut canvas, mood);
    paint_water(&mut canvas, mood);
    paint_shore(&mut canvas, mood);
    paint_posts(&mut canvas, mood);
    let feet = [318.0, 486.0];
    let shadow = Shape::Box { centre: [feet[0] + 8.0, feet[1] + 1.0], half: [64.0, 4.0], corner: 4.0 };
    canvas.blurred(&shadow, 9.0, Colour::BLACK.alpha(0.5));
    let stand = Stand { feet, height_px: 168.0, shade: mood.shade, mud: false };
    draw_robot(&mut canvas, Build::CHOSEN, stand);
    rgb_png(&canvas)
}

fn sky_colour(mood: &Mood, y: f32) -> Colour {
    let at = (y / HORIZON).clamp(0.0, 0.999) * 3.0;
    let band = at as usize;
    mood.sky[band].mix(mood.sky[band + 1], at.fract())
}

fn paint_sky(canvas: &mut Canvas, mood: &Mood) {
    let whole = [0.0, 0.0, WIDTH as f32, HORIZON + 60.0];
    canvas.paint_within(whole, |_, y| sky_colour(mood, y));
    canvas.glow(mood.sun_at, 330.0, mood.sun.alpha(0.5));
    let disc = Shape::Circle { centre: mood.sun_at, radius: 36.0 };
    canvas.fill(&disc, Paint::Flat(mood.sun));
    canvas.paint_within([0.0, 0.0, WIDTH as f32, HORIZON], |x, y| {
        let height = y / HORIZON;
        let cloud = layered_noise(x / 210.0, y / 34.0, [4096, 4096], 4, mood.seed);
        // Three flat layers, each cut from its own sheet of paper.
        let sheets = [0.56, 0.62, 0.68].map(|edge| smoothstep(edge, edge + 0.006, cloud));
        let strength = (sheets[0] + sheets[1] + sheets[2]) * 0.17;
        mood.cloud.alpha(strength * smoothstep(1.15, 0.55, height) * smoothstep(0.0, 0.22, height))
    });
}

fn paint_hills(canvas: &mut Canvas, mood: &Mood) {
    for (layer, colour) in mood.hills.iter().enumerate() {
        let nearness = layer as f32;
        let seed = mood.seed + 40 + layer as u32;
        let ridges: Vec<f32> = (0..WIDTH)
            .map(|x| {
                let wide = layered_noise(x as f32 / (260.0 - 50.0 * nearness), 0.5, [4096, 4096], 4, seed);
                HORIZON - 12.0 + 14.0 * nearness - (88.0 - 20.0 * nearness) * wide * wide
            })
            .collect();
        let haze = sky_colour(mood, HORIZON);
        canvas.paint_within([0.0, 150.0, WIDTH as f32, HORIZON + 30.0], |x, y| {
            let ridge = ridges[x as usize];
            let mist = smoothstep(ridge, HORIZON + 24.0, y) * (0.75 - 0.2 * nearness);
            colour.mix(haze, mist).alpha((y - ridge + 0.5).clamp(0.0, 1.0))
        });
    }
}

fn paint_water(canvas: &mut Canvas, mood: &Mood) {
    canvas.paint_within([0.0, HORIZON + 8.0, WIDTH as f32, SHORE + 40.0], |x, y| {
        let depth = (y - HORIZON - 8.0) / (SHORE - HORIZON);
        // The water shows the sky upside down, a little darker.
        let mirrored = sky_colour(mood, HORIZON * (1.0 - 0.75 * depth)).lit(-0.12);
        let ripple = layered_noise(
            x / (70.0 + 60.0 * depth),
            y / (2.0 + 5.0 * depth),
            [4096, 4096],
            2,
            mood.seed + 60,
        );
        let spread = 20.0 + 60.0 * depth;
        let path = smoothstep(spread * 1.6, spread * 0.2, (x - mood.sun_at[0]).abs() + 70.0 * (0.5 - ripple));
        let crest = smoothstep(0.60, 0.63, ripple) * 0.22;
        let glitter = path * smoothstep(0.44, 0.47, ripple) * 0.85;
        mirrored.mix(mood.hills[2], smoothstep(0.40, 0.37, ripple) * 0.3).mix(mood.sun, crest.max(glitter))
    });
}

fn paint_shore(canvas: &mut Canvas, mood: &Mood) {
    let edge = |x: f32| {
        SHORE + 34.0 * layered_noise(x / 180.0, 3.5, [4096, 4096], 3, mood.seed + 80)
            - 0.02 * (x - 200.0).abs()
    };
    let edges: Vec<f32> = (0..WIDTH).map(|x| edge(x as f32)).collect();
    canvas.paint_within([0.0, SHORE - 30.0, WIDTH as f32, HEIGHT as f32], |x, y| {
        let shore = edges[x as usize];
        let down = ((y - shore) / (HEIGHT as f32 - shore)).clamp(0.0, 1.0);
        let stretch = 26.0 + 60.0 * down;
        let bumps = layered_noise(x / (stretch * 3.2), y / (stretch * 0.42), [4096, 4096], 3, mood.seed + 90);
        let puddle = smoothstep(0.605, 0.615, bumps) * smoothstep(0.04, 0.12, down);
        let rim = smoothstep(0.585, 0.6, bumps) * (1.0 - puddle) * 0.35;
        let wet_edge = smoothstep(4.5, 0.0, y - shore);
        let ground = mood.mud[0].mix(mood.mud[1], down).lit(0.1 * (bumps * 6.0).floor() / 6.0);
        let sky = sky_colour(mood, HORIZON * (0.95 - 0.5 * down));
        let colour = ground.mix(Colour::BLACK, rim).mix(sky, puddle * 0.8).mix(mood.cloud, wet_edge * 0.8);
        colour.alpha((y - shore + 0.5).clamp(0.0, 1.0))
    });
}

/// What is left of an old landing stage, going out into the water.
fn paint_posts(canvas: &mut Canvas, mood: &Mood) {
    for number in 0..9 {
        let share = number as f32 / 8.0;
        let near = share * share;
        let x = 560.0 + 330.0 * near + 30.0 * share;
        let foot = HORIZON + 30.0 + 165.0 * near;
        let height = (34.0 + 150.0 * near) * (0.8 + 0.4 * hash(number, 0, 12));
        let radius = 2.0 + 10.0 * near;
        let lean = (hash(number, 1, 12) - 0.5) * height * 0.14;
        let far_colour = mood.hills[1].mix(mood.posts, 0.35 + 0.65 * share);
        let post = Shape::Polygon(vec![
            [x - radius, foot],
            [x + radius, foot],
            [x + radius * 0.85 + lean, foot - height],
            [x - radius * 0.85 + lean, foot - height * 0.96],
        ]);
        let mirror = Shape::Polygon(vec![
            [x - radius, foot],
            [x + radius, foot],
            [x + radius * 0.5 + lean, foot + height * 0.45],
            [x - radius * 0.5 + lean, foot + height * 0.45],
        ]);
        canvas.fill(&mirror, Paint::Vertical(far_colour.alpha(0.55), far_colour.alpha(0.0)));
        canvas.fill(&post, Paint::Bevelled(far_colour.lit(0.08), far_colour.lit(-0.25), radius * 0.9));
    }
}
