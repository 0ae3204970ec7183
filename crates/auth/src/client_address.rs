//! Where a request comes from, behind proxies or not. Not what may be done from there ([`crate::key_limits`],
//! [`crate::limits`]); called by the server once a request, before anything else looks at an address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::networks::Networks;

impl Networks {
    /// The client's address, where these are the networks of the proxies whose `X-Forwarded-For` is believed: the
    /// peer's, or, where the peer is a trusted proxy, what it and the trusted proxies before it say. `forwarded` is every
    /// line of `X-Forwarded-For`, in order.
    ///
    /// Each proxy adds the address that it was called from at the right end. So the list is read from there, and only
    /// as far as trusted proxies wrote it: all that stands left of the first untrusted address came from the client,
    /// who can write what they like. Where an entry is no address (also an empty one, `unknown`, an IPv6 address with
    /// a zone), the last trusted hop is as far as anybody can tell.
    pub fn client_address<'a, I>(&self, peer: IpAddr, forwarded: I) -> IpAddr
    where
        I: IntoIterator<Item = &'a [u8]>,
        I::IntoIter: DoubleEndedIterator,
    {
        let mut client = peer.to_canonical();
        let entries = forwarded.into_iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
        for entry in entries {
            if !self.contains(client) {
                break;
            }
            let Some(address) = read_entry(entry) else { break };
            client = address;
        }
        client
    }
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:80`.
fn read_entry(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || text.parse().ok().filter(|it: &SocketAddr| !has_zone(it)).map(|it| it.ip());
    let address = text.parse().ok().or_else(bracketed).or_else(with_port)?;
    Some(address.to_canonical())
}

/// A zone (`%1`) means something on one machine only.
fn has_zone(address: &SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(address) if SocketAddrV6::scope_id(address) != 0)
}

#[cfg(test)]
#[path = "client_address_tests.rs"]
mod tests;
