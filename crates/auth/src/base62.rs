//! Base62 of fixed width: a whole number, big-endian, in the digits `0-9A-Za-z`, padded on the left with `0`.
//! Not base64 and no general codec; called by whatever makes keys, secrets and tokens.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits that hold any 128-bit number.
pub(crate) const WIDTH_128: usize = 22;
/// Digits that hold any 256-bit number.
pub(crate) const WIDTH_256: usize = 43;
/// Digits that hold any 32-bit number.
pub(crate) const WIDTH_32: usize = 6;

/// Writes `number` (big-endian) into `out`, filling it; `number` is all zeros afterwards, so that no copy of a
/// secret stays behind.
///
/// *Why* long division: the number is wider than any integer type, and this runs once when a key is made.
pub(crate) fn encode(number: &mut [u8], out: &mut [u8]) {
    for digit in out.iter_mut().rev() {
        let mut remainder = 0_u16;
        for byte in number.iter_mut() {
            let value = (remainder << 8) | u16::from(*byte);
            // value < 62 * 256, so that the quotient fits a byte.
            *byte = u8::try_from(value / 62).expect("a remainder below 62 leaves a quotient below 256");
            remainder = value % 62;
        }
        *digit = DIGITS[usize::from(remainder)];
    }
    debug_assert!(number.iter().all(|byte| *byte == 0), "the width holds the number");
}

/// Whether every byte is a digit of ours.
pub(crate) fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The number that `text` writes, as `N` big-endian bytes; `None` if it doesn't fit or isn't base62.
#[cfg(test)]
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut number = [0_u8; N];
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        let mut carry = u16::try_from(digit).ok()?;
        for place in number.iter_mut().rev() {
            let value = u16::from(*place) * 62 + carry;
            *place = u8::try_from(value & 0xff).ok()?;
            carry = value >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded<const N: usize>(bytes: [u8; N], width: usize) -> String {
        let mut number = bytes;
        let mut out = vec![0; width];
        encode(&mut number, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn largest_numbers_fit_their_widths_and_come_back() {
        for (text, width) in [
            (encoded([0xff; 16], WIDTH_128), WIDTH_128),
            (encoded([0xff; 32], WIDTH_256), WIDTH_256),
            (encoded([0xff; 4], WIDTH_32), WIDTH_32),
        ] {
            assert_eq!(text.len(), width);
        }
        assert_eq!(decode(&encoded([0xff; 16], WIDTH_128)), Some([0xff; 16]));
        assert_eq!(decode(&encoded([0xff; 32], WIDTH_256)), Some([0xff; 32]));
        assert_eq!(decode(&encoded([0xff; 4], WIDTH_32)), Some([0xff; 4]));
    }

    #[test]
    fn small_numbers_are_padded_with_zeros() {
        assert_eq!(encoded([0, 0, 0, 61], WIDTH_32), "00000z");
        assert_eq!(encoded([0, 0, 0, 62], WIDTH_32), "000010");
        assert_eq!(encoded([0; 16], WIDTH_128), "0".repeat(22));
    }

    #[test]
    fn random_numbers_come_back() {
        for _ in 0..200 {
            let bytes: [u8; 32] = crate::random::random_bytes();
            assert_eq!(decode(&encoded(bytes, WIDTH_256)), Some(bytes));
        }
    }

    #[test]
    fn number_is_wiped_by_encoding_it() {
        let mut number = [0xab; 32];
        encode(&mut number, &mut [0; WIDTH_256]);
        assert_eq!(number, [0; 32]);
    }

    #[test]
    fn text_above_the_largest_number_is_not_decoded() {
        assert_eq!(decode::<4>("zzzzzz"), None);
        assert_eq!(decode::<4>("4gfFC4"), None, "2^32 is one too many");
        assert_eq!(decode::<4>("4gfFC3"), Some([0xff; 4]));
    }
}
