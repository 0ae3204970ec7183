//! The verifier with any token: the bytes as they are, and the bytes as header or claims of a token whose other parts
//! are well formed, so that the strict layer is reached. Without the key, nothing may pass.

#![no_main]

use std::fmt::Write;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mudlark_auth::{SigningKey, Verifier, VerifyingKey};

const NOW_MS: i64 = 1_700_000_000_000;

struct Target {
    verifier: Verifier,
    header: String,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let key = SigningKey::generate();
    let verifier = Verifier::new("mudlark", "mudlark", 16);
    verifier.set_keys(vec![VerifyingKey::from_jwk(key.public_jwk()).expect("its own public key")]);
    let header = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{}"}}"#, key.kid());
    Target { verifier, header: encode(header.as_bytes()) }
});

fuzz_target!(|bytes: &[u8]| {
    let Target { verifier, header } = &*TARGET;
    let refuse = |token: &str| assert!(verifier.verify(token, NOW_MS).is_err(), "{token}");
    if let Ok(text) = std::str::from_utf8(bytes) {
        refuse(text);
        refuse(&format!("{header}.{text}"));
    }
    let signature = "A".repeat(86);
    refuse(&format!("{}.e30.{signature}", encode(bytes)));
    refuse(&format!("{header}.{}.{signature}", encode(bytes)));
    // Claims are read only behind a good signature: their parser is asked by itself.
    mudlark_auth::fuzzing::read_object(bytes);
});

/// Base64url without padding, written out so that the target shares no code with what it tests.
fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |sum, at| sum << 8 | group.get(at).copied().unwrap_or(0) as usize);
        for digit in 0..=group.len() {
            write!(text, "{}", DIGITS[number >> (18 - 6 * digit) & 63] as char).expect("a text takes it");
        }
    }
    text
}
