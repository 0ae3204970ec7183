//! The signature in an upload address: it stands for one key, one method and one expiry, and needs no token. Not the
//! rule that an address works once, which is the store's; called when an upload begins and when its bytes come.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::vault::Vault;

/// Stands first in what is signed, so that no signature made for another purpose fits.
const PURPOSE: &[u8] = b"mudlark upload 1";

/// Signs upload addresses and checks them.
pub struct UploadSigner {
    key: hmac::Key,
}

impl UploadSigner {
    /// A signer with the vault's upload key.
    pub fn new(vault: &Vault) -> Self {
        Self { key: vault.upload_key() }
    }

    /// The signature: HMAC-SHA-256 in unpadded base64url, 43 characters.
    ///
    /// *Units*: `expires_at_s` in Unix seconds.
    pub fn sign(&self, method: &str, upload_key: &str, expires_at_s: i64) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, &signed_bytes(method, upload_key, expires_at_s)))
    }

    /// Whether `signature` is ours for exactly these three, and the expiry is still to come. Compares in constant time.
    pub fn verify(
        &self,
        method: &str,
        upload_key: &str,
        expires_at_s: i64,
        signature: &str,
        now_ms: i64,
    ) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let signed = signed_bytes(method, upload_key, expires_at_s);
        hmac::verify(&self.key, &signed, &signature).is_ok() && now_ms < expires_at_s.saturating_mul(1000)
    }
}

impl fmt::Debug for UploadSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadSigner(…)")
    }
}

/// Each text with its length before it: no two different inputs give the same bytes.
fn signed_bytes(method: &str, upload_key: &str, expires_at_s: i64) -> Vec<u8> {
    let mut bytes = PURPOSE.to_vec();
    for text in [method, upload_key] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&expires_at_s.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRES_AT_S: i64 = 1_700_000_000;
    const BEFORE_MS: i64 = EXPIRES_AT_S * 1000 - 1;

    #[test]
    fn signature_holds_for_what_it_was_made_for() {
        let signer = UploadSigner::new(&Vault::generate());

        let signature = signer.sign("PUT", "key", EXPIRES_AT_S);

        assert_eq!(signature.len(), 43);
        assert!(signer.verify("PUT", "key", EXPIRES_AT_S, &signature, BEFORE_MS));
    }

    #[test]
    fn signature_holds_for_nothing_else() {
        let signer = UploadSigner::new(&Vault::generate());
        let signature = signer.sign("PUT", "key", EXPIRES_AT_S);

        for (method, key, expires_at_s) in [
            ("GET", "key", EXPIRES_AT_S),
            ("put", "key", EXPIRES_AT_S),
            ("PUT", "kez", EXPIRES_AT_S),
            ("PUTk", "ey", EXPIRES_AT_S),
            ("PU", "Tkey", EXPIRES_AT_S),
            ("PUT", "key", EXPIRES_AT_S + 1),
        ] {
            assert!(!signer.verify(method, key, expires_at_s, &signature, BEFORE_MS), "{method} {key}");
        }
    }

    #[test]
    fn signature_of_another_vault_is_refused() {
        let signature = UploadSigner::new(&Vault::generate()).sign("PUT", "key", EXPIRES_AT_S);
        let signer = UploadSigner::new(&Vault::generate());
        assert!(!signer.verify("PUT", "key", EXPIRES_AT_S, &signature, BEFORE_MS));
    }

    #[test]
    fn signature_is_refused_from_its_expiry_on() {
        let signer = UploadSigner::new(&Vault::generate());
        let signature = signer.sign("PUT", "key", EXPIRES_AT_S);
        assert!(!signer.verify("PUT", "key", EXPIRES_AT_S, &signature, EXPIRES_AT_S * 1000));
    }

    #[test]
    fn garbled_signature_is_refused() {
        let signer = UploadSigner::new(&Vault::generate());
        let signature = signer.sign("PUT", "key", EXPIRES_AT_S);
        for garbled in ["", "é", &signature[..42], &format!("{signature}="), &format!("{signature}A")] {
            assert!(!signer.verify("PUT", "key", EXPIRES_AT_S, garbled, BEFORE_MS), "{garbled}");
        }
    }
}
