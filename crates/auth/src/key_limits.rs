//! What a key is narrowed to beside its roles: scopes, workspaces, networks. A limit gives nothing; it only takes away.
//! Kept in memory with the key ([`crate::live`]), read by the policy, and compared when a key makes or changes a key.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use mudlark_types::{Scope, Scopes, WorkspaceId};

/// The limits of a key; the default has none. Each one: `None` doesn't narrow, an empty set leaves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLimits {
    /// The scopes that it keeps.
    pub scopes: Option<Scopes>,
    /// The workspaces that it may enter.
    pub workspace_ids: Option<BTreeSet<WorkspaceId>>,
    /// The networks that it may be used from.
    pub networks: Option<Vec<IpNet>>,
}

impl KeyLimits {
    /// Whether the key keeps a scope.
    pub fn allow_scope(&self, scope: Scope) -> bool {
        self.scopes.is_none_or(|scopes| scopes.contains(scope))
    }

    /// Whether the key may enter a workspace, as far as its limits go.
    pub fn allow_workspace(&self, id: WorkspaceId) -> bool {
        self.workspace_ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// Whether the key may be used from an address; from an unknown one only if it has no such limit.
    pub fn allow_address(&self, address: Option<IpAddr>) -> bool {
        let Some(networks) = &self.networks else { return true };
        // An IPv4 address in IPv6 clothes is the IPv4 address.
        address.is_some_and(|address| {
            let address = address.to_canonical();
            networks.iter().any(|network| network.contains(&address))
        })
    }

    /// Whether these limits leave nothing that the other ones take away.
    pub fn are_within(&self, other: &Self) -> bool {
        self.first_beyond(other).is_none()
    }

    /// The first limit by which these leave something that the other ones take away.
    pub fn first_beyond(&self, other: &Self) -> Option<Limit> {
        let scopes = match (self.scopes, other.scopes) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => mine.is_subset_of(theirs),
        };
        let workspaces = match (&self.workspace_ids, &other.workspace_ids) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => mine.is_subset(theirs),
        };
        let networks = match (&self.networks, &other.networks) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => {
                mine.iter().all(|network| theirs.iter().any(|wider| wider.contains(network)))
            }
        };
        [(scopes, Limit::Scopes), (workspaces, Limit::Workspaces), (networks, Limit::Networks)]
            .into_iter()
            .find_map(|(within, limit)| (!within).then_some(limit))
    }
}

/// One of the limits of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// [`KeyLimits::scopes`].
    Scopes,
    /// [`KeyLimits::workspace_ids`].
    Workspaces,
    /// [`KeyLimits::networks`].
    Networks,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn workspace(n: u128) -> WorkspaceId {
        WorkspaceId::from_uuid(Uuid::from_u128(n))
    }

    fn scopes(scopes: &[Scope]) -> KeyLimits {
        KeyLimits { scopes: Some(scopes.iter().copied().collect()), ..KeyLimits::default() }
    }

    fn workspaces(numbers: &[u128]) -> KeyLimits {
        let ids = numbers.iter().copied().map(workspace).collect();
        KeyLimits { workspace_ids: Some(ids), ..KeyLimits::default() }
    }

    fn networks(texts: &[&str]) -> KeyLimits {
        let networks = texts.iter().map(|text| text.parse().unwrap()).collect();
        KeyLimits { networks: Some(networks), ..KeyLimits::default() }
    }

    #[test]
    fn key_without_limits_keeps_everything() {
        let none = KeyLimits::default();
        assert!(Scope::ALL.iter().all(|scope| none.allow_scope(*scope)));
        assert!(none.allow_workspace(workspace(1)));
        assert!(none.allow_address(None) && none.allow_address("2001:db8::1".parse().ok()));
    }

    #[test]
    fn limit_leaves_what_it_names_and_nothing_else() {
        let limits = scopes(&[Scope::AssetsRead]);
        assert!(limits.allow_scope(Scope::AssetsRead) && !limits.allow_scope(Scope::AssetsWrite));
        let limits = workspaces(&[1]);
        assert!(limits.allow_workspace(workspace(1)) && !limits.allow_workspace(workspace(2)));
        assert!(!scopes(&[]).allow_scope(Scope::UsersRead) && !workspaces(&[]).allow_workspace(workspace(1)));
    }

    #[test]
    fn address_counts_by_the_network_it_lies_in() {
        let limits = networks(&["192.0.2.0/24", "2001:db8::/32"]);
        for (address, allowed) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(limits.allow_address(address.parse().ok()), allowed, "{address}");
        }
        assert!(!limits.allow_address(None), "an unknown address lies in no network");
        assert!(!networks(&[]).allow_address("192.0.2.1".parse().ok()));
    }

    #[test]
    fn limits_are_within_others_only_if_they_leave_no_more() {
        let none = KeyLimits::default();
        for limits in [
            scopes(&[Scope::AssetsRead, Scope::UsersRead]),
            workspaces(&[1, 2]),
            networks(&["10.0.0.0/8", "192.0.2.0/24"]),
        ] {
            assert!(limits.are_within(&none) && limits.are_within(&limits));
            assert!(!none.are_within(&limits), "{limits:?}");
        }
        assert!(scopes(&[Scope::UsersRead]).are_within(&scopes(&[Scope::UsersRead, Scope::AssetsRead])));
        assert!(!scopes(&[Scope::UsersRead, Scope::KeysAdmin]).are_within(&scopes(&[Scope::UsersRead])));
        assert!(workspaces(&[1]).are_within(&workspaces(&[1, 2])));
        assert!(!workspaces(&[1, 3]).are_within(&workspaces(&[1, 2])));
        assert!(networks(&["10.1.0.0/16"]).are_within(&networks(&["192.0.2.0/24", "10.0.0.0/8"])));
        assert!(!networks(&["10.0.0.0/7"]).are_within(&networks(&["10.0.0.0/8"])));
        assert!(!networks(&["::/0"]).are_within(&networks(&["0.0.0.0/0"])));
    }
}
