//! Where a request comes from, behind proxies or not. Not what may be done from there ([`crate::key_limits`],
//! [`crate::limits`]); called by the server once a request, before anything else looks at an address.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

use ipnet::IpNet;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The networks of the proxies whose `X-Forwarded-For` is believed; by default none.
///
/// As a text, networks or single addresses between commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether an address is one of these proxies'.
    pub fn contains(&self, address: IpAddr) -> bool {
        // An IPv4 address in IPv6 clothes is the IPv4 address.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: the peer's, or, where the peer is a trusted proxy, what it and the trusted proxies before
    /// it say. `forwarded` is every line of `X-Forwarded-For`, in order.
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

/// A text that is no list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be networks or addresses between commas, such as 10.0.0.0/8, 2001:db8::/32; `{0}` is none")]
pub struct NotANetwork(String);

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, NotANetwork> {
    let network: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => text.parse().map_err(|_| NotANetwork(text.to_owned()))?,
    };
    Ok(network.trunc())
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Serialize for TrustedProxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From a text as above, or a list of texts.
impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList;

        impl<'de> Visitor<'de> for TextOrList {
            type Value = TrustedProxies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("networks between commas, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TrustedProxies, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TrustedProxies, A::Error> {
                let mut networks = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    networks.push(network(text.trim()).map_err(de::Error::custom)?);
                }
                Ok(TrustedProxies(networks))
            }
        }

        deserializer.deserialize_any(TextOrList)
    }
}

#[cfg(test)]
#[path = "client_address_tests.rs"]
mod tests;
