//! How the closed sets of words are declared: one list gives the enum, its names on the wire and in the database, and
//! the set type. No words here; they are in `roles` and `scopes`.

use std::fmt;

/// A text that names no word of a closed set.
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

/// Declares an enum of names, read in any case.
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

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownName;

            /// Reads a name in any case.
            fn from_str(text: &str) -> Result<Self, $crate::vocabulary::UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .ok_or($crate::vocabulary::UnknownName { expected: $expected })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as ::serde::Deserialize>::deserialize(deserializer)?.parse().map_err(::serde::de::Error::custom)
            }
        }
    };
}

/// Declares the set type of such an enum, of at most as many names as the number has bits.
macro_rules! name_set {
    ($(#[$doc:meta])* $name:ident of $member:ident in $number:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name($number);

        impl $name {
            /// The empty set.
            pub const EMPTY: Self = Self(0);

            const fn bit(value: $member) -> $number {
                1 << value as u32
            }

            /// Whether it is in the set.
            pub const fn contains(self, value: $member) -> bool {
                self.0 & Self::bit(value) != 0
            }

            /// Puts one in.
            pub fn insert(&mut self, value: $member) {
                self.0 |= Self::bit(value);
            }

            /// Whether nothing is in the set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// What is in either set.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether all that is in this set is in the other one too.
            pub const fn is_subset_of(self, other: Self) -> bool {
                self.0 & !other.0 == 0
            }

            /// What is in the set, in declared order.
            pub fn iter(self) -> impl Iterator<Item = $member> {
                $member::ALL.iter().copied().filter(move |value| self.contains(*value))
            }
        }

        impl FromIterator<$member> for $name {
            fn from_iter<I: IntoIterator<Item = $member>>(values: I) -> Self {
                let mut set = Self::EMPTY;
                for value in values {
                    set.insert(value);
                }
                set
            }
        }

        impl ::std::fmt::Display for $name {
            /// The names with commas between: how the database keeps a set.
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                for (index, value) in self.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    f.write_str(value.as_str())?;
                }
                Ok(())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownName;

            /// Reads names with commas between; the empty text is the empty set.
            fn from_str(text: &str) -> Result<Self, $crate::vocabulary::UnknownName> {
                text.split(',').filter(|name| !name.is_empty()).map(str::parse).collect()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Vec<$member> as ::serde::Deserialize>::deserialize(deserializer).map(|values| values.into_iter().collect())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter())
            }
        }
    };
}
pub(crate) use {name_set, names};
