//! Where messages of webhooks may go. Who makes a webhook chooses an address that the *server* then calls, and the server
//! can reach more than they can: itself, its neighbours, a cloud's metadata. So only public addresses are called, and
//! those of networks that the operator has named. A name is looked up once, and what was looked at is what is called.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};
use mudlark_auth::Networks;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// How long a receiver may take, from looking up its name to the end of its answer's head.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);
/// *Units*: bytes.
pub(crate) const MAX_URL: usize = 2048;

/// Calls what may be called.
pub(crate) struct Egress {
    allowed: Networks,
    /// None where this machine has no certificates of authorities.
    https: Option<Client>,
    /// Calls only what lies in the operator's networks.
    http: Client,
}

/// Why an address is not called.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCalled {
    #[error("must be an address such as https://bot.studio.example/mudlark, of at most {MAX_URL} bytes")]
    Malformed,
    #[error("must begin with https:// or http://")]
    Scheme,
    #[error("must not hold a user name or password; give them as a header")]
    Credentials,
    #[error("leads to {0}, which is not public; the operator can allow its network with --webhook-networks")]
    NotPublic(String),
    #[error(
        "must begin with https://: unencrypted messages go only to networks that the operator has named with --webhook-networks"
    )]
    Unencrypted,
    #[error(
        "needs certificates of authorities, and this machine has none; the operator should install them (on Debian: ca-certificates)"
    )]
    NoAuthorities,
    #[error("its name is not known")]
    Unknown,
}

impl Egress {
    /// *Errors*: the machine's resolver or TLS can't be set up at all.
    pub(crate) fn new(allowed: Networks) -> reqwest::Result<Self> {
        let https = client(&allowed, true).inspect_err(|error| {
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(cause, "webhooks can't use https: no certificates of authorities were found");
        });
        Ok(Self { http: client(&allowed, false)?, https: https.ok(), allowed })
    }

    /// Reads an address and refuses one that would not be called, as far as can be said without looking up its name.
    pub(crate) fn check_url(&self, text: &str) -> Result<Url, NotCalled> {
        if text.len() > MAX_URL {
            return Err(NotCalled::Malformed);
        }
        let url = Url::parse(text).map_err(|_| NotCalled::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(NotCalled::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotCalled::Credentials);
        }
        let host = url.host_str().ok_or(NotCalled::Malformed)?.trim_end_matches('.');
        let is_https = url.scheme() == "https";
        // However an address was written (0x7f000001, 127.1), `Url` has made one form of it.
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            check(&self.allowed, address, is_https)?;
        } else if host == "localhost" || host.ends_with(".localhost") {
            // RFC 6761, section 6.3: never anything but loopback.
            check(&self.allowed, Ipv4Addr::LOCALHOST.into(), is_https)?;
        }
        Ok(url)
    }

    /// A request to an address. *Errors*: it may not be called.
    pub(crate) fn post(&self, url: &str) -> Result<reqwest::RequestBuilder, NotCalled> {
        let url = self.check_url(url)?;
        let client = if url.scheme() == "https" { self.https.as_ref() } else { Some(&self.http) };
        Ok(client.ok_or(NotCalled::NoAuthorities)?.post(url))
    }
}

fn client(allowed: &Networks, is_https: bool) -> reqwest::Result<Client> {
    let builder = Client::builder();
    // Without encryption there is nobody to know: the machine's authorities are not looked for, and may be missing.
    let builder = if is_https { builder } else { builder.tls_certs_only([]) };
    builder
        .dns_resolver(Arc::new(Resolver { allowed: allowed.clone(), is_https }))
        .https_only(is_https)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .timeout(TIMEOUT)
        // Each message looks its receiver up again: a name that has moved is followed.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("Mudlark/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Looks names up, and keeps of what they lead to what may be called.
struct Resolver {
    allowed: Networks,
    is_https: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, is_https) = (self.allowed.clone(), self.is_https);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NotCalled::Unknown)?;
            let mut refused = NotCalled::Unknown;
            let mut callable: Vec<SocketAddr> = Vec::new();
            for address in found {
                match check(&allowed, address.ip(), is_https) {
                    Ok(()) => callable.push(address),
                    Err(why) => refused = why,
                }
            }
            if callable.is_empty() {
                return Err(Box::new(refused) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(callable.into_iter()) as Addrs)
        })
    }
}

fn check(allowed: &Networks, address: IpAddr, is_https: bool) -> Result<(), NotCalled> {
    let address = address.to_canonical();
    if allowed.contains(address) {
        Ok(())
    } else if !is_public(address) {
        Err(NotCalled::NotPublic(address.to_string()))
    } else if is_https {
        Ok(())
    } else {
        Err(NotCalled::Unencrypted)
    }
}

const fn v4(a: u8, b: u8, c: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// *Source*: IANA IPv4 Special-Purpose Address Registry, those not globally reachable; multicast and above (RFC 5771,
/// RFC 1112); 6to4 relays (RFC 7526).
const NOT_PUBLIC_V4: [Ipv4Net; 14] = [
    v4(0, 0, 0, 8),
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(192, 88, 99, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v4(224, 0, 0, 3),
];
/// Of IPv6 only this is given out for the public (RFC 4291, section 2.4).
const UNICAST_V6: Ipv6Net = v6(0x2000, 0, 3);
/// *Source*: IANA IPv6 Special-Purpose Address Registry. Tunnels among them (Teredo, 6to4): they lead to IPv4 addresses.
const NOT_PUBLIC_V6: [Ipv6Net; 4] =
    [v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];

/// Whether anybody on the internet could call it. An IPv4 address in IPv6 clothes is the IPv4 address.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            UNICAST_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|network| network.contains(&address))
        }
    }
}

#[cfg(test)]
#[path = "egress_tests.rs"]
mod tests;
