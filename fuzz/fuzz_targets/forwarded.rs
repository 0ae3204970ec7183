//! `X-Forwarded-For` of any bytes: an untrusted peer is always itself, and what the last proxy saw always counts.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use mudlark_auth::TrustedProxies;

fuzz_target!(|bytes: &[u8]| {
    let stranger = IpAddr::from([192, 0, 2, 1]);
    let proxy = IpAddr::from([10, 0, 0, 1]);
    let proxies: TrustedProxies = "10.0.0.0/8".parse().expect("a network");
    let lines = || bytes.split(|byte| *byte == b'\n');
    assert_eq!(proxies.client_address(stranger, lines()), stranger);
    proxies.client_address(proxy, lines());
    let seen: &[u8] = b"192.0.2.1, 10.0.0.2";
    assert_eq!(proxies.client_address(proxy, lines().chain([seen]).collect::<Vec<_>>()), stranger);
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(proxies) = text.parse::<TrustedProxies>() {
            assert_eq!(proxies.to_string().parse(), Ok(proxies));
        }
    }
});
