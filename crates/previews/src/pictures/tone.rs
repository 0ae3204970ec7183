//! From light, which has no end, to the values that a screen shows.

/// The value of light in sRGB: 0 is black, 1 and above are white.
pub(crate) fn encode(light: f32) -> u8 {
    let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast to u8 ends at its bounds"
    )]
    let value = (value * 255.0 + 0.5) as u8;
    value
}
