//! One sign-in by way of an OpenID provider, from the browser's going there to its coming back. A cookie with 256 random bits
//! is all that is kept of it, in the browser; whatever else the way needs follows from it by HMAC-SHA-256. So who comes back
//! is who went, and a server that is asked to begin a million of them keeps nothing.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::session_token::random_text;

/// What the cookie's value begins with.
pub const LOGIN_PREFIX: &str = "mdl_oid_";

/// A sign-in under way. Never printed.
pub struct OpenIdLogin(Zeroizing<String>);

impl OpenIdLogin {
    /// A new one.
    pub fn generate() -> Self {
        Self(random_text(LOGIN_PREFIX))
    }

    /// What a browser shows in its cookie.
    pub fn from_presented(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text, for the one cookie that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What comes back in the address. *Source*: RFC 6749, section 10.12.
    pub fn state(&self) -> String {
        self.derived(b"mudlark openid state 1")
    }

    /// Whether `presented` is this sign-in's [`state`](Self::state); in constant time.
    pub fn has_state(&self, presented: &str) -> bool {
        self.state().as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// What comes back inside the provider's token. *Source*: OpenID Connect Core, section 15.5.2.
    pub fn nonce(&self) -> String {
        self.derived(b"mudlark openid nonce 1")
    }

    /// What shows the provider that whoever brings the code has begun the way. *Source*: RFC 7636, section 4.1.
    pub fn code_verifier(&self) -> Zeroizing<String> {
        Zeroizing::new(self.derived(b"mudlark openid verifier 1"))
    }

    /// What the provider is told of the verifier beforehand, by the method `S256`. *Source*: RFC 7636, section 4.2.
    pub fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.code_verifier().as_bytes()))
    }

    fn derived(&self, purpose: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, purpose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_sign_in_follows_from_its_cookie_and_differs() {
        let (one, other) = (OpenIdLogin::generate(), OpenIdLogin::generate());
        let again = OpenIdLogin::from_presented(one.expose());

        assert!(again.has_state(&one.state()));
        assert_eq!(again.nonce(), one.nonce());
        assert_eq!(again.code_challenge(), one.code_challenge());
        let texts = [one.state(), one.nonce(), one.code_verifier().to_string(), other.state()];
        for (at, text) in texts.iter().enumerate() {
            assert!(!texts[..at].contains(text));
            assert!((43..=128).contains(&text.len()), "RFC 7636, section 4.1");
        }
        for wrong in [other.state().as_str(), "", one.nonce().as_str()] {
            assert!(!one.has_state(wrong));
        }
    }
}
