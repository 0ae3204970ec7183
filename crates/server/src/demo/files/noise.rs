//! Repeatable noise and the small curves used with it. No state and no operating-system randomness:
//! the same numbers in give the same picture out. Used by the pictures, the textures and the sound.

/// A number from 0 to 1 that looks random but belongs to these three numbers for ever.
pub(super) fn hash(x: i32, y: i32, seed: u32) -> f32 {
    let mut bits = x.cast_unsigned().wrapping_mul(0x9e37_79b1)
        ^ y.cast_unsigned().wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297a_2d39);
    bits ^= bits >> 15;
    (bits >> 8) as f32 / 16_777_215.0
}

/// Smooth noise from 0 to 1 that repeats after `period` units in each direction.
pub(super) fn value_noise(x: f32, y: f32, period: [i32; 2], seed: u32) -> f32 {
    let (cell_x, cell_y) = (x.floor(), y.floor());
    let ease = |share: f32| share * share * (3.0 - 2.0 * share);
    let (share_x, share_y) = (ease(x - cell_x), ease(y - cell_y));
    let (left, top) = ((cell_x as i32).rem_euclid(period[0]), (cell_y as i32).rem_euclid(period[1]));
    // The last cell's neighbour is the first one.
    let right = if left + 1 == period[0] { 0 } else { left + 1 };
    let bottom = if top + 1 == period[1] { 0 } else { top + 1 };
    let blend = |from: f32, to: f32, share: f32| from + (to - from) * share;
    let upper = blend(hash(left, top, seed), hash(right, top, seed), share_x);
    let lower = blend(hash(left, bottom, seed), hash(right, bottom, seed), share_x);
    blend(upper, lower, share_y)
}

/// Layers of ever finer noise, from 0 to 1; repeats as [`value_noise`] does.
pub(super) fn layered_noise(x: f32, y: f32, period: [i32; 2], layers: u32, seed: u32) -> f32 {
    let (mut sum, mut weights, mut weight, mut scale) = (0.0, 0.0, 1.0_f32, 1_i32);
    for layer in 0..layers {
        let zoom = scale as f32;
        sum += weight * value_noise(x * zoom, y * zoom, [period[0] * scale, period[1] * scale], seed + layer);
        weights += weight;
        weight *= 0.5;
        scale *= 2;
    }
    sum / weights
}

/// 0 up to `from`, 1 beyond `to`, smooth between; `from` may be the greater of the two.
pub(super) fn smoothstep(from: f32, to: f32, at: f32) -> f32 {
    let share = ((at - from) / (to - from)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
