//! The secret of an API key: how it is made, and how a leak scanner knows one. Not how it is checked
//! ([`crate::secret_check`]) or kept ([`crate::vault`]). Made when a key is made or rotated, and shown once.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::base62;
use crate::random::fill;

const PREFIX: &str = "mdl_sec_";
const BODY_LENGTH: usize = PREFIX.len() + base62::WIDTH_256;
const LENGTH: usize = BODY_LENGTH + base62::WIDTH_32;

/// The published pattern by which leak scanners find a secret: a regular expression that any common engine reads.
///
/// A match is worth a second look with [`has_valid_checksum`], which needs no network.
pub const SECRET_PATTERN: &str = r"\bmdl_sec_[0-9A-Za-z]{49}\b";

/// A secret, or what somebody presents as one. Wiped from memory on drop, never printed.
///
/// A generated one is `mdl_sec_`, 43 base62 characters of 256 random bits, and 6 base62 characters of CRC-32 over all
/// that stands before.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new secret from 256 random bits.
    pub fn generate() -> Self {
        let mut number = Zeroizing::new([0_u8; 32]);
        fill(number.as_mut());
        let mut text = Zeroizing::new([0_u8; LENGTH]);
        text[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        base62::encode(number.as_mut(), &mut text[PREFIX.len()..BODY_LENGTH]);
        let mut checksum = checksum_digits(&text[..BODY_LENGTH]);
        text[BODY_LENGTH..].copy_from_slice(&checksum);
        checksum.zeroize();
        let text = std::str::from_utf8(text.as_ref()).expect("prefix and digits are ASCII");
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Takes what a caller presented, whatever it looks like.
    ///
    /// *Why* nothing is checked: a malformed secret must take the same way, and time, as a wrong one.
    pub fn from_presented(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one answer that shows it and for the check. Don't keep a copy.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a text has a secret's shape and its checksum is right: it was made by a Mudlark server, or by somebody
/// who can compute a CRC. For leak scanners only; never a security check.
pub fn has_valid_checksum(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(PREFIX) else { return false };
    text.len() == LENGTH
        && base62::is_base62(digits)
        && checksum_digits(&text.as_bytes()[..BODY_LENGTH]) == text.as_bytes()[BODY_LENGTH..]
}

fn checksum_digits(body: &[u8]) -> [u8; base62::WIDTH_32] {
    let mut digits = [0; base62::WIDTH_32];
    base62::encode(&mut crc32fast::hash(body).to_be_bytes(), &mut digits);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_secret_has_the_published_shape() {
        let secret = Secret::generate();

        let digits = secret.expose().strip_prefix("mdl_sec_").unwrap();
        assert_eq!(digits.len(), 49);
        assert!(base62::decode::<32>(&digits[..43]).is_some());
        let checksum = base62::decode::<4>(&digits[43..]).unwrap();
        assert_eq!(u32::from_be_bytes(checksum), crc32fast::hash(&secret.expose().as_bytes()[..51]));
        assert!(has_valid_checksum(secret.expose()));
    }

    #[test]
    fn published_example_has_a_valid_checksum() {
        // Fixed, so that the format can't change unseen: secrets in the field must stay recognisable.
        let body = format!("mdl_sec_{}", "0".repeat(43));
        let checksum = String::from_utf8(checksum_digits(body.as_bytes()).to_vec()).unwrap();
        assert_eq!(checksum, "0APMvX");
        assert!(has_valid_checksum(&format!("{body}{checksum}")));
    }

    #[test]
    fn altered_secret_fails_the_checksum() {
        let secret = Secret::generate();
        for position in 8..57 {
            let mut bytes = secret.expose().as_bytes().to_vec();
            bytes[position] = if bytes[position] == b'x' { b'y' } else { b'x' };
            assert!(!has_valid_checksum(std::str::from_utf8(&bytes).unwrap()), "position {position}");
        }
    }

    #[test]
    fn other_shapes_have_no_valid_checksum() {
        for text in ["", "mdl_sec_", "mdl_key_aaaaaaaaaaaaaaaaaaaaaa", &"é".repeat(28)] {
            assert!(!has_valid_checksum(text), "{text}");
        }
        assert!(!has_valid_checksum(&format!("{} ", Secret::generate().expose())));
    }

    #[test]
    fn secret_is_not_shown_by_debug() {
        let secret = Secret::from_presented("mdl_sec_hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
