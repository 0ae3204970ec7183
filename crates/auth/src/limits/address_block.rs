//! Where a client is, as far as limits are concerned. Not how its address is found ([`crate::client_address`]).

use std::net::{IpAddr, Ipv4Addr};

/// Where a client is, as far as limits are concerned: an IPv4 address, or the /64 of an IPv6 one.
///
/// *Why* /64: that much is handed to one customer, who may use any address in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressBlock {
    /// One IPv4 address, also if it was written as an IPv6 one (`::ffff:192.0.2.1`).
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address.
    V6([u16; 4]),
}

impl AddressBlock {
    /// The block that an address lies in.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}
