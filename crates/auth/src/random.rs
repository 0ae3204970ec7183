//! Random bytes from the operating system, by way of the crypto library. Not a general random number generator;
//! called by everything in this crate that makes a key, a secret, an id or a nonce.

/// Fills `bytes` with unpredictable bytes.
///
/// *Why* it panics rather than returns an error: an operating system that gives no randomness can't run this server,
/// and no caller could do anything safe about it.
pub(crate) fn fill(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}

/// `N` unpredictable bytes.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}
