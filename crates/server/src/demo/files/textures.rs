//! Tiling surface textures made from height fields: brick wall, wooden planks, and the ground of a level.
//! One field gives colour, normal map and roughness, so that the maps of one surface fit each other.

use super::canvas::{Canvas, Colour};
use super::encode::{grey8_png, grey16_png, rgb_png};
use super::noise::{hash, layered_noise, smoothstep, value_noise};

const BRICKS: [i32; 2] = [4, 10];
const PLANKS: i32 = 5;

/// What is known of one point of a surface.
#[derive(Clone, Copy)]
struct Texel {
    /// From 0 (deepest) to 1.
    height: f32,
    colour: Colour,
    roughness: f32,
}

/// A square surface whose opposite edges fit.
struct Surface {
    size_px: usize,
    texels: Vec<Texel>,
}

impl Surface {
    /// Asks for each point by its position from 0 to 1.
    fn new(size_px: usize, texel: impl Fn(f32, f32) -> Texel) -> Self {
        let share = |pixel: usize| (pixel as f32 + 0.5) / size_px as f32;
        let texels = (0..size_px * size_px).map(|at| texel(share(at % size_px), share(at / size_px)));
        Self { size_px, texels: texels.collect() }
    }

    fn height(&self, x: usize, y: usize) -> f32 {
        self.texels[(y % self.size_px) * self.size_px + x % self.size_px].height
    }

    fn base_colour(&self) -> Vec<u8> {
        let pixels = self.texels.iter().map(|texel| texel.colour).collect();
        rgb_png(&Canvas { width: self.size_px, height: self.size_px, pixels })
    }

    fn roughness(&self) -> Vec<u8> {
        let shares: Vec<f32> = self.texels.iter().map(|texel| texel.roughness).collect();
        grey8_png(self.size_px, self.size_px, &shares)
    }

    /// Tangent-space normals, green up, as glTF 2.0 wants them.
    fn normals(&self, strength: f32) -> Vec<u8> {
        let size = self.size_px;
        let normal = |x: usize, y: usize| {
            let slope_x = self.height(x + size - 1, y) - self.height(x + 1, y);
            let slope_y = self.height(x, y + 1) - self.height(x, y + size - 1);
            let (across, up) = (slope_x * strength, slope_y * strength);
            let length = (across * across + up * up + 1.0).sqrt();
            let part = |value: f32| 0.5 + 0.5 * value / length;
            Colour { red: part(across), green: part(up), blue: part(1.0), alpha: 1.0 }
        };
        let pixels = (0..size * size).map(|at| normal(at % size, at / size)).collect();
        rgb_png(&Canvas { width: self.size_px, height: self.size_px, pixels })
    }
}

/// Base colour, normal map and roughness of an old brick wall, in this order.
pub(super) fn brick_wall(size_px: usize) -> [Vec<u8>; 3] {
    let surface = Surface::new(size_px, brick_texel);
    [surface.base_colour(), surface.normals(7.0), surface.roughness()]
}

fn brick_texel(u: f32, v: f32) -> Texel {
    let wobble = (layered_noise(u * 24.0, v * 24.0, [24, 24], 2, 2) - 0.5) * 0.05;
    let row_at = v * BRICKS[1] as f32;
    let row = row_at.floor();
    let column_at = u * BRICKS[0] as f32 + if row as i32 % 2 == 0 { 0.0 } else { 0.5 };
    let column = column_at.floor();
    let brick = hash((column as i32).rem_euclid(BRICKS[0]), row as i32, 31);
    // Position in the brick from its middle, in brick heights; a brick is two and a half as long as high.
    let (across, down) = ((column_at - column - 0.5) * 2.5, row_at - row - 0.5);
    let corner = 0.16;
    let over_x = (across.abs() - 1.25 + 0.07 + corner + wobble).max(0.0);
    let over_y = (down.abs() - 0.5 + 0.07 + corner + wobble).max(0.0);
    let face = smoothstep(corner, corner - 0.12, over_x.hypot(over_y));
    let grain = layered_noise(u * 48.0, v * 48.0, [48, 48], 3, 4);
    let pits = smoothstep(0.64, 0.76, layered_noise(u * 36.0, v * 36.0, [36, 36], 3, 8)) * face;
    let stain = layered_noise(u * 5.0, v * 5.0, [5, 5], 3, 12);

    let clay = Colour::hex(0xa3_4f36)
        .mix(Colour::hex(0xc9_7a50), brick)
        .mix(Colour::hex(0x5e_3a38), smoothstep(0.78, 0.95, hash((brick * 4096.0) as i32, 1, 6)) * 0.75);
    let mortar = Colour::hex(0xb9_ad9a).lit((grain - 0.6) * 0.5);
    let brick_colour = clay.lit((grain - 0.5) * 0.26 - pits * 0.24);
    let shadow = (1.0 - face) * 0.1;
    let colour = mortar.mix(brick_colour, face).lit(-shadow);
    let mossy = smoothstep(0.56, 0.70, stain) * (1.0 - 0.65 * face) * 0.6;
    Texel {
        height: face * (0.72 + 0.1 * brick) + grain * 0.14 - pits * 0.1,
        colour: colour.mix(Colour::hex(0x5f_7043), mossy),
        roughness: 0.92 - face * (0.2 + 0.12 * brick) + (grain - 0.5) * 0.16 + pits * 0.1,
    }
}

/// Base colour of weathered planks.
pub(super) fn planks(size_px: usize) -> Vec<u8> {
    Surface::new(size_px, plank_texel).base_colour()
}

fn plank_texel(u: f32, v: f32) -> Texel {
    let plank_at = u * PLANKS as f32;
    let plank = plank_at.floor();
    let number = plank as i32;
    let across = plank_at - plank - 0.5;
    let shift = hash(number, 3, 50);
    // Grain runs along v. A knot pushes the rings aside.
    let knot = [0.12 - 0.24 * hash(number, 1, 51), hash(number, 2, 51)];
    let along = (v - knot[1] + 1.5).rem_euclid(1.0) - 0.5;
    let to_knot = (across - knot[0]).hypot(along * 6.0);
    let bend = (-to_knot * to_knot * 9.0).exp();
    let sway = value_noise(shift * 9.0, v * 3.0, [4096, 3], 52) * 0.25;
    let rings = (across + sway) * 7.0 + bend * 3.2 + shift * 5.0;
    let fibre = layered_noise(u * 130.0, v * 7.0, [130, 7], 2, 53 + number.cast_unsigned());
    let ring = 0.5 + 0.5 * (rings * std::f32::consts::TAU).sin();
    let gap = smoothstep(0.485, 0.455, across.abs());
    let crack = smoothstep(0.80, 0.86, layered_noise(u * 40.0, v * 2.0, [40, 2], 2, 71));
    let wood = Colour::hex(0x9c_6b3f).mix(Colour::hex(0xc8_955c), shift * 0.6 + 0.4 * ring);
    let grained = wood.lit((fibre - 0.5) * 0.34 - 0.1 * (1.0 - ring) - bend * 0.34 - crack * 0.4);
    let nail = [0.035, 0.965].map(|at| smoothstep(0.05, 0.035, (across.abs() - 0.3).hypot((v - at) * 5.0)));
    let iron = nail[0].max(nail[1]);
    let lit_edge = smoothstep(0.40, 0.46, -across) * 0.14 - smoothstep(0.38, 0.46, across) * 0.2;
    Texel {
        height: gap,
        colour: Colour::hex(0x1f_1712).mix(grained.lit(lit_edge).mix(Colour::hex(0x3d_3a3a), iron), gap),
        roughness: 0.8,
    }
}

/// The edge of the level's height map: a power of two and one, as terrain tools want.
pub(super) const TERRAIN_SIZE_PX: usize = 257;

/// The level's ground as 16-bit heights: a river bed that winds through mud flats between two banks.
pub(super) fn terrain() -> Vec<u8> {
    let last = (TERRAIN_SIZE_PX - 1) as f32;
    let heights: Vec<f32> = (0..TERRAIN_SIZE_PX * TERRAIN_SIZE_PX)
        .map(|at| {
            let (x, y) = ((at % TERRAIN_SIZE_PX) as f32 / last, (at / TERRAIN_SIZE_PX) as f32 / last);
            terrain_height(x, y)
        })
        .collect();
    grey16_png(TERRAIN_SIZE_PX, TERRAIN_SIZE_PX, &heights)
}

fn terrain_height(x: f32, y: f32) -> f32 {
    let river_y = 0.5 + 0.12 * (x * 5.2).sin() + 0.05 * (x * 13.0 + 1.0).sin();
    let from_river = (y - river_y).abs();
    let hills = layered_noise(x * 5.0, y * 5.0, [64, 64], 6, 301);
    let bank = smoothstep(0.08, 0.42, from_river);
    let bed = smoothstep(0.0, 0.09, from_river);
    let ripples = layered_noise(x * 18.0, y * 40.0, [64, 64], 3, 302) * bed * (1.0 - bank);
    0.06 + 0.12 * bed + bank * (0.14 + 0.7 * hills) + 0.05 * ripples
}
