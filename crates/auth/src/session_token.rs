//! What a browser shows for a person who has signed in, what it must add to requests that change something, and the tokens
//! of links that are good for one password. Each is 256 random bits, kept only as its SHA-256, which for those is as good
//! as any slower hash.

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::base62::{self, WIDTH_256};
use crate::people::SessionDigest;
use crate::random::fill;

/// What every session's token begins with, so that whoever finds one knows what it is.
pub const SESSION_PREFIX: &str = "mdl_ses_";

/// What the token of every link begins with.
pub const LINK_PREFIX: &str = "mdl_lnk_";

/// The token of a session, or what somebody presents as one. Never printed.
pub struct SessionToken(Zeroizing<String>);

impl SessionToken {
    /// A new token: `mdl_ses_` and 43 base62 characters of 256 random bits.
    pub fn generate() -> Self {
        Self(random_text(SESSION_PREFIX))
    }

    /// What somebody presents.
    pub fn from_presented(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text, for the one cookie that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is recognised by.
    pub fn digest(&self) -> SessionDigest {
        sha256(&self.0)
    }

    /// What requests that change something must show beside the cookie. Whoever can read an answer of ours is given it;
    /// a page of somebody else can't, and can't make it either, since it follows from the token alone.
    pub fn csrf_token(&self) -> String {
        let mut context = Context::new(&SHA256);
        context.update(b"mudlark csrf\0");
        context.update(self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(context.finish())
    }

    /// Whether a text is this session's [`csrf_token`](Self::csrf_token); in constant time.
    pub fn has_csrf_token(&self, presented: &[u8]) -> bool {
        self.csrf_token().as_bytes().ct_eq(presented).into()
    }
}

/// The token of a link. Never printed.
pub struct LinkToken(Zeroizing<String>);

impl LinkToken {
    /// A new token: `mdl_lnk_` and 43 base62 characters of 256 random bits.
    pub fn generate() -> Self {
        Self(random_text(LINK_PREFIX))
    }

    /// The text, for the one place that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is recognised by.
    pub fn digest(&self) -> Vec<u8> {
        sha256(&self.0).to_vec()
    }

    /// What a text that somebody presents as a token would be recognised by.
    pub fn digest_of_presented(text: &str) -> Vec<u8> {
        sha256(text).to_vec()
    }
}

pub(crate) fn random_text(prefix: &str) -> Zeroizing<String> {
    let mut number = Zeroizing::new([0_u8; 32]);
    fill(number.as_mut());
    let mut digits = Zeroizing::new([0_u8; WIDTH_256]);
    base62::encode(number.as_mut(), digits.as_mut());
    let digits = std::str::from_utf8(digits.as_ref()).expect("digits are ASCII");
    Zeroizing::new(format!("{prefix}{digits}"))
}

fn sha256(text: &str) -> SessionDigest {
    digest(&SHA256, text.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_recognised_by_their_text_alone() {
        let (one, other) = (SessionToken::generate(), SessionToken::generate());
        assert_eq!(one.expose().len(), SESSION_PREFIX.len() + WIDTH_256);
        assert_eq!(one.digest(), SessionToken::from_presented(one.expose()).digest());
        assert_ne!(one.digest(), other.digest());
        let link = LinkToken::generate();
        assert_eq!(link.digest(), LinkToken::digest_of_presented(link.expose()));
    }

    #[test]
    fn csrf_token_is_good_for_its_session_alone_and_is_not_what_is_kept() {
        let (one, other) = (SessionToken::generate(), SessionToken::generate());
        assert!(one.has_csrf_token(one.csrf_token().as_bytes()));
        for wrong in [other.csrf_token(), String::new(), URL_SAFE_NO_PAD.encode(one.digest())] {
            assert!(!one.has_csrf_token(wrong.as_bytes()), "{wrong}");
        }
    }
}
