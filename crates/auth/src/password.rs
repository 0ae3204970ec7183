//! Passwords of people: what is taken as one, and its Argon2id hash. Hashing is meant to be slow and to take memory: callers
//! do it off the threads that serve, and few at a time. Not the limits on guessing ([`crate::limits`]).

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use mudlark_types::nfc;
use zeroize::Zeroizing;

use crate::random::fill;

/// What one check of a password takes. *Units*: bytes. *Source*: OWASP's Password Storage Cheat Sheet, Argon2id with 19 MiB,
/// two passes and one lane, which the `argon2` crate has as its default.
pub const MEMORY_PER_CHECK_BYTES: usize = 19 * 1024 * 1024;

/// *Units*: characters. *Source*: NIST SP 800-63B asks for 8 at least; there is no second factor here.
const MIN_CHARACTERS: usize = 12;
/// *Units*: bytes.
const MAX_BYTES: usize = 256;
const MIN_DISTINCT: usize = 5;

/// What a check against nobody's password is made with, so that it takes as long. Nothing is known to have this hash.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bXVkbGFyayBub2JvZHkgcw$omI/PLtFiqEm32UXkOn7j6fSPIQlrabXyrNXxy0XPus";

/// A password, in Unicode NFC, so that it is the same from every keyboard. Never printed.
pub struct Password(Zeroizing<String>);

/// Why a text is no good as a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("must have at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// Too long.
    #[error("must have at most {MAX_BYTES} bytes of UTF-8")]
    TooLong,
    /// A few characters again and again.
    #[error("must have at least {MIN_DISTINCT} different characters")]
    TooEven,
    /// It is the address that it belongs to, or what stands before the `@`.
    #[error("must not be the e-mail address")]
    IsAddress,
}

impl Password {
    /// What somebody presents to sign in. Too long a text is cut: it is nobody's password.
    pub fn from_presented(text: &str) -> Self {
        let end = text.floor_char_boundary(2 * MAX_BYTES);
        Self(Zeroizing::new(nfc(&text[..end])))
    }

    /// A new password for the person with this address.
    ///
    /// *Errors*: why it is no good.
    pub fn choose(text: &str, email: &str) -> Result<Self, WeakPassword> {
        if text.len() > MAX_BYTES {
            return Err(WeakPassword::TooLong);
        }
        let password = Self::from_presented(text);
        if password.0.len() > MAX_BYTES {
            return Err(WeakPassword::TooLong);
        }
        if password.0.chars().count() < MIN_CHARACTERS {
            return Err(WeakPassword::TooShort);
        }
        let distinct: std::collections::HashSet<char> = password.0.chars().collect();
        if distinct.len() < MIN_DISTINCT {
            return Err(WeakPassword::TooEven);
        }
        let (text, email) = (password.0.to_lowercase(), email.to_lowercase());
        let local = email.split('@').next().unwrap_or_default();
        if text == email || text == local {
            return Err(WeakPassword::IsAddress);
        }
        Ok(password)
    }

    /// Its hash, as a PHC string with a salt of its own. Slow.
    pub fn hash(&self) -> Result<String, PasswordHashError> {
        let mut salt = [0_u8; 16];
        fill(&mut salt);
        let hash = Argon2::default().hash_password_with_salt(self.0.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| PasswordHashError(error.to_string()))
    }

    /// Whether this is the password with this hash. Without one it is not, and that takes as long. Slow.
    pub fn is_of(&self, hash: Option<&str>) -> bool {
        let (text, is_somebodys) = hash.map_or((NOBODYS, false), |hash| (hash, true));
        let Ok(parsed) = PasswordHash::new(text) else { return false };
        let is_right = Argon2::default().verify_password(self.0.as_bytes(), &parsed).is_ok();
        is_right && is_somebodys
    }
}

/// The hash could not be made: there is no memory for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password could not be hashed: {0}")]
pub struct PasswordHashError(String);

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: &str = "mira@studio.example";

    #[test]
    fn password_is_recognised_by_its_hash_in_either_form_of_its_letters() {
        let password = Password::choose("caf\u{e9} am Waldrand 7", EMAIL).unwrap();
        let hash = password.hash().unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(Password::from_presented("cafe\u{301} am Waldrand 7").is_of(Some(&hash)));
        assert!(!Password::from_presented("cafe am Waldrand 7").is_of(Some(&hash)));
        assert_ne!(password.hash().unwrap(), hash);
    }

    #[test]
    fn nobodys_hash_is_checked_like_any_other_and_is_never_right() {
        let parsed = PasswordHash::new(NOBODYS).unwrap();
        let (own, other) = (Password::from_presented("").hash().unwrap(), parsed.to_string());

        let parameters = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parameters(&own), parameters(&other));
        assert_eq!(own.len(), other.len());
        assert!(!Password::from_presented("x").is_of(None));
    }

    #[test]
    fn weak_passwords_are_refused_with_the_reason() {
        for (text, reason) in [
            ("elevenchars", WeakPassword::TooShort),
            ("abababababab", WeakPassword::TooEven),
            ("MIRA@studio.example", WeakPassword::IsAddress),
        ] {
            assert_eq!(Password::choose(text, EMAIL).err(), Some(reason), "{text}");
        }
        assert_eq!(Password::choose(&"abcdef".repeat(43), EMAIL).err(), Some(WeakPassword::TooLong));
        assert!(Password::choose("twelve chars", EMAIL).is_ok());
    }
}
