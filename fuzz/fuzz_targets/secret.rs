//! What a leak scanner and the token request ask of any text: is it a secret, is it a key id.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mudlark_auth::{KeyId, Secret, has_valid_checksum};

fuzz_target!(|text: &str| {
    check(text);
    // Prefix and length are seldom met by chance: what stands behind them is asked for by itself.
    check(&format!("mdl_sec_{text}"));
    check(&format!("mdl_key_{text}"));
    let digits: String =
        text.chars().filter(char::is_ascii_alphanumeric).chain("0".repeat(49).chars()).take(49).collect();
    check(&format!("mdl_sec_{digits}"));
    assert!(KeyId::parse(&format!("mdl_key_{}", &digits[..22])).is_some());
});

fn check(text: &str) {
    if has_valid_checksum(text) {
        assert!(text.len() == 57 && text.starts_with("mdl_sec_"));
        // One altered character, and it is none.
        let altered = format!("{}{}", &text[..56], if text.ends_with('x') { 'y' } else { 'x' });
        assert!(!has_valid_checksum(&altered));
    }
    if let Some(id) = KeyId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
    let secret = Secret::from_presented(text.to_owned());
    assert_eq!(secret.expose(), text);
    assert_eq!(format!("{secret:?}"), "Secret(…)");
}
