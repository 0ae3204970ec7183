//! Networks that an administrator lists: those of trusted proxies, those that webhooks may reach. Whether an address is
//! one of them, and how the list is written.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Networks; by default none.
///
/// As a text, networks or single addresses between commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether an address lies in one of these networks.
    pub fn contains(&self, address: IpAddr) -> bool {
        // An IPv4 address in IPv6 clothes is the IPv4 address.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// A text that is no list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be networks or addresses between commas, such as 10.0.0.0/8, 2001:db8::/32; `{0}` is none")]
pub struct NotANetwork(String);

impl FromStr for Networks {
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

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From a text as above, or a list of texts.
impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrList;

        impl<'de> Visitor<'de> for TextOrList {
            type Value = Networks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("networks between commas, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Networks, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Networks, A::Error> {
                let mut networks = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    networks.push(network(text.trim()).map_err(de::Error::custom)?);
                }
                Ok(Networks(networks))
            }
        }

        deserializer.deserialize_any(TextOrList)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_from_a_text_or_a_list_and_shown_as_a_text() {
        let written = "10.0.0.0/8,192.0.2.1/32,2001:db8::/32";
        let text: Networks = " 10.1.2.3/8, 192.0.2.1 ,2001:db8::/32,".parse().unwrap();
        assert_eq!(text.to_string(), written);
        let list: Networks = serde_json::from_str(r#"["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]"#).unwrap();
        assert_eq!(list, text);
        assert_eq!(serde_json::from_value::<Networks>(serde_json::to_value(&text).unwrap()).unwrap(), text);
        assert_eq!("".parse(), Ok(Networks::default()));
        for garbled in ["10.0.0.0/33", "proxy.example", "10.0.0.0/8;::1", "10.0.0.0/8 ::1", "*"] {
            assert_eq!(garbled.parse::<Networks>(), Err(NotANetwork(garbled.to_owned())));
        }
        assert!(serde_json::from_str::<Networks>("[1]").is_err());
    }
}
