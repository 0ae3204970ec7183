//! Light in four bytes: three floats of few bits, without a sign.

use exr::prelude::f16;

/// How red, green and blue lie in a number of 32 bits, red in the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackedLight {
    /// Nine bits each, then five of an exponent that all three share.
    SharedExponent,
    /// Floats of eleven, eleven and ten bits, each with an exponent of five.
    SmallFloats,
}

impl PackedLight {
    /// What a number stands for, with alpha.
    pub(crate) fn light(self, number: u32) -> [f32; 4] {
        let part = |shift: u32, bits: u32| number >> shift & ((1 << bits) - 1);
        let [red, green, blue] = match self {
            Self::SharedExponent => {
                // Nine bits below the point, and an exponent that counts from -15.
                let unit = f32::from_bits((part(27, 5) + 127 - 24) << 23);
                [0, 9, 18].map(|shift| exact(part(shift, 9)) * unit)
            }
            // As half floats they have no sign, and zeros behind their last bit.
            Self::SmallFloats => {
                [part(0, 11) << 4, part(11, 11) << 4, part(22, 10) << 5].map(|bits| half(bits).max(0.0))
            }
        };
        [red, green, blue, 1.0]
    }
}

fn exact(number: u32) -> f32 {
    u16::try_from(number).map_or(0.0, f32::from)
}

fn half(bits: u32) -> f32 {
    u16::try_from(bits).map_or(0.0, |bits| f16::from_bits(bits).to_f32())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "powers of two are exact")]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_for_the_light_that_their_definitions_give() {
        // 256 of 512 parts, with an exponent of 1, 0 and -15 for all.
        for (exponent, light) in [(16, 1.0), (15, 0.5), (0, f32::from_bits((127 - 16) << 23))] {
            let number = 256 | 128 << 9 | exponent << 27;
            assert_eq!(PackedLight::SharedExponent.light(number), [light, light / 2.0, 0.0, 1.0]);
        }
        // One is an exponent of 15 and no more.
        let number = (15 << 6) | (16 << 6 | 32) << 11 | (14 << 5) << 22;
        assert_eq!(PackedLight::SmallFloats.light(number), [1.0, 3.0, 0.5, 1.0]);
        assert_eq!(PackedLight::SmallFloats.light(0), [0.0, 0.0, 0.0, 1.0]);
    }
}
