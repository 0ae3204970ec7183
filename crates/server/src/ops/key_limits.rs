//! A key's limits as texts: how the database keeps them, and how people write them.

use anyhow::Context;
use ipnet::IpNet;
use mudlark_auth::KeyLimits;
use mudlark_store::ApiKeyRow;

/// The limits of a key in the database.
pub(crate) fn of_row(row: &ApiKeyRow) -> anyhow::Result<KeyLimits> {
    let list = |text: &String| text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let ids: Option<Vec<String>> = row.workspace_ids.as_ref().map(list);
    let networks: Option<Vec<String>> = row.networks.as_ref().map(list);
    let workspace_ids = ids.map(|ids| ids.iter().map(|id| id.parse()).collect()).transpose();
    let networks = networks.map(|texts| texts.iter().map(|text| text.parse()).collect()).transpose();
    Ok(KeyLimits {
        scopes: row.scopes,
        workspace_ids: workspace_ids.context("a key is narrowed to a workspace whose id is none")?,
        networks: networks.context("a key is narrowed to a network that is none")?,
    })
}

/// The texts of `workspace_ids` and `networks`.
pub(crate) fn texts(limits: &KeyLimits) -> (Option<String>, Option<String>) {
    (limits.workspace_ids.as_ref().map(joined), limits.networks.as_ref().map(joined))
}

fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// Reads a network as people write it: CIDR notation, or one address for itself alone.
///
/// An IPv4 network in IPv6 clothes is the IPv4 network: that is how addresses are compared. One with bits beyond its
/// prefix is refused, since either half of it may be the mistake.
pub(crate) fn parse_network(text: &str) -> Result<IpNet, String> {
    const MUST: &str = "must be networks such as 192.0.2.0/24 or 2001:db8::/32";
    let network: IpNet = match text.parse::<std::net::IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => text.parse().map_err(|_| format!("{MUST}; `{}` is none", text.escape_debug()))?,
    };
    if network != network.trunc() {
        return Err(format!("{MUST}; {network} has bits beyond its prefix: is it {}?", network.trunc()));
    }
    if let IpNet::V6(six) = network
        && let (Some(four), Some(prefix)) = (six.network().to_ipv4_mapped(), six.prefix_len().checked_sub(96))
    {
        return ipnet::Ipv4Net::new(four, prefix).map(IpNet::V4).map_err(|_| MUST.to_owned());
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mudlark_types::{AccountId, UserId, WorkspaceId, WorkspaceRoles};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn network_is_read_as_people_write_it() {
        for (text, network) in [
            ("192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("::/0", "::/0"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(parse_network(text).unwrap().to_string(), network, "{text}");
        }
        for text in ["", "x", "192.0.2.0/33", "192.0.2/24", "192.0.2.7/24", "::1/64", " 192.0.2.0/24"] {
            assert!(parse_network(text).unwrap_err().starts_with("must be networks"), "{text}");
        }
    }

    #[test]
    fn limits_survive_the_database() {
        let ids = [1, 2].map(|n| WorkspaceId::from_uuid(Uuid::from_u128(n)));
        for (workspace_ids, networks) in [
            (None, None),
            (Some(BTreeSet::default()), Some(Vec::new())),
            (Some(ids.into()), Some(vec!["192.0.2.0/24".parse().unwrap(), "::/0".parse().unwrap()])),
        ] {
            let limits = KeyLimits { scopes: None, workspace_ids, networks };
            let (workspace_ids, networks) = texts(&limits);
            let row = ApiKeyRow {
                key_id: String::new(),
                account_id: AccountId::from_uuid(Uuid::nil()),
                user_id: UserId::from_uuid(Uuid::nil()),
                name: String::new(),
                workspace_roles: WorkspaceRoles::EMPTY,
                scopes: None,
                workspace_ids,
                networks,
                created_by_user_id: None,
                expires_at_ms: None,
                revoked_at_ms: None,
                last_used_at_ms: None,
                last_used_ip: None,
                created_at_ms: 0,
                updated_at_ms: 0,
            };
            assert_eq!(of_row(&row).unwrap(), limits);
        }
    }
}
