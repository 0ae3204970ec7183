//! Whose address a request is counted under: forged lists, lists of several proxies, and what is no list.

use proptest::prelude::*;

use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn proxies(text: &str) -> Networks {
    text.parse().unwrap()
}

/// The client's address with these proxies, this peer and these lines of `X-Forwarded-For`.
fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
    proxies(trusted).client_address(address(peer), lines.iter().map(|line| line.as_bytes())).to_string()
}

#[test]
fn list_from_an_untrusted_peer_changes_nothing() {
    for lines in [&[][..], &["198.51.100.1"], &["127.0.0.1"], &["10.0.0.1, 10.0.0.2"], &["", "x"]] {
        assert_eq!(client("", "192.0.2.9", lines), "192.0.2.9", "{lines:?}");
        assert_eq!(client("10.0.0.0/8", "192.0.2.9", lines), "192.0.2.9", "{lines:?}");
    }
}

#[test]
fn list_is_read_from_the_right_past_trusted_proxies_only() {
    for (lines, expected) in [
        (&[][..], "10.0.0.1"),
        (&["198.51.100.1"], "198.51.100.1"),
        // What a client wrote itself stands left of its own address.
        (&["203.0.113.7, 198.51.100.1"], "198.51.100.1"),
        (&["127.0.0.1, 10.9.9.9, 198.51.100.1"], "198.51.100.1"),
        (&["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        (&["203.0.113.7, 198.51.100.1, 10.0.0.2, 10.0.0.3"], "198.51.100.1"),
        // Nothing but proxies: the first of them asked for itself.
        (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // Lines are one list, in their order.
        (&["203.0.113.7", "198.51.100.1"], "198.51.100.1"),
        (&["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        (&["198.51.100.1, 10.0.0.3", "10.0.0.2"], "198.51.100.1"),
        (&["198.51.100.1,10.0.0.2"], "198.51.100.1"),
        (&["\t198.51.100.1 ,\t10.0.0.2  "], "198.51.100.1"),
    ] {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", lines), expected, "{lines:?}");
    }
}

#[test]
fn what_is_no_address_stops_the_walk_at_the_last_trusted_hop() {
    for garbage in [
        "",
        " ",
        "unknown",
        "_hidden",
        "for=198.51.100.1",
        "198.51.100",
        "198.51.100.1.1",
        "198.51.100.256",
        "0x7f.1",
        "127.1",
        "3232235777",
        "198.51.100.01",
        "198.51.100.1:",
        "198.51.100.1:x",
        "198.51.100.1:99999",
        "fe80::1%eth0",
        "[fe80::1%1]:80",
        "[198.51.100.1]",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]:",
        "\"198.51.100.1\"",
        "198.51.100.1 198.51.100.2",
        "198.51.100.1;",
        "http://198.51.100.1",
        "\u{661}.1.1.1",
        "198.51.100.1\0",
        "10.0.0.0/8",
    ] {
        let last = format!("198.51.100.1, {garbage}");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[&last]), "10.0.0.1", "{garbage:?}");
        let behind_one = format!("198.51.100.1, {garbage}, 10.0.0.2");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[&behind_one]), "10.0.0.2", "{garbage:?}");
        let beyond = format!("{garbage}, 198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[&beyond]), "198.51.100.1", "{garbage:?}");
    }
    let not_utf8 = proxies("10.0.0.0/8").client_address(address("10.0.0.1"), [&b"198.51.100.1, \xff"[..]]);
    assert_eq!(not_utf8, address("10.0.0.1"));
}

#[test]
fn brackets_ports_and_ipv4_in_ipv6_clothes_are_read() {
    for (entry, expected) in [
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:8080", "2001:db8::1"),
        ("198.51.100.1:8080", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("[::ffff:198.51.100.1]:1", "198.51.100.1"),
    ] {
        assert_eq!(client("::1", "::1", &[entry]), expected, "{entry}");
    }
    assert_eq!(client("10.0.0.0/8", "::ffff:10.0.0.1", &["198.51.100.1, ::ffff:10.0.0.2"]), "198.51.100.1");
    assert_eq!(client("", "::ffff:192.0.2.1", &[]), "192.0.2.1");
}

proptest! {
    /// Whatever a client writes into the list, it is counted under the address that the proxy saw.
    #[test]
    fn client_can_not_choose_its_address(
        forged in prop::collection::vec("[ -~]{0,40}", 0..4),
        real in any::<[u8; 4]>().prop_filter("no proxy", |it| it[0] != 10),
        hops in 0_u8..4,
    ) {
        let real = IpAddr::from(real);
        let mut lines: Vec<String> = forged;
        let trail: Vec<String> = std::iter::once(real.to_string())
            .chain((0..hops).map(|hop| format!("10.0.0.{hop}")))
            .collect();
        // A proxy adds to the last line, or adds a line.
        match lines.last_mut() {
            Some(last) => *last = format!("{last}, {}", trail.join(", ")),
            None => lines.push(trail.join(",")),
        }
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        prop_assert_eq!(proxies("10.0.0.0/8").client_address(address("10.9.9.9"), lines), real);
    }

    /// Any bytes at all give an address: the peer's where it is not trusted.
    #[test]
    fn any_bytes_give_an_address(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..5),
        peer in any::<[u8; 16]>(),
    ) {
        let peer = IpAddr::from(peer);
        let lines = || lines.iter().map(Vec::as_slice);
        proxies("::/0, 0.0.0.0/0").client_address(peer, lines());
        prop_assert_eq!(proxies("").client_address(peer, lines()), peer.to_canonical());
    }
}
