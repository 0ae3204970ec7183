//! The name of a blob: its SHA-256 within a scope. Not the hashing itself, which the writers do as bytes pass.
//! Used by everything here and kept by callers in their rows.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use uuid::Uuid;

/// A SHA-256 digest; written as 64 lower-case hex digits, as `sha256sum` prints it.
///
/// *Source*: FIPS 180-4, section 6.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

/// The text is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 digest of 64 lower-case hex digits")]
pub struct InvalidDigest;

/// Names one blob: equal content in two scopes is two blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey {
    /// Whose it is; content is shared within a scope and never across.
    pub scope: Uuid,
    /// What it is.
    pub sha256: Sha256Digest,
}

impl Sha256Digest {
    /// The digest of bytes at hand; long content goes through a [`crate::BlobWriter`].
    pub fn of(content: &[u8]) -> Self {
        Self::from_finished(&digest::digest(&digest::SHA256, content))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the 32 bytes of a digest made elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn from_finished(digest: &digest::Digest) -> Self {
        Self(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0_u8; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.pad(std::str::from_utf8(&hex).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

impl FromStr for Sha256Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(InvalidDigest) };
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() {
            return Err(InvalidDigest);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Self(bytes))
    }
}

/// *Why* lower case only: one digest has one spelling, so a text comparison (SQL, file names) is exact.
const fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidDigest),
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.scope, self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digest_of_known_vector_is_its_hex() {
        assert_eq!(Sha256Digest::of(b"abc").to_string(), ABC);
    }

    #[test]
    fn digest_text_reads_back_equal() {
        assert_eq!(ABC.parse(), Ok(Sha256Digest::of(b"abc")));
    }

    #[test]
    fn digest_text_of_wrong_form_is_refused() {
        for text in ["", "ba", &ABC[1..], &ABC.to_uppercase(), &format!("{ABC}00"), &ABC.replace('b', "g")] {
            assert_eq!(text.parse::<Sha256Digest>(), Err(InvalidDigest), "{text}");
        }
    }
}
