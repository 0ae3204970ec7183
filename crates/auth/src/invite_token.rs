//! The token of an invite: whoever holds it may answer the invite. Made once, shown once; kept is only its SHA-256, which
//! for 256 random bits is as good as any slower hash. No keys and no tokens of the API.

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::base62::{self, WIDTH_256};
use crate::random::fill;

/// What every invite's token begins with, so that whoever finds one knows what it is.
pub const INVITE_PREFIX: &str = "mdl_inv_";

/// The token of an invite. Never printed.
pub struct InviteToken(Zeroizing<String>);

impl InviteToken {
    /// A new token: `mdl_inv_` and 43 base62 characters of 256 random bits.
    pub fn generate() -> Self {
        let mut number = Zeroizing::new([0_u8; 32]);
        fill(number.as_mut());
        let mut digits = Zeroizing::new([0_u8; WIDTH_256]);
        base62::encode(number.as_mut(), digits.as_mut());
        let digits = std::str::from_utf8(digits.as_ref()).expect("digits are ASCII");
        Self(Zeroizing::new(format!("{INVITE_PREFIX}{digits}")))
    }

    /// The text, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is recognised by.
    pub fn digest(&self) -> Vec<u8> {
        digest_of(&self.0)
    }

    /// What a text that somebody presents as a token would be recognised by.
    pub fn digest_of_presented(text: &str) -> Vec<u8> {
        digest_of(text)
    }
}

fn digest_of(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_recognised_by_their_text_alone() {
        let (one, other) = (InviteToken::generate(), InviteToken::generate());
        assert_eq!(one.expose().len(), INVITE_PREFIX.len() + WIDTH_256);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.digest(), InviteToken::digest_of_presented(one.expose()));
        assert_ne!(one.digest(), other.digest());
    }
}
