//! Whether a presented secret is one that a key has. Not the lookup of the key, which is the server's; called by
//! `POST /auth/token`.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

use crate::vault::Vault;

/// At most this many secrets of a key are live: the one in use and, during a rotation, the one before.
const SECRETS_A_KEY: usize = 2;

/// What the database keeps of one secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoredSecret {
    /// Which of its key's secrets, counted from 1; tokens name it as `sv`.
    pub version: i64,
    /// The pepper that `mac` was made under.
    pub pepper_id: i64,
    /// [`Vault::mac`] of the secret.
    pub mac: [u8; 32],
    /// From when on it is no longer good. *Units*: Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked, if it was. *Units*: Unix milliseconds.
    pub revoked_at_ms: Option<i64>,
}

/// Leaves the code out: logs are read by more people than the database is.
impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSecret")
            .field("version", &self.version)
            .field("pepper_id", &self.pepper_id)
            .finish_non_exhaustive()
    }
}

impl StoredSecret {
    /// Whether it is neither revoked nor expired.
    pub fn is_live(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms.is_none_or(|expires_at_ms| now_ms < expires_at_ms)
    }
}

/// The secret that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Its version.
    pub version: i64,
    /// Whether it was hashed under an older pepper, and should be hashed anew with [`Vault::newest_pepper_id`].
    pub needs_rehash: bool,
}

/// Finds the live secret among `stored` that was presented; `None` for a wrong, expired or revoked one alike.
///
/// For a key that doesn't exist, pass an empty slice: the same number of HMACs and constant-time comparisons is done
/// against a dummy, so that the time tells nothing about which keys there are.
pub fn check_secret(
    vault: &Vault,
    presented_key_id: &str,
    presented_secret: &str,
    stored: &[StoredSecret],
    now_ms: i64,
) -> Option<Matched> {
    let dummy = StoredSecret {
        version: 0,
        pepper_id: vault.newest_pepper_id(),
        mac: [0; 32],
        expires_at_ms: None,
        revoked_at_ms: None,
    };
    let mut matched = None;
    for slot in 0..SECRETS_A_KEY.max(stored.len()) {
        let real = stored.get(slot);
        let secret = real.unwrap_or(&dummy);
        let (mac, pepper_known) = vault.mac_always(secret.pepper_id, presented_key_id, presented_secret);
        let good = mac.ct_eq(&secret.mac)
            & choice(pepper_known)
            & choice(real.is_some())
            & choice(secret.is_live(now_ms));
        // A branch here tells only that the secret was right, which the answer says too.
        if bool::from(good) {
            matched = Some(Matched {
                version: secret.version,
                needs_rehash: secret.pepper_id != vault.newest_pepper_id(),
            });
        }
    }
    matched
}

fn choice(value: bool) -> Choice {
    Choice::from(u8::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyId;
    use crate::secret::Secret;

    const NOW_MS: i64 = 1_700_000_000_000;

    struct Key {
        vault: Vault,
        id: KeyId,
    }

    impl Key {
        fn new() -> Self {
            Self { vault: two_peppers(), id: KeyId::generate() }
        }

        fn stored(&self, version: i64, pepper_id: i64, secret: &Secret) -> StoredSecret {
            let mac = self.vault.mac(pepper_id, &self.id, secret.expose()).unwrap();
            StoredSecret { version, pepper_id, mac, expires_at_ms: None, revoked_at_ms: None }
        }

        fn check(&self, secret: &Secret, stored: &[StoredSecret]) -> Option<Matched> {
            check_secret(&self.vault, self.id.as_str(), secret.expose(), stored, NOW_MS)
        }
    }

    fn two_peppers() -> Vault {
        let one = Vault::generate().to_json();
        let key = one.split('"').filter(|part| part.len() == 43).nth(1).unwrap();
        let both = one.replacen('[', &format!(r#"[{{"id":2,"key":"{key}"}},"#), 1);
        Vault::from_json(&both).unwrap()
    }

    #[test]
    fn right_secret_matches_its_version() {
        let key = Key::new();
        let (old, new) = (Secret::generate(), Secret::generate());
        let stored = [key.stored(3, 2, &old), key.stored(4, 2, &new)];

        assert_eq!(key.check(&old, &stored), Some(Matched { version: 3, needs_rehash: false }));
        assert_eq!(key.check(&new, &stored), Some(Matched { version: 4, needs_rehash: false }));
    }

    #[test]
    fn secret_under_an_older_pepper_matches_and_needs_a_rehash() {
        let key = Key::new();
        let secret = Secret::generate();

        let matched = key.check(&secret, &[key.stored(1, 1, &secret)]);

        assert_eq!(matched, Some(Matched { version: 1, needs_rehash: true }));
    }

    #[test]
    fn wrong_secret_and_unknown_key_match_nothing() {
        let key = Key::new();
        let (secret, wrong) = (Secret::generate(), Secret::generate());

        assert_eq!(key.check(&wrong, &[key.stored(1, 2, &secret)]), None);
        assert_eq!(key.check(&secret, &[]), None);
    }

    #[test]
    fn secret_of_another_key_matches_nothing() {
        let key = Key::new();
        let secret = Secret::generate();
        let stored = [key.stored(1, 2, &secret)];

        let other = KeyId::generate();
        assert_eq!(check_secret(&key.vault, other.as_str(), secret.expose(), &stored, NOW_MS), None);
    }

    #[test]
    fn revoked_secret_matches_nothing() {
        let key = Key::new();
        let secret = Secret::generate();
        let stored = StoredSecret { revoked_at_ms: Some(NOW_MS - 1), ..key.stored(1, 2, &secret) };

        assert_eq!(key.check(&secret, &[stored]), None);
    }

    #[test]
    fn secret_matches_until_the_moment_it_expires() {
        let key = Key::new();
        let secret = Secret::generate();
        let expiring = |at| [StoredSecret { expires_at_ms: Some(at), ..key.stored(1, 2, &secret) }];

        assert!(key.check(&secret, &expiring(NOW_MS + 1)).is_some());
        assert!(key.check(&secret, &expiring(NOW_MS)).is_none());
    }

    #[test]
    fn secret_under_a_pepper_that_is_gone_matches_nothing() {
        let key = Key::new();
        let secret = Secret::generate();
        let stored = StoredSecret { pepper_id: 99, ..key.stored(1, 2, &secret) };

        assert_eq!(key.check(&secret, &[stored]), None);
    }

    #[test]
    fn any_text_may_be_presented() {
        let vault = two_peppers();
        for text in ["", "\0", "mdl_key_", &"x".repeat(100_000), "ключ"] {
            assert_eq!(check_secret(&vault, text, text, &[], NOW_MS), None);
        }
    }
}
