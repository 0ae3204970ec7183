//! The public id of an API key. Not the secret ([`crate::secret`]): an id may be shown, logged and put in a URL.
//! Made by the server when a key is made; read wherever a key is named.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::base62;
use crate::random::random_bytes;

const PREFIX: &str = "mdl_key_";

/// The public id of a key: `mdl_key_` and 22 base62 characters, 128 random bits.
///
/// Cheap to clone. *Why* `_` is the only separator: a double-click then takes the whole id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// A new id from 128 random bits.
    pub fn generate() -> Self {
        let mut text = [0; PREFIX.len() + base62::WIDTH_128];
        text[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        base62::encode(&mut random_bytes::<16>(), &mut text[PREFIX.len()..]);
        Self(std::str::from_utf8(&text).expect("prefix and digits are ASCII").into())
    }

    /// Reads an id by its shape alone: whether such a key exists is another question.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        (digits.len() == base62::WIDTH_128 && base62::is_base62(digits)).then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Lets a map keyed by id be asked with a text, with nothing allocated. Sound since equality and hash are the text's.
impl Borrow<str> for KeyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn generated_id_has_the_published_shape() {
        let id = KeyId::generate();

        let digits = id.as_str().strip_prefix("mdl_key_").unwrap();
        assert_eq!(digits.len(), 22);
        assert!(base62::decode::<16>(digits).is_some());
        assert_eq!(KeyId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn generated_ids_differ() {
        let ids: HashSet<_> = (0..1_000).map(|_| KeyId::generate()).collect();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn other_shapes_are_refused() {
        let good = format!("mdl_key_{}", "a".repeat(22));
        assert!(KeyId::parse(&good).is_some());

        for bad in [
            String::new(),
            "a".repeat(30),
            good.to_uppercase(),
            format!("{good}a"),
            good[..29].to_owned(),
            format!(" {}", &good[..29]),
            format!("mdl_sec_{}", "a".repeat(22)),
            format!("mdl_key_{}_", "a".repeat(21)),
            format!("mdl_key_{}é", "a".repeat(20)),
            format!("mdl_key_{}\n", "a".repeat(21)),
        ] {
            assert_eq!(KeyId::parse(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn map_of_ids_is_asked_with_a_text() {
        let id = KeyId::generate();
        let map = HashSet::from([id.clone()]);
        assert!(map.contains(id.as_str()));
    }
}
