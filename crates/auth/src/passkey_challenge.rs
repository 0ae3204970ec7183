//! Challenges that passkeys answer. Each carries its own end and our signature, so that giving one out keeps nothing: whoever
//! asks for a million of them fills no table. That none is good twice is the caller's rule, who notes those that were answered.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;

use crate::random::random_bytes;
use crate::vault::Vault;

/// Stands first in what is signed, so that no signature made for another purpose fits.
const PURPOSE: &[u8] = b"mudlark passkey challenge 1";
/// *Source*: WebAuthn, section 13.4.3: at least 16 bytes that nobody can guess.
const RANDOM_LENGTH: usize = 16;
const LENGTH: usize = RANDOM_LENGTH + size_of::<i64>() + 32;

/// How long a person may take to answer one. *Units*: milliseconds. *Source*: WebAuthn, section 15.1: 300 to 600 seconds
/// where the person is to be verified.
pub const GOOD_FOR_MS: i64 = 5 * 60 * 1000;

/// Makes challenges and knows them again.
pub struct ChallengeSigner {
    key: hmac::Key,
}

/// A challenge of ours that has not ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    bytes: Vec<u8>,
    /// *Units*: Unix milliseconds.
    pub expires_at_ms: i64,
}

impl Challenge {
    /// What goes to the browser, and comes back inside what the device has signed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it is noted by once it is answered.
    pub fn digest(&self) -> Vec<u8> {
        digest(&SHA256, &self.bytes).as_ref().to_vec()
    }
}

impl ChallengeSigner {
    /// A signer with the vault's key.
    pub fn new(vault: &Vault) -> Self {
        Self { key: vault.upload_key() }
    }

    /// A new challenge. `bound_to`: whom it is for, where that is known; it is good for nobody else.
    pub fn challenge(&self, bound_to: &[u8], now_ms: i64) -> Challenge {
        let expires_at_ms = now_ms + GOOD_FOR_MS;
        let mut bytes = random_bytes::<RANDOM_LENGTH>().to_vec();
        bytes.extend_from_slice(&expires_at_ms.to_be_bytes());
        let signature = hmac::sign(&self.key, &signed_bytes(bound_to, &bytes));
        bytes.extend_from_slice(signature.as_ref());
        Challenge { bytes, expires_at_ms }
    }

    /// The challenge that somebody has answered, if it is one of ours for them and has not ended.
    pub fn recognise(&self, bound_to: &[u8], presented: &[u8], now_ms: i64) -> Option<Challenge> {
        if presented.len() != LENGTH {
            return None;
        }
        let (head, signature) = presented.split_at(LENGTH - 32);
        hmac::verify(&self.key, &signed_bytes(bound_to, head), signature).ok()?;
        let expires_at_ms = i64::from_be_bytes(head[RANDOM_LENGTH..].try_into().ok()?);
        (now_ms < expires_at_ms).then(|| Challenge { bytes: presented.to_vec(), expires_at_ms })
    }
}

impl fmt::Debug for ChallengeSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeSigner(…)")
    }
}

/// The length of what it is bound to stands before it: no two different inputs give the same bytes.
fn signed_bytes(bound_to: &[u8], head: &[u8]) -> Vec<u8> {
    let mut bytes = PURPOSE.to_vec();
    bytes.extend_from_slice(&(bound_to.len() as u64).to_be_bytes());
    bytes.extend_from_slice(bound_to);
    bytes.extend_from_slice(head);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    #[test]
    fn challenge_is_recognised_until_its_end_by_whom_it_is_for() {
        let signer = ChallengeSigner::new(&Vault::generate());

        let (one, other) = (signer.challenge(b"mira", NOW_MS), signer.challenge(b"mira", NOW_MS));

        assert!(one != other);
        for at in [NOW_MS, NOW_MS + GOOD_FOR_MS - 1] {
            assert!(signer.recognise(b"mira", one.as_bytes(), at).is_some_and(|it| it == one));
        }
        assert!(signer.recognise(b"mira", one.as_bytes(), NOW_MS + GOOD_FOR_MS).is_none());
        assert!(signer.recognise(b"iris", one.as_bytes(), NOW_MS).is_none());
        assert!(signer.recognise(b"", one.as_bytes(), NOW_MS).is_none());
    }

    #[test]
    fn challenge_that_was_altered_cut_or_made_elsewhere_is_none() {
        let signer = ChallengeSigner::new(&Vault::generate());
        let challenge = signer.challenge(b"", NOW_MS);

        for at in 0..LENGTH {
            let mut altered = challenge.as_bytes().to_vec();
            altered[at] ^= 1;
            assert!(signer.recognise(b"", &altered, NOW_MS).is_none(), "byte {at}");
            assert!(signer.recognise(b"", &challenge.as_bytes()[..at], NOW_MS).is_none(), "{at} bytes");
        }
        let elsewhere = ChallengeSigner::new(&Vault::generate());
        assert!(elsewhere.recognise(b"", challenge.as_bytes(), NOW_MS).is_none());
    }
}
