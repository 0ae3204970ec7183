//! Plans and roles, and sets of roles. What a role allows is decided in the `auth` crate's policy, nowhere else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that names no plan or role we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What kind of name was expected, and which there are.
    pub expected: &'static str,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be one of {}", self.expected)
    }
}

impl std::error::Error for UnknownName {}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $expected:literal, { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[schema(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in declared order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            /// Reads a name in any case.
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .ok_or(UnknownName { expected: $expected })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

names!(
    /// What an account is subscribed to.
    Plan, "personal, team, pro, enterprise", {
        /// One person.
        Personal = "personal",
        /// A small team.
        Team = "team",
        /// A studio; has API access.
        Pro = "pro",
        /// A publisher; has API access.
        Enterprise = "enterprise",
    }
);

impl Plan {
    /// Whether the plan may use the API at all. *Source*: the API's authentication page: Pro and Enterprise only.
    pub const fn has_api_access(self) -> bool {
        matches!(self, Self::Pro | Self::Enterprise)
    }
}

names!(
    /// A role in an account.
    AccountRole, "owner, admin, member", {
        /// Everything an admin may, and the plan, and closing the account.
        Owner = "owner",
        /// Makes workspaces, invites and keys.
        Admin = "admin",
        /// Belongs to the account.
        Member = "member",
    }
);

names!(
    /// A role in a workspace.
    WorkspaceRole, "admin, manage_art, review, viewer", {
        /// Everything in the workspace, and its members.
        Admin = "admin",
        /// Uploads, versions, edits, locks, tags.
        ManageArt = "manage_art",
        /// Approves and rejects.
        Review = "review",
        /// Reads, downloads, comments.
        Viewer = "viewer",
    }
);

macro_rules! role_set {
    ($(#[$doc:meta])* $name:ident of $role:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(u8);

        impl $name {
            /// The set with no role.
            pub const EMPTY: Self = Self(0);

            const fn bit(role: $role) -> u8 {
                1 << role as u8
            }

            /// Whether the role is in the set.
            pub const fn contains(self, role: $role) -> bool {
                self.0 & Self::bit(role) != 0
            }

            /// Puts a role in.
            pub fn insert(&mut self, role: $role) {
                self.0 |= Self::bit(role);
            }

            /// Whether there is no role in the set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The roles of both sets.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The roles, in declared order.
            pub fn iter(self) -> impl Iterator<Item = $role> {
                $role::ALL.iter().copied().filter(move |role| self.contains(*role))
            }
        }

        impl FromIterator<$role> for $name {
            fn from_iter<I: IntoIterator<Item = $role>>(roles: I) -> Self {
                let mut set = Self::EMPTY;
                for role in roles {
                    set.insert(role);
                }
                set
            }
        }

        impl fmt::Display for $name {
            /// The names with commas between: how the database keeps a set.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (index, role) in self.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    f.write_str(role.as_str())?;
                }
                Ok(())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            /// Reads names with commas between; the empty text is the empty set.
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                text.split(',').filter(|name| !name.is_empty()).map(str::parse).collect()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter())
            }
        }
    };
}

role_set!(
    /// A set of account roles; a JSON array on the wire.
    AccountRoles of AccountRole
);
role_set!(
    /// A set of workspace roles; a JSON array on the wire.
    WorkspaceRoles of WorkspaceRole
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!("Manage_Art".parse(), Ok(WorkspaceRole::ManageArt));
        assert_eq!("PRO".parse(), Ok(Plan::Pro));
        assert!("root".parse::<AccountRole>().is_err());
    }

    #[test]
    fn set_survives_its_text_form() {
        let set: WorkspaceRoles = [WorkspaceRole::Viewer, WorkspaceRole::Admin].into_iter().collect();
        assert_eq!(set.to_string(), "admin,viewer");
        assert_eq!("admin,viewer".parse(), Ok(set));
        assert_eq!("".parse(), Ok(WorkspaceRoles::EMPTY));
    }

    #[test]
    fn only_pro_and_enterprise_have_api_access() {
        let with: Vec<_> = Plan::ALL.iter().filter(|plan| plan.has_api_access()).collect();
        assert_eq!(with, [&Plan::Pro, &Plan::Enterprise]);
    }
}
